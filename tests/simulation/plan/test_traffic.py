"""Traffic in files, folders and parts of files: every line once, in order, under its own number."""

import gzip
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from policies.connection import Workspace, with_modes
from router.errors import InvalidJson, RouterError
from router.simulation.plan.engines import count_traffic
from router.simulation.plan.planning import plan, plan_of
from router.simulation.plan.question import ask
from router.simulation.plan.report import Plan
from router.simulation.plan.traffic import lines_of, parts_of
from tests.simulation.plan.lines import line, one_source, ping

LINES = [ping(number, pad="x" * (number % 23)) for number in range(40)]


def read(*paths: Path | str, part_bytes: int = 1 << 20) -> list[bytes]:
    """All lines of all parts."""
    return [text for part in parts_of(map(str, paths), part_bytes=part_bytes) for text in lines_of(part)]


def counted(workspace: Workspace, *paths: Path, part_bytes: int = 1 << 20) -> Plan:
    """The plan of a switch of web to device mode."""
    question = ask(workspace, with_modes(workspace, {"web": "device"}))
    return plan_of(question, count_traffic(question, parts_of(map(str, paths), part_bytes=part_bytes)))


@pytest.mark.parametrize("part_bytes", [1, 7, 100, 119, 120, 121, 1000, 1 << 20])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b""], ids=["newline", "carriage return", "no last newline"])
def test_however_a_file_is_divided_every_line_is_read_once(tmp_path: Path, part_bytes: int, ending: bytes) -> None:
    path = tmp_path / "traffic.jsonl"
    lines = [text.rstrip() + (ending or b"\n") for text in LINES]
    path.write_bytes(b"".join(lines) if ending else b"".join(lines).rstrip(b"\n"))
    assert [text.strip() for text in read(path, part_bytes=part_bytes)] == [text.strip() for text in LINES]


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    (tmp_path / "plain.jsonl").write_bytes(b"\xef\xbb\xbf" + LINES[0])
    (tmp_path / "zipped.jsonl.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + LINES[0]))
    assert read(tmp_path) == [LINES[0], LINES[0]]


def test_gzip_is_recognised_by_its_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "traffic").write_bytes(gzip.compress(b"".join(LINES)))
    assert read(tmp_path / "traffic") == LINES


def test_a_folder_stands_for_the_traffic_in_it_in_order(tmp_path: Path) -> None:
    for name, at in (("b.jsonl", 1), ("a.jsonl", 0), ("deep/c.ndjson", 2)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(LINES[at])
    (tmp_path / "README.md").write_text("no traffic")
    assert read(tmp_path) == LINES[:3]


def test_a_glob_stands_for_what_it_matches(tmp_path: Path) -> None:
    for at in range(3):
        (tmp_path / f"day-{at}.jsonl").write_bytes(LINES[at])
    assert read(f"{tmp_path}/day-[12].jsonl") == LINES[1:3]


@pytest.mark.parametrize("path", ["none.jsonl", "none-*.jsonl", "empty"])
def test_what_leads_nowhere_is_an_error(tmp_path: Path, path: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RouterError, match="there is no"):
        parts_of([str(tmp_path / path)])


def test_rows_of_a_parquet_file_are_lines(tmp_path: Path) -> None:
    table = pyarrow.table(
        {"source": ["web-shop", None], "message": ['{"type":"track"}', '{"type":"page"}'], "more": [1, 2]}
    )
    parquet.write_table(table, tmp_path / "traffic.parquet", row_group_size=1)
    parts = parts_of([str(tmp_path / "traffic.parquet")])
    assert len(parts) == 2
    assert [list(lines_of(part)) for part in parts] == [
        [b'{"source":"web-shop","message":{"type":"track"}}'],
        [b'{"type":"page"}'],
    ]


def test_parquet_and_json_lines_count_alike(tmp_path: Path) -> None:
    workspace = one_source()
    (tmp_path / "traffic.jsonl").write_bytes(
        b"".join(line(source=None, event=f"E{n % 3}", userId="u") for n in range(30))
    )
    texts = [text.decode() for text in read(tmp_path / "traffic.jsonl")]
    parquet.write_table(pyarrow.table({"message": texts}), tmp_path / "traffic.parquet", row_group_size=7)
    assert counted(workspace, tmp_path / "traffic.parquet") == counted(workspace, tmp_path / "traffic.jsonl")


def test_a_parquet_file_without_messages_says_what_it_has(tmp_path: Path) -> None:
    parquet.write_table(pyarrow.table({"event": ["Ping"], "at": [1]}), tmp_path / "traffic.parquet")
    with pytest.raises(InvalidJson, match=r"this one has event \(string\), at \(int64\)"):
        parts_of([str(tmp_path / "traffic.parquet")])


@pytest.mark.parametrize("part_bytes", [50, 300, 1 << 20])
def test_a_line_that_cannot_be_decided_is_counted_and_named_with_its_file_and_number(
    tmp_path: Path, part_bytes: int
) -> None:
    first, second = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    first.write_bytes(
        b"\n".join([ping(1).strip(), b"", b"{broken", ping(2).strip(), b'{"source":"nobody","message":{}}', b""])
    )
    second.write_bytes(b'"a text"\n' + ping(3) + b'{"source":"web-shop","message":[]}\n' + b'{"event":"\xff"}\n')
    made = counted(one_source(), first, second, part_bytes=part_bytes)
    assert (made.summary.events, made.summary.undecided, made.summary.units) == (8, 5, 3)
    assert [each.place for each in made.undecided] == [
        f"{first}:3",
        f"{first}:5",
        f"{second}:1",
        f"{second}:3",
        f"{second}:4",
    ]
    assert "there is no source `nobody`" in made.undecided[1].why


def test_rows_that_cannot_be_decided_are_named_by_row(tmp_path: Path) -> None:
    path = tmp_path / "traffic.parquet"
    parquet.write_table(pyarrow.table({"message": ['{"type":"track"}', None, "{"]}), path, row_group_size=2)
    assert [each.place for each in counted(one_source(), path).undecided] == [f"{path}:row 2", f"{path}:row 3"]


def test_the_same_traffic_in_parts_and_whole_is_the_same_plan(tmp_path: Path) -> None:
    workspace = one_source()
    (tmp_path / "traffic.jsonl").write_bytes(b"".join(LINES))
    divided = counted(workspace, tmp_path / "traffic.jsonl", part_bytes=333)
    assert divided == plan(workspace, with_modes(workspace, {"web": "device"}), LINES)
