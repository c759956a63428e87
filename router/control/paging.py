"""Pages of what is kept newest first: `count` and `before`, the id of the last entry seen."""

import re

import msgspec
from starlette.requests import Request

from router.control.operation import Parameter
from router.control.problem_json import Refused

_MOST = 1000
_DEFAULT = 100
STREAM_ID = re.compile(r"[0-9]{1,15}-[0-9]{1,15}")
LETTER_ID = re.compile(r"[0-9]{1,6}-[0-9]{1,15}-[0-9]{1,15}")


class Page(msgspec.Struct, frozen=True):
    """How many entries, and those older than which."""

    count: int
    before: str


def page_of(request: Request, *, ids: re.Pattern[str] = STREAM_ID) -> Page:
    """The page that a request asks for; raises Refused (400) where it is none, or `before` not of the shape of `ids`."""
    count, before = request.query_params.get("count", str(_DEFAULT)), request.query_params.get("before", "")
    if not (count.isascii() and count.isdigit() and len(count) < 5 and 0 < int(count) <= _MOST):
        raise Refused(400, "count is out of range", f"a whole number from 1 to {_MOST}")
    if before and not ids.fullmatch(before):
        raise Refused(400, "before is no id", "give the `next` of the page before")
    return Page(int(count), before)


COUNT = (
    Parameter(
        name="count",
        schema={"type": "integer", "minimum": 1, "maximum": _MOST, "default": _DEFAULT},
        description="How many, at most.",
    ),
    Parameter(name="before", schema={"type": "string"}, description="The `next` of the page before."),
)
