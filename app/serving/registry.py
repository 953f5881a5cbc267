"""The versions in memory: loaded off the event loop, swapped when the store changes."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from app.errors import NotReadyError
from app.serving.cost_model import CostModel, measure_cost
from forecasting.errors import BrokenVersionError, ForecastingError, NotFoundError
from forecasting.prediction.forecaster import Forecaster
from forecasting.store.aliases import LATEST, PRODUCTION
from forecasting.store.loader import check_version, errors_as_broken_version, load_version
from forecasting.store.manifest import Manifest
from forecasting.store.store import ModelStore, Problem

_log = logging.getLogger("app")
_POLL_SECONDS = 1.0
_IDLE_SECONDS = 300.0
_COLLECT_AFTER = 20_000

VersionChoice = int | str | None
_Key = tuple[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class ServedVersion:
    """A version in memory, and what its forecasts cost."""

    manifest: Manifest
    forecaster: Forecaster
    cost: CostModel


class Registry:
    """Use it as an async context manager: inside, it watches the store.

    `problems` holds what is refused and why; a version that was refused is looked at again when
    its folder changes.
    """

    def __init__(self, store: ModelStore, default_model: str) -> None:
        self.store = store
        self.default_model = default_model
        self.started = False
        self._serving: dict[str, ServedVersion] = {}
        self._loaded: dict[_Key, ServedVersion] = {}
        self._loading: dict[_Key, asyncio.Task[ServedVersion]] = {}
        self._last_used: dict[_Key, float] = {}
        self._checked: dict[_Key, int] = {}
        self._refused: dict[_Key, str] = {}
        self._broken_aliases: dict[str, str] = {}
        self._refreshing = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._watcher = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._watcher is not None
        self._watcher.cancel()
        await asyncio.gather(self._watcher, *self._loading.values(), return_exceptions=True)

    @property
    def ready(self) -> bool:
        return self.default_model in self._serving

    @property
    def loaded(self) -> list[tuple[str, int]]:
        return sorted(self._loaded)

    @property
    def problems(self) -> list[Problem]:
        refused = [Problem(*key, reason) for key, reason in sorted(self._refused.items())]
        aliases = [Problem(model, None, why) for model, why in sorted(self._broken_aliases.items())]
        return aliases + refused

    async def get(self, model: str | None, choice: VersionChoice) -> ServedVersion:
        """The version that answers for `model`: a number, an alias, or what it serves by default.

        Raises NotFoundError, BrokenVersionError, or NotReadyError while the first load goes on.
        """
        name = model or self.default_model
        if choice is None and name in self._serving:
            return self._serving[name]
        if isinstance(choice, int) and (name, choice) in self._loaded:
            self._last_used[name, choice] = time.monotonic()
            return self._loaded[name, choice]
        if name == self.default_model and choice is None and not self.started:
            raise NotReadyError("the default model is still being loaded.")
        version = await self._load_first(
            name, await asyncio.to_thread(self._candidates, name, choice)
        )
        if choice is None:
            self._serving[name] = version
        return version

    async def refresh(self) -> None:
        """Look at the store: check what is new, serve what each model should serve now."""
        async with self._refreshing:
            await self._refresh()

    async def _refresh(self) -> None:
        await asyncio.to_thread(self._check_store)
        for model in {self.default_model, *self._serving}:
            try:
                candidates = await asyncio.to_thread(self._candidates, model, None)
                version = await self._load_first(model, candidates)
            except (NotFoundError, BrokenVersionError) as error:
                if not self.started:
                    _log.error("model %s is not served: %s", model, error)
                elif isinstance(error, NotFoundError) and await self._holds_something():
                    self._serving.pop(model, None)
                continue
            if self._serving.get(model) is not version:
                self._serving[model] = version
                _log.info("serving %s version %d", model, version.manifest.version)
        self._forget_idle()

    async def _holds_something(self) -> bool:
        """Else the store is rather a mount that was lost than one where all was deleted."""
        return await asyncio.to_thread(self.store.models) != []

    async def _watch(self) -> None:
        while True:
            try:
                await self.refresh()
            except Exception:  # noqa: BLE001  the next look may succeed: a lost mount comes back
                _log.exception("looking at the model store failed")
            if not self.started:
                gc.freeze()  # what was made at the start stays: no later collection looks at it
                gc.set_threshold(_COLLECT_AFTER, 20, 20)
            self.started = True
            await asyncio.sleep(_POLL_SECONDS)

    def _candidates(self, model: str, choice: VersionChoice) -> list[int]:
        """Versions that may answer, the best first: the one named, or else the newest at or
        before the alias, so that a sound version stands in for a broken one.

        Raises NotFoundError, or BrokenVersionError where the aliases cannot be read.
        """
        if isinstance(choice, int):
            self.store.folder(model, choice)
            return [choice]
        versions = self.store.versions(model)
        if not versions:
            raise self.store.unknown(model)
        if choice == LATEST:
            return versions[::-1]
        aliases = self.store.aliases(model)
        if choice is not None and choice not in aliases:
            raise NotFoundError(
                f"model {model!r} has no alias {choice!r}; it has: "
                f"{', '.join(sorted(aliases)) or 'none'}.",
                code="version_not_found",
            )
        newest = aliases.get(choice or PRODUCTION, versions[-1])
        return [version for version in reversed(versions) if version <= newest]

    async def _load_first(self, model: str, versions: Iterable[int]) -> ServedVersion:
        first_error: ForecastingError | None = None
        for version in versions:
            try:
                return await self._load(model, version)
            except (BrokenVersionError, NotFoundError) as error:
                first_error = first_error or error
        raise first_error or BrokenVersionError(f"model {model!r} has no version to serve.")

    async def _load(self, model: str, version: int) -> ServedVersion:
        key = (model, version)
        self._last_used[key] = time.monotonic()
        if key in self._loaded:
            return self._loaded[key]
        if key in self._refused:
            raise BrokenVersionError(
                f"version {version} of model {model!r} is refused: {self._refused[key]}"
            )
        if key not in self._loading:
            self._loading[key] = asyncio.create_task(
                asyncio.to_thread(_load_served, self.store, model, version)
            )
        try:
            self._loaded[key] = await asyncio.shield(self._loading[key])
        except BrokenVersionError as error:
            self._refuse(key, error)
            raise
        finally:
            self._loading.pop(key, None)
        return self._loaded[key]

    def _check_store(self) -> None:
        """Check the folders that are new or have changed, and drop what is gone."""
        present: dict[_Key, int] = {}
        broken_aliases = {}
        for model in self.store.models():
            for version in self.store.versions(model):
                present[model, version] = self.store.changed_at(model, version)
            if problem := self._alias_problem(model):
                broken_aliases[model] = problem
        self._broken_aliases = broken_aliases
        for known in (self._loaded, self._refused, self._checked, self._last_used):
            for key in known.keys() - present.keys():
                known.pop(key, None)
        for key, changed_at in present.items():
            if self._checked.get(key) != changed_at:
                self._checked[key] = changed_at
                self._refused.pop(key, None)
                try:
                    with errors_as_broken_version(self.store, *key):
                        check_version(self.store, *key)
                except NotFoundError:
                    pass  # deleted since the folders were listed
                except BrokenVersionError as error:
                    self._refuse(key, error)

    def _alias_problem(self, model: str) -> str | None:
        try:
            aliases = self.store.aliases(model)
        except BrokenVersionError as error:
            return error.message
        missing = set(aliases.values()) - set(self.store.versions(model))
        return f"aliases name versions that are not there: {sorted(missing)}" if missing else None

    def _refuse(self, key: _Key, error: ForecastingError) -> None:
        self._refused[key] = error.message
        _log.error("model %s version %d is refused: %s", *key, error.message)

    def _forget_idle(self) -> None:
        """Let go of versions that nothing serves by default and nobody asked for lately."""
        serving = {(name, served.manifest.version) for name, served in self._serving.items()}
        for key in self._loaded.keys() - serving:
            if time.monotonic() - self._last_used.get(key, 0.0) > _IDLE_SECONDS:
                del self._loaded[key]
                self._last_used.pop(key, None)


def _load_served(store: ModelStore, model: str, version: int) -> ServedVersion:
    with errors_as_broken_version(store, model, version):
        loaded = load_version(store, model, version)
        cost = measure_cost(loaded.forecaster)
    return ServedVersion(loaded.manifest, loaded.forecaster, cost)
