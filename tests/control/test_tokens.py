"""Tokens: who may do what, how long, and that nothing of them is kept but a hash."""

from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest
import redis

from router.config.settings import Settings
from router.control.caller import ROLES, Role
from router.control.failure_limit import BURST
from router.control.keyring import digest_of
from tests.conftest import Running, RunRouter
from tests.control.operating import ADMIN

pytestmark = pytest.mark.anyio

WITHOUT = Settings(partitions=4)


async def made(running: Running, name: str, role: str, **more: Any) -> dict[str, str]:
    """Headers with a new token."""
    answer = await running.client.post("/admin/v1/tokens", json={"name": name, "role": role, **more}, headers=ADMIN)
    assert answer.status_code == 201, answer.text
    return {"authorization": f"Bearer {answer.json()['token']}"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "status", "viewer"),
        ("POST", "simulate", "viewer"),
        ("GET", "dead-letters", "viewer"),
        ("GET", "dead-letters/0-1-1", "viewer"),
        ("POST", "dead-letters/0-1-1/retry", "operator"),
        ("POST", "dead-letters/0-1-1/discard", "operator"),
        ("POST", "destinations/nowhere/pause", "operator"),
        ("POST", "destinations/nowhere/resume", "operator"),
        ("GET", "tokens", "admin"),
        ("POST", "tokens", "admin"),
        ("DELETE", "tokens/nobody", "admin"),
    ],
)
async def test_a_role_does_what_it_may_and_is_told_which_one_is_needed(
    running: Running, role: Role, method: str, path: str, needed: Role
) -> None:
    headers = await made(running, "somebody", role)
    answer = await running.client.request(method, f"/admin/v1/{path}", headers=headers)
    if ROLES.index(role) >= ROLES.index(needed):
        assert answer.status_code not in (401, 403)
    else:
        assert answer.status_code == answer.json()["status"] == 403
        assert f"needs the role `{needed}`" in answer.json()["detail"]


async def test_a_token_is_shown_once_and_only_its_hash_is_kept(running: Running, valkey_url: str) -> None:
    token = (await made(running, "ci", "viewer"))["authorization"].removeprefix("Bearer ")
    listed = await running.client.get("/admin/v1/tokens", headers=ADMIN)
    assert token not in listed.text
    assert [(item["name"], item["role"]) for item in listed.json()["tokens"]] == [
        ("bootstrap", "admin"),
        ("ci", "viewer"),
    ]
    with redis.Redis.from_url(valkey_url) as client:
        kept = client.hgetall("hr:tokens")
    assert token.encode() not in kept[b"ci"]
    assert digest_of(token).encode() in kept[b"ci"]


async def test_a_token_has_256_random_bits(running: Running) -> None:
    tokens = [(await made(running, f"t{number}", "viewer"))["authorization"] for number in range(3)]
    assert len(set(tokens)) == 3
    assert all(len(token.removeprefix("Bearer hrt_")) >= 43 for token in tokens)


async def test_revoking_holds_here_at_once_and_in_other_processes_within_a_second(run_router: RunRouter) -> None:
    async with run_router() as one, run_router() as other:
        headers = await made(one, "leaver", "operator")
        assert (await other.client.get("/admin/v1/status", headers=headers)).status_code == 200
        answer = await one.client.delete("/admin/v1/tokens/leaver", headers=ADMIN)
        assert answer.json() == {"name": "leaver", "revoked": True}
        assert (await one.client.get("/admin/v1/status", headers=headers)).status_code == 401
        await anyio.sleep(1.05)
        assert (await other.client.get("/admin/v1/status", headers=headers)).status_code == 401


async def test_an_expired_token_opens_nothing(running: Running) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    headers = await made(running, "short", "admin", expires_at=soon.isoformat())
    assert (await running.client.get("/admin/v1/status", headers=headers)).status_code == 200
    await anyio.sleep(1.1)
    assert (await running.client.get("/admin/v1/status", headers=headers)).status_code == 401
    listed = (await running.client.get("/admin/v1/tokens", headers=ADMIN)).json()["tokens"]
    assert {item["name"]: item["expired"] for item in listed} == {"bootstrap": False, "short": True}


async def test_an_admin_token_of_the_store_makes_the_setting_unnecessary(run_router: RunRouter) -> None:
    async with run_router() as running:
        headers = await made(running, "chief", "admin")
    async with run_router(settings=WITHOUT) as running:
        assert (await running.client.get("/admin/v1/tokens", headers=headers)).status_code == 200
        assert (await running.client.get("/admin/v1/tokens", headers=ADMIN)).status_code == 401


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "", "role": "viewer"}, "/name"),
        ({"name": "a b", "role": "viewer"}, "/name"),
        ({"name": "x" * 65, "role": "viewer"}, "/name"),
        ({"name": "x\n", "role": "viewer"}, "/name"),
        ({"name": "bootstrap", "role": "viewer"}, "/name"),
        ({"name": "x", "role": "root"}, "/role"),
        ({"name": "x"}, "/role"),
        ({"name": "x", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"name": "x", "role": "viewer", "expires_at": "2099-01-01T00:00:00"}, "/expires_at"),
        ({"name": "x", "role": "viewer", "secret": "mine"}, "/secret"),
    ],
)
async def test_a_wrong_wish_names_the_field(running: Running, body: dict[str, str], pointer: str) -> None:
    answer = await running.client.post("/admin/v1/tokens", json=body, headers=ADMIN)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_name_is_given_once(running: Running) -> None:
    await made(running, "ci", "viewer")
    answer = await running.client.post("/admin/v1/tokens", json={"name": "ci", "role": "admin"}, headers=ADMIN)
    assert answer.status_code == 409


@pytest.mark.parametrize(("name", "status"), [("nobody", 404), ("\u00e9", 404), ("bootstrap", 409)])
async def test_what_cannot_be_revoked_is_said(running: Running, name: str, status: int) -> None:
    answer = await running.client.delete(f"/admin/v1/tokens/{name}", headers=ADMIN)
    assert answer.status_code == answer.json()["status"] == status


async def test_a_record_that_is_not_readable_opens_nothing(running: Running, valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        client.hset("hr:tokens", "strange", b"{}")
    answer = await running.client.get("/admin/v1/status", headers={"authorization": "Bearer x"})
    assert answer.status_code == 401


async def test_guessing_is_slowed_down_and_says_how_long(running: Running) -> None:
    for _ in range(BURST):
        assert (await running.client.get("/admin/v1/status", headers={"authorization": "Bearer x"})).status_code == 401
    answer = await running.client.get("/admin/v1/status", headers=ADMIN)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 6


async def test_asking_without_a_token_is_no_guess(running: Running) -> None:
    for _ in range(2 * BURST):
        assert (await running.client.get("/admin/v1/status")).status_code == 401
    assert (await running.client.get("/admin/v1/status", headers=ADMIN)).status_code == 200


@pytest.mark.parametrize(
    ("given", "kept"), [("trace-1/2:3", True), ("x" * 129, False), ("a b", False), ("", False), ("a\u00e9", False)]
)
async def test_a_sane_request_id_is_kept_and_another_replaced(running: Running, given: str, kept: bool) -> None:
    headers = {b"authorization": ADMIN["authorization"].encode(), b"x-request-id": given.encode("latin-1")}
    answer = await running.client.get("/admin/v1/status", headers=headers)
    assert (answer.headers["x-request-id"] == given) is kept
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/admin", 404),
        ("GET", "/admin/", 404),
        ("GET", "/admin/v2/status", 404),
        ("GET", "/admin/v1/%0a", 404),
        ("GET", "/v2/nowhere", 404),
        ("PUT", "/v2/regulations", 405),
        ("GET", "/admin/v1/tokens/%2e%2e/status", 404),
        ("POST", "/admin/v1/status", 405),
        ("TRACE", "/admin/v1/status", 405),
        ("OPTIONS", "/admin/v1/dead-letters/1", 405),
        ("HEAD", "/admin/v1/status", 200),
    ],
)
async def test_what_is_not_there_is_a_problem_document_and_only_for_those_with_a_token(
    running: Running, method: str, path: str, status: int
) -> None:
    assert (await running.client.request(method, path)).status_code == 401
    answer = await running.client.request(method, path, headers=ADMIN)
    assert answer.status_code == status
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
    if status == 405:
        assert answer.headers["allow"]


@pytest.mark.parametrize("path", ["/admin/v1/status", "/admin/v1/nowhere"])
@pytest.mark.parametrize("headers", [{}, ADMIN])
async def test_no_answer_to_operators_is_cached_framed_or_read_by_other_sites(
    running: Running, path: str, headers: dict[str, str]
) -> None:
    answer = await running.client.get(path, headers={**headers, "origin": "https://evil.example"})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_browsers_are_not_invited_to_call_the_admin_api(running: Running) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    invited = await running.client.options("/v1/track", headers=asked)
    assert (invited.status_code, invited.headers["access-control-allow-origin"]) == (204, "https://evil.example")
    refused = await running.client.options("/admin/v1/tokens", headers=asked)
    assert (refused.status_code, "access-control-allow-origin" in refused.headers) == (401, False)


async def test_making_and_revoking_stands_in_the_audit_log(running: Running) -> None:
    chief = await made(running, "chief", "admin")
    await running.client.delete("/admin/v1/tokens/chief", headers={**chief, "x-request-id": "r-1"})
    entries = (await running.client.get("/admin/v1/audit", headers=ADMIN)).json()["entries"]
    acts = [entry["act"] for entry in entries]
    assert [(act["who"], act["action"], act["target"]) for act in acts[:2]] == [
        ("chief", "token.revoke", "chief"),
        ("bootstrap", "token.create", "chief"),
    ]
    assert acts[0]["request_id"] == "r-1"
