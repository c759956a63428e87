"""The routes of the admin API: operations joined by path behind the guard, and an answer to everything else there."""

from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from router.control.guard import Guard
from router.control.operation import Operation


class _Path:
    """Every method on one path; an ASGI app, since Starlette would answer other methods itself, and not as a problem document."""

    def __init__(self, guard: Guard, operations: Mapping[str, Operation]) -> None:
        self._guard = guard
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._guard.answer(Request(scope, receive), self._operations)
        await response(scope, receive, send)


class Elsewhere(BaseRoute):
    """What is left of the operators' paths. By prefix: a pattern would not match a path with a line break in it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Every path at or under /admin and /v2."""
        inside = scope["type"] == "http" and (scope["path"] + "/").startswith(("/admin/", "/v2/"))
        return (Match.FULL if inside else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer that there is nothing."""
        await self._app(scope, receive, send)


def guarded_routes(guard: Guard, operations: Iterable[Operation]) -> list[BaseRoute]:
    """A route for each path, in the order of the operations, and one for what is left of /admin."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    routes: list[BaseRoute] = [Route(path, _Path(guard, found)) for path, found in by_path.items()]
    return [*routes, Elsewhere(_Path(guard, {}))]
