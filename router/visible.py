"""Text that clients sent, as reports for people may print it: nothing in it can steer a terminal or reorder what stands beside it."""

import unicodedata


def visible(text: str) -> str:
    r"""The text with control, format and other invisible characters escaped (`\x1b`, `\u202e`, `\n`); spaces stay."""
    return text if text.isprintable() else "".join(map(_visible, text))


def markup(text: str) -> str:
    """The same, and without meaning in rich's markup."""
    from rich.markup import escape

    return escape(visible(text))


def _visible(char: str) -> str:
    return char if char.isprintable() or unicodedata.category(char) == "Zs" else repr(char)[1:-1]
