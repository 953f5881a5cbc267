import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.jobs import event_stream
from app.jobs.schemas import JobEvent


def test_a_comment_shows_that_the_stream_lives_when_nothing_happens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def batches() -> AsyncIterator[list[JobEvent]]:
        yield []
        yield [JobEvent(id=number, kind="log", data="{}") for number in (1, 2)]

    async def written() -> list[Any]:
        return [part async for part in event_stream.EventStream(batches()).body_iterator]

    expected = b"event: log\ndata: {}\nid: 1\n\nevent: log\ndata: {}\nid: 2\n\n"
    assert asyncio.run(written()) == [expected]
    monkeypatch.setattr(event_stream, "_QUIET_SECONDS", -1)
    assert asyncio.run(written()) == [b": ping\n\n", expected]
