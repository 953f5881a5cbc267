"""A store that trusts certain keys serves what they have signed, and nothing else."""

import json
import shutil
from pathlib import Path

import pytest

from forecasting.errors import BrokenVersionError, ConflictError, SigningKeyError
from forecasting.store.archive import export_version, import_version
from forecasting.store.lifecycle import delete_version, set_alias, sign_version
from forecasting.store.loader import load_version
from forecasting.store.manifest import Manifest, PromotePolicy, Promotion
from forecasting.store.signing import SIGNATURE, SigningKey, TrustedKeys
from forecasting.store.store import ModelStore
from tests.support.tiny_models import publish_copy
from tests.upgrade.test_upgrade import COPY
from training.promotion import decide_without_scores

VERSION = COPY / "store" / "tiny" / "1"


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return SigningKey.create(tmp_path / "release.key")


@pytest.fixture
def store(tmp_path: Path, key: SigningKey) -> ModelStore:
    """A store that trusts and signs with the key, and has version 1 of the model tiny."""
    opened = ModelStore(tmp_path / "store", TrustedKeys.parse(key.public), key)
    publish_copy(opened, "tiny", of=VERSION)
    return opened


def import_into(store: ModelStore, file: Path, model: str | None = None) -> Manifest:
    def never(name: str) -> Promotion:
        return decide_without_scores(store, name, PromotePolicy.NEVER).promotion

    return import_version(store, file, model, never)


def test_what_is_published_is_signed(store: ModelStore, key: SigningKey, tmp_path: Path) -> None:
    assert load_version(store, "tiny", 1).manifest.version == 1
    assert SigningKey.read(tmp_path / "release.key").public == key.public
    assert (tmp_path / "release.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(SigningKeyError, match="cannot be written"):
        SigningKey.create(tmp_path / "release.key")


def test_a_stripped_or_a_strange_signature_is_refused(store: ModelStore, tmp_path: Path) -> None:
    stranger = SigningKey.create(tmp_path / "stranger.key")
    sign_version(store, "tiny", 1, stranger)
    with pytest.raises(BrokenVersionError, match="not trusted here"):
        store.manifest("tiny", 1)
    with pytest.raises(ConflictError, match="not trusted here"):
        set_alias(store, "tiny", "production", 1, by="cli")
    signature = Path(store.location, "tiny", "1") / SIGNATURE
    signature.write_text("{}")
    with pytest.raises(BrokenVersionError, match="cannot be read as a signature"):
        store.manifest("tiny", 1)
    signature.unlink()
    with pytest.raises(BrokenVersionError, match="tiny/1 is not signed"):
        load_version(store, "tiny", 1)
    assert load_version(ModelStore(store.location), "tiny", 1)


def test_another_content_name_or_number_is_refused(store: ModelStore, tmp_path: Path) -> None:
    folder = Path(store.location, "tiny", "1")
    whole = json.loads((folder / "manifest.json").read_text())
    for model, version, changes in (
        ("tiny", 1, {"created_at": "2020-01-01T00:00:00Z"}),
        ("tiny", 1, {"files": whole["files"] | {"scaler.pkl": whole["files"]["model.onnx"]}}),
        ("other", 1, {"model": "other"}),
        ("tiny", 2, {"version": 2}),
    ):
        other = ModelStore(tmp_path / "-".join(changes) / "store", store.trusted_keys)
        copy = shutil.copytree(folder, Path(other.location) / model / str(version))
        (copy / "manifest.json").write_text(json.dumps(whole | changes))
        if "files" in changes:
            shutil.copy(copy / "model.onnx", copy / "scaler.pkl")
        with pytest.raises(BrokenVersionError, match="is not what ed25519:"):
            other.manifest(model, version)


def test_an_import_keeps_the_name_and_the_number_that_were_signed(
    store: ModelStore, key: SigningKey, tmp_path: Path
) -> None:
    source = ModelStore(tmp_path / "source")
    for _ in range(3):
        publish_copy(source, "tiny", of=VERSION)
    file = tmp_path / "tiny-3.tar"
    export_version(source, "tiny", 3, file)
    with pytest.raises(BrokenVersionError, match="is not signed"):
        import_into(store, file)
    export_version(source, "tiny", 3, file, key)
    with pytest.raises(ConflictError, match="signed as a version of 'tiny'"):
        import_into(store, file, "other")
    assert store.models() == ["tiny"]
    assert import_into(store, file).version == 3
    assert load_version(store, "tiny", 3)
    delete_version(store, "tiny", 3, by="cli", even_if_served=True)
    with pytest.raises(ConflictError, match="has or had a version 3"):
        import_into(store, file)
    unsigned = import_into(ModelStore(tmp_path / "any"), file, "other")
    assert (unsigned.model, unsigned.version) == ("other", 1)


def test_nothing_is_published_that_would_be_refused(store: ModelStore, tmp_path: Path) -> None:
    stranger = SigningKey.create(tmp_path / "stranger.key")
    for key, words in ((None, "set FORECAST_SIGNING_KEY"), (stranger, "not one of")):
        opened = ModelStore(store.location, store.trusted_keys, key)
        with pytest.raises(SigningKeyError, match=words):
            publish_copy(opened, "tiny", of=VERSION)
    assert store.versions("tiny") == [1]


@pytest.mark.parametrize("text", ["", "ed25519:", "ed25519:AAAA", "ssh-ed25519 AAAA"])
def test_what_is_no_public_key_is_said(text: str) -> None:
    with pytest.raises(SigningKeyError):
        TrustedKeys.parse(text)
