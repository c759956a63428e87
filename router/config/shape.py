"""Plain data of a document into Structs, strictly: unknown keys and values are problems, each with its place and a hint.

msgspec converts and says what has the wrong type; unknown keys and choices are looked for first, since only here is a hint known.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from policies.problems import Problem, did_you_mean, pointer
from router.config.document import Document
from router.config.mending import Mended, members, mended, structs_for
from router.config.problems import Located
from router.errors import ConfigInvalid

_T = TypeVar("_T")
_FREE: tuple[tuple[type, type], ...] = (
    (inspect.StrType, str),
    (inspect.IntType, int),
    (inspect.BoolType, bool),
    (inspect.AnyType, object),
)
_LISTS = inspect.ListType | inspect.VarTupleType | inspect.SetType | inspect.FrozenSetType


def shaped(document: Document, kind: type[_T], *, strict: bool = True) -> _T:
    """The document's data as a `kind` (a Struct); raises ConfigInvalid with all that is wrong, in the order of its lines."""
    found = examined(document, kind, strict=strict)
    if found.problems or found.value is None:
        raise ConfigInvalid(in_order(document.locate(problem) for problem in found.problems))
    return found.value


def examined(document: Document, kind: type[_T], *, strict: bool = True) -> Mended[_T]:
    """The document's data as a `kind` as far as it can be read, and all that is wrong with its shape."""
    if document.data is None:
        return Mended(value=None, problems=(_empty(kind),))
    meaningless = tuple(_unknown(document.data, inspect.type_info(kind), ""))
    pointers = [problem.pointer for problem in meaningless]
    found = mended(document.data, kind, without=frozenset(pointers), strict=strict)
    misspelt = {f"{at.rpartition('/')[0]} {problem.fix}" for at, problem in zip(pointers, meaningless, strict=True)}
    other = (each for each in found.problems if f"{each.pointer} {_meant(each)}" not in misspelt)
    return msgspec.structs.replace(found, problems=(*meaningless, *other))


def _meant(problem: Problem) -> str:
    """The hint on a misspelt key, where the problem is that the key itself is missing."""
    missing = re.fullmatch(r"add `(.+):`", problem.fix)
    return f"did you mean `{missing[1]}`?" if missing else ""


def in_order(problems: Iterable[Located]) -> list[Located]:
    """Each once, by line and column; those of one file stay together."""
    unique = list(dict.fromkeys(problems))
    files = list(dict.fromkeys(problem.file for problem in unique))
    return sorted(unique, key=lambda each: (files.index(each.file), each.line, each.column))


def _empty(kind: type) -> Problem:
    fields = msgspec.structs.fields(kind)
    needed = [f"`{field.encode_name}:`" for field in fields if field.required]
    fix = f"start with {', '.join(needed)}" if needed else "write something, or leave it out"
    return Problem(pointer="", message="the file is empty", fix=fix)


def _unknown(value: Any, kind: inspect.Type, at: str) -> Iterator[Problem]:
    """Keys and choices that mean nothing, wherever the data takes the form of a Struct, list, mapping or choice."""
    for struct in structs_for(kind, value):
        yield from _in_struct(value, struct, at)
    for member in members(kind):
        if isinstance(member, inspect.DictType) and isinstance(value, Mapping):
            for key, item in value.items():
                yield from _unknown(key, member.key_type, at + pointer(key))
                yield from _unknown(item, member.value_type, at + pointer(key))
        elif isinstance(member, _LISTS) and isinstance(value, list):
            for number, item in enumerate(value):
                yield from _unknown(item, member.item_type, at + pointer(number))
    yield from _tags(value, members(kind), at)
    yield from _choices(value, members(kind), at)


def _in_struct(value: Mapping[str, Any], kind: inspect.StructType, at: str) -> Iterator[Problem]:
    fields = {field.encode_name: field.type for field in kind.fields}
    for key, item in value.items():
        if key == kind.tag_field:
            continue
        if key in fields:
            yield from _unknown(item, fields[key], at + pointer(key))
        else:
            fix = did_you_mean(str(key), fields)
            yield Problem(pointer=at + pointer(key), message=f"unknown key `{key}`", fix=fix)


def _tags(value: Any, among: tuple[inspect.Type, ...], at: str) -> Iterator[Problem]:
    """A tag that is missing, or that none of the Structs carries."""
    tagged = [member for member in among if isinstance(member, inspect.StructType) and member.tag_field]
    if not tagged or not isinstance(value, Mapping):
        return
    key, known = tagged[0].tag_field, [str(member.tag) for member in tagged]
    stated = value.get(key)
    if key not in value:
        yield Problem(pointer=at, message=f"`{key}` is missing", fix=f"use one of: {', '.join(sorted(known))}")
    elif stated not in known:
        fix = did_you_mean(str(stated), known)
        yield Problem(pointer=at + pointer(str(key)), message=f"`{stated}` is not allowed here", fix=fix)


def _choices(value: Any, among: tuple[inspect.Type, ...], at: str) -> Iterator[Problem]:
    """A text or number where only certain ones are allowed."""
    choices = [choice for member in among if isinstance(member, inspect.LiteralType) for choice in member.values]
    free = any(isinstance(member, kind) and isinstance(value, plain) for member in among for kind, plain in _FREE)
    if choices and not free and isinstance(value, str | int) and value not in choices:
        fix = did_you_mean(str(value), map(str, choices))
        yield Problem(pointer=at, message=f"`{value}` is not allowed here", fix=fix)
