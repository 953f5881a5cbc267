"""Versions that are exported from one store and imported into another."""

import io
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from forecasting.errors import BrokenVersionError, NotFoundError
from forecasting.store.archive import export_version, import_version
from forecasting.store.loader import load_version
from forecasting.store.manifest import Manifest, PromotePolicy, Promotion
from forecasting.store.store import ModelStore
from tests.support.tiny_models import PASSENGERS
from training.cli.main import cli
from training.promotion import decide_without_scores


@pytest.fixture
def exported(trained_store: Path, tmp_path: Path) -> Path:
    path = tmp_path / "tiny-2.tar"
    export_version(ModelStore(trained_store), "tiny", 2, path)
    return path


def import_into(
    store: ModelStore,
    path: Path,
    model: str | None = None,
    policy: PromotePolicy = PromotePolicy.IF_BETTER,
) -> Manifest:
    def decide(name: str) -> Promotion:
        return decide_without_scores(store, name, policy).promotion

    return import_version(store, path, model, decide)


def forecast(store: ModelStore, model: str, version: int) -> np.ndarray:
    loaded = load_version(store, model, version)
    return loaded.forecaster.forecast([np.array(PASSENGERS, float)], 4, (0.1, 0.9), [0]).point


def test_a_version_forecasts_the_same_in_another_store(
    trained_store: Path, exported: Path, tmp_path: Path
) -> None:
    other = ModelStore(tmp_path / "other")
    first = import_into(other, exported)
    assert (first.model, first.version) == ("tiny", 1)
    assert first.promotion is not None
    assert first.promotion.promoted
    second = import_into(other, exported, "mine", PromotePolicy.NEVER)
    third = import_into(other, exported, "mine", PromotePolicy.IF_BETTER)
    assert (second.version, third.version) == (1, 2)
    expected = forecast(ModelStore(trained_store), "tiny", 2)
    np.testing.assert_array_equal(forecast(other, "tiny", 1), expected)
    np.testing.assert_array_equal(forecast(other, "mine", 2), expected)
    original = ModelStore(trained_store).manifest("tiny", 2)
    assert third.created_at == original.created_at
    assert third.files == original.files


def test_the_commands_move_a_version(trained_store: Path, tmp_path: Path) -> None:
    file, store = str(tmp_path / "a.tar"), str(tmp_path / "other")
    runner = CliRunner()
    at = ["--store", str(trained_store), "--output", file]
    assert runner.invoke(cli, ["export", "tiny", "1", *at]).exit_code == 0
    content = Path(file).read_bytes()
    again = runner.invoke(cli, ["export", "tiny", "2", *at])
    assert again.exit_code == 2
    assert "is there already. Name another file, or remove it." in again.stderr
    assert Path(file).read_bytes() == content
    imported = runner.invoke(cli, ["import-version", file, "--model", "moved", "--store", store])
    assert imported.exit_code == 0, imported.output
    assert ModelStore(Path(store)).versions("moved") == [1]


def test_a_new_store_is_filled_with_what_another_serves(
    trained_store: Path, tmp_path: Path
) -> None:
    store, origin = ModelStore(tmp_path / "new"), ModelStore(trained_store)
    command = ["copy-models", str(trained_store), "--store", str(tmp_path / "new")]
    for _ in range(2):
        copied = CliRunner().invoke(cli, command)
        assert copied.exit_code == 0, copied.output
    assert store.models() == origin.models()
    for model in store.models():
        served = origin.default_version(model)
        assert served is not None
        assert store.versions(model) == [1]
        assert store.manifest(model, 1).files == origin.manifest(model, served).files
        assert store.default_version(model) == 1


def test_a_store_without_models_fills_no_other(tmp_path: Path) -> None:
    command = ["copy-models", str(tmp_path / "none"), "--store", str(tmp_path / "new")]
    refused = CliRunner().invoke(cli, command)
    assert refused.exit_code == 2
    assert "holds no models" in refused.stderr


def rewritten(path: Path, changes: dict[str, bytes | None]) -> Path:
    """Copy an exported version with other contents of some files, or without them."""
    copy = path.with_name("changed.tar")
    with tarfile.open(path) as old, tarfile.open(copy, "w") as new:
        names = [*old.getnames(), *(name for name in changes if name not in old.getnames())]
        for name in names:
            file = None if name in changes else old.extractfile(name)
            content = changes[name] if file is None else file.read()
            if content is not None:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))
    return copy


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model.keras": b"else"}, "model.keras is not the file that was exported"),
        ({"scaler.pkl": None}, "no scaler.pkl"),
        ({"manifest.json": b"{}"}, "not a manifest"),
        ({"manifest.json": None}, "no manifest.json"),
    ],
)
def test_a_file_that_is_not_a_whole_version_publishes_nothing(
    exported: Path, tmp_path: Path, changes: dict[str, bytes | None], words: str
) -> None:
    other = ModelStore(tmp_path / "other")
    with pytest.raises(BrokenVersionError, match=words):
        import_into(other, rewritten(exported, changes))
    assert other.models() == []


def test_names_that_lead_out_of_the_store_are_refused(exported: Path, tmp_path: Path) -> None:
    with tarfile.open(exported) as archive:
        file = archive.extractfile("manifest.json")
        assert file is not None
        manifest = file.read().replace(b'"scaler.pkl"', b'"../scaler.pkl"')
        content = archive.extractfile("scaler.pkl")
        assert content is not None
        scaler = content.read()
    changed = rewritten(exported, {"manifest.json": manifest, "../scaler.pkl": scaler})
    other = ModelStore(tmp_path / "other")
    with pytest.raises(BrokenVersionError):
        import_into(other, changed)
    assert not (tmp_path / "scaler.pkl").exists()


def test_what_is_no_archive_or_not_there_is_said(tmp_path: Path, trained_store: Path) -> None:
    text = tmp_path / "text.tar"
    shutil.copy(__file__, text)
    for path in (text, tmp_path / "none.tar"):
        with pytest.raises(BrokenVersionError, match=path.name):
            import_into(ModelStore(tmp_path / "s"), path)
    with pytest.raises(NotFoundError):
        export_version(ModelStore(trained_store), "tiny", 99, tmp_path / "x.tar")
