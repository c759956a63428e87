"""The request body: inflated while it is read, never beyond the limit."""

import zlib

from isal import isal_zlib
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from router.gateway.answers import TOO_LARGE, UNREADABLE_BODY, Rejected

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS

_INFLATED = frozenset({"gzip", "x-gzip", "deflate"})
_PLAIN = frozenset({"", "identity", "utf-8", "utf8"})
"""A character set is no encoding, but clients name it there; RudderStack does not look and takes their bodies."""


async def read_body(receive: Receive, *, encoding: str, limit: int) -> bytes:
    """The whole body; raises Rejected when it is larger than `limit` bytes (after inflating), corrupt, or encoded otherwise.

    Raises ClientDisconnect when the client goes away meanwhile.
    """
    encoding = encoding.strip().lower()
    if encoding in _INFLATED:
        return await _inflate(receive, limit)
    if encoding not in _PLAIN:
        raise Rejected(UNREADABLE_BODY)
    chunk, more = await _chunk(receive)
    parts, size = [chunk], len(chunk)
    while more and size <= limit:
        chunk, more = await _chunk(receive)
        parts.append(chunk)
        size += len(chunk)
    if size > limit:
        raise Rejected(TOO_LARGE)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _chunk(receive: Receive) -> tuple[bytes, bool]:
    """The next piece of the body, and whether more follows."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)


async def _inflate(receive: Receive, limit: int) -> bytes:
    inflater = isal_zlib.decompressobj(wbits=_GZIP_OR_ZLIB)
    body, more = bytearray(), True
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
    except isal_zlib.IsalError as error:  # type: ignore[misc]  # its stub does not say that it is an exception
        raise Rejected(UNREADABLE_BODY) from error
    if not inflater.eof:
        raise Rejected(UNREADABLE_BODY)
    return bytes(body)
