"""Cuts data into parts that fit what the service takes in one request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx

from forecast_client.data.payload import Payload
from forecast_client.http.exchange import Operation, Request, checked, problem_of, reading

_SMALL = 10_000
"""Data of so many values goes in one request, before anybody asks for limits."""
_TOGETHER = 250_000
"""So many values go in one request of several, so that requests overlap."""
_SHARE = 0.5
"""How much of the memory that a table may take is used, since it may grow when it is read."""
_TOO_LARGE = frozenset(
    {
        *("body_too_large", "table_too_large", "too_many_series", "too_many_windows"),
        *("answer_too_large", "effort_too_large", "calibration_too_large"),
        *("explanation_too_large", "deadline_exceeded"),
    }
)
_HEALTH = Request("GET", "/health")


@dataclass(frozen=True)
class Room:
    """What one request may hold, and ask for."""

    series: int
    values: int
    results: int

    @classmethod
    def of(cls, limits: Mapping[str, int], payload: Payload, most_results: str) -> Room:
        """Return the room that the limits in the answer of `/health` leave."""
        memory = _SHARE * min(limits["max_body_bytes"], limits["max_table_bytes"])
        return cls(
            limits["max_series"],
            min(_TOGETHER, int(memory / payload.bytes_per_value)),
            limits[most_results],
        )


@dataclass(frozen=True)
class Cost:
    """What the answer to a request takes of the room for results."""

    limit: str
    """The name of the limit."""
    of_series: Callable[[int], int]
    """The results for a series of so many values."""


def cut(sizes: Sequence[int], room: Room, cost: Cost) -> list[tuple[int, int]]:
    """Return the first series of each part and the one after its last. A series is never cut."""
    parts, start, values, results = [], 0, 0, 0
    for place, size in enumerate(sizes):
        more = cost.of_series(size)
        full = place - start == room.series or values + size > room.values
        if place > start and (full or results + more > room.results):
            parts.append((start, place))
            start, values, results = place, 0, 0
        values += size
        results += more
    parts.append((start, len(sizes)))
    return parts


def in_parts(
    payload: Payload, make: Callable[[Payload], Request], cost: Cost
) -> Operation[list[httpx.Response]]:
    """Send data in as many requests as it takes; returns their answers, in the order of the series.

    A part that the service calls too large all the same is cut in halves.

    Raises:
        ProblemError: A request was refused. It names the series of the part if there are several.
    """
    parts = [payload]
    if payload.size > _SMALL:
        payload = payload.apart()
        sizes = payload.sizes()
        if sizes is not None and len(sizes) > 1:
            (health,) = yield [_HEALTH]
            with reading(checked(health)):
                room = Room.of(health.json()["limits"], payload, cost.limit)
            parts = [payload.part(*places) for places in cut(sizes, room, cost)]
    done: list[tuple[Payload, httpx.Response | None]] = [(part, None) for part in parts]
    while waiting := [part for part, answer in done if answer is None]:
        answers = iter((yield [make(part) for part in waiting]))
        tried = [(part, next(answers) if answer is None else answer) for part, answer in done]
        done = []
        for part, answer in tried:
            halves = _halves(part) if _is_too_large(answer) else []
            done += [(half, None) for half in halves] or [(part, answer)]
    several = len(done) > 1
    return [
        checked(answer, _named(part) if several else "")
        for part, answer in done
        if answer is not None
    ]


def _is_too_large(answer: httpx.Response) -> bool:
    return not answer.is_success and problem_of(answer).get("code") in _TOO_LARGE


def _halves(part: Payload) -> list[Payload]:
    part = part.apart()
    sizes = part.sizes() or ()
    middle = len(sizes) // 2
    return [part.part(0, middle), part.part(middle, len(sizes))] if middle else []


def _named(part: Payload) -> str:
    count = len(part.sizes() or ())
    if count == 1:
        return f"\n(In the series {part.name(0)}, which was sent by itself.)"
    return f"\n(In the part with the {count} series from {part.name(0)} to {part.name(count - 1)}.)"
