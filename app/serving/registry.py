"""The versions in memory: loaded off the event loop, swapped when the store changes."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Self, TypeVar

from app.access.caller import NOBODY, Caller, current
from app.errors import NotReadyError
from app.observation.record import current_record
from app.serving.look import check_versions, look_at
from app.serving.refusals import Refusals, Step, VersionKey
from app.serving.served_version import ServedVersion, VersionChoice
from app.serving.store_threads import in_store_thread
from forecasting.errors import (
    BrokenVersionError,
    NotFoundError,
    StoreUnreachableError,
)
from forecasting.store.aliases import LATEST, PRODUCTION
from forecasting.store.loader import errors_as_broken_version, load_version
from forecasting.store.store import ModelStore, Problem

_log = logging.getLogger("app")
_COLLECT_AFTER = 20_000
"""How many new objects start a garbage collection; Python's default would slow requests down."""

_Answer = TypeVar("_Answer")


class Registry:
    """Loads versions when they are needed, and decides which of them answers a request.

    Use it as an async context manager: inside the block it looks at the store every second, or
    every few seconds if that is an object store. It then checks what is new, and loads what each
    model should serve now before it swaps that in. What lies in an object store is checked when it
    is loaded. If such a store cannot be reached, what it held when that was last possible goes on
    being served. At most
    `max_loaded` versions stay in memory. Beyond that, the one whose last use is longest ago goes
    first, but never the one that the default model serves, nor the one that was used last. A run
    that is under way keeps its version until it ends.

    All state is changed on the event loop only; threads read files and return what they found.
    """

    def __init__(self, store: ModelStore, default_model: str, max_loaded: int) -> None:
        """Serve from `store`; `default_model` answers if a request names no model."""
        self.store = store
        self.default_model = default_model
        self.store_problem: str | None = None
        """Why the store cannot be reached; None if it can."""
        self._seen: ModelStore | None = None
        """The store as it was when it was looked at last."""
        self._max_loaded = max_loaded
        self._serving: dict[str, ServedVersion] = {}
        self._loaded: OrderedDict[VersionKey, ServedVersion] = OrderedDict()
        self._loading: dict[VersionKey, asyncio.Task[ServedVersion]] = {}
        self._checked: dict[VersionKey, Hashable] = {}
        self._refusals = Refusals()
        self._alias_problems: list[Problem] = []
        self._absence: list[Problem] = []
        """That the default model is not there, if it was not when the store was looked at last."""
        self._refreshing = asyncio.Lock()
        self._looked_at = 0.0
        self._looked_once = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start looking at the store."""
        self._watcher = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Stop looking at the store, and wait for the loads that are under way."""
        assert self._watcher is not None
        self._watcher.cancel()
        await asyncio.gather(self._watcher, *self._loading.values(), return_exceptions=True)

    @property
    def started(self) -> bool:
        """Whether the store has been looked at once."""
        return self._looked_once.is_set()

    async def wait_started(self, seconds: float) -> None:
        """Wait until the store has been looked at once, but no longer than that."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._looked_once.wait(), seconds)

    @property
    def ready(self) -> bool:
        """Whether the default model is served."""
        return self.default_model in self._serving

    @property
    def loaded(self) -> list[VersionKey]:
        """The versions in memory, sorted."""
        return sorted(self._loaded)

    @property
    def problems(self) -> list[Problem]:
        """What is refused and why: aliases and versions, or a default model that is not there."""
        absence = [] if self.ready else self._absence
        return absence + self._alias_problems + self._refusals.problems

    async def get(self, model: str | None, choice: VersionChoice) -> ServedVersion:
        """Return the version that answers for a model, and load it first if need be.

        `model` is None for the default model. A load goes on when its caller is cancelled, and its
        version is kept for the next caller.

        Raises:
            NotFoundError: if the caller sees no such model, or if there is no such version or
                alias.
            BrokenVersionError: if no version that may answer can be loaded.
            StoreUnreachableError: if the store would have to be asked, and does not answer.
            NotReadyError: if the default model is still being loaded for the first time.
        """
        name = model or self.default_model
        caller = current.get()
        served = None
        if choice is None:
            served = self._serving.get(name)
        elif isinstance(choice, int):
            served = self._loaded.get((name, choice))
        if served is None or not caller.sees(name):
            if name == self.default_model and choice is None and not self.started:
                raise NotReadyError("The default model is still being loaded.")
            asked = partial(_candidates, model=name, choice=choice, caller=caller)
            candidates = await self._ask(asked, seen_will_do=isinstance(choice, str))
            try:
                served = await self._load_first(name, candidates)
            except NotFoundError:  # it has been deleted since the store was looked at
                served = await self._load_first(name, await self._ask(asked))
            if choice is None:
                self._serving[name] = served
        key = (name, served.manifest.version)
        current_record().model = f"{name}/{key[1]}"
        if key in self._loaded:
            self._loaded.move_to_end(key)
        return served

    async def refresh(self) -> None:
        """Look at the store now: check what is new, and serve what each model should serve."""
        async with self._refreshing:
            await self._refresh()

    async def serve_published(self, at: datetime) -> None:
        """Serve what was published up to a time: look at the store unless it was done since.

        If looking fails, it is logged, and done again within a second.
        """
        async with self._refreshing:
            if self._looked_at <= at.timestamp():
                try:
                    await self._refresh()
                except Exception:  # noqa: BLE001  as in _watch
                    _log.exception("looking at the model store failed")

    async def _refresh(self) -> None:
        looked_at = time.time()
        try:
            store = await self._check_store()
        except StoreUnreachableError as error:
            self._lose_store(error)
            return
        if self.store_problem is not None:
            self.store_problem = None
            _log.info("the model store can be reached again")
        for key in self._refusals.due(Step.LOAD):
            self._start_loading(key)
        for model in [self.default_model, *self._serving]:
            if model == self.default_model or model in self._serving:
                await self._update_serving(store, model)
        self._looked_at = looked_at

    def _lose_store(self, error: StoreUnreachableError) -> None:
        if self.store_problem is None:
            _log.error("%s", error.message)
        self.store_problem = error.message

    async def _ask(
        self, question: Callable[[ModelStore], _Answer], *, seen_will_do: bool = False
    ) -> _Answer:
        """Return what the store says, or would have said when it could last be reached.

        If what was seen last will do, the store is not asked unless something was not there then.
        """
        if seen_will_do and self._seen is not None:
            with suppress(NotFoundError):
                return await _ask_seen(self._seen, question)
        if self.store_problem is None:
            try:
                return await in_store_thread(question, self.store)
            except StoreUnreachableError as error:
                self._lose_store(error)
        if self._seen is not None:
            with suppress(NotFoundError):  # it may be there by now
                return await _ask_seen(self._seen, question)
        raise StoreUnreachableError(self.store_problem or "")

    async def _update_serving(self, store: ModelStore, model: str) -> None:
        """Swap in the version that a model should serve by default."""
        try:
            candidates = await in_store_thread(_candidates, store, model, None)
            served = await self._load_first(model, candidates)
        except (NotFoundError, BrokenVersionError) as error:
            models = await in_store_thread(store.models)
            if model == self.default_model and isinstance(error, NotFoundError):
                reason = f"there is no model {model!r}." if models else error.message
                self._absence = [Problem(model, None, reason)]
            if not self.started:
                _log.error("model %s is not served: %s", model, error)
            elif models and model not in models:  # without any, the store's mount is lost
                self._serving.pop(model, None)
            return
        if self._serving.get(model) is not served:
            self._serving[model] = served
            _log.info("serving %s version %d", model, served.manifest.version)

    async def _watch(self) -> None:
        while True:
            try:
                await self.refresh()
            except Exception:  # noqa: BLE001  the next look may succeed: a lost mount comes back
                _log.exception("looking at the model store failed")
            if not self.started:
                gc.freeze()  # the objects made at the start stay: no later collection visits them
                gc.set_threshold(_COLLECT_AFTER, 20, 20)
            self._looked_once.set()
            await asyncio.sleep(self.store.storage.poll_seconds)

    async def _load_first(self, model: str, versions: Iterable[int]) -> ServedVersion:
        """Return the first of the versions that can be loaded.

        Raises NotFoundError if one before it is not there, for then another may be first by now.
        """
        first_error: BrokenVersionError | None = None
        for version in versions:
            try:
                return await self._load((model, version))
            except BrokenVersionError as error:
                first_error = first_error or error
        raise first_error or BrokenVersionError(f"model {model!r} has no version to serve.")

    async def _load(self, key: VersionKey) -> ServedVersion:
        """Return a version from memory, or wait for its load, which all callers share."""
        if key in self._loaded:
            return self._loaded[key]
        if error := self._refusals.error(key):
            raise error
        return await asyncio.shield(self._start_loading(key))

    def _start_loading(self, key: VersionKey) -> asyncio.Task[ServedVersion]:
        """Return the task that loads a version; it ends by itself, whoever waits for it."""
        if key not in self._loading:
            task = asyncio.create_task(self._load_and_keep(key))
            task.add_done_callback(_mark_error_as_seen)
            self._loading[key] = task
        return self._loading[key]

    async def _load_and_keep(self, key: VersionKey) -> ServedVersion:
        try:
            store = self.store if self.store_problem is None else self._seen or self.store
            served = await in_store_thread(_load_served, store, *key)
        except BrokenVersionError as error:
            self._refuse(key, error, Step.LOAD)
            raise (self._refusals.error(key) or error) from error
        finally:
            del self._loading[key]
        self._refusals.discard(key)
        self._loaded[key] = served
        self._unload_least_recently_used()
        return served

    def _unload_least_recently_used(self) -> None:
        default = self._serving.get(self.default_model)
        *others, _ = [key for key, served in self._loaded.items() if served is not default]
        excess = max(len(self._loaded) - self._max_loaded, 0)
        for model, version in others[:excess]:
            unloaded = self._loaded.pop((model, version))
            if self._serving.get(model) is unloaded:
                del self._serving[model]

    async def _check_store(self) -> ModelStore:
        """Check what is new or has changed, forget what is gone, and return the store as seen."""
        store, present, problems = await in_store_thread(look_at, self.store)
        self._seen, self._alias_problems = store, problems
        for versions in (self._loaded, self._checked):
            for key in versions.keys() - present.keys():
                del versions[key]
        self._refusals.keep_only(present)
        changed = {key for key, at in present.items() if self._checked.get(key) != at}
        for key in changed:
            self._refusals.discard(key)
        if self.store.storage.is_remote:  # the rest is checked when it is loaded
            self._checked.update({key: present[key] for key in changed})
            changed.intersection_update(self._loaded)
        to_check = changed.union(self._refusals.due(Step.CHECK))
        errors = await in_store_thread(check_versions, store, to_check)
        for key, error in errors.items():
            self._checked[key] = present[key]
            if error is None:
                self._refusals.discard(key)
            else:
                self._refuse(key, error, Step.CHECK)
        return store

    def _refuse(self, key: VersionKey, error: BrokenVersionError, failed: Step) -> None:
        self._refusals.add(key, error, failed)
        _log.error("model %s version %d is refused: %s", *key, error.message)


async def _ask_seen(seen: ModelStore, question: Callable[[ModelStore], _Answer]) -> _Answer:
    """Return what the store said when it was looked at last.

    What was seen of a bucket is in memory. So this waits for no thread, all of which may be waiting
    for the bucket.
    """
    if seen.storage.is_remote:
        return question(seen)
    return await in_store_thread(question, seen)


def _candidates(
    store: ModelStore, model: str, choice: VersionChoice, caller: Caller = NOBODY
) -> list[int]:
    """Return the versions that may answer, the best first.

    For an alias these are the version that it names and all before it, from new to old, so that
    a sound version stands in for a broken one.

    Raises:
        NotFoundError: if the caller sees no such model, or there is no such version or alias.
        BrokenVersionError: if the aliases cannot be read.
    """
    caller.check_sees(model, store)
    if isinstance(choice, int):
        store.check_there(model, choice)
        return [choice]
    versions = store.versions(model)
    if not versions:
        raise store.unknown(model)
    if choice == LATEST:
        return versions[::-1]
    aliases = store.aliases(model)
    if choice is not None and choice not in aliases:
        raise NotFoundError(
            f"model {model!r} has no alias {choice!r}; it has: "
            f"{', '.join(sorted(aliases)) or 'none'}.",
            code="version_not_found",
        )
    newest = aliases.get(choice or PRODUCTION, versions[-1])
    return [version for version in reversed(versions) if version <= newest]


def _load_served(store: ModelStore, model: str, version: int) -> ServedVersion:
    with errors_as_broken_version(store, model, version):
        loaded = load_version(store, model, version)
        return ServedVersion.of(loaded.manifest, loaded.forecaster)


def _mark_error_as_seen(task: asyncio.Task[ServedVersion]) -> None:
    """Keep asyncio from logging the error of a load that nobody waits for any longer."""
    if not task.cancelled():
        task.exception()
