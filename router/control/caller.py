"""Who makes an admin call: the name and role of the token, and the request's id. What a role may do is said here alone."""

from typing import Literal, get_args

import msgspec
from starlette.requests import Request

Role = Literal["viewer", "operator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""From the least to the most: each may do what those before it may. A viewer reads; an operator pauses and resumes, deals
with dead letters, switches modes, rolls back and files regulations; an admin also changes connections and tokens."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, for the audit."""

    name: str
    """Name of the token; `bootstrap` for the one of the settings."""
    role: Role
    request_id: str

    def may(self, role: Role) -> bool:
        """Whether the caller's role includes `role`."""
        return ROLES.index(self.role) >= ROLES.index(role)


def caller_of(request: Request) -> Caller:
    """The caller of a request that the guard let through."""
    caller: Caller = request.state.caller
    return caller
