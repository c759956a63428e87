"""Tests, their table rows (`cases`) and combinations (`for_each`) as single tests: what is stated further in wins."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from policies.problems import pointer
from router.suites.file import Case, Entry, Expect, ForEach, Given, SuiteFile, Where

_S = TypeVar("_S", Given, Expect, Where)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One test with everything merged; `at` = where it stands, `expect_at` = where its expectation does."""

    name: str
    at: str
    expect_at: str
    tags: tuple[str, ...]
    skip: str | None
    given: Given
    event: dict[str, Any] | None
    where: Where
    expect: Expect
    entry: Entry


def rows_of(suite: SuiteFile) -> Iterator[Row]:
    """Every test of a suite, in file order."""
    for number, entry in enumerate(suite.tests):
        at = pointer("tests", number)
        for row in _cases(suite, entry, at):
            yield from _combinations(row, entry.for_each)


def _cases(suite: SuiteFile, entry: Entry, at: str) -> Iterator[Row]:
    given = merged(suite.given, entry.given)
    base = Row(
        name=entry.name,
        at=at,
        expect_at=f"{at}/expect" if entry.expect is not None else at,
        tags=(*suite.tags, *entry.tags),
        skip=entry.skip,
        given=given,
        event=entry.event,
        where=entry.where or Where(),
        expect=entry.expect or Expect(),
        entry=entry,
    )
    if entry.cases is None:
        yield base
        return
    for number, case in enumerate(entry.cases):
        yield _case(base, case, at + pointer("cases", number))


def _case(base: Row, case: Case, at: str) -> Row:
    return msgspec.structs.replace(
        base,
        name=f"{base.name} / {case.name}",
        at=at,
        expect_at=f"{at}/expect" if case.expect is not None else base.expect_at,
        tags=(*base.tags, *case.tags),
        skip=case.skip or base.skip,
        given=merged(base.given, case.given),
        event=_overridden(base.event, case.event) if case.event is not None else base.event,
        where=_over(base.where, case.where or Where()),
        expect=_over(base.expect, case.expect or Expect()),
    )


def _combinations(row: Row, for_each: ForEach | None) -> Iterator[Row]:
    if for_each is None:
        yield row
        return
    stated = {name: values for name in for_each.__struct_fields__ if (values := getattr(for_each, name)) is not None}
    for values in product(*stated.values()):
        given = merged(row.given, Given(**dict(zip(stated, values, strict=True))))
        yield msgspec.structs.replace(row, name=f"{row.name} [{', '.join(values)}]", given=given)


def merged(outer: Given, inner: Given) -> Given:
    """What holds where `inner` stands inside `outer`. A source of one's own and a source type replace each other."""
    if inner.source or inner.source_type:
        outer = msgspec.structs.replace(outer, source=None, source_type=None)
    return _over(outer, inner)


def _over(outer: _S, inner: _S) -> _S:
    changes = {name: getattr(inner, name) for name in inner.__struct_fields__}
    changes = {name: value for name, value in changes.items() if value is not None and value is not UNSET}
    if isinstance(inner, Expect) and inner.error is None:
        changes["error"] = None
    return msgspec.structs.replace(outer, **changes)


def _overridden(outer: Any, inner: Any) -> Any:
    """Mappings are merged key by key, all else is replaced. (Null is a value here: it takes nothing away.)"""
    if not (isinstance(outer, Mapping) and isinstance(inner, Mapping)):
        return inner
    return {**outer, **{key: _overridden(outer.get(key), value) for key, value in inner.items()}}
