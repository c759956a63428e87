"""GET /sourceConfig over HTTP: keys, answers, revalidation."""

from typing import Any

import pytest
from msgspec.structs import replace

from policies.connection import Workspace, with_modes
from router.routing import routing_table
from tests.conftest import RunRouter

pytestmark = pytest.mark.anyio

ASKING: list[tuple[str, str, dict[str, Any]]] = [
    ("Swift and Kotlin, key in the header", "/sourceConfig?p=android&v=1.0&bv=33", {"auth": ("wk-web", "")}),
    ("key in the query", "/sourceConfig?p=swift&writeKey=wk-web", {}),
    ("the web SDK, both", "/sourceConfig/?p=npm&build=modern&writeKey=wk-web", {"auth": ("wk-web", "")}),
]


@pytest.mark.parametrize(("path", "request_"), [row[1:] for row in ASKING], ids=[row[0] for row in ASKING])
async def test_each_sdks_way_of_asking_is_answered(run_router: RunRouter, path: str, request_: dict[str, Any]) -> None:
    async with run_router() as running:
        answer = await running.client.get(path, **request_)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["source"]["id"] == "web-shop"
    assert answer.json()["source"]["destinations"][0]["config"]["connectionMode"] == "hybrid"
    assert "planted-rest-key" not in answer.text
    assert "restApiKey" not in answer.text


REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("no key", "/sourceConfig", {}),
    ("unknown key in the header", "/sourceConfig", {"auth": ("nope", "")}),
    ("unknown key in the query", "/sourceConfig/?writeKey=nope", {}),
    ("broken header", "/sourceConfig", {"headers": {"authorization": "Basic %%%"}}),
    ("an admin token is no write key", "/sourceConfig", {"headers": {"authorization": "Bearer test-admin-token"}}),
]


@pytest.mark.parametrize(("path", "request_"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_an_unknown_key_is_a_400_here(run_router: RunRouter, path: str, request_: dict[str, Any]) -> None:
    async with run_router() as running:
        answer = await running.client.get(path, **request_)
    assert (answer.status_code, answer.text) == (400, "Invalid write key")


@pytest.mark.parametrize("known", ["{etag}", "W/{etag}", '"older", {etag}', "*"])
async def test_an_unchanged_document_is_not_sent_again(run_router: RunRouter, known: str) -> None:
    async with run_router() as running:
        first = await running.client.get("/sourceConfig", auth=("wk-web", ""))
        asked = {"if-none-match": known.format(etag=first.headers["etag"])}
        again = await running.client.get("/sourceConfig", auth=("wk-web", ""), headers=asked)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == "private, no-cache"


async def test_a_switched_mode_is_in_the_next_answer(run_router: RunRouter, quickstart: Workspace) -> None:
    async with run_router() as running:
        first = await running.client.get("/sourceConfig", auth=("wk-web", ""))
        running.service.runtime.table = routing_table(with_modes(quickstart, {"web": "cloud"}))
        asked = {"if-none-match": first.headers["etag"]}
        second = await running.client.get("/sourceConfig", auth=("wk-web", ""), headers=asked)
        others = await running.client.get("/sourceConfig", auth=("wk-android", ""))
    assert second.status_code == 200
    assert second.json()["source"]["destinations"] == []
    assert others.json()["source"]["destinations"][0]["config"]["connectionMode"] == "hybrid"


async def test_a_disabled_source_is_told_so_with_200(run_router: RunRouter, quickstart: Workspace) -> None:
    sources = tuple(replace(source, enabled=source.id != "web-shop") for source in quickstart.sources)
    async with run_router(workspace=replace(quickstart, sources=sources)) as running:
        answer = await running.client.get("/sourceConfig", auth=("wk-web", ""))
    assert (answer.status_code, answer.json()["source"]["enabled"]) == (200, False)


@pytest.mark.parametrize("key", ["wk-web", "nope"])
async def test_a_page_of_any_origin_may_read_it(run_router: RunRouter, key: str) -> None:
    async with run_router() as running:
        answer = await running.client.get("/sourceConfig/", auth=(key, ""), headers={"origin": "https://shop.example"})
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-allow-credentials"] == "true"
