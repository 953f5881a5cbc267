"""A store that fails in every call in turn: nothing is half there, and trying again works."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from forecasting.errors import StoreError, StoreUnreachableError
from forecasting.store.aliases import PRODUCTION, Action
from forecasting.store.draft import finish_promotion, publishing
from forecasting.store.lifecycle import delete_version, prune, roll_back, set_alias, sign_version
from forecasting.store.manifest import FileEntry, Manifest, PromotePolicy, Promotion
from forecasting.store.signing import SigningKey
from forecasting.store.store import ModelStore
from tests.forecasting.store.conftest import VERSION, publish_three
from tests.support.buckets import FailingObjects, Fault, memory_store
from tests.support.tiny_models import publish_copy

Change = Callable[[ModelStore, SigningKey], Any]


def promote(store: ModelStore, _: SigningKey) -> Any:
    """Publish a version that takes production, as a job does that is tried again."""
    published = store.published_by("m", "job")
    if published is not None:
        finish_promotion(store, published)
    else:
        promotion = Promotion(
            policy=PromotePolicy.ALWAYS,
            incumbent=store.default_version("m"),
            promoted=True,
            reason="always",
        )
        publish_copy(store, "m", of=VERSION, promotion=promotion, job="job")


def move(store: ModelStore, _: SigningKey) -> Any:
    set_alias(store, "m", PRODUCTION, 3, by="cli")


def go_back(store: ModelStore, _: SigningKey) -> Any:
    if store.default_version("m") == 2:
        roll_back(store, "m", by="cli")


def delete(store: ModelStore, _: SigningKey) -> Any:
    if 3 in store.versions("m"):
        delete_version(store, "m", 3, by="cli")


def sign(store: ModelStore, key: SigningKey) -> Any:
    sign_version(store, "m", 3, key)


DONE: dict[Change, Callable[[ModelStore], bool]] = {
    promote: lambda store: store.default_version("m") == 4,
    move: lambda store: store.default_version("m") == 3,
    go_back: lambda store: store.default_version("m") == 1,
    delete: lambda store: store.versions("m") == [1, 2],
    sign: lambda store: store.storage.signature("m", 3) is not None,
}


def check_whole(store: ModelStore) -> None:
    """Whoever looks now sees whole versions, and aliases that name them."""
    versions = store.versions("m")
    for version in versions:
        assert store.manifest("m", version).version == version
    assert set(store.aliases("m").values()) <= set(versions)
    history = store.aliases_and_history("m")[PRODUCTION].history
    assert len([line for line in history if line.action is Action.ROLLBACK]) <= 1


def prepared(store: ModelStore) -> ModelStore:
    publish_three(store)
    for version in (1, 2):
        set_alias(store, "m", PRODUCTION, version, by="cli")
    return store


@pytest.mark.parametrize("change", DONE, ids=lambda change: change.__name__)
@pytest.mark.parametrize("fault", Fault)
def test_whichever_call_fails_in_a_bucket(tmp_path: Path, change: Change, fault: Fault) -> None:
    key = SigningKey.create(tmp_path / "key")
    for number in range(1, 100):
        objects = FailingObjects()
        store = prepared(memory_store(objects, tmp_path / f"{number}"))
        objects.calls, objects.fails_at, objects.fault = 0, number, fault
        with suppress(StoreUnreachableError):
            change(store, key)
        is_over = objects.calls < number
        objects.fails_at = None
        check_whole(memory_store(objects, tmp_path / f"{number} elsewhere"))
        change(store, key)
        check_whole(store)
        assert DONE[change](store)
        if is_over:
            assert number > 2
            return
    pytest.fail("it never comes to an end")


def test_what_others_take_into_use_meanwhile_is_not_deleted(tmp_path: Path) -> None:
    objects = FailingObjects()
    store = publish_three(memory_store(objects, tmp_path))
    objects.meanwhile = lambda: set_alias(store, "m", "staging", 1, by="cli")
    assert prune(store, "m", 1, by="cli") == [2]
    check_whole(memory_store(objects, tmp_path / "elsewhere"))
    assert store.versions("m") == [1, 3]
    drafts = {entry.key.split("/")[2] for entry in objects.entries("versions/m/")}
    assert len(drafts) == 2


@pytest.mark.parametrize("fault", Fault)
def test_a_draft_becomes_one_version_however_often_that_is_tried(
    tmp_path: Path, fault: Fault
) -> None:
    objects = FailingObjects()
    store = prepared(memory_store(objects, tmp_path))
    described = store.manifest("m", 1)

    def describe(version: int, files: dict[str, FileEntry]) -> Manifest:
        changed = {"version": version, "files": files, "created_at": datetime.now(UTC)}
        return described.model_copy(update=changed)

    number, is_over = 0, False
    while not is_over:
        number += 1
        with publishing(store, "m") as draft:
            (draft.folder / "model.keras").write_bytes(b"network")
            objects.calls, objects.fails_at, objects.fault = 0, number, fault
            with suppress(StoreUnreachableError):
                draft.publish(describe)
            is_over = objects.calls < number
            objects.fails_at = None
            published = draft.publish(describe)
        assert published.version == 3 + number
        assert store.manifest("m", published.version) == published
    assert number > 4
    assert store.versions("m") == list(range(1, 4 + number))


@pytest.mark.parametrize("change", DONE, ids=lambda change: change.__name__)
def test_whichever_call_fails_in_a_folder(
    tmp_path: Path, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = SigningKey.create(tmp_path / "key")
    for number in range(100):
        store = prepared(ModelStore(tmp_path / f"{number}"))
        is_over = fails_at(number, lambda store=store: change(store, key), monkeypatch)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        check_whole(store)
        change(store, key)
        check_whole(store)
        assert DONE[change](store)
        if is_over:
            assert number > 2
            return
    pytest.fail("it never comes to an end")


def fails_at(number: int, run: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Let the `number`th change of the folder fail; return whether there were fewer."""
    calls = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == number + 1:
                raise OSError(5, "Input/output error")
            return real(*args, **kwargs)

        return step

    with monkeypatch.context() as patched:
        for name in ("rename", "replace", "write_bytes", "mkdir"):
            patched.setattr(Path, name, counted(getattr(Path, name)))
        patched.setattr("os.fsync", counted(__import__("os").fsync))
        with suppress(StoreError):
            run()
    return calls <= number
