"""Recorded traffic as parts that can be counted apart: byte ranges of JSON Lines files, whole gzip files, row groups of Parquet files.

Parts depend on the files alone, never on the number of processes, so that every engine gives the same tally.
"""

import glob
import gzip
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from router.errors import RouterError, UnreadableFile
from router.simulation.envelopes import DAMAGED_GZIP

PART_BYTES = 32_000_000
_BOM = b"\xef\xbb\xbf"
_GZIP_MAGIC = b"\x1f\x8b"
_PARQUET_MAGIC = b"PAR1"
_SUFFIXES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".json", ".json.gz", ".parquet")

Kind = Literal["lines", "gzip", "rows", "stdin"]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the traffic: of a file the bytes from `start` to `end`, or a row group."""

    file: str
    kind: Kind
    size: int
    start: int = 0
    end: int = 0

    @property
    def place(self) -> str:
        """How a line of it is named, before its number."""
        return f"{self.file}:row " if self.kind == "rows" else f"{self.file}:"


def parts_of(paths: Iterable[str], *, part_bytes: int = PART_BYTES) -> list[Part]:
    """The parts of files, folders and globs, in order (`-` = stdin); raises RouterError where one leads nowhere."""
    return [part for path in paths for file in _files(path) for part in _parts(file, part_bytes)]


def lines_of(part: Part) -> Iterator[bytes]:
    """The lines of a part: each an envelope or a bare message; raises UnreadableFile where the file is cut off or damaged."""
    try:
        yield from _READERS[part.kind](part)
    except DAMAGED_GZIP as error:
        raise UnreadableFile(part.file, str(error)) from error


def _files(path: str) -> Sequence[str]:
    if path == "-":
        return [path]
    if Path(path).is_dir():
        found = sorted(str(each) for each in Path(path).rglob("*") if each.is_file() and each.name.endswith(_SUFFIXES))
        return found or _nowhere(f"there is no traffic in the folder `{path}` (files ending in {', '.join(_SUFFIXES)})")
    if Path(path).exists():
        return [path]
    found = sorted(glob.glob(path, recursive=True))
    return found or _nowhere(f"there is no file `{path}`")


def _nowhere(message: str) -> Sequence[str]:
    raise RouterError(message)


def _parts(file: str, part_bytes: int) -> list[Part]:
    if file == "-":
        return [Part(file=file, kind="stdin", size=0)]
    size = Path(file).stat().st_size
    with Path(file).open("rb") as opened:
        magic = opened.read(4)
    if magic == _PARQUET_MAGIC:
        return _row_groups(file)
    if magic[:2] == _GZIP_MAGIC:
        return [Part(file=file, kind="gzip", size=size)]
    ranges = ((start, min(start + part_bytes, size)) for start in range(0, size, part_bytes))
    return [Part(file=file, kind="lines", start=start, end=end, size=end - start) for start, end in ranges]


def _byte_range(part: Part) -> Iterator[bytes]:
    """The lines that begin in the range: the first is the range before's unless it begins exactly here."""
    with Path(part.file).open("rb") as opened:
        at = _first_line(opened, part.start)
        for line in opened:
            if at >= part.end:
                return
            yield line if at else line.removeprefix(_BOM)
            at += len(line)


def _first_line(opened: BinaryIO, start: int) -> int:
    if start == 0:
        return 0
    opened.seek(start - 1)
    return start - 1 + len(opened.readline())


def _unzipped(part: Part) -> Iterator[bytes]:
    with gzip.open(part.file) as opened:
        yield from _lines(opened)


def _stdin(part: Part) -> Iterator[bytes]:
    stream: BinaryIO = sys.stdin.buffer
    if stream.peek(2)[:2] == _GZIP_MAGIC:  # type: ignore[attr-defined]
        with gzip.open(stream) as opened:
            yield from _lines(opened)
    else:
        yield from _lines(stream)


def _lines(opened: Iterable[bytes]) -> Iterator[bytes]:
    for number, line in enumerate(opened):
        yield line if number else line.removeprefix(_BOM)


def _row_groups(file: str) -> list[Part]:
    from router.simulation.plan.parquet import row_groups

    return [
        Part(file=file, kind="rows", start=number, end=number + 1, size=size)
        for number, size in enumerate(row_groups(file))
    ]


def _rows(part: Part) -> Iterator[bytes]:
    from router.simulation.plan.parquet import read_row_group

    return read_row_group(part.file, part.start)


_READERS = {"lines": _byte_range, "gzip": _unzipped, "stdin": _stdin, "rows": _rows}
