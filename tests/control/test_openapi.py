"""The OpenAPI document describes exactly what is served."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from router.control.admin import admin_routes
from router.control.caller import ROLES
from tests.conftest import Running
from tests.control.operating import ADMIN

pytestmark = pytest.mark.anyio


@pytest.fixture
async def document(running: Running) -> dict[str, Any]:
    """The document as it is served."""
    answer = await running.client.get("/admin/v1/openapi.json", headers=ADMIN)
    assert answer.status_code == 200
    served: dict[str, Any] = answer.json()
    return served


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation, named by method and path."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


async def test_every_route_is_described_and_everything_described_is_a_route(
    running: Running, document: dict[str, Any]
) -> None:
    paths = {route.path for route in admin_routes(running.service.runtime) if isinstance(route, Route)}
    assert paths == set(document["paths"])
    for path, methods in document["paths"].items():
        asked = re.sub(r"\{\w+\}", "x", path)
        answer = await running.client.request("TRACE", asked, headers=ADMIN)
        assert answer.status_code == 405
        assert {word.lower() for word in answer.headers["allow"].split(", ")} - {"head"} == set(methods), path


async def test_each_operation_says_what_it_does_who_may_and_what_can_go_wrong(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(names)) == len(names)
    for route, operation in operations(document):
        assert operation["summary"], route
        assert operation["x-role"] in ROLES, route
        assert {"401", "403", "429", "503"} < set(operation["responses"]), route
        successes = [status for status in operation["responses"] if status.startswith("2")]
        for status in successes:
            content = operation["responses"][status]["content"]["application/json"]
            assert content["schema"] != {}, f"{route} says nothing about its answer"
        assert successes, route


async def test_reading_is_for_viewers_but_tokens_and_recordings_are_for_admins(document: dict[str, Any]) -> None:
    roles = {route: operation["x-role"] for route, operation in operations(document)}
    for_admins = {route for route in roles if "/tokens" in route or "/recordings" in route}
    assert {roles[route] for route in for_admins} == {"admin"}
    assert {role for route, role in roles.items() if route.startswith("GET ") and route not in for_admins} == {"viewer"}
    acting = {route: role for route, role in roles.items() if not route.startswith("GET ") and role == "viewer"}
    assert set(acting) == {"POST /admin/v1/simulate", "POST /admin/v1/connections/validate"}


async def test_references_lead_to_schemas_that_are_there(document: dict[str, Any]) -> None:
    text = str(document)
    schemas, answers = document["components"]["schemas"], document["components"]["responses"]
    assert set(re.findall(r"#/components/schemas/([^']+)'", text)) == set(schemas)
    assert set(re.findall(r"#/components/responses/([^']+)'", text)) == set(answers)


async def test_the_document_needs_a_token_like_everything_else(running: Running) -> None:
    assert (await running.client.get("/admin/v1/openapi.json")).status_code == 401


async def test_the_page_lists_every_call_with_its_role(document: dict[str, Any]) -> None:
    page = (Path(__file__).parents[2] / "docs" / "admin-api.md").read_text()
    rows = [
        f"| `{route}` | {operation['x-role']} | {operation['summary']} |" for route, operation in operations(document)
    ]
    assert sorted(line for line in page.splitlines() if line.startswith("| `")) == sorted(rows)
