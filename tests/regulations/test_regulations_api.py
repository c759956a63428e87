"""The regulations API: RudderStack's shape, refusals that say where, list, show, cancel."""

import asyncio
import json
from typing import Any

import pytest

from router.config.settings import Settings
from tests.conftest import Running, RunRouter
from tests.scripted_braze import FakeBraze, settled

pytestmark = pytest.mark.anyio

TOKEN = {"authorization": "Bearer test-admin-token"}
USER: dict[str, Any] = {"userId": "u-1"}
SUPPRESS: dict[str, Any] = {"regulationType": "suppress", "users": [USER]}
DELETE: dict[str, Any] = {"regulationType": "suppress_with_delete", "destinationIds": ["braze-eu"], "users": [USER]}


async def create(running: Running, body: dict[str, Any]) -> str:
    answer = await running.client.post("/v2/regulations", json=body, headers=TOKEN)
    assert answer.status_code == 201, answer.text
    name: str = answer.json()["id"]
    return name


@pytest.mark.parametrize("path", ["/v2/regulations", "/admin/v1/regulations"])
async def test_a_regulation_is_created_and_found(run_router: RunRouter, path: str) -> None:
    async with run_router() as running:
        body = {**SUPPRESS, "sourceIds": ["web-shop"], "users": [{"userId": 7, "phone": "+49", "email": None}, USER]}
        answer = await running.client.post(path, json=body, headers=TOKEN)
        created = answer.json()
        assert (answer.status_code, created["message"], created["users"]) == (201, "Created", 2)
        shown = (await running.client.get(answer.headers["location"], headers=TOKEN)).json()
    assert shown["id"] == created["id"]
    assert shown["users"] == [{"userId": "7"}, {"userId": "u-1"}]
    assert (shown["regulationType"], shown["sourceIds"], shown["destinationIds"]) == ("suppress", ["web-shop"], [])
    assert (shown["status"], shown["deletions"], shown["cancelledAt"]) == ("suppressed", [], None)
    assert "+49" not in json.dumps(shown)


REFUSED: list[tuple[Any, list[str]]] = [
    ([], [""]),
    ("x", [""]),
    ({}, ["/regulationType"]),
    ({**SUPPRESS, "regulationType": "delete"}, ["/regulationType"]),
    ({**SUPPRESS, "regulationType": {}}, ["/regulationType"]),
    ({**DELETE, "sourceIds": ["web-shop"]}, ["/destinationIds"]),
    ({**SUPPRESS, "destinationIds": ["braze-eu"]}, ["/destinationIds"]),
    ({**SUPPRESS, "regulationType": "suppress_with_delete"}, ["/destinationIds"]),
    ({**DELETE, "destinationIds": []}, ["/destinationIds"]),
    ({**DELETE, "destinationIds": ["braze-eu", "nowhere"]}, ["/destinationIds/1"]),
    ({**SUPPRESS, "sourceIds": ["web-shop", "elsewhere", "nowhere"]}, ["/sourceIds/1", "/sourceIds/2"]),
    ({**SUPPRESS, "sourceIds": ["web-shop", 5]}, ["/sourceIds/1"]),
    ({**SUPPRESS, "sourceIds": "web-shop"}, ["/sourceIds"]),
    ({**SUPPRESS, "sourceIDs": ["web-shop"]}, ["/sourceIDs"]),
    ({**SUPPRESS, "users": []}, ["/users"]),
    ({**SUPPRESS, "users": {}}, ["/users"]),
    ({**SUPPRESS, "users": [USER] * 1001}, ["/users"]),
    ({**SUPPRESS, "users": [USER, {}]}, ["/users/1/userId"]),
    ({**SUPPRESS, "users": [USER, "u"]}, ["/users/1"]),
    *[({**SUPPRESS, "users": [{"userId": odd}]}, ["/users/0/userId"])
      for odd in (True, None, 1.5, ["u"], "", " \u200b ", "x" * 1001, 10**30)],
    ({**SUPPRESS, "users": [{**USER, "anonymousIds": "a"}]}, ["/users/0/anonymousIds"]),
    ({**SUPPRESS, "users": [{**USER, "anonymousIds": ["a"] * 65}]}, ["/users/0/anonymousIds"]),
    ({**SUPPRESS, "users": [{**USER, "anonymousIds": ["a", " "]}]}, ["/users/0/anonymousIds/1"]),
]  # fmt: skip


async def test_a_body_that_asks_for_no_regulation_is_refused_with_pointers(run_router: RunRouter) -> None:
    async with run_router() as running:
        for body, pointers in REFUSED:
            answer = await running.client.post("/v2/regulations", json=body, headers=TOKEN)
            assert answer.status_code == 422, body
            assert answer.headers["content-type"] == "application/problem+json"
            assert [each["pointer"] for each in answer.json()["errors"]] == pointers, body
        assert (await running.client.get("/v2/regulations", headers=TOKEN)).json()["regulations"] == []


@pytest.mark.parametrize(
    ("content", "status"), [(b"{", 400), (b"", 400), (b"[" * 100_000, 422), (b'"\xff"', 400), (b" " * 1_000_001, 413)]
)
async def test_a_body_that_is_no_json_or_too_large_is_refused(
    run_router: RunRouter, content: bytes, status: int
) -> None:
    async with run_router() as running:
        answer = await running.client.post("/v2/regulations", content=content, headers=TOKEN)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", ""), ("GET", ""), ("GET", "/x"), ("DELETE", "/x")],
)
async def test_nothing_goes_without_the_token(run_router: RunRouter, method: str, path: str) -> None:
    async with run_router() as running:
        for prefix in ("/v2/regulations", "/admin/v1/regulations"):
            assert (await running.client.request(method, prefix + path)).status_code == 401


async def test_regulations_are_listed_newest_first_a_page_at_a_time(run_router: RunRouter) -> None:
    async with run_router() as running:
        names = [await create(running, {**SUPPRESS, "users": [{"userId": f"u-{n}"}]}) for n in range(5)]
        seen: list[str] = []
        query: dict[str, Any] = {"count": 2}
        while query.get("after_cursor", "") is not None:
            page = (await running.client.get("/v2/regulations", params=query, headers=TOKEN)).json()
            seen += [each["id"] for each in page["regulations"]]
            query["after_cursor"] = page["after_cursor"]
        unknown = await running.client.get("/v2/regulations", params={"after_cursor": "x"}, headers=TOKEN)
    assert seen == names[::-1]
    assert unknown.json() == {"regulations": [], "after_cursor": None}


@pytest.mark.parametrize("query", [{"count": "0"}, {"count": "101"}, {"count": "x"}, {"after_cursor": "x" * 101}])
async def test_a_page_that_cannot_be_is_a_problem_document(run_router: RunRouter, query: dict[str, str]) -> None:
    async with run_router() as running:
        assert (await running.client.get("/v2/regulations", params=query, headers=TOKEN)).status_code == 400


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_unknown_regulation_is_not_found(run_router: RunRouter, method: str) -> None:
    async with run_router() as running:
        assert (await running.client.request(method, "/v2/regulations/nobody", headers=TOKEN)).status_code == 404


async def test_cancelling_lifts_the_suppression_once_and_again_changes_nothing(run_router: RunRouter) -> None:
    async with run_router() as running:
        first, second = await create(running, SUPPRESS), await create(running, {**SUPPRESS, "sourceIds": ["ios-app"]})
        suppressions = running.service.runtime.watch.suppressions
        assert suppressions.suppresses("u-1", "", "web-shop")
        cancelled = (await running.client.delete(f"/v2/regulations/{first}", headers=TOKEN)).json()
        assert cancelled["status"] == "cancelled"
        again = (await running.client.delete(f"/v2/regulations/{first}", headers=TOKEN)).json()
        assert again == cancelled
        assert not suppressions.suppresses("u-1", "", "web-shop")
        assert suppressions.suppresses("u-1", "", "ios-app")
        await running.client.delete(f"/v2/regulations/{second}", headers=TOKEN)
        assert not suppressions


async def test_a_deletion_tells_how_far_it_is_until_it_is_done(run_router: RunRouter) -> None:
    braze = FakeBraze()
    settings = Settings(partitions=4, admin_token="test-admin-token", deletion_repeat_seconds=0.0)
    async with run_router(braze, settings=settings) as running:
        name = await create(running, DELETE)

        async def shown() -> dict[str, Any]:
            document: dict[str, Any] = (await running.client.get(f"/v2/regulations/{name}", headers=TOKEN)).json()
            return document

        first = await shown()
        assert first["status"] == "pending"
        assert first["deletions"][0]["users"] == [{"userId": "u-1", "status": "pending", "reason": None}]
        for _ in range(100):
            if (await shown())["status"] != "pending":
                break
            await settled(running)
            await asyncio.sleep(0.1)
        (deletion,) = (await shown())["deletions"]
        metrics = (await running.client.get("/metrics")).text
    assert (deletion["status"], deletion["stage"], deletion["requests"]) == ("done", "done", 2)
    assert deletion["users"] == [{"userId": "u-1", "status": "done", "reason": None}]
    assert deletion["startedAt"] <= deletion["changedAt"]
    assert [call for call in braze.calls if call[0] == "/users/delete"] == [
        ("/users/delete", {"external_ids": ["u-1"]})
    ] * 2
    assert 'delivery_deleted_users_total{destination="braze-eu",outcome="accepted"} 2.0' in metrics


async def test_filing_and_cancelling_are_in_the_audit_log_without_the_users(run_router: RunRouter) -> None:
    async with run_router() as running:
        name = await create(running, {**SUPPRESS, "users": [{"userId": "planted-user"}]})
        await running.client.delete(f"/v2/regulations/{name}", headers=TOKEN)
        audit = (await running.client.get("/admin/v1/audit", headers=TOKEN)).text
        acts = [entry["act"] for entry in json.loads(audit)["entries"]]
    assert [(act["action"], act["target"]) for act in acts[:2]] == [
        ("regulation.cancel", name),
        ("regulation.create", name),
    ]
    assert "planted-user" not in audit
