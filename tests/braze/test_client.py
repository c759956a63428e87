"""The HTTP client: what it sends, what it gives back, and what it says when nothing comes back."""

import asyncio
import contextlib
import gzip
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
import trustme

from router.braze.client import BrazeClient
from router.braze.objects import Request
from router.braze.transports import HttpTransport
from router.errors import BrazeUnreachable

pytestmark = pytest.mark.anyio

KEY = "planted-key-123"
TRACK = Request.of("/users/track", body={"events": [{"name": "É"}]}, sources={"events": ((0,),)})
Server = Callable[[Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Server]:
    """Starts loopback servers that treat each connection as they are told; gives their URL."""
    servers: list[asyncio.Server] = []
    connections: set[asyncio.Task[None]] = set()

    async def start(treat: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> str:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.add(asyncio.ensure_future(treat(reader, writer)))

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    yield start
    if connections:
        await asyncio.wait(connections, timeout=5)
    for server in servers:
        server.close()
        await server.wait_closed()


async def _read(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return head + await reader.readexactly(int(length.split(b":")[1]))


def client_of(answer: Callable[[httpx.Request], httpx.Response], endpoint: str = "https://rest.example") -> BrazeClient:
    return BrazeClient(endpoint, KEY, transport=httpx.MockTransport(answer))


async def test_a_request_is_posted_with_brazes_headers() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"message": "success"}, headers={"X-RateLimit-Remaining": "7"})

    async with client_of(answer, "https://rest.example/") as client:
        got = await client.send(TRACK)
    [sent] = seen
    assert (sent.method, str(sent.url)) == ("POST", "https://rest.example/users/track")
    assert sent.content == TRACK.content
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert sent.headers["content-type"] == sent.headers["accept"] == "application/json"
    assert sent.headers["user-agent"].startswith("hybrid-router/")
    assert sent.extensions["timeout"] == {"connect": 5.0, "read": 30.0, "write": 30.0, "pool": 30.0}
    assert (got.status, got.body) == (201, b'{"message":"success"}')
    assert got.headers["x-ratelimit-remaining"] == "7"


@pytest.mark.parametrize("status", [302, 401, 429, 503])
async def test_every_status_is_an_answer_and_redirects_are_not_followed(status: int) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(status, headers={"Location": "https://elsewhere.example/"})

    async with client_of(answer) as client:
        assert (await client.send(TRACK)).status == status
    assert seen == ["https://rest.example/users/track"]


async def test_the_key_never_shows(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/users/track":
            return httpx.Response(401, text=f"Invalid API Key {KEY}")
        raise httpx.ReadError(f"header {request.headers['authorization']}")

    async with client_of(answer) as client:
        answered = await client.send(TRACK)
        with pytest.raises(BrazeUnreachable) as caught:
            await client.send(Request.of("/users/merge", body={}, sources={}))
    assert answered.body == b"Invalid API Key ***"
    shown = f"{client!r} {caught.value} {caught.value.__cause__!r} {caplog.text} {answered!r}"
    assert KEY not in shown


@pytest.mark.parametrize("key", ["", "  ", "a\nb", "kéy", "a\x00b"])
def test_a_key_that_cannot_be_a_header_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match=r"^the REST API key is empty or has characters that no key has$"):
        BrazeClient("https://rest.example", key)


async def test_a_client_that_is_not_open_says_so() -> None:
    with pytest.raises(RuntimeError, match="not open"):
        await BrazeClient("https://rest.example", KEY).send(TRACK)


@pytest.mark.parametrize(
    ("error", "arrival"),
    [
        (httpx.ConnectError("refused"), "no"),
        (httpx.ConnectTimeout("slow"), "no"),
        (httpx.PoolTimeout("busy"), "no"),
        (httpx.ProxyError("proxy"), "no"),
        (httpx.UnsupportedProtocol("ftp"), "no"),
        (httpx.ReadTimeout("slow"), "unknown"),
        (httpx.ReadError("reset"), "unknown"),
        (httpx.WriteError("reset"), "unknown"),
        (httpx.WriteTimeout("slow"), "unknown"),
        (httpx.RemoteProtocolError("gone"), "unknown"),
        (httpx.DecodingError("gzip"), "unknown"),
        (ConnectionResetError("reset"), "unknown"),
    ],
)
async def test_a_failure_says_whether_braze_may_have_seen_the_request(error: Exception, arrival: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    async with client_of(answer) as client:
        with pytest.raises(BrazeUnreachable, match=r"^no answer from `https://rest\.example`: ") as caught:
            await client.send(TRACK)
    assert caught.value.arrival == arrival


async def test_an_error_without_words_is_named_by_its_type() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("")

    async with client_of(answer) as client:
        with pytest.raises(BrazeUnreachable, match="ReadTimeout"):
            await client.send(TRACK)


async def test_the_default_transport_speaks_http_over_one_connection(serve: Server) -> None:
    received: list[bytes] = []
    connections: list[int] = []

    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        for _ in range(2):
            received.append(await _read(reader))
            body = gzip.compress(b'{"message":"success"}')
            head = f"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
        await reader.read()
        writer.close()

    async with BrazeClient(await serve(treat), KEY) as client:
        answers = [await client.send(TRACK) for _ in range(2)]
    assert [(answer.status, answer.body) for answer in answers] == [(201, b'{"message":"success"}')] * 2
    assert len(connections) == 1
    assert received[0].startswith(b"POST /users/track HTTP/1.1\r\n")
    assert received[0].endswith(b"\r\n\r\n" + TRACK.content)


async def test_a_connection_that_breaks_after_sending_is_ambiguous(serve: Server) -> None:
    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read(reader)
        writer.close()

    async with BrazeClient(await serve(treat), KEY) as client:
        with pytest.raises(BrazeUnreachable) as caught:
            await client.send(TRACK)
    assert caught.value.arrival == "unknown"


async def test_an_answer_that_is_cut_off_is_ambiguous(serve: Server) -> None:
    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read(reader)
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        writer.close()

    async with BrazeClient(await serve(treat), KEY) as client:
        with pytest.raises(BrazeUnreachable) as caught:
            await client.send(TRACK)
    assert caught.value.arrival == "unknown"


async def test_an_answer_that_is_no_http_is_ambiguous(serve: Server) -> None:
    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _read(reader)
        writer.write(b"hello\r\n\r\n")
        await writer.drain()
        writer.close()

    async with BrazeClient(await serve(treat), KEY) as client:
        with pytest.raises(BrazeUnreachable) as caught:
            await client.send(TRACK)
    assert caught.value.arrival == "unknown"


async def test_a_refused_connection_is_certain() -> None:
    with socket.socket() as bound:  # bound but not listening: nobody else gets the port, and it refuses
        bound.bind(("127.0.0.1", 0))
        async with BrazeClient(f"http://127.0.0.1:{bound.getsockname()[1]}", KEY) as client:
            with pytest.raises(BrazeUnreachable) as caught:
                await client.send(TRACK)
    assert caught.value.arrival == "no"


async def test_the_default_transport_keeps_connections_of_its_own() -> None:
    async with BrazeClient("https://rest.example", KEY) as client:
        assert isinstance(client._transport, HttpTransport)


CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"


async def _answer_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: bytes) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            await _read(reader)
            writer.write(answer)
    writer.close()


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", b"{}"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + CREATED, b"{}"),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", b""),
    ],
    ids=["in chunks", "after a provisional answer", "without a body"],
)
async def test_answers_of_every_form_are_read_and_the_connection_is_used_again(
    serve: Server, answer: bytes, body: bytes
) -> None:
    connections: list[int] = []

    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        await _answer_all(reader, writer, answer)

    async with BrazeClient(await serve(treat), KEY) as client:
        got = [await client.send(TRACK) for _ in range(3)]
    assert [(each.status, each.body) for each in got] == [(201, body)] * 3
    assert len(connections) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 502 Bad Gateway\r\n\r\nsorry",
        b"HTTP/1.0 502 Bad Gateway\r\nContent-Length: 5\r\n\r\nsorry",
        b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 5\r\n\r\nsorry",
    ],
    ids=["ended by closing", "HTTP/1.0", "that says it closes"],
)
async def test_a_connection_that_the_other_side_ends_is_not_used_again(serve: Server, answer: bytes) -> None:
    connections: list[int] = []

    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        await _read(reader)
        writer.write(answer)
        writer.close()

    async with BrazeClient(await serve(treat), KEY) as client:
        got = [await client.send(TRACK) for _ in range(2)]
    assert [(each.status, each.body) for each in got] == [(502, b"sorry")] * 2
    assert len(connections) == 2


@pytest.mark.parametrize("stray", [b"HTTP/1.1 201 Created\r\nContent-Len", CREATED], ids=["the start of one", "one"])
async def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next_requests(serve: Server, stray: bytes) -> None:
    connections: list[int] = []

    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        answer = CREATED + stray if len(connections) == 1 else b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno"
        await _answer_all(reader, writer, answer)

    async with BrazeClient(await serve(treat), KEY) as client:
        got = [await client.send(TRACK) for _ in range(2)]
    assert [each.status for each in got] == [201, 500]
    assert len(connections) == 2


async def test_a_connection_closed_while_idle_is_replaced_before_anything_is_sent_on_it(serve: Server) -> None:
    connections: list[int] = []

    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        await _read(reader)
        writer.write(CREATED)
        writer.close()

    async with BrazeClient(await serve(treat), KEY) as client:
        await client.send(TRACK)
        await asyncio.sleep(0.05)
        assert (await client.send(TRACK)).status == 201
    assert len(connections) == 2


async def test_an_answer_before_the_request_is_all_sent_ends_the_connection(serve: Server) -> None:
    large = Request.of("/users/track", body={"events": [{"name": "x" * 8_000_000}]}, sources={"events": ((0,),)})
    connections: list[int] = []

    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.2)
        writer.close()

    async with BrazeClient(await serve(treat), KEY) as client:
        assert [(await client.send(large)).status for _ in range(2)] == [413, 413]
    assert len(connections) == 2


async def test_a_host_with_a_certificate_nobody_vouches_for_is_not_spoken_to(monkeypatch: pytest.MonkeyPatch) -> None:
    authority, received, closed = trustme.CA(), list[bytes](), asyncio.Event()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)

    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await _read(reader))
        writer.write(CREATED)
        await reader.read()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        closed.set()

    server = await asyncio.start_server(treat, "127.0.0.1", 0, ssl=tls)
    endpoint = f"https://localhost:{server.sockets[0].getsockname()[1]}"
    async with BrazeClient(endpoint, KEY) as client:
        with pytest.raises(BrazeUnreachable) as caught:
            await client.send(TRACK)
    assert (caught.value.arrival, received) == ("no", [])
    with authority.cert_pem.tempfile() as trusted:
        monkeypatch.setenv("SSL_CERT_FILE", trusted)
        async with BrazeClient(endpoint, KEY) as client:
            assert (await client.send(TRACK)).status == 201
    await asyncio.wait_for(closed.wait(), 5)
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("endpoint", ["ftp://rest.example", "https://", "rest.example"])
async def test_an_endpoint_that_is_no_web_address_is_never_reached(endpoint: str) -> None:
    async with BrazeClient(endpoint, KEY) as client:
        with pytest.raises(BrazeUnreachable, match="no http or https URL") as caught:
            await client.send(TRACK)
    assert caught.value.arrival == "no"


async def test_a_retired_client_keeps_no_connection_and_can_still_finish_what_it_has_to_send(serve: Server) -> None:
    ended: asyncio.Queue[int] = asyncio.Queue()

    async def treat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _answer_all(reader, writer, CREATED)
        ended.put_nowait(1)

    async with BrazeClient(await serve(treat), KEY) as client:
        await client.send(TRACK)
        assert ended.empty()
        await client.retire()
        await asyncio.wait_for(ended.get(), 5)
        assert (await client.send(TRACK)).status == 201
        await asyncio.wait_for(ended.get(), 5)
