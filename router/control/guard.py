"""What stands in front of every admin operation: token, role, and one place where errors become problem documents."""

import math
import re
import uuid
from collections.abc import Mapping, Sequence

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from policies.problems import did_you_mean
from router.config.networks import Network
from router.control.caller import Caller
from router.control.client_address import client_address
from router.control.failure_limit import FailureLimit
from router.control.keyring import Holder, Keyring
from router.control.operation import Operation
from router.control.problem_json import Refused, problem
from router.control.security_headers import security_headers
from router.errors import StoreUnavailable

REQUEST_ID = re.compile(r"[A-Za-z0-9._:+/=@-]{1,128}")
"""A client's X-Request-Id that is taken as it is; any other is replaced."""

log = structlog.get_logger()


class Guard:
    """Lets callers with a good token of a sufficient role through to the operations of one path."""

    def __init__(self, keyring: Keyring, limit: FailureLimit, *, trusted_proxies: Sequence[Network] = ()) -> None:
        self._keyring = keyring
        self._limit = limit
        self._trusted_proxies = trusted_proxies

    async def answer(self, request: Request, operations: Mapping[str, Operation]) -> Response:
        """The operation's answer, or why there is none; `operations` are those of the request's path, by method."""
        request_id = _request_id(request)
        try:
            response = await self._admitted(request, request_id, operations)
        except Refused as refused:
            response = refused.response
        except StoreUnavailable as error:
            response = problem(503, "the store does not answer", str(error), headers={"Retry-After": "1"})
        except ClientDisconnect:
            response = problem(400, "the client went away")
        except Exception as error:  # a defect of ours: in the log with its traceback, answered without
            log.error("unexpected error", path=request.url.path, request_id=request_id, exc_info=error)
            response = problem(500, "internal error", f"look for request id {request_id} in the log")
        response.headers.update({**security_headers(request), "X-Request-Id": request_id})
        return response

    async def _admitted(self, request: Request, request_id: str, operations: Mapping[str, Operation]) -> Response:
        holder = await self._holder(request)
        operation = _operation(request, operations)
        caller = Caller(name=holder.name, role=holder.role, request_id=request_id)
        if not caller.may(operation.role):
            needed = f"this needs the role `{operation.role}`; token `{caller.name}` has the role `{caller.role}`"
            raise Refused(403, "the role is not sufficient", needed)
        _require_known(request, operation)
        request.state.caller = caller
        return await operation.endpoint(request)

    async def _holder(self, request: Request) -> Holder:
        token = _bearer(request)
        if not token:
            if await self._keyring.is_empty():
                raise Refused(403, "the admin API is off", "start with --admin-token to use it")
            raise Refused(401, "a valid bearer token is needed", "send `Authorization: Bearer <token>`")
        address = client_address(request, self._trusted_proxies)
        if seconds := math.ceil(self._limit.wait(address)):
            headers = {"Retry-After": str(seconds)}
            raise Refused(429, "too many wrong tokens from this address", f"wait {seconds} s", headers=headers)
        if (holder := await self._keyring.holder(token)) is not None:
            return holder
        if await self._keyring.is_empty():
            raise Refused(403, "the admin API is off", "start with --admin-token to use it")
        self._limit.failed(address)
        log.warning("wrong admin token", client=address, path=request.url.path)
        raise Refused(401, "a valid bearer token is needed", "this token is wrong, revoked or expired")


def _operation(request: Request, operations: Mapping[str, Operation]) -> Operation:
    if not operations:
        raise Refused(404, "there is no such page", "/admin/v1/openapi.json lists what there is")
    method = "GET" if request.method == "HEAD" else request.method
    if (operation := operations.get(method)) is None:
        allowed = ", ".join([*operations, *(["HEAD"] if "GET" in operations else [])])
        raise Refused(405, "the method is not allowed here", f"allowed: {allowed}", headers={"Allow": allowed})
    return operation


def _require_known(request: Request, operation: Operation) -> None:
    """A misspelt `dry_run` must not make the change that it was to try."""
    known = [parameter.name for parameter in operation.parameters if parameter.place == "query"]
    for name in request.query_params:
        if name not in known:
            hint = did_you_mean(name, known, otherwise="leave it out") if known else "this call takes none"
            raise Refused(400, "there is no such query parameter", f"`{name}` is not known here; {hint}")


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _request_id(request: Request) -> str:
    given = request.headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
