"""Text that clients sent, as reports for people may print it: nothing in it can steer a terminal or reorder what stands beside it."""

import json
import unicodedata


def visible(text: str) -> str:
    r"""The text with control, format and other invisible characters escaped (`\x1b`, `\u202e`, `\n`); spaces stay."""
    return text if text.isprintable() else "".join(map(_visible, text))


def visible_lines(text: str) -> str:
    """The same for a text whose line breaks are the program's own."""
    return "\n".join(map(visible, text.split("\n")))


def visible_json(text: str) -> str:
    r"""JSON text that says the same with such characters in JSON's own spelling (`\u009b`); line breaks between values stay."""
    return "".join(char if char == "\n" or _is_shown(char) else json.dumps(char)[1:-1] for char in text)


def markup(text: str) -> str:
    """The same, and without meaning in rich's markup."""
    from rich.markup import escape

    return escape(visible(text))


def _visible(char: str) -> str:
    return char if _is_shown(char) else repr(char)[1:-1]


def _is_shown(char: str) -> bool:
    return char.isprintable() or unicodedata.category(char) == "Zs"
