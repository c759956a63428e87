"""Plain data as YAML that a person can paste into a suite: one line each for what is short, blocks for what is not."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from router.visible import visible

_WIDEST = 100
_PLAIN = re.compile(r"[A-Za-z_/][\w./@+-]*( [\w./@+-]+)*", re.ASCII)
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""Texts that some reader of YAML takes for another value."""


def expect_text(expect: Mapping[str, Any], *, indent: int = 0) -> str:
    """An `expect:` block."""
    return "\n".join(" " * indent + line for line in ("expect:", *_lines(expect, 2)))


def case_text(test: Mapping[str, Any], *, indent: int = 2) -> str:
    """One item of `tests:`."""
    lines = list(_lines(test, 2))
    return "\n".join(" " * indent + line for line in (f"- {lines[0].lstrip()}", *lines[1:]))


def flow(value: Any) -> str:
    """A value on one line. Texts stand bare where nobody could take them for something else, else in quotes as in JSON."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(str(key))}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(value: str) -> str:
    is_plain = _PLAIN.fullmatch(value) is not None and value.lower() not in _WORDS
    return value if is_plain else "".join(map(_visible, json.dumps(value, ensure_ascii=False)))


def _visible(char: str) -> str:
    """A character between quotes; what a terminal would obey or hide, in YAML's own spelling."""
    if visible(char) == char:
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def _lines(data: Mapping[str, Any], indent: int) -> Iterator[str]:
    for key, value in data.items():
        line = f"{' ' * indent}{key}: {flow(value)}"
        if len(line) <= _WIDEST or not value or not isinstance(value, Mapping | list):
            yield line
        elif isinstance(value, Mapping):
            yield f"{' ' * indent}{key}:"
            yield from _lines(value, indent + 2)
        else:
            yield f"{' ' * indent}{key}:"
            yield from (f"{' ' * indent}  - {flow(item)}" for item in value)
