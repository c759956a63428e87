"""The few rules of JavaScript that the web SDK's decisions hang on."""

from typing import Any

import msgspec

BLANKS = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""What `String.prototype.trim` removes (ECMA-262, WhiteSpace and LineTerminator)."""


def truthy(value: Any) -> bool:
    """Whether JavaScript takes a JSON value as true: unlike in Python, `[]` and `{}` are."""
    return isinstance(value, list | dict) or (value is not msgspec.UNSET and bool(value))


def trim(text: str) -> str:
    """`String.prototype.trim`."""
    return text.strip(BLANKS)
