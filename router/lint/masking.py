"""Quoted lines without the secrets in them: findings end up in CI logs and tickets."""

import re

from policies.secret import names_secret

_VALUE = r"\[[^\]]*\]?|\"[^\"]*\"?|'[^']*'?|[^\s,}\]]+"
_SECRET = re.compile(rf"(\brest[-_]?api[-_]?key[\"']?\s*[:=]\s*)(?![\"']?env\.)({_VALUE})", re.IGNORECASE)


def masked(line: str, *, pointer: str, column: int) -> str:
    """The line with every REST key in it starred out, so that columns stay; `pointer` and `column` say what the finding is about."""
    shown = _SECRET.sub(lambda found: found[1] + "*" * len(found[2]), line)
    value = shown[max(column - 1, 0) :].strip("\"' ")
    if names_secret(pointer.rpartition("/")[2]) and not value.startswith("env.") and not _names_itself(value):
        return shown[: max(column - 1, 0)] + "*" * len(shown[max(column - 1, 0) :])  # a value on a line of its own
    return shown


def _names_itself(text: str) -> bool:
    """Whether the finding points to the key's name (an unknown key), whose value is starred out already."""
    return names_secret(re.split(r"[\"'\s:=]", text, maxsplit=1)[0])
