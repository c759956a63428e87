"""Which endpoints a key may use, found out without user data and without changing anything (braze.com/docs, API errors)."""

import json
from collections.abc import Callable

import httpx
import pytest

from router.braze.client import BrazeClient
from router.braze.permissions import PROBES, Finding, Permission, ask_permissions
from router.braze_simulator.app import create_app
from router.braze_simulator.config import Key, SimulatorConfig
from router.delivery.pacing import GROUPS

pytestmark = pytest.mark.anyio

KEY = "planted-rest-key"


async def asked(answer: Callable[[httpx.Request], httpx.Response]) -> list[Permission]:
    async with BrazeClient("http://braze", KEY, transport=httpx.MockTransport(answer)) as client:
        return await ask_permissions(client)


@pytest.mark.parametrize(
    ("status", "finding"),
    [
        (200, "allowed"),
        (201, "allowed"),
        (400, "allowed"),
        (401, "key-refused"),
        (403, "permission-missing"),
        (404, "unclear"),
        (415, "unclear"),
        (429, "unclear"),
        (500, "unclear"),
        (302, "unclear"),
    ],
)
async def test_an_answer_s_status_tells_what_the_key_may_do(status: int, finding: Finding) -> None:
    permissions = await asked(lambda request: httpx.Response(status, json={"message": "so it is"}))
    assert {permission.finding for permission in permissions} == {finding}
    assert {permission.answer for permission in permissions} == {f'{status} {{"message":"so it is"}}'}


async def test_each_permission_is_asked_for_where_braze_checks_it() -> None:
    permissions = await asked(
        lambda request: httpx.Response(403 if request.url.path == "/users/merge" else 400, text="no")
    )
    assert [permission.permission for permission in permissions if permission.finding != "allowed"] == ["users.merge"]
    assert {permission.path for permission in permissions} == set(GROUPS)


async def test_the_probes_carry_no_user_data() -> None:
    bodies: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(400)

    await asked(answer)
    assert len(bodies) == len(PROBES)
    assert all(value == [] for body in bodies for value in json.loads(body).values())


async def test_a_host_that_does_not_answer_is_told_apart_and_the_key_is_not_shown() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"no route for {request.headers['authorization']}")

    permissions = await asked(answer)
    assert {permission.finding for permission in permissions} == {"unreachable"}
    assert KEY not in repr(permissions)


async def test_a_key_s_own_permissions_are_found_and_nothing_is_changed() -> None:
    key = Key(permissions=("users.track", "users.identify", "users.delete"))
    braze = create_app(SimulatorConfig(keys={KEY: key}))
    async with BrazeClient("http://braze", KEY, transport=httpx.ASGITransport(braze)) as client:
        permissions = await ask_permissions(client)
    assert {permission.permission: permission.finding for permission in permissions} == {
        "users.track": "allowed",
        "users.identify": "allowed",
        "users.merge": "permission-missing",
        "users.alias.new": "permission-missing",
        "users.delete": "allowed",
        "subscription.status.set": "permission-missing",
    }
    assert braze.state.workspace.directory.profiles == {}
    assert braze.state.workspace.discards.count == 0


async def test_a_key_of_another_data_centre_is_refused_everywhere() -> None:
    braze = create_app(SimulatorConfig(keys={"another-key": Key()}))
    async with BrazeClient("http://braze", KEY, transport=httpx.ASGITransport(braze)) as client:
        assert {permission.finding for permission in await ask_permissions(client)} == {"key-refused"}
