"""The request body: inflated while it is read, never beyond the limit, and all that are read at once never beyond theirs."""

import zlib

from isal import isal_zlib
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from router.gateway.answers import TOO_LARGE, UNAVAILABLE, UNREADABLE_BODY, Rejected

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS

_INFLATED = frozenset({"gzip", "x-gzip", "deflate"})
_PLAIN = frozenset({"", "identity", "utf-8", "utf8"})
"""A character set is no encoding, but clients name it there; RudderStack does not look and takes their bodies."""


class Bodies:
    """What a process holds of bodies whose end has not come yet: at most `limit` bytes, inflated.

    A body that comes in one piece is never held, and never refused for the others.
    """

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self.held = 0

    def hold(self, more: int) -> None:
        """Count some more bytes; raises Rejected, so that clients come again, when there is no room for them."""
        self.held += more
        if self.held > self._limit:
            raise Rejected(UNAVAILABLE)


async def read_body(receive: Receive, bodies: Bodies, *, encoding: str, limit: int) -> bytes:
    """The whole body; raises Rejected when it is larger than `limit` bytes (after inflating), corrupt, or encoded otherwise.

    Raises ClientDisconnect when the client goes away meanwhile.
    """
    encoding = encoding.strip().lower()
    if encoding in _INFLATED:
        return await _inflate(receive, bodies, limit)
    if encoding not in _PLAIN:
        raise Rejected(UNREADABLE_BODY)
    chunk, more = await _chunk(receive)
    if more:
        return await _gather(chunk, receive, bodies, limit)
    if len(chunk) > limit:
        raise Rejected(TOO_LARGE)
    return chunk


async def _gather(chunk: bytes, receive: Receive, bodies: Bodies, limit: int) -> bytes:
    # One array, since a chunk may be a single byte, and an object of its own is forty times as large.
    body, held, more = bytearray(chunk), 0, True
    try:
        while more and len(body) <= limit:
            held, before = len(body), held
            bodies.hold(held - before)
            chunk, more = await _chunk(receive)
            body += chunk
    finally:
        bodies.held -= held
    if len(body) > limit:
        raise Rejected(TOO_LARGE)
    return bytes(body)


async def _chunk(receive: Receive) -> tuple[bytes, bool]:
    """The next piece of the body, and whether more follows."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)


async def _inflate(receive: Receive, bodies: Bodies, limit: int) -> bytes:
    inflater = isal_zlib.decompressobj(wbits=_GZIP_OR_ZLIB)
    body, held, more = bytearray(), 0, True
    try:
        while more:
            chunk, more = await _chunk(receive)
            while chunk:
                if inflater.eof:  # a gzip body may have several members
                    inflater = isal_zlib.decompressobj(wbits=_GZIP_OR_ZLIB)
                body += inflater.decompress(chunk, limit + 1 - len(body))
                if len(body) > limit or inflater.unconsumed_tail:
                    raise Rejected(TOO_LARGE)
                chunk = inflater.unused_data
            if more:
                held, before = len(body), held
                bodies.hold(held - before)
    except isal_zlib.IsalError as error:  # type: ignore[misc]  # its stub does not say that it is an exception
        raise Rejected(UNREADABLE_BODY) from error
    finally:
        bodies.held -= held
    if not inflater.eof:
        raise Rejected(UNREADABLE_BODY)
    return bytes(body)
