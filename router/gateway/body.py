"""The request body: inflated while it is read, never beyond the limit."""

import zlib
from collections.abc import AsyncIterator

from isal import isal_zlib

from router.gateway.answers import TOO_LARGE, UNREADABLE_BODY, Rejected

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS

_INFLATED = frozenset({"gzip", "x-gzip", "deflate"})
_PLAIN = frozenset({"", "identity", "utf-8", "utf8"})
"""A character set is no encoding, but clients name it there; RudderStack does not look and takes their bodies."""


async def read_body(chunks: AsyncIterator[bytes], *, encoding: str, limit: int) -> bytes:
    """The whole body; raises Rejected when it is larger than `limit` bytes (after inflating), corrupt, or encoded otherwise."""
    encoding = encoding.strip().lower()
    if encoding in _INFLATED:
        return await _inflate(chunks, limit)
    if encoding not in _PLAIN:
        raise Rejected(UNREADABLE_BODY)
    parts: list[bytes] = []
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise Rejected(TOO_LARGE)
        parts.append(chunk)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _inflate(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    inflater = isal_zlib.decompressobj(wbits=_GZIP_OR_ZLIB)
    body = bytearray()
    try:
        async for chunk in chunks:
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
