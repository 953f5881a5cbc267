import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import BrokenVersionError, NotFoundError, StoreError
from forecasting.networks.signature import Signature
from forecasting.store.draft import Draft, publishing
from forecasting.store.manifest import Evaluation, FileEntry, Manifest, Scores
from forecasting.store.store import ModelStore
from tests.forecasting.store.conftest import OpenStore
from tests.support.buckets import damage

SIGNATURE = Signature(
    context_length=3, horizon=1, inputs=("value",), quantiles=None, shortest_context=3
)


def manifest(version: int, files: dict[str, FileEntry], model: str = "m") -> Manifest:
    return Manifest(
        model=model,
        version=version,
        created_at=datetime.now(UTC),
        files=files,
        signature=SIGNATURE,
        recipe=None,
        seed=None,
        data=None,
        evaluation=None,
        libraries={},
    )


def publish(store: ModelStore, content: bytes = b"network") -> Manifest:
    with publishing(store, "m") as draft:
        (draft.folder / "model.keras").write_bytes(content)
        return draft.publish(manifest)


def test_versions_are_numbered_from_one(store: ModelStore) -> None:
    assert [publish(store).version for _ in range(3)] == [1, 2, 3]
    assert store.models() == ["m"]
    assert store.versions("m") == [1, 2, 3]
    assert store.manifest("m", 2).version == 2


def test_a_draft_that_fails_leaves_nothing(store: ModelStore) -> None:
    def fail(draft: Draft) -> None:
        (draft.folder / "model.keras").write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), publishing(store, "m") as draft:
        fail(draft)
    assert store.storage.models_on_record() == []
    assert publish(store).version == 1


def test_publishers_at_once_never_share_a_number(store: ModelStore) -> None:
    start = threading.Barrier(4)
    taken: list[int] = []

    def publish_five() -> None:
        start.wait()
        taken.extend(publish(store).version for _ in range(5))

    threads = [threading.Thread(target=publish_five) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 21))
    assert all(store.manifest("m", version).version == version for version in taken)


def test_an_empty_store_says_how_to_fill_it(store: ModelStore) -> None:
    with pytest.raises(NotFoundError, match="training copy-models"):
        store.manifest("m", 1)


def test_unknown_names_say_what_there_is(store: ModelStore) -> None:
    publish(store)
    with pytest.raises(NotFoundError, match="the store holds: m") as refused:
        store.manifest("other", 1)
    assert refused.value.code == "model_not_found"
    with pytest.raises(NotFoundError, match="it has: 1") as refused:
        store.manifest("m", 7)
    assert refused.value.code == "version_not_found"


@pytest.mark.parametrize("name", ["../m", "M", "", ".", "a/b", "x" * 65])
def test_a_name_that_is_no_model_name_is_no_model(store: ModelStore, name: str) -> None:
    publish(store)
    assert store.versions(name) == []
    with pytest.raises(ValueError, match="no model name"), publishing(store, name):
        pass


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("manifest.json", None, "manifest.json is missing"),
        ("manifest.json", b"{", "manifest.json"),
        ("model.keras", b"netwerk", "model.keras is not the file that was published"),
        ("model.keras", b"net", "model.keras is not the file that was published"),
        ("model.keras", None, "model.keras is missing"),
    ],
)
def test_a_damaged_version_is_refused_with_the_reason(
    store: ModelStore, name: str, content: bytes | None, reason: str
) -> None:
    publish(store)
    damage(store, "m", 1, name, content)
    with pytest.raises(BrokenVersionError, match=reason):
        store.manifest("m", 1)
    assert publish(store).version == 2
    assert store.manifest("m", 2).version == 2


def test_files_are_read_as_they_were_published(store: ModelStore) -> None:
    publish(store)
    assert store.read_file("m", 1, "model.keras") == b"network"
    with pytest.raises(NotFoundError, match="published without"):
        store.read_file("m", 1, "plot.png")
    damage(store, "m", 1, "model.keras")
    with pytest.raises(BrokenVersionError, match="not the file"):
        store.read_file("m", 1, "model.keras")


def test_a_snapshot_stays_as_it_was_in_a_bucket(open_store: OpenStore) -> None:
    store = open_store("s3")
    publish(store)
    before = store.snapshot()
    publish(store)
    assert (before.versions("m"), store.versions("m")) == ([1], [1, 2])
    assert store.snapshot().tags("m") == store.tags("m")
    assert before.manifest("m", 1).version == 1


def test_a_url_that_cannot_be_opened_is_refused_with_the_reason() -> None:
    for url, reason in (("ftp://x", "s3://, gs://, az://"), ("s3://", "no bucket")):
        with pytest.raises(StoreError, match=reason):
            ModelStore(url)


scores = st.none() | st.floats(0, 1e9)


@given(
    version=st.integers(1, 10**6),
    files=st.dictionaries(
        st.text(max_size=9), st.builds(FileEntry, sha256=st.text(), size=st.integers(0))
    ),
    evaluation=st.none()
    | st.builds(
        Evaluation,
        windows=st.integers(),
        horizon=st.integers(),
        season_length=st.integers(),
        model=st.builds(Scores, mase=scores, smape=scores),
        seasonal_naive=st.builds(Scores, mase=scores, smape=scores, wql=scores),
    ),
)
def test_a_manifest_read_is_the_manifest_written(
    version: int, files: dict[str, FileEntry], evaluation: Evaluation | None
) -> None:
    written = manifest(version, files).model_copy(update={"evaluation": evaluation})
    assert Manifest.model_validate_json(written.model_dump_json()) == written
