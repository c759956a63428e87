"""Plain data as YAML that a person can paste into a suite: one line each for what is short, blocks for what is not."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML

_WIDEST = 100


def expect_text(expect: Mapping[str, Any], *, indent: int = 0) -> str:
    """An `expect:` block."""
    return "\n".join(" " * indent + line for line in ("expect:", *_lines(expect, 2)))


def case_text(test: Mapping[str, Any], *, indent: int = 2) -> str:
    """One item of `tests:`."""
    lines = list(_lines(test, 2))
    return "\n".join(" " * indent + line for line in (f"- {lines[0].lstrip()}", *lines[1:]))


def flow(value: Any) -> str:
    """A value on one line."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.width, yaml.allow_unicode = True, 1_000_000, True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    stream = io.StringIO()
    yaml.dump({"value": value}, stream)
    text = stream.getvalue().strip().removesuffix("...").strip()
    return text.removeprefix("{value: ").removesuffix("}")


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
