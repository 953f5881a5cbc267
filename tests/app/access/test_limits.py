"""What one caller may take, and clients that keep the service waiting."""

import asyncio
import json
import re
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest

from app.access.turns import Turns
from app.errors import OverloadedError
from tests.support.service import Service
from tests.support.tiny_models import PASSENGERS

REQUESTS = 30
PATIENCE_S = 1.0
AS_JSON = b"Content-Type: application/json\r\n\r\n"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def limited(trained_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    settings = {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "FORECAST_RATE_LIMIT": str(REQUESTS),
        "FORECAST_CLIENT_TIMEOUT_S": str(PATIENCE_S),
    }
    with Service(trained_store, tmp_path_factory.mktemp("limited"), settings) as running:
        yield running


def test_a_caller_that_sends_too_much_is_told_when_to_come_back(limited: Service) -> None:
    with limited.client() as client:
        answers = [
            client.post("/predict", json={"series": PASSENGERS}) for _ in range(REQUESTS + 5)
        ]
        statuses = [answer.status_code for answer in answers]
        assert statuses[:REQUESTS] == [200] * REQUESTS
        refused = answers[statuses.index(429)]
        assert refused.json()["code"] == "rate_limited"
        assert 1 <= int(refused.headers["Retry-After"]) <= 2
        assert answers[0].headers["RateLimit-Policy"] == f'"default";q={REQUESTS};w=60'
        assert re.fullmatch(rf'"default";r={REQUESTS - 1};t=\d+', answers[0].headers["RateLimit"])
        assert client.get("/health/ready").status_code == 200
        time.sleep(60 / REQUESTS + 0.1)
        assert client.get("/models").status_code == 200


def until_closed(connection: socket.socket) -> bytes:
    """Return what comes until the other side closes the connection."""
    connection.settimeout(30)
    received = b""
    with suppress(ConnectionResetError):  # The service has closed without reading all of it.
        while chunk := connection.recv(65_536):
            received += chunk
    return received


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", b"408"),
        (b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow:", b"408"),
        (
            b"PUT /models/tiny/aliases/a HTTP/1.1\r\nContent-Length: 100\r\n" + AS_JSON + b"{",
            b"408|429",
        ),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Long: " + b"a" * 200_000, b"431"),
    ],
)
def test_a_client_that_keeps_the_service_waiting_is_cut_off(
    limited: Service, sent: bytes, status: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", limited.port)) as connection:
        connection.sendall(sent)
        assert re.match(status, until_closed(connection).removeprefix(b"HTTP/1.1 "))


@pytest.mark.parametrize(
    ("sent", "codes"),
    [
        (b"GET /models/" + b"a" * 100_000, {"headers_too_long"}),
        (b"GET /models\x00", {"request_broken"}),
    ],
)
def test_what_is_no_request_gets_a_problem_document(
    limited: Service, sent: bytes, codes: set[str]
) -> None:
    with socket.create_connection(("127.0.0.1", limited.port)) as connection:
        connection.sendall(sent + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        head, _, body = until_closed(connection).partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    problem = json.loads(body)
    assert problem["code"] in codes
    assert head.startswith(b"HTTP/1.1 %d " % problem["status"])


def test_a_connection_ends_though_its_client_sends_a_byte_after_the_answer(
    limited: Service,
) -> None:
    with socket.create_connection(("127.0.0.1", limited.port)) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.settimeout(30)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"\r\n")
        assert b" 408 " in until_closed(connection)


def test_trailers_without_end_are_cut_off(limited: Service) -> None:
    head = b"POST /no HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    with socket.create_connection(("127.0.0.1", limited.port)) as connection:
        connection.sendall(head)
        end = time.monotonic() + 30
        with suppress(OSError):  # The connection is reset, or the pipe is broken.
            while time.monotonic() < end:
                connection.sendall(b"X-More: " + b"a" * 1_000 + b"\r\n")
                time.sleep(0.001)
        assert time.monotonic() < end


def test_a_long_body_that_is_followed_by_the_next_request_is_answered(limited: Service) -> None:
    body = b"[" + b" " * 200_000 + b"]"
    put = b"PUT /models/tiny/aliases/a HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    first = put + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with socket.create_connection(("127.0.0.1", limited.port)) as connection:
        connection.sendall(
            first + b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        answers = until_closed(connection)
        assert re.match(rb"HTTP/1.1 (422|429)", answers)
        assert b"HTTP/1.1 200" in answers


def test_a_client_that_sends_requests_ahead_and_leaves_is_no_error(service: Service) -> None:
    body = json.dumps({"series": PASSENGERS, "horizon": 500}).encode()
    head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n".encode()
    before = len(service.log)
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        connection.sendall((head + AS_JSON + body) * 20)
        connection.recv(1)
    answer = httpx.post(f"{service.url}/predict", content=body, headers=JSON, timeout=60)
    assert answer.status_code == 200, answer.text  # It was behind those that nobody waits for.
    assert "Traceback" not in service.log[before:]


def test_a_thousand_idle_connections_keep_nobody_from_an_answer(limited: Service) -> None:
    with ExitStack() as stack:
        idle = [
            stack.enter_context(socket.create_connection(("127.0.0.1", limited.port)))
            for _ in range(1_000)
        ]
        assert httpx.get(f"{limited.url}/health/ready").status_code == 200
        for connection in idle[::100]:
            assert until_closed(connection).startswith(b"HTTP/1.1 408")


@asynccontextmanager
async def turn(turns: Turns, name: str) -> AsyncIterator[None]:
    await turns.begin(name)
    try:
        yield
    finally:
        turns.end(name)


def test_a_flood_does_not_keep_others_waiting() -> None:
    finished: list[str] = []

    async def ask(turns: Turns, name: str, seconds: float = 0.01) -> None:
        async with turn(turns, name):
            await asyncio.sleep(seconds)
            finished.append(name)

    async def scene() -> None:
        turns = Turns(most_waiting=100, patience_s=10)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(ask(turns, "slow", seconds=0.3))
            await asyncio.sleep(0)
            for _ in range(40):
                tasks.create_task(ask(turns, "flood"))
            await asyncio.sleep(0)
            tasks.create_task(ask(turns, "single"))

    asyncio.run(scene())
    assert len(finished) == 42
    assert finished.index("single") <= 8


def test_a_caller_that_comes_again_and_again_is_not_behind_a_flood_each_time() -> None:
    most_at_once = 0

    async def flood(turns: Turns) -> None:
        nonlocal most_at_once
        async with turn(turns, "flood"):
            caller = turns._callers["flood"]  # noqa: SLF001
            most_at_once = max(most_at_once, caller.under_way)
            await asyncio.sleep(0.01)

    async def scene() -> None:
        turns = Turns(most_waiting=100, patience_s=10)
        async with turn(turns, "single"):
            pass
        async with asyncio.TaskGroup() as tasks:
            for _ in range(40):
                tasks.create_task(flood(turns))

    asyncio.run(scene())
    assert most_at_once == 4


def test_turns_are_given_on_when_requests_end_whatever_way() -> None:
    async def scene() -> None:
        turns = Turns(most_waiting=3, patience_s=0.05)
        async with turn(turns, "a"):
            held = [asyncio.create_task(hold(turns)) for _ in range(4)]
            await asyncio.sleep(0)
            with pytest.raises(OverloadedError):
                async with turn(turns, "b"):
                    pass
            waiting = [asyncio.create_task(hold(turns)) for _ in range(3)]
            await asyncio.sleep(0)
            with pytest.raises(OverloadedError):
                async with turn(turns, "b"):
                    pass
            waiting[0].cancel()
            held[0].cancel()
            given_up, got_the_turn, too_late = waiting
            await asyncio.wait([held[0], given_up, too_late])
            assert given_up.cancelled()
            assert isinstance(too_late.exception(), OverloadedError)
            assert not got_the_turn.done()
            under_way = [*held[1:], got_the_turn]
            for task in under_way:
                task.cancel()
            await asyncio.wait(under_way)
            async with turn(turns, "b"):
                pass

    async def hold(turns: Turns) -> None:
        async with turn(turns, "b"):
            await asyncio.sleep(60)

    asyncio.run(scene())
