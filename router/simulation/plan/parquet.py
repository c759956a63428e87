"""Traffic in Parquet files, read row group by row group with pyarrow (extra `parquet`).

A file has a column `message` with the message's JSON text, and may have a column `source` with source ids.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from router.errors import InvalidJson, RouterError, UnreadableFile

_ROWS_AT_ONCE = 4096


def row_groups(file: str) -> list[int]:
    """The size in bytes of each row group; raises InvalidJson for a file without a `message` column, UnreadableFile for a damaged one."""
    with _read(file) as opened:
        return _row_groups(file, opened)


def _row_groups(file: str, opened: Any) -> list[int]:
    columns = {field.name: str(field.type) for field in opened.schema_arrow}
    if columns.get("message") not in ("string", "large_string", "binary", "large_binary"):
        found = ", ".join(f"{name} ({kind})" for name, kind in columns.items())
        raise InvalidJson(
            f"{file}: a Parquet file of traffic has a column `message` of JSON texts; this one has {found}"
        )
    return [opened.metadata.row_group(number).total_byte_size for number in range(opened.metadata.num_row_groups)]


def read_row_group(file: str, number: int) -> Iterator[bytes]:
    """The rows of one row group as lines."""
    with _read(file) as opened:
        columns = [name for name in ("source", "message") if name in opened.schema_arrow.names]
        chosen = {"row_groups": [number], "columns": columns}
        for batch in opened.iter_batches(batch_size=_ROWS_AT_ONCE, use_threads=False, **chosen):
            yield from _rows(batch.to_pydict())


def _rows(rows: dict[str, list[Any]]) -> Iterator[bytes]:
    messages = rows["message"]
    for source, message in zip(rows.get("source", [None] * len(messages)), messages, strict=True):
        yield _line(source, message)


def _line(source: Any, message: Any) -> bytes:
    """A row as an envelope; a null message becomes a line that no decoder takes for an event."""
    content = message if isinstance(message, bytes) else str(message or "null").encode()
    if source is None:
        return content
    return b'{"source":' + msgspec.json.encode(str(source)) + b',"message":' + content + b"}"


@contextmanager
def _read(file: str) -> Iterator[Any]:
    """The file opened; what pyarrow raises for a damaged one, then or while it is read, is an UnreadableFile."""
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise RouterError(
            f"`{file}` is a Parquet file: reading it needs `pip install 'hybrid-router[parquet]'`"
        ) from error
    try:
        with parquet.ParquetFile(file) as opened:
            yield opened
    except (ArrowException, OSError) as error:
        raise UnreadableFile(file, f"the Parquet file is damaged: {str(error).partition(chr(10))[0]}") from error
