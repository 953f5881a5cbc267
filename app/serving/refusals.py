"""The versions that are not served for now, the reasons, and when they are worth another try."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Container
from dataclasses import dataclass
from enum import Enum, auto

from forecasting.errors import BrokenVersionError, VersionUnavailableError
from forecasting.store.store import Problem

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0

VersionKey = tuple[str, int]
"""A model's name and the number of one of its versions."""


class Step(Enum):
    """What failed, and so what is to be tried again."""

    CHECK = auto()
    LOAD = auto()


@dataclass(frozen=True, slots=True)
class _Refusal:
    reason: str
    failed: Step
    pause: float | None
    """Seconds from the failure to the next try; None if the version is damaged."""
    retry_at: float
    """When the clock shows this, the pause is over."""


class Refusals:
    """Remembers why versions cannot be served.

    A damaged version stays refused until its folder changes. A version that could merely not be
    read or loaded, because memory was short or the disk did not answer, is tried again after a
    pause that doubles with every failure.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Measure the pauses by `clock`, in seconds."""
        self._clock = clock
        self._refusals: dict[VersionKey, _Refusal] = {}

    def add(self, key: VersionKey, error: BrokenVersionError, failed: Step) -> None:
        """Refuse a version because of the error that its check or load has raised."""
        pause = None
        if isinstance(error, VersionUnavailableError):
            before = self._refusals.get(key)
            pause = FIRST_PAUSE_SECONDS
            if before is not None and before.pause is not None:
                pause = min(2 * before.pause, LONGEST_PAUSE_SECONDS)
        retry_at = self._clock() + (math.inf if pause is None else pause)
        self._refusals[key] = _Refusal(error.message, failed, pause, retry_at)

    def discard(self, key: VersionKey) -> None:
        """Forget why a version was refused, if it was."""
        self._refusals.pop(key, None)

    def keep_only(self, present: Container[VersionKey]) -> None:
        """Forget the versions that are no longer in the store."""
        self._refusals = {key: kept for key, kept in self._refusals.items() if key in present}

    def error(self, key: VersionKey) -> BrokenVersionError | None:
        """Return the error for whoever asks for a version; None if it is worth a try."""
        refusal = self._refusals.get(key)
        seconds = 0.0 if refusal is None else refusal.retry_at - self._clock()
        if refusal is None or seconds <= 0:
            return None
        model, version = key
        name = f"version {version} of model {model!r}"
        if refusal.pause is None:
            return BrokenVersionError(f"{name} is refused: {refusal.reason}")
        seconds = math.ceil(seconds)
        return VersionUnavailableError(
            f"{name} cannot be loaded at the moment: {refusal.reason} Try again in {seconds} s.",
            retry_after=seconds,
        )

    def due(self, failed: Step) -> list[VersionKey]:
        """Return the versions that failed at this step and whose pause is over."""
        now = self._clock()
        return [
            key
            for key, refusal in self._refusals.items()
            if refusal.failed is failed and refusal.retry_at <= now
        ]

    @property
    def problems(self) -> list[Problem]:
        """The versions that are refused and why, sorted."""
        return [Problem(*key, _describe(self._refusals[key])) for key in sorted(self._refusals)]


def _describe(refusal: _Refusal) -> str:
    if refusal.pause is None:
        return refusal.reason
    return f"{refusal.reason} It is tried again {refusal.pause:g} s after the latest failure."
