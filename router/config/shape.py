"""Plain data of a document into Structs, strictly: unknown keys and values are problems, each with its place and a hint.

msgspec converts and says what has the wrong type; unknown keys are looked for first, so that all of them come in one go.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from policies.problems import Problem, did_you_mean, pointer
from router.config.document import Document
from router.errors import ConfigInvalid

_T = TypeVar("_T")
_FREE = inspect.StrType | inspect.IntType | inspect.FloatType | inspect.BoolType | inspect.AnyType
_FIXES = {
    "object": "write a mapping: `key: value`",
    "array": "write a list: `[a, b]`, or a line `- a` for each item",
    "str": "write a text, in quotes where it looks like something else",
    "int": "write a whole number",
    "float": "write a number",
    "bool": "write true or false",
}


def shaped(document: Document, kind: type[_T]) -> _T:
    """The document's data as a `kind` (a Struct); raises ConfigInvalid with every unknown key, else the first wrong value."""
    if document.data is None:
        raise ConfigInvalid([document.locate(_empty(kind))])
    problems = list(_unknown(document.data, inspect.type_info(kind), ""))
    if not problems:
        try:
            return msgspec.convert(document.data, kind)
        except msgspec.ValidationError as error:
            problems = [problem_of(error)]
    raise ConfigInvalid([document.locate(problem) for problem in problems])


def problem_of(error: msgspec.ValidationError) -> Problem:
    """msgspec's message, and its path (`$.limits.array_items`, `$[0].action`) as a JSON pointer."""
    text, _, path = str(error).partition(" - at `$")
    known = path.split("[...]", 1)[0].rstrip("`")
    at = pointer(*re.findall(r"[^.\[\]]+", known))
    return Problem(pointer=at, message=text[:1].lower() + text[1:], fix=_fix(text))


def _fix(text: str) -> str:
    """How to mend what one of msgspec's messages says."""
    if missing := re.search(r"missing required field `(.+)`", text):
        return f"add `{missing[1]}:`"
    if re.search(r"of length >= 1\b", text):
        return "put at least one item here" if "`array`" in text else "it cannot be empty"
    wanted = re.match(r"Expected `([^`|]+)`, got", text)
    return _FIXES.get(wanted[1], "") if wanted else ""


def _empty(kind: type) -> Problem:
    needed = [f"`{field.encode_name}:`" for field in msgspec.structs.fields(kind) if field.required]
    fix = f"start with {', '.join(needed)}" if needed else "write something, or leave it out"
    return Problem(pointer="", message="the file is empty", fix=fix)


def _unknown(value: Any, kind: inspect.Type, at: str) -> Iterator[Problem]:
    """Keys and choices that mean nothing, wherever the data takes the form of a Struct, list, mapping or choice."""
    for member in _members(kind):
        if isinstance(member, inspect.StructType) and isinstance(value, Mapping):
            yield from _in_struct(value, member, at)
        elif isinstance(member, inspect.DictType) and isinstance(value, Mapping):
            for key, item in value.items():
                yield from _unknown(key, member.key_type, at + pointer(key))
                yield from _unknown(item, member.value_type, at + pointer(key))
        elif isinstance(member, inspect.ListType | inspect.VarTupleType) and isinstance(value, list):
            for number, item in enumerate(value):
                yield from _unknown(item, member.item_type, at + pointer(number))
    yield from _choices(value, _members(kind), at)


def _in_struct(value: Mapping[str, Any], kind: inspect.StructType, at: str) -> Iterator[Problem]:
    fields = {field.encode_name: field.type for field in kind.fields}
    for key, item in value.items():
        if key in fields:
            yield from _unknown(item, fields[key], at + pointer(key))
        else:
            fix = did_you_mean(str(key), fields)
            yield Problem(pointer=at + pointer(key), message=f"unknown key `{key}`", fix=fix)


def _choices(value: Any, members: tuple[inspect.Type, ...], at: str) -> Iterator[Problem]:
    """A text or number where only certain ones are allowed."""
    choices = [choice for member in members if isinstance(member, inspect.LiteralType) for choice in member.values]
    free = any(isinstance(member, _FREE) for member in members)
    if choices and not free and isinstance(value, str | int) and value not in choices:
        fix = did_you_mean(str(value), map(str, choices))
        yield Problem(pointer=at, message=f"`{value}` is not allowed here", fix=fix)


def _members(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    """The types of which a value may be, without their descriptions."""
    if isinstance(kind, inspect.Metadata):
        return _members(kind.type)
    if isinstance(kind, inspect.UnionType):
        return tuple(member for each in kind.types for member in _members(each))
    return (kind,)
