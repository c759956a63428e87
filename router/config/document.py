"""A YAML or JSON document as plain data, together with the place of every value.

YAML 1.2 (so `no` and `on` are texts), duplicate keys refused, aliases allowed but bounded.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from policies.problems import Problem, pointer
from router.config.problems import Located
from router.errors import ConfigInvalid

Place = tuple[int, int]
"""Line and column, both from 1."""
_MOST_VALUES = 1_000_000
_DEEPEST = 100


class Document(msgspec.Struct, frozen=True):
    """Plain data read from `file`, and the place of each value (and key) by JSON pointer."""

    file: str
    data: Any
    places: Mapping[str, Place]
    lines: tuple[str, ...] = ()
    origins: Mapping[str, tuple["Document", str]] = {}
    """For data that was converted from other documents: which one and which pointer the value at a pointer came from."""

    def place(self, at: str) -> Place:
        """Where the value at a pointer stands, or its nearest parent that exists; (0, 0) when nothing is known."""
        document, at = self.whence(at)
        while at not in document.places and at:
            at = at.rpartition("/")[0]
        return document.places.get(at, (0, 0))

    def whence(self, at: str) -> tuple["Document", str]:
        """The document that was read and the pointer in it from which the value at `at` came."""
        parent = at
        while parent not in self.origins:
            if not parent:
                return self, at
            parent = parent.rpartition("/")[0]
        document, old = self.origins[parent]
        return document.whence(old + at[len(parent) :])

    def locate(self, problem: Problem) -> Located:
        """The problem with file, line and column."""
        line, column = self.place(problem.pointer)
        return Located(
            file=self.whence(problem.pointer)[0].file,
            line=line,
            column=column,
            pointer=problem.pointer,
            message=problem.message,
            fix=problem.fix,
        )


def read_document(path: str | Path) -> Document:
    """Read a YAML or JSON file; raise ConfigInvalid when it cannot be read or parsed."""
    return parse_document(read_text(path), file=str(path))


def read_text(path: str | Path) -> str:
    """The text of a file; raises ConfigInvalid when it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigInvalid(
            [_located(str(path), (0, 0), f"cannot read the file: {reason}", "check the path")]
        ) from error


def parse_document(text: str, *, file: str = "<text>") -> Document:
    """Parse YAML or JSON text; raise ConfigInvalid with the place of what is wrong."""
    documents = parse_documents(text, file=file)
    if len(documents) > 1:
        raise ConfigInvalid([_located(file, (0, 0), "there are several documents in this file", "keep one of them")])
    return documents[0]


def parse_documents(text: str, *, file: str = "<text>") -> list[Document]:
    """Parse all YAML documents of a text (at least one); raise ConfigInvalid with the place of what is wrong."""
    source = text.replace("\t", "  ") if text.lstrip().startswith(("{", "[")) else text
    lines = tuple(text.splitlines())
    try:
        nodes = list(YAML(typ="safe", pure=True).compose_all(source)) or [None]
        return [_document(node, file, lines) for node in nodes]
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise ConfigInvalid(
            [_located(file, place, f"this is no YAML: {error.problem}", "check indentation and quotes")]
        ) from error
    except (YAMLError, RecursionError, ValueError) as error:
        raise ConfigInvalid(
            [_located(file, (0, 0), f"this is no YAML: {error}", "check indentation and quotes")]
        ) from error


def _document(node: Node | None, file: str, lines: tuple[str, ...]) -> Document:
    if node is None:
        return Document(file=file, data=None, places={"": (1, 1)}, lines=lines)
    return Document(file=file, data=_Values(file).build(node), places=dict(_places(node, "", 0)), lines=lines)


class _Values:
    """Turns nodes into plain data."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._scalars = YAML(typ="safe", pure=True).constructor
        self._left = _MOST_VALUES

    def build(self, node: Node) -> Any:
        self._left -= 1
        if self._left < 0:
            raise ConfigInvalid([_located(self._file, _start(node), "the file is too large", "split it")])
        if isinstance(node, MappingNode):
            return self._mapping(node)
        if isinstance(node, SequenceNode):
            return [self.build(item) for item in node.value]
        return self._scalar(node)

    def _mapping(self, node: MappingNode) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in data:
                raise ConfigInvalid(
                    [_located(self._file, _start(key_node), f"`{key}` stands here twice", "keep one of them")]
                )
            data[key] = self.build(value_node)
        return data

    def _scalar(self, node: Node) -> Any:
        if isinstance(node, ScalarNode) and str(node.tag).endswith((":timestamp", ":binary")):
            return node.value
        try:
            return self._scalars.construct_object(node)
        except YAMLError as error:
            raise ConfigInvalid(
                [_located(self._file, _start(node), f"unknown YAML tag on `{node.value}`", "remove the tag")]
            ) from error


def _places(node: Node, at: str, depth: int) -> Iterator[tuple[str, Place]]:
    if depth > _DEEPEST:
        raise ValueError(f"it is nested more than {_DEEPEST} deep")
    yield at, _start(node)
    if isinstance(node, MappingNode):
        for key, value in node.value:
            below = at + pointer(str(key.value))
            yield from _places(value, below, depth + 1)
            yield below, _start(key if not isinstance(value, ScalarNode) else value)
    elif isinstance(node, SequenceNode):
        for number, item in enumerate(node.value):
            yield from _places(item, at + pointer(number), depth + 1)


def _start(node: Node) -> Place:
    mark = node.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


def _located(file: str, place: Place, message: str, fix: str) -> Located:
    return Located(file=file, line=place[0], column=place[1], pointer="", message=message, fix=fix)
