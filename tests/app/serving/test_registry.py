"""Loading, keeping and refusing versions of a real store, whose reads can be held or fail."""

import asyncio
import gc
import shutil
import threading
import weakref
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from app.access.caller import Caller, current
from app.access.keys import ApiKey
from app.access.scopes import Scope
from app.serving.registry import Registry
from app.serving.store_threads import in_store_thread
from forecasting.errors import BrokenVersionError, VersionUnavailableError
from forecasting.store.lifecycle import delete_version, set_alias
from forecasting.store.manifest import Manifest
from forecasting.store.store import ModelStore
from tests.support.buckets import FailingObjects, Fault, memory_store
from tests.support.service import wait_until
from tests.support.tiny_models import publish_copy, publish_like

KEY = ApiKey(
    id="0" * 12,
    name="one",
    sha256="0" * 64,
    scopes=frozenset({Scope.PREDICT}),
    models="a-",
    created_at=datetime.now(UTC),
)
Scene = Callable[[Registry], Awaitable[None]]


class FaultyStore(ModelStore):
    """A store that counts the loads of version 1 of `tiny`, can hold them, and can fail them."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.faults: list[Exception] = []
        self.reads = 0
        self.gate = threading.Event()
        self.gate.set()

    def manifest(self, model: str, version: int) -> Manifest:
        if (model, version) == ("tiny", 1):
            self.gate.wait(60)
            self.reads += 1
            if self.faults:
                raise self.faults.pop(0)
        return super().manifest(model, version)


@pytest.fixture
def faulty(store: Path) -> FaultyStore:
    return FaultyStore(store)


def inside(store: ModelStore, scene: Scene, max_loaded: int = 64) -> None:
    """Run the scene once the registry serves `tiny`."""
    asyncio.run(play(store, scene, max_loaded))


async def play(store: ModelStore, scene: Scene, max_loaded: int = 64) -> None:
    async with Registry(store, "tiny", max_loaded) as registry:
        await until(lambda: registry.started)
        await scene(registry)


async def until(done: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_until, done, what="the registry")


def test_a_load_outlives_its_callers_is_shared_and_kept(faulty: FaultyStore) -> None:
    async def scene(registry: Registry) -> None:
        faulty.reads = 0
        faulty.gate.clear()
        for _ in range(4):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(registry.get("tiny", 1), 0.05)
        waiting = asyncio.create_task(registry.get("tiny", 1))
        await asyncio.sleep(0.05)
        faulty.gate.set()
        served = await waiting
        assert ("tiny", 1) in registry.loaded
        assert await registry.get("tiny", 1) is served
        assert faulty.reads == 1

    inside(faulty, scene)


def test_a_load_that_nobody_waits_for_any_longer_is_kept(faulty: FaultyStore) -> None:
    async def scene(registry: Registry) -> None:
        faulty.gate.clear()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(registry.get("tiny", 1), 0.05)
        faulty.gate.set()
        await until(lambda: ("tiny", 1) in registry.loaded)

    inside(faulty, scene)


def test_passing_errors_while_loading_are_reported_and_tried_again(
    trained_store: Path, tmp_path: Path
) -> None:
    """Each error meets a registry of its own; they wait for the next try at the same time."""

    async def meets(fault: Exception, faulty: FaultyStore) -> None:
        async def scene(registry: Registry) -> None:
            faulty.faults = [fault, fault]
            with pytest.raises(VersionUnavailableError, match=r"Try again in 1 s\.") as refused:
                await registry.get("tiny", 1)
            assert refused.value.retry_after == 1
            (problem,) = registry.problems
            assert (problem.model, problem.version) == ("tiny", 1)
            assert type(fault).__name__ in problem.reason
            with pytest.raises(VersionUnavailableError):
                await registry.get("tiny", 1)
            await until(lambda: not registry.problems)
            assert faulty.faults == []
            assert (await registry.get("tiny", 1)).manifest.version == 1

        await play(faulty, scene)

    async def meet_all() -> None:
        async with asyncio.TaskGroup() as registries:
            for n, fault in enumerate(
                (OSError(5, "Input/output error"), OSError("?"), MemoryError())
            ):
                store = shutil.copytree(trained_store, tmp_path / str(n))
                registries.create_task(meets(fault, FaultyStore(store)))

    asyncio.run(meet_all())


def test_a_passing_error_while_checking_is_tried_again_without_a_load(faulty: FaultyStore) -> None:
    faulty.faults = [OSError(5, "Input/output error")]

    async def scene(registry: Registry) -> None:
        assert [problem.version for problem in registry.problems] == [1]
        await until(lambda: not registry.problems)
        assert registry.loaded == [("tiny", 2)]

    inside(faulty, scene)


def test_damage_is_refused_until_the_folder_changes(faulty: FaultyStore) -> None:
    network = Path(faulty.location, "tiny", "1") / "model.onnx"
    content = network.read_bytes()
    network.write_bytes(content[:-1])

    async def scene(registry: Registry) -> None:
        for _ in range(2):
            with pytest.raises(BrokenVersionError, match=r"is refused: model\.onnx") as refused:
                await registry.get("tiny", 1)
            assert refused.value.code == "version_broken"
        reads = faulty.reads
        await registry.refresh()
        await registry.refresh()
        assert faulty.reads == reads
        network.unlink()
        network.write_bytes(content)
        await until(lambda: not registry.problems)
        assert (await registry.get("tiny", 1)).manifest.version == 1

    inside(faulty, scene)


def test_the_least_recently_used_versions_are_unloaded_but_never_the_default(store: Path) -> None:
    versions = ModelStore(store)
    for _ in range(3):
        publish_copy(versions, "other", of=store / "tiny" / "1")

    async def scene(registry: Registry) -> None:
        for version in (1, 2, 1, 3):
            await registry.get("other", version)
        assert registry.loaded == [("other", 1), ("other", 3), ("tiny", 2)]
        assert (await registry.get("other", None)).manifest.version == 3
        for version in (1, 2):
            await registry.get("other", version)
        assert registry.loaded == [("other", 1), ("other", 2), ("tiny", 2)]
        await registry.refresh()
        assert registry.loaded == [("other", 1), ("other", 2), ("tiny", 2)]
        assert registry.ready

    inside(versions, scene, max_loaded=3)


def test_an_unloaded_version_finishes_the_run_that_it_is_in(store: Path) -> None:
    async def scene(registry: Registry) -> None:
        served = await registry.get("tiny", 1)
        await registry.get("plain", 1)
        assert registry.loaded == [("plain", 1), ("tiny", 2)]
        assert served.forecaster.predict([np.arange(9.0)], np.array([4])).shape[0] == 1
        manifest = weakref.ref(served.manifest)
        del served
        gc.collect()
        assert manifest() is None

    inside(ModelStore(store), scene, max_loaded=1)


def test_an_alias_that_was_seen_is_answered_without_waiting_for_the_bucket(
    tmp_path: Path, trained_store: Path
) -> None:
    objects = FailingObjects()
    store = memory_store(objects, tmp_path)
    for model in ("tiny", "a-model"):
        publish_like(store, model, of=trained_store / "tiny")

    async def scene(registry: Registry) -> None:
        current.set(Caller(KEY))
        await registry.get("a-model", "production")
        objects.calls, objects.fails_at, objects.fault = 0, 1, Fault.OUTAGE
        bucket_answers = threading.Event()
        waiting = [asyncio.create_task(in_store_thread(bucket_answers.wait, 60)) for _ in range(20)]
        try:
            assert (await registry.get("a-model", "production")).manifest.version == 2
            assert await asyncio.to_thread(lambda: "other threads are free")
        finally:
            bucket_answers.set()
            await asyncio.gather(*waiting)
        assert objects.calls == 0

    inside(store, scene)


def test_an_alias_whose_version_was_deleted_elsewhere_is_looked_up_again(
    tmp_path: Path, trained_store: Path
) -> None:
    store = memory_store(FailingObjects(), tmp_path)
    for model in ("tiny", "other"):
        publish_like(store, model, of=trained_store / "tiny")

    async def scene(registry: Registry) -> None:
        publish_copy(store, "other", of=trained_store / "tiny" / "1")
        set_alias(store, "other", "production", 3, by="elsewhere")
        delete_version(store, "other", 2, by="elsewhere")
        assert (await registry.get("other", "production")).manifest.version == 3

    inside(store, scene)
