"""Recorded events: JSON Lines of envelopes `{"source": "<id>", "message": {…}}` or bare messages, plain or gzip."""

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from router.errors import InvalidJson, UnreadableFile

_BOM = b"\xef\xbb\xbf"
_GZIP_MAGIC = b"\x1f\x8b"
DAMAGED_GZIP = (gzip.BadGzipFile, EOFError, zlib.error)
"""What the decompressor raises for a file that is cut off, changed, or followed by something else."""


class Envelope(msgspec.Struct, frozen=True):
    """One recorded message (the JSON object as it was sent) and the id of its source, if recorded."""

    message: bytes
    source: str | None = None


class _Line(msgspec.Struct):
    message: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    type: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    source: str | msgspec.UnsetType = msgspec.UNSET


_line_decoder = msgspec.json.Decoder(_Line)


def parse_envelope(line: bytes) -> Envelope:
    """Read one line; raise InvalidJson when it is neither form."""
    try:
        line.decode()
        parsed = _line_decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidJson(str(error)) from error
    if not isinstance(parsed.source, str):
        return Envelope(line)
    if isinstance(parsed.message, msgspec.Raw):
        return Envelope(bytes(parsed.message), parsed.source)
    if parsed.type is msgspec.UNSET:
        raise InvalidJson('an envelope without a message: a line is {"source": …, "message": {…}} or a bare message')
    return Envelope(line)


def read_envelopes(path: str) -> Iterator[tuple[int, Envelope]]:
    """Line number (from 1) and envelope of each line of a file, `-` = stdin; raises InvalidJson naming the line."""
    with open_lines(path) as lines:
        for number, line in enumerate(lines, 1):
            line = line.removeprefix(_BOM) if number == 1 else line
            if not line.strip():
                continue
            try:
                yield number, parse_envelope(line)
            except InvalidJson as error:
                raise InvalidJson(f"{path}:{number}: {error}") from error


@contextmanager
def open_lines(path: str) -> Iterator[BinaryIO]:
    """A file (stdin for `-`) opened for reading lines; gzip is recognised by its first bytes, and a damaged one is an UnreadableFile."""
    with ExitStack() as stack:
        file: BinaryIO = sys.stdin.buffer if path == "-" else stack.enter_context(Path(path).open("rb"))
        if file.peek(2)[:2] == _GZIP_MAGIC:  # type: ignore[attr-defined]
            try:
                yield cast(BinaryIO, stack.enter_context(gzip.open(file)))
            except DAMAGED_GZIP as error:
                raise UnreadableFile(path, str(error)) from error
        else:
            yield file
