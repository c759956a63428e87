"""Lines of a report that fit a terminal of 80 columns; events and commands are left whole, to be copied."""

from textwrap import wrap

from router.visible import visible

_WIDTH = 80


def wrapped(text: str, *, indent: int = 0, hanging: int | None = None) -> list[str]:
    """One text as lines: all are indented, and those after the first by `hanging` (two more than the first unless told)."""
    return wrap(
        visible(text),
        _WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2 if hanging is None else hanging),
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
