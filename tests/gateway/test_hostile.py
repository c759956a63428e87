"""Whatever is sent to it, the router answers with words of its own, stays up, loses nothing and never shows a traceback."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Iterable

import httpx
import pytest

from tests.end_to_end.conftest import StartUp, UpProcess, start_up
from tests.gateway.hostile import PATHS, Shot, basic, shots

__all__ = ["start_up"]

SIGNS_OF_A_DEFECT = re.compile(
    r"Traceback|unexpected error|because of a defect|a defect of|internal error|Exception in ASGI"
)

RAW: list[bytes] = [
    b"",
    b"\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET\r\n\r\n",
    b"POST /v1/batch HTTP/1.1\r\n\r\n",
    b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999999999999999\r\n\r\n{}",
    b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: +2\r\n\r\n{}",
    b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: %b\r\nContent-Length: 100\r\n\r\n{"
    % basic("wk-web").encode(),
    b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: %b\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n\x1f\x8b"
    % basic("wk-web").encode(),
    b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
    b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
    b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://elsewhere/ HTTP/1.1\r\nHost: x\r\n\r\n",
    b"CONNECT elsewhere:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /v1/\xff\xfe HTTP/1.1\r\nHost: \xff\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 50,
]
"""What no HTTP client sends."""


class Outcome:
    """What came of a storm."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.wrong: list[str] = []

    def note(self, shot: Shot, answer: httpx.Response) -> None:
        """Count an answer; a 5xx other than a 503 with its documented form is wrong, and so is a 404 under /v1/."""
        status = answer.status_code
        self.statuses[status] += 1
        overload = status == 503 and answer.headers.get("retry-after") and answer.text == "service unavailable\n"
        if (status >= 500 and not overload) or (status == 404 and shot.target.startswith("/v1/")):
            self.wrong.append(f"{status} {answer.text[:80]!r}: {shot.method} {shot.target[:80]} {shot.about}")


async def _send_all(url: str, storm: Iterable[Shot], outcome: Outcome) -> None:
    waiting = iter(storm)

    async def sender(client: httpx.AsyncClient) -> None:
        for shot in waiting:
            request = client.build_request(shot.method, shot.target, headers=shot.headers, content=shot.body)  # type: ignore[arg-type]
            try:
                outcome.note(shot, await client.send(request))
            except httpx.LocalProtocolError:
                continue  # the client itself refuses to send it

    limits = httpx.Limits(max_connections=8)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60.0, trust_env=False) as client:
        await asyncio.gather(*[sender(client) for _ in range(8)])


async def _raw(port: int, content: bytes) -> bytes:
    """What the server says to some bytes before it closes the connection or a second has passed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = b""
    try:
        writer.write(content)
        await writer.drain()
        async with asyncio.timeout(1.0):
            while chunk := await reader.read(65_536):
                said += chunk
    except (TimeoutError, ConnectionError):
        return said
    finally:
        writer.close()
    return said


def _storm(up: UpProcess, *, seed: int, count: int) -> Outcome:
    outcome = Outcome()
    asyncio.run(_send_all(up.gateway, shots(seed=seed, count=count), outcome))
    return outcome


def _check(up: UpProcess, outcome: Outcome, *, sent: int) -> None:
    assert outcome.wrong == []
    assert sum(outcome.statuses.values()) > 0.9 * sent
    assert {200, 400, 401, 405, 413} <= set(outcome.statuses)
    event = {"userId": "good", "event": "still here", "messageId": f"good-{time.time()}"}
    assert httpx.post(f"{up.gateway}/v1/track", json=event, auth=("wk-web", ""), timeout=30.0).text == "ok"
    deadline = time.monotonic() + 120
    while (status := up.status())["totals"]["queued"]:
        assert time.monotonic() < deadline, status["totals"]
        time.sleep(0.1)
    assert status["adds_up"], status["totals"]
    assert up.process.poll() is None
    found = SIGNS_OF_A_DEFECT.search(up.output())
    assert found is None, up.output()[max(0, found.start() - 500) : found.start() + 3000]


def test_a_thousand_hostile_requests_get_an_answer_each_and_break_nothing(start_up: StartUp) -> None:
    up = start_up("--demo").wait_until_ready()
    outcome = _storm(up, seed=20260504, count=1200)
    print(dict(outcome.statuses))
    _check(up, outcome, sent=1200)


def test_bytes_that_are_no_http_are_refused_and_nobody_else_notices(start_up: StartUp) -> None:
    up = start_up("--demo").wait_until_ready()

    async def all_at_once() -> list[bytes]:
        return await asyncio.gather(*[_raw(up.port, content) for content in RAW])

    for said in asyncio.run(all_at_once()):
        statuses = [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3})", said)]
        assert all(status < 500 for status in statuses), said[:300]
    assert httpx.get(f"{up.gateway}/ready", timeout=10.0).status_code == 200
    assert SIGNS_OF_A_DEFECT.search(up.output()) is None, up.output()[-3000:]


def test_the_corpus_reaches_every_endpoint_and_is_the_same_for_a_seed() -> None:
    corpus = list(shots(seed=1, count=2000))
    assert corpus == list(shots(seed=1, count=2000))
    assert corpus != list(shots(seed=2, count=2000))
    assert {path for path in PATHS if any(shot.target.startswith(path) for shot in corpus)} == set(PATHS)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(4))
def test_twelve_thousand_hostile_requests_break_nothing(start_up: StartUp, seed: int) -> None:
    up = start_up("--demo").wait_until_ready()
    outcome = _storm(up, seed=seed, count=3000)
    print(dict(outcome.statuses))
    _check(up, outcome, sent=3000)
