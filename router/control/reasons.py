"""The reason that an operator gives; it is kept with what was done."""

from typing import Annotated

import msgspec
from starlette.requests import Request

from router.control.bodies import decode_body, read_bytes

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"\S")]
"""Not empty, not only spaces."""


class Because(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body that says why, and nothing else."""

    reason: Reason


async def read_reason(request: Request) -> str:
    """The reason in a body that may be left out; raises Refused where there is one that is not `{"reason": "…"}`."""
    body = await read_bytes(request)
    return decode_body(body, Because).reason if body.strip() else ""
