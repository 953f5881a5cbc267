"""Processes that publish versions of one model at the same time, while another looks at it."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from tempfile import TemporaryDirectory

from forecasting.errors import ForecastingError
from forecasting.store.draft import publishing
from forecasting.store.manifest import manifest_in
from forecasting.store.storage.cache import VersionCache
from forecasting.store.store import ModelStore

ROOT = Path(__file__).parent.parent.parent
_MODEL = "racing"
_SOURCE = ROOT / "model_store" / "sine" / "1"


@dataclass(frozen=True, slots=True)
class Race:
    """What came of it."""

    seconds: float
    """From the first publication to the last."""
    published: int
    claimed_twice: int
    """Numbers that more than one publisher was given."""
    lost: int
    """Versions that were published and are not there."""
    half: int
    """Versions that were seen when not all of their files were there, or other ones."""
    looks: int
    """How often a version was looked at while the others published."""


def race(location: str, publishers: int, versions: int) -> Race:
    """Let processes publish so many versions each, as fast as they can.

    Raises RuntimeError if one of them fails.
    """
    context = multiprocessing.get_context("spawn")
    barrier, over, results = context.Barrier(publishers + 1), context.Event(), context.Queue()
    seen = context.Queue()
    watcher = context.Process(target=_watch, args=(location, over, seen))
    processes = [
        context.Process(target=_publish, args=(location, versions, barrier, results))
        for _ in range(publishers)
    ]
    for process in (watcher, *processes):
        process.start()
    barrier.wait()
    start = time.perf_counter()
    numbers: list[int] = []
    for _ in processes:
        found, problem = results.get()
        if problem is not None:
            over.set()
            raise RuntimeError(problem)
        numbers += found
    seconds = time.perf_counter() - start
    over.set()
    half, looks = seen.get()
    for process in (watcher, *processes):
        process.join()
    there = ModelStore(location).versions(_MODEL)
    return Race(
        seconds=seconds,
        published=len(numbers),
        claimed_twice=sum(count > 1 for count in Counter(numbers).values()),
        lost=len(set(numbers) - set(there)),
        half=half,
        looks=looks,
    )


def _publish(
    location: str,
    versions: int,
    barrier: Barrier,
    results: multiprocessing.Queue[tuple[list[int], str | None]],
) -> None:
    store = ModelStore(location)
    barrier.wait()
    try:
        results.put(([_publish_one(store) for _ in range(versions)], None))
    except ForecastingError as error:
        results.put(([], error.message))


def _publish_one(store: ModelStore) -> int:
    template = manifest_in(_SOURCE)
    with publishing(store, _MODEL) as draft:
        for name in template.files:
            (draft.folder / name).write_bytes((_SOURCE / name).read_bytes())
        return draft.publish(
            lambda number, files: template.model_copy(
                update={"model": _MODEL, "version": number, "files": files}
            )
        ).version


def _watch(location: str, over: Event, seen: multiprocessing.Queue[tuple[int, int]]) -> None:
    """Check every version as soon as it is there, as a replica does that serves it."""
    half = looks = 0
    checked: set[int] = set()
    with TemporaryDirectory() as folder:
        store = ModelStore(location, cache=VersionCache(Path(folder), 2**30))
        while True:
            is_last = over.is_set()
            for version in set(store.versions(_MODEL)) - checked:
                checked.add(version)
                looks += 1
                try:
                    store.manifest(_MODEL, version)
                except ForecastingError:
                    half += 1
            if is_last:
                break
    seen.put((half, looks))
