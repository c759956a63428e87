"""`GET /admin/v1/audit`: what operators did, newest first."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from router.control.bodies import json_answer
from router.control.caller import caller_of
from router.control.operation import Operation
from router.control.paging import COUNT, page_of
from router.runtime import Runtime
from router.store.audit import Act, AuditLog, Entry
from router.store.store import Store


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the audit log."""

    entries: list[Entry]
    next: str
    """`before` of the next page; empty on the last one."""


class AuditApi:
    """The endpoint."""

    def __init__(self, runtime: Runtime) -> None:
        self._log = AuditLog(runtime.store)

    def operations(self) -> list[Operation]:
        """What this noun offers."""
        return [
            Operation(
                "GET /admin/v1/audit",
                self.show,
                role="viewer",
                answer=AuditPage,
                parameters=COUNT,
                problems=(400,),
            )
        ]

    async def show(self, request: Request) -> Response:
        """Who did what, to what, from which revision to which, why, and in which request."""
        page = page_of(request)
        entries = await self._log.newest(count=page.count, before=page.before)
        return json_answer(AuditPage(entries=entries, next=entries[-1].id if len(entries) == page.count else ""))


async def write_down(store: Store, request: Request, *, action: str, target: str, reason: str = "") -> str:
    """Put what a caller does into the audit log; returns the entry's id. (Changes of connections do so in one step with the change.)

    Call it before the act: an entry without its act does less harm than an act without one.
    """
    caller = caller_of(request)
    act = Act(
        who=caller.name, role=caller.role, action=action, target=target, reason=reason, request_id=caller.request_id
    )
    return await AuditLog(store).append(act)
