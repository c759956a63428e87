"""Hostile requests, made from a seed: what a broken SDK, a scanner or an attacker may send to the endpoints that need no token."""

import base64
import gzip
import json
import random
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

KEYS = {"web": "wk-web", "server": "wk-server", "ios": "wk-ios", "nobody": "wk-nobody"}
TYPES = ("identify", "track", "page", "screen", "group", "alias", "merge", "audiencelist")
PATHS = (*[f"/v1/{name}" for name in TYPES], "/v1/batch", "/v1/import", "/v1/webhook", "/beacon/v1/batch")

TEMPLATE: dict[str, Any] = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-1",
    "anonymousId": "a-1",
    "previousId": "u-0",
    "groupId": "g-1",
    "name": "Home",
    "category": "Docs",
    "messageId": "m-1",
    "channel": "web",
    "timestamp": "2026-05-04T08:00:00.000Z",
    "originalTimestamp": "2026-05-04T08:00:00.000Z",
    "sentAt": "2026-05-04T08:00:01.000Z",
    "receivedAt": "2026-05-04T08:00:01.000Z",
    "request_ip": "192.0.2.1",
    "integrations": {"All": True, "Braze": {"appId": "x"}},
    "traits": {"email": "x@example.com", "plan": "pro"},
    "properties": {
        "currency": "EUR",
        "revenue": 12.5,
        "order_id": "o-1",
        "products": [{"product_id": "p-1", "price": 4.2, "quantity": 2, "name": "Tea"}],
        "subscriptionGroups": [{"subscription_group_id": "s-1", "subscription_state": "subscribed"}],
    },
    "context": {
        "traits": {
            "email": "x@example.com",
            "birthday": "1990-01-02",
            "gender": "female",
            "address": {"city": "Berlin", "country": "DE"},
            "anonymousId": "a-1",
        },
        "library": {"name": "RudderLabs JavaScript SDK", "version": "3.0.0"},
        "consentManagement": {"provider": "custom", "deniedConsentIds": ["c"], "allowedConsentIds": ["d"]},
        "device": {"id": "d-1", "token": "t", "type": "iOS"},
        "externalId": [{"type": "brazeExternalId", "id": "b-1"}],
        "mappedToDestination": True,
        "os": {"name": "iOS", "version": "17"},
        "origin": "auto",
        "integration": {"name": "Braze"},
        "timezone": "Europe/Berlin",
        "locale": "de-DE",
    },
}
"""An event with everything that anything in the program reads."""

CURRENTS: dict[str, Any] = {
    "event_type": "users.messages.pushnotification.Open",
    "id": "c-1",
    "time": 1_777_881_600,
    "user": {"user_id": "b-1", "external_user_id": "u-1", "device_id": "d-1", "timezone": "Europe/Berlin"},
    "properties": {"platform": "ios", "ad_id": "x", "email_address": "x@example.com", "campaign_id": "c"},
}

LITERALS: tuple[bytes, ...] = (
    b"NaN", b"-Infinity", b"1e999", b"-0", b"1" * 400, b"-" + b"9" * 5000, b"0.1e-400", b"01", b"+1", b".5", b"1.", b"0x1F",
    b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\u0000"', b'"\xff"', b'"\xc0\xaf"', b'"\xed\xa0\x80"', b'"\xf5\x80\x80\x80"',
    b'"' + b"\xf0\x9f\x92\xa9" * 50 + b'"', b"nul", b"True", b"undefined", b"'x'", b'"a\nb"', b'"\\x41"', b'"\\u12"',
    b"[" * 150 + b"]" * 150, b"[" * 1500 + b"]" * 1500, b'{"a":' * 1000 + b"1" + b"}" * 1000, b"[" * 100_000,
    b'"' + b"x" * 200_000 + b'"', b"{}", b"[]", b"[[]]", b'""', b'" "', b"null", b"true", b"-1", b"1e308", b"2147483648",
    b"9223372036854775808", b'{"__proto__":{"x":1}}', b'{"":""}', b'{"a":1,"a":2}', b'{"$ref":"#"}', b'["x",["y",{"z":null}]]',
    b'"1970-01-01T00:00:00Z"', b'"9999-99-99T99:99:99Z"', b'"0000-00-00"', b'"2026-05-04T08:00:00+99:99"', b'"-271821-04-20"',
    b'"<script>"', b'"${jndi:ldap://x}"', b'"\' OR 1=1 --"', b'"../../etc/passwd"', b'"\\u202e\\u200b\\ufeff"', b'"%00%n%s"',
)  # fmt: skip
"""What may stand where a value stands; some of it is no JSON."""


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    """One request."""

    method: str = "POST"
    target: str
    headers: dict[str, str | bytes] = {}
    body: bytes = b""
    about: str = ""
    """What is wrong with it, for the message of a failing test."""


def basic(key: str) -> str:
    """An Authorization header with a write key."""
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


def shots(*, seed: int, count: int) -> Iterator[Shot]:
    """`count` hostile requests; the same seed gives the same ones."""
    rng = random.Random(seed)
    makers: list[tuple[Callable[[random.Random], Shot], int]] = [
        (wrong_value, 10),
        (mangled_bytes, 4),
        (currents, 3),
        (squeezed, 3),
        (odd_headers, 3),
        (pixel, 3),
        (odd_target, 3),
        (source_config, 1),
        (crowd, 1),
    ]
    kinds, weights = zip(*makers, strict=True)
    for _ in range(count):
        yield rng.choices(kinds, weights)[0](rng)


def wrong_value(rng: random.Random) -> Shot:
    """A whole event with one to three values replaced, so that it gets as far as it can."""
    body, about = _with_odd_values(rng, TEMPLATE, times=rng.choice((1, 1, 1, 2, 3)))
    return _posted(rng, body, about)


def mangled_bytes(rng: random.Random) -> Shot:
    """Bytes cut, flipped, repeated or put in."""
    body = bytearray(json.dumps({"batch": [TEMPLATE] * rng.randint(1, 3)}).encode())
    for _ in range(rng.randint(1, 5)):
        at, length = rng.randrange(len(body)), rng.randint(0, 20)
        change = rng.randrange(4)
        if change == 0:
            body[at:] = b""
        elif change == 1:
            body[at : at + length] = rng.randbytes(length)
        elif change == 2:
            body[at:at] = body[at : at + length] * 3
        else:
            body[at:at] = rng.choice(LITERALS)
        if not body:
            break
    return Shot(target=rng.choice(PATHS), headers=_key(rng), body=bytes(body), about="mangled bytes")


def currents(rng: random.Random) -> Shot:
    """A webhook body of the wrong shape."""
    body, about = _with_odd_values(rng, CURRENTS, times=rng.randint(1, 3))
    wrapped = rng.choice((b'{"events":[%b]}', b'[{"events":[%b]}]', b'{"events":%b}', b"%b")) % body
    key = rng.choice((*KEYS.values(), "wk-currents"))
    return Shot(target=f"/v1/webhook?writeKey={key}", body=wrapped, about=f"currents: {about}")


def squeezed(rng: random.Random) -> Shot:
    """Compressed bodies: bombs, cut ones, wrong checksums, and encodings that are none."""
    plain = json.dumps({"batch": [TEMPLATE]}).encode()
    bomb = _packed(b'{"batch":[' + b" " * rng.choice((4_000_000, 20_000_000)))
    packed = _packed(plain)
    broken = bytearray(packed)
    broken[rng.randrange(len(broken))] ^= 0xFF
    bodies = [
        bomb,
        bomb * 3,
        packed,
        packed[: rng.randrange(len(packed))],
        bytes(broken),
        packed + b"\0" * 50,
        packed * 2,
    ]
    bodies += [plain, _packed(packed), zlib.compress(plain), zlib.compress(plain)[2:-4], rng.randbytes(100), b""]
    body = rng.choice(bodies)
    encoding = rng.choice(_ENCODINGS)
    headers = {**_key(rng), "Content-Encoding": encoding}
    return Shot(target=rng.choice(PATHS), headers=headers, body=body, about=f"encoding `{encoding}`")


def odd_headers(rng: random.Random) -> Shot:
    """Headers that no SDK sends."""
    body, about = _with_odd_values(rng, TEMPLATE, times=1)
    authorization = rng.choice((*_AUTHORIZATIONS, b"Basic " + rng.randbytes(8).hex().encode()))
    odd: dict[str, str | bytes] = {
        rng.choice(("Rsa-Retry-Attempt", "X-Forwarded-For", "Origin", "AnonymousId", "If-None-Match", "Content-Type", "Range"))
        : rng.choice((b"", b"-1", b"9" * 5000, b"\xb2", b"\xff\xfe", b"1e9", b'"', b"a, " * 500, b"*", b"null", b"x" * 8000)),
        "Rsa-Retry-Reason": rng.choice((b"server-429", b"x" * 3000, b"\xe9")),
        "Access-Control-Request-Method": rng.choice((b"POST", b"", b"\xff")),
    }  # fmt: skip
    return Shot(
        method=rng.choice(("POST", "POST", "OPTIONS")),
        target=rng.choice(PATHS),
        headers={"Authorization": authorization, **odd},
        body=body,
        about=f"headers; {about}",
    )


def pixel(rng: random.Random) -> Shot:
    """An event in a query: deep paths, repeated names, bytes that are no UTF-8."""
    names = (
        "anonymousId",
        "userId",
        "event",
        "name",
        "properties.title",
        "context.traits.email",
        "type",
        "integrations",
        "batch",
    )
    odd = (
        ".",
        "..",
        "a" * 3000,
        "x." * 40 + "y",
        "properties",
        "context.library.name",
        "__proto__.x",
        "writeKey",
        "\0",
        "\u202e",
    )
    parameters = [("writeKey", rng.choice(tuple(KEYS.values())))]
    parameters += [(rng.choice(names + odd), rng.choice(_TEXTS)) for _ in range(rng.randint(0, 12))]
    query = urlencode(parameters) + rng.choice(("", "&%ff=%fe", "&&&==&", "&" + "a=1&" * 500, "&x=%", "&%zz", ";;"))
    kind = rng.choice(("pixel/v1/track", "pixel/v1/page", "beacon/v1/batch", "v1/webhook"))
    return Shot(method="GET" if kind != "beacon/v1/batch" else "POST", target=f"/{kind}?{query}", about="query")


def odd_target(rng: random.Random) -> Shot:
    """Methods and paths that nobody offers."""
    target = rng.choice((*_TARGETS, "/v1/" + quote(rng.choice(_TEXTS))))
    body = rng.choice((b"", b"{}", b"\xff"))
    return Shot(method=rng.choice(_METHODS), target=target, headers=_key(rng), body=body, about="method or path")


def source_config(rng: random.Random) -> Shot:
    """The other endpoint that SDKs use."""
    query = urlencode({rng.choice(("writeKey", "p", "v")): rng.choice((*KEYS.values(), *_TEXTS))})
    headers: dict[str, str | bytes] = {
        **_key(rng),
        "If-None-Match": rng.choice((b"*", b'W/"x"', b",,,", b"\xff", b'"' * 99)),
    }
    return Shot(
        method=rng.choice(("GET", "HEAD", "POST")), target=f"/sourceConfig?{query}", headers=headers, about="config"
    )


def crowd(rng: random.Random) -> Shot:
    """A great many of something."""
    many: Any = rng.choice(
        (
            {"batch": [{**TEMPLATE, "messageId": f"x{rng.random()}"} for _ in range(300)]},
            {"batch": [{}] * 20_000},
            {"batch": [{"userId": "u", "type": "identify", "traits": {f"t{n}": n for n in range(5_000)}}]},
            {
                "batch": [
                    {"userId": "u", "type": "track", "event": "x", "properties": {"a" * n: n for n in range(1, 500)}}
                ]
            },
            {
                "batch": [
                    {
                        "userId": "u",
                        "type": "track",
                        "event": "Order Completed",
                        "properties": {"products": [{}] * 3_000},
                    }
                ]
            },
            {"batch": [TEMPLATE["context"]] * 100, **{f"k{n}": n for n in range(5_000)}},
        )
    )
    return Shot(
        target="/v1/batch", headers={"Authorization": basic("wk-web")}, body=json.dumps(many).encode(), about="crowd"
    )


_METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "POST", "TRACE", "PROPFIND", "BREW", "X" * 50)
_TARGETS = (
    "/v1/", "/v1", "/v1/batch/", "/v1//batch", "//v1/batch", "/v1/../admin/v1/status", "/v1/%2e%2e/metrics", "/v1/%00",
    "/v1/%ff%fe", "/v1/batch%0d%0aX:1", "/V1/BATCH", "/v1/" + "a" * 5000, "/v1/batch;x=1", "/v1/batch?" + "q" * 9000,
    "/", "/health", "/ready", "/version", "/metrics", "/robots.txt", "/admin/v1/status", "/admin/v1/%ff", "/admin",
    "/v2/regulations", "/v2/regulations/%00", "/admin/v1/dead-letters/0-1-1", "/sourceConfig/x", "/.env", "/wp-login.php",
)  # fmt: skip
_AUTHORIZATIONS = (
    b"Basic", b"Basic ", b"Basic =", b"basic " + base64.b64encode(b"wk-web"), b"Bearer wk-web", b"\xff",
    b"Basic " + base64.b64encode(b"\xff\xfe:"), b"Basic \xe9", b"Basic " + b"QQ==" * 2000, basic("wk-web").encode(),
)  # fmt: skip
_ENCODINGS = ("gzip", "gzip", "GZIP ", "x-gzip", "deflate", "br", "zstd", "gzip, gzip", "identity", "chunked", "\t")
_TEXTS = (
    "", " ", "x", '"', '""a"', "\u0000", "\u202e\u200b", "\u00e9", "\U0001f4a9", "a" * 5000, "1e999", "null", "{}", "[", "../..",
    "%", "&=", "<x>", "\r\n",
)  # fmt: skip
_MARK = "\u2047here\u2047"


def _packed(content: bytes) -> bytes:
    """The same bytes for the same content: no moment of packing in it."""
    return gzip.compress(content, compresslevel=1, mtime=0)


def _key(rng: random.Random) -> dict[str, str | bytes]:
    return {"Authorization": basic(rng.choice(("wk-web",) * 6 + ("wk-server", "wk-server", "wk-ios", "wk-nobody")))}


def _posted(rng: random.Random, event: bytes, about: str) -> Shot:
    path = rng.choice(PATHS)
    single = path.rpartition("/")[2] in TYPES
    body = (
        event
        if single
        else rng.choice((b'{"batch":[%b]}', b'{"batch":%b}', b'{"x":0,"batch":[%b,%b]}')).replace(b"%b", event)
    )
    target = f"{path}?writeKey=wk-web" if path.startswith("/beacon") else path
    return Shot(target=target, headers=_key(rng), body=body, about=about)


def _with_odd_values(rng: random.Random, template: dict[str, Any], *, times: int) -> tuple[bytes, str]:
    """The template as JSON with some values replaced by a literal, some removed, and new ids so that it is no repeat."""
    event = json.loads(json.dumps(template))
    if "messageId" in event:
        event |= {"messageId": f"h-{rng.random()}", "type": rng.choice(TYPES), "anonymousId": f"a-{rng.randrange(50)}"}
    about: list[str] = []
    literals: list[bytes] = []
    for number in range(times):
        path = rng.choice([*_paths(event)])
        *parents, last = path
        holder: Any = event
        for name in parents:
            holder = holder[name]
        literal = rng.choice(LITERALS)
        literals.append(literal)
        holder[last] = f"{_MARK}{number}"
        about.append(f"/{'/'.join(map(str, path))} = {literal[:40]!r}")
    text = json.dumps(event, ensure_ascii=False).encode()
    for number, literal in enumerate(literals):
        text = text.replace(f'"{_MARK}{number}"'.encode(), literal)
    return text, "; ".join(about)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield (*path, name)
        yield from _paths(member, (*path, name))
