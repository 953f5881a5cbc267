"""What is no whole request of HTTP, and what comes before and after it on a connection."""

import json
import re
import socket
from typing import NamedTuple

import pytest

from tests.support.service import Service, wait_until
from tests.support.tiny_models import PASSENGERS

LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
BODY = json.dumps({"series": PASSENGERS}).encode()
LENGTH = b"Content-Length: %d\r\n\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\n"


class Answer(NamedTuple):
    status: int
    id: str
    body: bytes

    @property
    def detail(self) -> str:
        return str(json.loads(self.body)["detail"])


def exchange(service: Service, *parts: bytes) -> list[Answer]:
    """Send the parts over one connection, and return the answers that come until it ends."""
    received = b""
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        for part in parts:
            connection.sendall(part)
        while chunk := connection.recv(65_536):
            received += chunk
    answers = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        fields = dict(re.findall(r"\r\n([^:]+): ([^\r]*)", head.decode().lower()))
        length = int(fields["content-length"])
        answers.append(Answer(int(head[9:12]), fields["x-request-id"], rest[:length]))
        received = rest[length:]
    return answers


def lines_about(service: Service, answer: Answer) -> list[str]:
    """Return what the log says of a request, once it does."""

    def found() -> list[str]:
        return [line for line in service.log.splitlines() if f"id={answer.id}" in line]

    wait_until(found, what=f"a line about {answer}")
    return found()


@pytest.mark.parametrize(
    ("sent", "said", "logged"),
    [
        (b"\x16\x03\x01\x02\x00\x01", "invalid method encountered. A request begins", "- path=-"),
        (b"GET /mod\x00els HTTP/1.1\r\n\r\n", "invalid char in url path", "- path=-"),
        (
            b"GET /models HTTP/3.7\r\n\r\n",
            "invalid http version, after the address /models.",
            "GET path=/models",
        ),
        (
            b"GET /models?a=1 HTTP/1.1\r\nHost: x\r\nA: b\r\nX Y: z\r\n\r\n",
            "invalid header token, after the header host.",
            "GET path=/models",
        ),
        (
            POST + b"Content-Length: 2x\r\n\r\n{}",
            "invalid character in content-length, after the header content-type.",
            "POST path=/predict",
        ),
        (
            POST + CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
            "The body is not what its headers say: invalid character in chunk size.",
            "POST path=/predict",
        ),
        (
            b"GET http://[::/ HTTP/1.1\r\n\r\n",
            "the address http://[::/ cannot be read.",
            "GET path=http://[::/",
        ),
        (
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
            "This is HTTP/2, and the service speaks HTTP/1.1.",
            "PRI path=*",
        ),
    ],
)
def test_what_is_wrong_with_a_request_is_told_and_logged(
    service: Service, sent: bytes, said: str, logged: str
) -> None:
    (answer,) = exchange(service, sent)
    assert answer.status == 400
    problem = json.loads(answer.body)
    assert (problem["code"], problem["request_id"]) == ("request_broken", answer.id)
    assert said in answer.detail
    (line,) = lines_about(service, answer)
    assert f"method={logged} status=400" in line


def test_a_broken_request_keeps_the_id_that_its_client_gave(service: Service) -> None:
    head = POST.replace(b"Host", b"X-Request-ID: mine\r\nHost")
    for parts in [(head + b"X Y: z\r\n\r\n",), (head + CHUNKED, b"2\r\n{}?")]:
        (answer,) = exchange(service, *parts)
        assert (answer.status, answer.id) == (400, "mine")


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (b"garbage", "the content-length before it is too small"),
        (POST + b"X Y: z\r\n\r\n", "invalid header token"),
        (POST + CHUNKED + b"zz\r\n", "invalid character in chunk size"),
    ],
)
def test_requests_before_a_broken_one_are_answered(
    service: Service, broken: bytes, said: str, apart: bool
) -> None:
    valid = [LIVE, POST + LENGTH + BODY, LIVE]
    parts = [*valid, broken] if apart else [b"".join([*valid, broken])]
    *answers, refused = exchange(service, *parts)
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert "forecasts" in json.loads(answers[1].body)
    assert refused.status == 400
    assert said in refused.detail
    lines_about(service, refused)


@pytest.mark.parametrize(
    ("sent", "status"), [(POST + CHUNKED + b"zz\r\n", 400), (LIVE[:-2] + b"X-Long: ", 431)]
)
def test_a_client_that_still_sends_gets_its_answer(
    service: Service, sent: bytes, status: int
) -> None:
    (answer,) = exchange(service, sent + b"a" * 20_000_000)
    assert answer.status == status


def test_a_body_that_breaks_after_the_answer_ends_the_connection(service: Service) -> None:
    head = b"GET /health/live HTTP/1.1\r\nHost: x\r\n" + CHUNKED
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        connection.sendall(head)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"zz\r\n" + LIVE)
        assert connection.recv(65_536) == b""


def test_a_broken_request_is_answered_in_the_shape_of_its_protocol(service: Service) -> None:
    head = POST.replace(b"/predict", b"/v1/timeseries/forecast")
    (answer,) = exchange(service, head + b"X Y: z\r\n\r\n")
    assert "invalid header token" in json.loads(answer.body)["error"]["message"]


@pytest.mark.parametrize("size", [1, 2**20])
def test_an_address_and_headers_of_64_kib_are_the_most(service: Service, size: int) -> None:
    def ask(more: int) -> Answer:
        fixed = len("/health/live" + "host: x\r\n" + "connection: close\r\n" + "x-long: \r\n")
        long = b"a" * (64 * 1024 - fixed + more)
        head = LIVE[:-2] + b"Connection: close\r\nX-Long: " + long + b"\r\n\r\n"
        parts = [head] if size > len(head) else [head[:-size], head[-size:]]
        (answer,) = exchange(service, *parts)
        return answer

    assert ask(0).status == 200
    refused = ask(1)
    assert (refused.status, json.loads(refused.body)["code"]) == (431, "headers_too_long")
    assert "more than 64 KiB" in refused.detail
    (line,) = lines_about(service, refused)
    assert "path=/health/live status=431" in line


@pytest.mark.parametrize("cut", [0, 5, len(BODY) // 2, len(BODY)])
def test_a_request_that_asks_for_another_protocol_is_read_with_its_body(
    service: Service, cut: int
) -> None:
    """Java's client, `curl --http2` and others ask for HTTP/2 with their first request."""
    asking = POST + H2C + b"Upgrade: h2c\r\n" + LENGTH + BODY
    last = LIVE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    sent = asking * 3 + last
    answers = exchange(service, sent[: len(asking) - cut], sent[len(asking) - cut :])
    assert [answer.status for answer in answers] == [200] * 4
    assert "forecasts" in json.loads(answers[2].body)


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
@pytest.mark.parametrize(
    ("version", "connection"), [(b"1.0", b"upgrade"), (b"1.1", b"Upgrade, close")]
)
def test_a_last_request_that_asks_for_another_protocol_is_answered(
    service: Service, protocol: bytes, version: bytes, connection: bytes
) -> None:
    asks = b"Connection: %b\r\nUpgrade: %b\r\n" % (connection, protocol)
    get = LIVE.replace(b"1.1\r\n", version + b"\r\n" + asks)
    post = POST.replace(b"1.1\r\n", version + b"\r\n" + asks) + LENGTH
    for parts in [(get + LIVE,), (post + BODY,), (post, BODY)]:
        (answer,) = exchange(service, *parts)
        assert answer.status == 200


def test_a_tunnel_is_refused_whatever_it_asks_for_besides(service: Service) -> None:
    tunnel = b"CONNECT /predict HTTP/1.1\r\nHost: x\r\n"
    last = LIVE[:-2] + b"Connection: close\r\n\r\n"
    for asks in [b"", H2C + b"Upgrade: h2c\r\n", H2C + b"Upgrade: websocket\r\n"]:
        answers = exchange(service, tunnel + asks + b"\r\n" + last)
        assert [answer.status for answer in answers] == [405, 200]


@pytest.mark.parametrize(
    ("broken", "status", "code"),
    [
        (b"X-Long: " + b"a" * 2**16 + b"\r\n" + LENGTH, 431, "headers_too_long"),
        (CHUNKED + b"zz\r\n", 400, "request_broken"),
    ],
)
def test_what_is_wrong_with_a_request_is_told_though_it_asks_for_another_protocol(
    service: Service, broken: bytes, status: int, code: str
) -> None:
    (answer,) = exchange(service, POST + H2C + b"Upgrade: h2c\r\n" + broken)
    assert (answer.status, json.loads(answer.body)["code"]) == (status, code)
