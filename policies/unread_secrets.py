"""Config keys that this program does not read and whose name sounds like a secret: people put one where they misspell `restApiKey`.

What stands under such a key is kept nowhere, however deep it stands.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.connection import CONFIG_KEYS
from policies.problems import pointer

_SECRET_WORDS = ("key", "secret", "token", "password")
_DEEPEST = 50


def is_too_deep(value: Any) -> bool:
    """Whether a value is nested so deep that nobody meant it; the functions below are for others."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [below for each in level for below in _inside(each)]
    return bool(level)


def unread_secrets(config: Mapping[str, Any]) -> list[str]:
    """Pointers into a config to all such keys."""
    return list(_pointers(config, "", known=CONFIG_KEYS))


def without_unread_secrets(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config without them."""
    return {name: _kept(value) for name, value in config.items() if name in CONFIG_KEYS or not _sounds_secret(name)}


def _pointers(value: Any, at: str, *, known: frozenset[str] = frozenset()) -> Iterator[str]:
    for name, below in value.items() if isinstance(value, Mapping) else ():
        if name not in known and _sounds_secret(name):
            yield at + pointer(name)
        else:
            yield from _pointers(below, at + pointer(name))
    for number, below in enumerate(value) if isinstance(value, list) else ():
        yield from _pointers(below, at + pointer(number))


def _kept(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _kept(below) for name, below in value.items() if not _sounds_secret(name)}
    return [_kept(below) for below in value] if isinstance(value, list) else value


def _sounds_secret(name: object) -> bool:
    return any(word in str(name).lower() for word in _SECRET_WORDS)


def _inside(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []
