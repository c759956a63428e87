"""What msgspec says of data that does not fit a type, as a problem with a pointer and a hint."""

import re

import msgspec

from policies.problems import Problem, pointer

_FIXES = {
    "object": "write a mapping: `key: value`",
    "array": "write a list: `[a, b]`, or a line `- a` for each item",
    "str": "write a text, in quotes where it looks like something else",
    "int": "write a whole number",
    "float": "write a number",
    "bool": "write true or false",
}

_MISSING = re.compile(r"missing required field `(.+?)`")


def problem_of(error: msgspec.ValidationError) -> Problem:
    """msgspec's message, and its path (`$.limits.array_items`, `$[0].action`) as a JSON pointer."""
    text, _, path = str(error).partition(" - at `$")
    known = path.split("[...]", 1)[0].rstrip("`")
    at = pointer(*re.findall(r"[^.\[\]]+", known))
    return Problem(pointer=at, message=text[:1].lower() + text[1:], fix=_fix(text))


def _fix(text: str) -> str:
    """How to mend what one of msgspec's messages says."""
    if missing := _MISSING.search(text):
        return f"add `{missing[1]}:`"
    if re.search(r"of length >= 1\b", text):
        return "put at least one item here" if "`array`" in text else "it cannot be empty"
    wanted = re.match(r"Expected `([^`|]+)(?: \| null)?`, got", text)
    return _FIXES.get(wanted[1], "") if wanted else ""


def missing_field(error: msgspec.ValidationError) -> str | None:
    """The required field that was not there; None where something else is wrong."""
    found = _MISSING.search(str(error))
    return found[1] if found else None
