"""A report as JSON Lines: one record a line, `record` names its kind; the same run prints the same bytes."""

from collections.abc import Iterator
from typing import Any

import msgspec

from router.simulation.through_braze.report import Report

_encoder = msgspec.json.Encoder()


def lines(report: Report) -> Iterator[bytes]:
    """`run`, `carried`, then every `lost`, `user`, `duplicate`, `split` and `discard`, and `totals` at the end."""
    yield _line("run", report.run)
    yield _line("carried", report.carried)
    for kind, rows in (
        ("lost", report.lost),
        ("user", report.users),
        ("duplicate", report.duplicates),
        ("split", report.splits),
        ("discard", report.discards),
    ):
        for row in rows:
            yield _line(kind, row)
    yield _line("totals", report.totals)


def _line(kind: str, row: msgspec.Struct) -> bytes:
    document: dict[str, Any] = {"record": kind, **msgspec.structs.asdict(row)}
    return _encoder.encode(document) + b"\n"
