"""JSON in and out of an admin call. What comes in is bounded while it is read, and refused with a pointer to what is wrong."""

import re
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from policies.problems import pointer
from router.control.problem_json import FieldError, Refused

MOST_BYTES = 1_000_000

_T = TypeVar("_T")


async def read_bytes(request: Request, *, limit: int = MOST_BYTES) -> bytes:
    """The body; raises Refused (413) when it has more than `limit` bytes, without reading the rest."""
    parts = bytearray()
    async for chunk in request.stream():
        parts += chunk
        if len(parts) > limit:
            raise Refused(413, "the body is too large", f"at most {limit} bytes")
    return bytes(parts)


async def read_body(request: Request, kind: type[_T], *, limit: int = MOST_BYTES) -> _T:
    """The body as a `kind`; raises Refused: 413 too large, 400 no JSON, 422 not of that shape (with a JSON pointer)."""
    return decode_body(await read_bytes(request, limit=limit), kind)


def decode_body(body: bytes, kind: type[_T]) -> _T:
    """Bytes as a `kind`; raises Refused: 400 no JSON, 422 not of that shape."""
    try:
        body.decode()
        decoded = msgspec.json.decode(body, type=kind)
        msgspec.json.encode(decoded)  # half a surrogate pair decodes, and could be written nowhere
    except msgspec.ValidationError as error:
        raise invalid_field(str(error)) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Refused(400, "the body is no JSON", str(error)) from error
    return decoded


def json_answer(data: Any, *, status: int = 200, etag: str = "") -> Response:
    """An answer of the admin API. What clients sent may hold numbers that Starlette's own encoder refuses (`1e999`)."""
    headers = {"ETag": f'"{etag}"'} if etag else None
    return Response(msgspec.json.encode(data), status_code=status, media_type="application/json", headers=headers)


def invalid_field(message: str) -> Refused:
    """msgspec's ``Expected `int`, got `str` - at `$.a[0]` `` as a problem document that points to `/a/0`."""
    told, _, place = message.partition(" - at ")
    return wrong_field(_pointer(place) + _named(told), told)


def wrong_field(at: str, detail: str) -> Refused:
    """A field of the body that cannot be used (422)."""
    return Refused(422, "the body is not valid", detail, errors=[FieldError(pointer=at, detail=detail)])


def _pointer(place: str) -> str:
    """`` `$.modes[2].web` `` → `/modes/2/web`; a mapping's key, which msgspec does not tell, ends the pointer."""
    path = place.strip("`").rpartition("`$")[2].removeprefix("$").partition("[...]")[0]
    return pointer(*re.findall(r"[^.\[\]]+", path))


def _named(told: str) -> str:
    """The field that is missing or not known stands in the message instead of in the place."""
    found = re.fullmatch(r"Object (?:missing required|contains unknown) field `(.*)`", told)
    return pointer(found[1]) if found else ""
