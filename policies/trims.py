"""What `trim` removes on each platform; event names and list entries are trimmed before they are compared."""

from collections.abc import Callable, Mapping

from policies.javascript import trim
from policies.sdks import Code

_SPACES = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_CONTROLS = "".join(map(chr, range(0x21)))
"""Java's `String.trim` removes every character up to the space."""
_COCOA_SPACES = "\t" + _SPACES
"""`whitespaceCharacterSet`: no line breaks."""
_COCOA_BLANKS = "\t\n\v\f\r\u0085\u2028\u2029" + _SPACES
"""`whitespacesAndNewlines`."""
_KOTLIN_BLANKS = "\t\n\v\f\r\x1c\x1d\x1e\x1f\u2028\u2029" + _SPACES

TRIMS: Mapping[Code, Callable[[str], str]] = {
    "web": trim,
    "web-v1.1": trim,
    "android": lambda text: text.strip(_CONTROLS),
    "ios": lambda text: text.strip(_COCOA_SPACES),
    "kotlin": lambda text: text.strip(_KOTLIN_BLANKS),
    "swift": lambda text: text.strip(_COCOA_BLANKS),
    "swift-v2": lambda text: text.strip(_COCOA_BLANKS),
}
