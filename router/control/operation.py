"""One admin operation: its route, who may call it, and what it takes and answers. The OpenAPI document is made from these."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from router.control.caller import Role

Endpoint = Callable[[Request], Awaitable[Response]]


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A query parameter or header that an operation reads."""

    name: str
    schema: dict[str, Any]
    description: str
    place: Literal["query", "header"] = "query"
    required: bool = False


class Operation(msgspec.Struct, frozen=True):
    """One method on one path: `Operation("GET /admin/v1/status", self.show, role="viewer", answer=Status)`.

    The endpoint's docstring is its description.
    """

    route: str
    """Method and path."""
    endpoint: Endpoint
    role: Role
    body: Any = None
    """Type of the JSON body that it takes."""
    answer: Any = None
    """Type of the JSON body of a success."""
    status: int = 200
    """Status of a success."""
    other: tuple[int, ...] = ()
    """Other statuses that a success may have, with the same body."""
    problems: tuple[int, ...] = ()
    """Statuses of the errors of its own, beside those that every operation (404: each with a name in its path) may answer."""
    parameters: tuple[Parameter, ...] = ()
    examples: Mapping[str, Any] = {}
    """Bodies that it takes, by name."""

    @property
    def method(self) -> str:
        """`GET`, `POST` …"""
        return self.route.partition(" ")[0]

    @property
    def path(self) -> str:
        """`/admin/v1/dead-letters/{id}`."""
        return self.route.partition(" ")[2]
