"""Ids as text, cleaned the way RudderStack's gateway cleans them (rudder-server, `gateway/handle.go`, sanitize)."""

from typing import Any

import msgspec

_SINGLE = (0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFEFF, 0xFFA0)
_RANGES = (
    range(0x180B, 0x180F),
    range(0x2000, 0x2010),
    range(0x2028, 0x2030),
    range(0x205F, 0x2070),
    range(0xFE00, 0xFE10),
    range(0x1D173, 0x1D17B),
)
_INVISIBLE = frozenset(_SINGLE).union(*_RANGES)


def clean_text(text: str) -> str:
    """Drop invisible and non-printing characters, keep ASCII spaces inside, trim the ends."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return "".join(char for char in text if char.isprintable() and ord(char) not in _INVISIBLE).strip()


def id_text(value: Any) -> str:
    """An id as text: strings cleaned, null and absent as "", anything else as its JSON text."""
    if isinstance(value, str):
        return value.strip() if value.isascii() and value.isprintable() else clean_text(value)
    return "" if value is None else clean_text(msgspec.json.encode(value).decode())
