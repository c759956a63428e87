"""Admin tokens over HTTP: make one (shown once), list, revoke. A change holds in every process within a second."""

import re
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from router.control.audit import write_down
from router.control.bodies import json_answer, read_body, wrong_field
from router.control.caller import Role, caller_of
from router.control.keyring import BOOTSTRAP, Keyring, digest_of, new_token
from router.control.operation import Operation
from router.control.problem_json import Refused
from router.runtime import Runtime
from router.store.tokens import StoredToken, Tokens

NAME = r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$"
_MOST = 1000

log = structlog.get_logger()


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a token is for, and how long it is good."""

    name: Annotated[str, msgspec.Meta(pattern=NAME, max_length=64)]
    role: Role
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class TokenInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What may be known of a token."""

    name: str
    role: Role
    created_at: datetime | None
    """Unknown for the token of the settings."""
    created_by: str
    expires_at: datetime | None
    expired: bool


class TokenList(msgspec.Struct, frozen=True, kw_only=True):
    """All tokens, by name."""

    tokens: list[TokenInfo]


class ShownToken(msgspec.Struct, frozen=True, kw_only=True):
    """A new token. This answer is the only place where it is ever shown."""

    token: str
    name: str
    role: Role
    created_at: datetime
    created_by: str
    expires_at: datetime | None


class RevokedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token that opens nothing any more."""

    name: str
    revoked: bool = True


class TokensApi:
    """`/admin/v1/tokens`."""

    def __init__(self, runtime: Runtime, keyring: Keyring) -> None:
        self._runtime = runtime
        self._keyring = keyring
        self._kept = Tokens(runtime.store)

    def operations(self) -> list[Operation]:
        """Only for admins: who may hand out tokens may do everything."""
        return [
            Operation("GET /admin/v1/tokens", self.show, role="admin", answer=TokenList),
            Operation(
                "POST /admin/v1/tokens",
                self.create,
                role="admin",
                body=NewToken,
                answer=ShownToken,
                status=201,
                problems=(409,),
            ),
            Operation(
                "DELETE /admin/v1/tokens/{name}",
                self.revoke,
                role="admin",
                answer=RevokedToken,
                problems=(409,),
            ),
        ]

    async def show(self, request: Request) -> Response:
        """Names, roles and expiry of all tokens; the tokens themselves are kept nowhere."""
        self._keyring.forget()
        now = self._runtime.clock()
        found = [_info(item, now) for item in await self._keyring.tokens()]
        if self._runtime.admin_digest is not None:
            found.append(_BOOTSTRAP_INFO)
        return json_answer(TokenList(tokens=sorted(found, key=lambda item: item.name)))

    async def create(self, request: Request) -> Response:
        """Make a token. It is in this answer and never shown again."""
        wanted = await read_body(request, NewToken)
        self._check(wanted)
        self._keyring.forget()
        if len(await self._keyring.tokens()) >= _MOST:
            raise Refused(409, "there are too many tokens", f"revoke some: at most {_MOST} are kept")
        token, caller = new_token(), caller_of(request)
        record = StoredToken(
            name=wanted.name,
            role=wanted.role,
            digest=digest_of(token),
            created_at=self._runtime.now(),
            created_by=caller.name,
            expires_at=wanted.expires_at and wanted.expires_at.astimezone(UTC),
        )
        if await self._kept.has(record.name):
            raise _name_taken()
        await write_down(self._runtime.store, request, action="token.create", target=record.name)
        if not await self._kept.add(record):
            raise _name_taken()
        self._keyring.forget()
        log.info("admin token created", name=record.name, role=record.role, by=caller.name)
        shown = ShownToken(
            token=token,
            name=record.name,
            role=record.role,
            created_at=record.created_at,
            created_by=record.created_by,
            expires_at=record.expires_at,
        )
        return json_answer(shown, status=201)

    async def revoke(self, request: Request) -> Response:
        """Make a token worthless, in every process within a second."""
        name = request.path_params["name"]
        if name == BOOTSTRAP:
            raise Refused(409, "the bootstrap token is a setting", "take admin_token out of the settings, and restart")
        if not re.fullmatch(NAME, name) or not await self._kept.has(name):
            raise _no_such_token(name)
        await write_down(self._runtime.store, request, action="token.revoke", target=name)
        if not await self._kept.remove(name):
            raise _no_such_token(name)
        self._keyring.forget()
        log.info("admin token revoked", name=name, by=caller_of(request).name)
        return json_answer(RevokedToken(name=name))

    def _check(self, wanted: NewToken) -> None:
        if not re.fullmatch(NAME, wanted.name) or wanted.name.endswith("\n"):  # which `$` lets pass
            raise wrong_field("/name", f"a name is up to 64 letters, digits and `._@-`: {NAME}")
        if wanted.name == BOOTSTRAP:
            raise wrong_field("/name", f"`{BOOTSTRAP}` is the name of the token of the settings; choose another")
        if wanted.expires_at is not None and wanted.expires_at <= self._runtime.now():
            raise wrong_field("/expires_at", "this is in the past")


_BOOTSTRAP_INFO = TokenInfo(
    name=BOOTSTRAP, role="admin", created_at=None, created_by="settings", expires_at=None, expired=False
)


def _name_taken() -> Refused:
    return Refused(409, "there is a token of that name", "revoke it first, or choose another name")


def _no_such_token(name: str) -> Refused:
    return Refused(404, "no such token", f"there is no token `{name}`")


def _info(item: StoredToken, now: float) -> TokenInfo:
    return TokenInfo(
        name=item.name,
        role=item.role,
        created_at=item.created_at,
        created_by=item.created_by,
        expires_at=item.expires_at,
        expired=item.expired(now),
    )
