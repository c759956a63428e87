"""Data made to fit a Struct with a stand-in for every wrong part, so that all mistakes of a file come in one go.

msgspec stops at the first wrong value. Here that value is left out (or filled in where it is required) and the rest read again.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import inspect

from policies.problems import Problem, pointer
from router.config.conversion import missing_field, problem_of

_T = TypeVar("_T")
_MOST_MISTAKES = 200
_PLAIN: tuple[tuple[type, Any], ...] = (
    (inspect.IntType, 1),
    (inspect.FloatType, 1.0),
    (inspect.BoolType, False),
    (inspect.DictType, {}),
)


class Mended(msgspec.Struct, Generic[_T], frozen=True, kw_only=True):
    """What could be read, the mistakes, and the pointers of the parts that were left out or stood in for."""

    value: _T | None
    problems: tuple[Problem, ...] = ()
    touched: frozenset[str] = frozenset()

    def concerns(self, at: str) -> bool:
        """Whether what stands at a pointer, or is missing there, may be a consequence of the mending."""
        return any(f"{at}/".startswith(f"{each}/") or each.rpartition("/")[0] == at for each in self.touched)


def mended(data: Any, kind: type[_T], *, without: frozenset[str] = frozenset(), strict: bool = True) -> Mended[_T]:
    """`data` as a `kind`, without the parts `without`, which are known to be wrong."""
    shape = inspect.type_info(kind)
    touched, problems = set[str](), list[Problem]()
    for at in sorted(without):
        data = _mend(data, shape, _tokens(at), touched)
    for _ in range(_MOST_MISTAKES):
        try:
            return Mended(
                value=msgspec.convert(data, kind, strict=strict), problems=tuple(problems), touched=frozenset(touched)
            )
        except msgspec.ValidationError as error:
            problem = problem_of(error)
            at = problem.pointer + (pointer(missing) if (missing := missing_field(error)) else "")
            if not any(f"{at}/".startswith(f"{each}/") for each in touched):
                problems.append(problem)
            while at in touched:
                at = at.rpartition("/")[0]
            if not at:
                break
            data = _mend(data, shape, _tokens(at), touched)
    return Mended(value=None, problems=tuple(problems), touched=frozenset(touched))


def _mend(value: Any, kind: inspect.Type, tokens: tuple[str, ...], touched: set[str], at: str = "") -> Any:
    """The value with the part at `tokens` left out, or stood in for where it is required or one of a list."""
    if not tokens:
        touched.add(at)
        return _stand_in(kind)
    first, rest = tokens[0], tokens[1:]
    below = at + pointer(first)
    if isinstance(value, list) and first.isdigit() and int(first) < len(value):
        number = int(first)
        item = _mend(value[number], _below(kind, value, first), rest, touched, below)
        return [*value[:number], item, *value[number + 1 :]]
    if not isinstance(value, Mapping):
        return value
    others = {key: each for key, each in value.items() if str(key) != first}
    if rest:
        return {**value, first: _mend(value.get(first), _below(kind, value, first), rest, touched, below)}
    touched.add(below)
    field = _field(kind, value, first)
    return {**others, first: _stand_in(field.type)} if field is not None and field.required else others


def _tokens(at: str) -> tuple[str, ...]:
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in at.split("/")[1:])


def _below(kind: inspect.Type, value: Any, token: str) -> inspect.Type:
    if field := _field(kind, value, token):
        return field.type
    for member in members(kind):
        if isinstance(member, inspect.ListType | inspect.VarTupleType) and isinstance(value, list):
            return member.item_type
        if isinstance(member, inspect.DictType) and isinstance(value, Mapping):
            return member.value_type
    return inspect.AnyType()


def _field(kind: inspect.Type, value: Any, key: str) -> inspect.Field | None:
    for struct in structs_for(kind, value):
        for field in struct.fields:
            if field.encode_name == key:
                return field
    return None


def structs_for(kind: inspect.Type, value: Any) -> Iterator[inspect.StructType]:
    """The Structs that a mapping may be; where they carry tags, the one of its tag."""
    if not isinstance(value, Mapping):
        return
    for member in members(kind):
        if isinstance(member, inspect.StructType) and (
            member.tag_field is None or value.get(member.tag_field) == member.tag
        ):
            yield member


def members(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    """The types of which a value may be, without their descriptions."""
    if isinstance(kind, inspect.Metadata):
        return members(kind.type)
    if isinstance(kind, inspect.UnionType):
        return tuple(member for each in kind.types for member in members(each))
    return (kind,)


def _stand_in(kind: inspect.Type) -> Any:
    """Some value of a type."""
    first = members(kind)[0]
    if isinstance(first, inspect.LiteralType):
        return first.values[0]
    if isinstance(first, inspect.StrType):
        return "-"
    if isinstance(first, inspect.ListType | inspect.VarTupleType):
        return [_stand_in(first.item_type)] if first.min_length else []
    if isinstance(first, inspect.StructType):
        tag = {first.tag_field: first.tag} if first.tag_field else {}
        return {**tag, **{field.encode_name: _stand_in(field.type) for field in first.fields if field.required}}
    return next((value for plain, value in _PLAIN if isinstance(first, plain)), None)
