"""Read a suite file: every mistake that can be seen without running it is a problem with file, line and column."""

from collections.abc import Iterator
from os.path import normpath
from pathlib import Path

import msgspec
from msgspec import UNSET

from policies.decision import Path as DecisionPath
from policies.problems import Problem, did_you_mean
from router.config.document import Document, read_document
from router.config.mending import Mended
from router.config.problems import Located
from router.config.shape import examined, in_order
from router.errors import ConfigInvalid
from router.suites.expectation import NEVER_WORDS, RULES, VERDICTS, never_items
from router.suites.file import (
    PATHS,
    Combination,
    DeviceCalls,
    ErrorExpectation,
    Expect,
    NeverItem,
    PathExpectation,
    Requests,
    SuiteFile,
    Where,
)
from router.suites.rows import Row, rows_of
from router.suites.suite import DEFAULT_CLOCK, PolicyTest, Suite
from router.timestamps import format_time, parse_time

NEVER_HAPPEN = ("cloud/invalid",)
"""What an error of the transform is called; `never` knows it too."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A suite file as far as it can be read. With problems, the suite is what is left of it, or None."""

    document: Document
    suite: Suite | None
    mended: Mended[SuiteFile]
    problems: tuple[Problem, ...]

    @property
    def located(self) -> list[Located]:
        """The problems with their places."""
        return [self.document.locate(problem) for problem in self.problems]


def read_suite(path: str | Path) -> Suite:
    """The suite of a file; raises ConfigInvalid."""
    return suite_of(read_document(path))


def suite_of(document: Document) -> Suite:
    """The suite that a document describes; raises ConfigInvalid."""
    reading = reading_of(document)
    if reading.problems or reading.suite is None:
        raise ConfigInvalid(in_order(reading.located))
    return reading.suite


def reading_of(document: Document) -> Reading:
    """The suite that a document describes and all that is wrong with it."""
    found = examined(document, SuiteFile)
    if found.value is None:
        return Reading(document=document, suite=None, mended=found, problems=found.problems)
    rows = list(rows_of(found.value))
    meaning = [*_clock_problems(found.value), *_repeated(rows), *(each for row in rows for each in _row_problems(row))]
    own = (problem for problem in meaning if not found.concerns(problem.pointer))
    return Reading(
        document=document,
        suite=_suite(document, found.value, rows),
        mended=found,
        problems=tuple(dict.fromkeys((*found.problems, *own))),
    )


def _suite(document: Document, data: SuiteFile, rows: list[Row]) -> Suite:
    return Suite(
        file=document.file,
        document=document,
        connection=_beside(document, data.connection),
        tests=tuple(_test(row, data, document) for row in rows),
    )


def _test(row: Row, data: SuiteFile, document: Document) -> PolicyTest:
    line, column = document.place(f"{row.at}/name")
    events_from = row.entry.events_from
    return PolicyTest(
        name=row.name,
        file=document.file,
        line=line,
        column=column,
        pointer=row.at,
        expect_pointer=row.expect_at,
        connection=_beside(document, data.connection),
        clock=_clock(data),
        tags=frozenset(row.tags),
        skip=row.skip,
        given=row.given,
        event=row.event,
        events_from=_beside(document, events_from) if events_from else None,
        where=row.where,
        expect=row.expect,
    )


def _beside(document: Document, path: str) -> Path:
    return Path(normpath(Path(document.file).parent / path))


def _clock(data: SuiteFile) -> str:
    moment = parse_time(data.clock)
    return format_time(moment) if moment else DEFAULT_CLOCK


def _clock_problems(data: SuiteFile) -> Iterator[Problem]:
    if data.clock is not None and parse_time(data.clock) is None:
        yield Problem(pointer="/clock", message=f"`{data.clock}` is no moment", fix="write e.g. 2026-05-04T09:00:00Z")


def _repeated(rows: list[Row]) -> Iterator[Problem]:
    seen: set[str] = set()
    for row in rows:
        if row.name in seen:
            yield Problem(
                pointer=f"{row.at}/name", message=f"the name `{row.name}` is used twice", fix="give each test its own"
            )
        seen.add(row.name)


def _row_problems(row: Row) -> Iterator[Problem]:
    yield from _event_problems(row)
    if row.expect == Expect():
        yield Problem(
            pointer=row.expect_at,
            message="nothing is expected",
            fix="add e.g. `expect: {device: block, cloud: deliver}`",
        )
    for path in PATHS:
        yield from _path_problems(path, getattr(row.expect, path), f"{row.expect_at}/{path}")
    yield from _list_problems(row)
    yield from _never_problems(row)


def _event_problems(row: Row) -> Iterator[Problem]:
    recorded = row.entry.events_from
    if row.event is None and recorded is None:
        yield Problem(pointer=row.at, message="there is no event", fix="add `event: {…}` or `events_from: FILE`")
    if row.event is not None and recorded is not None:
        yield Problem(pointer=f"{row.at}/event", message="`event` and `events_from` exclude each other", fix="keep one")
    if recorded is None and row.where != Where():
        yield Problem(pointer=f"{row.at}/where", message="`where` chooses from recorded events", fix="remove it")
    if recorded is None and row.expect.events is not None:
        at = f"{row.expect_at}/events"
        yield Problem(pointer=at, message="`events` counts recorded events", fix="remove it")
    yield from _given_problems(row)


def _given_problems(row: Row) -> Iterator[Problem]:
    if row.given.source and row.given.source_type:
        at = f"{row.at}/given"
        yield Problem(pointer=at, message="`source` and `source_type` exclude each other", fix="keep one of them")


def _path_problems(path: DecisionPath, stated: str | PathExpectation | None, at: str) -> Iterator[Problem]:
    if isinstance(stated, str):
        known = RULES[path] if "/" in stated else VERDICTS[path]
        if stated not in known:
            what = "no rule" if "/" in stated else "no verdict"
            yield Problem(
                pointer=at, message=f"`{stated}` is {what} of the {path} path", fix=did_you_mean(stated, known)
            )
    elif stated == PathExpectation():
        yield Problem(pointer=at, message=f"nothing is expected of the {path} path", fix="add `verdict:` or `rule:`")
    elif stated is not None:
        yield from _long_form_problems(path, stated, at)


def _long_form_problems(path: DecisionPath, stated: PathExpectation, at: str) -> Iterator[Problem]:
    if stated.rule is not None and stated.rule not in RULES[path]:
        fix = did_you_mean(stated.rule, RULES[path])
        yield Problem(pointer=f"{at}/rule", message=f"`{stated.rule}` is no rule of the {path} path", fix=fix)
    if stated.verdict is not None and stated.verdict not in VERDICTS[path]:
        fix = did_you_mean(stated.verdict, VERDICTS[path])
        yield Problem(pointer=f"{at}/verdict", message=f"`{stated.verdict}` is no verdict of the {path} path", fix=fix)


def _list_problems(row: Row) -> Iterator[Problem]:
    expect = row.expect
    for key, stated in (("requests", expect.requests), ("device_calls", expect.device_calls)):
        listed = stated if isinstance(stated, Requests | DeviceCalls) else None
        says_nothing = listed is not None and listed.exact is UNSET and not listed.contains
        if stated == [] or says_nothing or (listed is not None and listed.contains == []):
            at = f"{row.expect_at}/{key}"
            yield Problem(pointer=at, message="an empty list expects nothing", fix=f"for no {key} write `{key}: none`")
    if expect.error == ErrorExpectation():
        yield Problem(
            pointer=f"{row.expect_at}/error", message="nothing is expected of the error", fix="for no error write null"
        )


def _never_problems(row: Row) -> Iterator[Problem]:
    at = f"{row.expect_at}/never"
    if row.expect.never == []:
        yield Problem(pointer=at, message="an empty list forbids nothing", fix=f"use one of: {', '.join(NEVER_WORDS)}")
    for item in never_items(row.expect):
        yield from _never_item_problems(item, at)


def _never_item_problems(item: NeverItem, at: str) -> Iterator[Problem]:
    if isinstance(item, Combination):
        if item == Combination():
            yield Problem(pointer=at, message="nothing is forbidden", fix="add `device:` or `cloud:`")
        for path in PATHS:
            yield from _path_problems(path, getattr(item, path), at)
        return
    known = (*NEVER_WORDS, *RULES["device"], *RULES["cloud"], *NEVER_HAPPEN)
    if item not in known:
        fix = did_you_mean(item, known, otherwise=f"use one of: {', '.join(NEVER_WORDS)}, or a rule id")
        yield Problem(pointer=at, message=f"`{item}` is nothing that can happen", fix=fix)
