"""Documents: plain data with the place of every value, also for data that was converted from other documents."""

from pathlib import Path

import pytest

from policies.problems import Problem
from router.config.document import Document, parse_document, parse_documents, read_document
from router.errors import ConfigInvalid

TEXT = """sources:
  - id: shop
    enabled: no
    created: 2026-05-04
destinations: &all
  - {id: braze, config: {"dataCenter": EU-01}}
again: *all
"""


def test_values_keep_their_kind() -> None:
    data = parse_document(TEXT).data
    assert data["sources"] == [{"id": "shop", "enabled": "no", "created": "2026-05-04"}]
    assert data["again"] == data["destinations"]


@pytest.mark.parametrize(
    ("at", "place"),
    [
        ("/sources", (1, 1)),
        ("/sources/0/id", (2, 9)),
        ("/destinations/0/config", (6, 17)),
        ("/destinations/0/config/dataCenter", (6, 40)),
        ("/destinations/0/config/appKey", (6, 17)),
        ("/nowhere", (1, 1)),
        ("", (1, 1)),
    ],
)
def test_a_pointer_leads_to_a_line_and_column_or_to_the_nearest_parent(at: str, place: tuple[int, int]) -> None:
    assert parse_document(TEXT).place(at) == place


def test_json_with_tabs_is_read() -> None:
    assert parse_document('{\n\t"a": [1, true, null]\n}').data == {"a": [1, True, None]}


BROKEN: list[tuple[str, str, int]] = [
    ("a: [", "this is no YAML", 1),
    ("a: 1\na: 2\n", "`a` stands here twice", 2),
    ("a: !thing 5\n", "unknown YAML tag on `5`", 1),
    ("a: 1\n---\nb: 2\n", "there are several documents in this file", 0),
    ("[" * 200 + "]" * 200, "nested more than 100 deep", 0),
    ("a: \x00", "this is no YAML", 0),
]


@pytest.mark.parametrize(("text", "message", "line"), BROKEN)
def test_a_broken_text_is_refused_with_its_place(text: str, message: str, line: int) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        parse_document(text, file="c.yaml")
    (problem,) = caught.value.problems
    assert message in problem.message
    assert (problem.file, problem.line) == ("c.yaml", line)


def test_a_bomb_of_aliases_is_refused() -> None:
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8)]
    with pytest.raises(ConfigInvalid, match="the file is too large"):
        parse_document("\n".join(layers))


@pytest.mark.parametrize(("content", "message"), [(None, "No such file"), (b"\xff\xfe", "it is not UTF-8")])
def test_an_unreadable_file_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "c.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigInvalid, match=message):
        read_document(path)


def test_several_documents_each_know_their_places() -> None:
    first, second = parse_documents("a: 1\n---\nb: 2\n")
    assert (first.data, second.data) == ({"a": 1}, {"b": 2})
    assert second.place("/b") == (3, 4)


def test_converted_data_leads_back_to_what_was_read() -> None:
    read = parse_document("old:\n  name: x\n", file="old.yaml")
    converted = Document(file="new", data={}, places={}, origins={"": (read, ""), "/new": (read, "/old")})
    again = Document(file="newer", data={}, places={}, origins={"/newer": (converted, "/new")})
    assert again.place("/newer/name") == (2, 9)
    assert again.locate(Problem(pointer="/newer/name", message="m")).file == "old.yaml"
    assert again.place("/other") == (0, 0)
