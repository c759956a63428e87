"""The bearer token in front of every admin endpoint."""

import hmac
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from policies.secret import Secret
from router.control.problem_json import problem
from router.errors import StoreUnavailable

Endpoint = Callable[[Request], Awaitable[Response]]


class Guard:
    """Lets requests with the admin token through; without a configured token the admin API is off."""

    def __init__(self, token: Secret | None, environment: Mapping[str, str]) -> None:
        self._token = token.reveal(environment).encode() if token else None

    def __call__(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint behind the token; a store that does not answer is a 503."""

        async def guarded(request: Request) -> Response:
            if self._token is None:
                return problem(403, "the admin API is off", "start with --admin-token to use it")
            if not self._authorized(request):
                return problem(401, "a valid bearer token is needed")
            try:
                return await endpoint(request)
            except StoreUnavailable as error:
                return problem(503, "the store does not answer", str(error))

        return guarded

    def _authorized(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token or b"")
