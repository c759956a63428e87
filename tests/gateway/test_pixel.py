"""GET /pixel/v1/{track,page}: an image always, an event when the query describes one."""

import json
from typing import Any

import pytest

from router.gateway.answers import Rejected
from router.gateway.pixel import GIF, PixelType, pixel_event
from tests.conftest import RunRouter

AT = "2026-05-04T08:00:00.000Z"
PLAIN = {"channel": "web", "integrations": {"All": True}, "originalTimestamp": AT, "sentAt": AT}
Query = list[tuple[str, str]]

EVENTS: list[tuple[str, PixelType, Query, dict[str, Any]]] = [
    ("no parameter", "track", [], {}),
    ("the key is no part of the event", "track", [("writeKey", "wk")], {}),
    ("a dotted name nests", "track", [("properties.a.b", "1"), ("properties.c", "2")], {"properties": {"a": {"b": "1"}, "c": "2"}}),
    ("nesting into a default", "page", [("integrations.Braze", "x")], {"integrations": {"All": True, "Braze": "x"}}),
    ("a deeper name wins over a value", "page", [("a", "1"), ("a.b", "2")], {"a": {"b": "2"}}),
    ("the first of two values counts", "track", [("event", "A"), ("event", "B")], {"event": "A"}),
    ("quotes around the anonymousId", "track", [("anonymousId", '"amp-1"')], {"anonymousId": "amp-1"}),
    ("one pair of quotes only", "track", [("anonymousId", '""a""')], {"anonymousId": '"a"'}),
    ("a lone quote stays", "track", [("anonymousId", '"')], {"anonymousId": '"'}),
    ("quotes elsewhere stay", "track", [("userId", '"u"')], {"userId": '"u"'}),
    ("a page with an empty name", "page", [("name", "")], {"name": "Unknown Page"}),
    ("a page without name", "page", [], {}),
    ("times may be given", "page", [("sentAt", "2020-01-01T00:00:00Z")], {"sentAt": "2020-01-01T00:00:00Z"}),
    ("a type in the query does not count", "page", [("type", "track")], {"type": "page"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "query", "stated"), [row[1:] for row in EVENTS], ids=[row[0] for row in EVENTS])
def test_a_query_becomes_an_event(kind: PixelType, query: Query, stated: dict[str, Any]) -> None:
    assert json.loads(pixel_event(query, kind, at=AT)) == PLAIN | {"type": kind} | stated


@pytest.mark.parametrize("query", [[("event", "")], [(".".join("a" * 40), "x")], [("." * 5_000, "x")]])
def test_a_nameless_track_and_a_bottomless_path_are_no_event(query: Query) -> None:
    with pytest.raises(Rejected):
        pixel_event(query, "track", at=AT)


def test_the_image_is_a_gif_of_43_bytes() -> None:
    assert len(GIF) == 43
    assert GIF.startswith(b"GIF89a\x01\x00\x01\x00")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "accepted"),
    [
        ("track?writeKey=wk-web&anonymousId=a&event=Seen", 1),
        ("page?writeKey=wk-web&anonymousId=a&name=", 1),
        ("track?writeKey=wk-web&anonymousId=a&event=", 0),
        ("track?writeKey=wk-web&event=Seen", 0),
        ("track?writeKey=nope&anonymousId=a&event=Seen", 0),
        ("page?anonymousId=a", 0),
    ],
)
async def test_the_answer_is_the_image_whatever_becomes_of_the_event(
    run_router: RunRouter, path: str, accepted: int
) -> None:
    async with run_router() as running:
        answer = await running.client.get(f"/pixel/v1/{path}")
        assert (answer.status_code, answer.content) == (200, GIF)
        assert answer.headers["content-type"] == "image/gif"
        assert (await running.service.store.totals()).accepted == accepted


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT"])
async def test_another_method_than_get_makes_no_event(run_router: RunRouter, method: str) -> None:
    async with run_router() as running:
        answer = await running.client.request(method, "/pixel/v1/track?writeKey=wk-web&anonymousId=a&event=Seen")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
        assert (await running.service.store.totals()).accepted == 0
