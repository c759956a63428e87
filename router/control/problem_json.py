"""Errors of the admin API as `application/problem+json` (RFC 9457), with JSON pointers to the fields of a body that are wrong."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from starlette.responses import JSONResponse, Response

from policies.problems import Problem as BodyProblem
from router.errors import RouterError


class FieldError(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong at one place of the body."""

    pointer: str
    """JSON pointer (RFC 6901) into the body; empty = the body as a whole."""
    detail: str


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every error."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[FieldError] = []


class Refused(RouterError):
    """An admin call that is answered with a problem document; raised anywhere below an endpoint."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str = "",
        *,
        errors: Iterable[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{title}: {detail}" if detail else title)
        self.response = problem(status, title, detail, errors=errors, headers=headers)


def problem(
    status: int,
    title: str,
    detail: str = "",
    *,
    errors: Iterable[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An error document."""
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    body |= {"detail": detail} if detail else {}
    body |= {"errors": found} if (found := [msgspec.structs.asdict(error) for error in errors]) else {}
    authenticate = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return JSONResponse(
        body, status_code=status, media_type="application/problem+json", headers={**authenticate, **(headers or {})}
    )


def field_errors(problems: Iterable[BodyProblem], *, at: str = "") -> list[FieldError]:
    """Problems of plain data (`policies.problems`) that stands at pointer `at` of the body."""
    return [
        FieldError(pointer=at + item.pointer, detail=f"{item.message}; {item.fix}" if item.fix else item.message)
        for item in problems
    ]
