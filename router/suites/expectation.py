"""What a test expects, held against what came of one event: nothing to say, or each thing that is otherwise."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import UNSET

from policies.decision import Decision, Path, Step, Verdict
from policies.rules import CLOUD, DEVICE
from router.simulation.outcome import Outcome
from router.suites.file import (
    PATHS,
    CallExpectation,
    Combination,
    DeviceCalls,
    ErrorExpectation,
    Expect,
    NeverItem,
    PathExpectation,
    RequestExpectation,
    Requests,
    VerdictName,
)

VERDICTS: Mapping[Path, tuple[VerdictName, ...]] = {
    "device": ("deliver", "block", "identity"),
    "cloud": ("deliver", "block"),
}
RULES: Mapping[Path, tuple[str, ...]] = {
    "device": tuple(rule.id for rule in DEVICE),
    "cloud": tuple(rule.id for rule in CLOUD),
}
"""The ids that a verdict can bear, by path."""
Word = Literal["device", "cloud", "doubled", "lost"]
NEVER_WORDS: Mapping[str, str] = {
    "device": "delivered on the device",
    "cloud": "delivered by cloud",
    "doubled": "delivered by both paths",
    "lost": "delivered by neither path",
}
_Expected = TypeVar("_Expected")


class Met(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one event on one connection: the policy's decision, and the outcome that follows."""

    decision: Decision
    outcome: Outcome
    source: str
    """Id of the source that the event came through."""
    steps_of: Callable[[], tuple[Step, ...]]
    """Walks the rules again, step by step: asked for only where something has to be explained."""

    def verdict(self, path: Path) -> Verdict:
        """The verdict of one path; the rule is the policy's, even where the SDK's code then throws all the same."""
        came: Verdict = getattr(self.outcome, path)
        decided: Verdict = getattr(self.decision, path)
        return Verdict(came.verdict, decided.rule)

    def deciding(self, path: Path) -> Step:
        """The step that settled a path."""
        return [step for step in self.steps_of() if step.path == path][-1]

    @property
    def lost(self) -> bool:
        """Neither path delivers it."""
        by_cloud = self.outcome.cloud.verdict == "deliver" and self.outcome.error is None
        return self.outcome.device.verdict != "deliver" and not by_cloud


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as expected. `path` names the path whose deciding rule explains it, if one does."""

    what: str
    expected: Any
    got: Any
    path: Path | None = None


def path_expectation(stated: str | PathExpectation) -> PathExpectation:
    """The long form of `block` or of `device/consent`."""
    if isinstance(stated, PathExpectation):
        return stated
    if "/" in stated:
        return PathExpectation(rule=stated)
    return PathExpectation(verdict=_verdict_name(stated))


def expected_paths(expect: Expect) -> Iterator[tuple[Path, PathExpectation]]:
    """What is expected of each path that the test speaks of."""
    for path in PATHS:
        stated = getattr(expect, path)
        if stated is not None:
            yield path, path_expectation(stated)


def never_items(expect: Expect) -> tuple[NeverItem, ...]:
    """What must not be, as a list."""
    if expect.never is None:
        return ()
    return tuple(expect.never) if isinstance(expect.never, list) else (expect.never,)


def mismatches(expect: Expect, met: Met) -> Iterator[Mismatch]:
    """Everything about one event that is not as expected."""
    for path, expected in expected_paths(expect):
        yield from _path_mismatches(path, expected, met)
    yield from _request_mismatches(expect, met.outcome)
    yield from _call_mismatches(expect, met.outcome)
    yield from _error_mismatches(expect, met.outcome)
    for item in never_items(expect):
        if _happened(item, met):
            yield Mismatch(what="never", expected=f"never {_said(item)}", got=_verdicts(met), path=_path_of(item))


def corrected(expect: Expect, met: Met) -> dict[str, Any]:
    """The expectation that this event would have met: the same things said, with what really came; plain data."""
    right: dict[str, Any] = {}
    for path, stated in expected_paths(expect):
        right[path] = _corrected_path(path, stated, met)
    if expect.requests is not None:
        right["requests"] = [msgspec.to_builtins(each) for each in met.outcome.requests] or "none"
    if expect.device_calls is not None:
        right["device_calls"] = [[each.method, *each.args] for each in met.outcome.device_calls] or "none"
    if expect.error is not UNSET or (met.outcome.error is not None and _speaks_of_cloud(expect)):
        right["error"] = msgspec.to_builtins(met.outcome.error)
    kept = [msgspec.to_builtins(item) for item in never_items(expect) if not _happened(item, met)]
    return {**right, "never": kept} if kept else right


def exactly(met: Met) -> dict[str, Any]:
    """An expectation that pins both verdicts with their rules, and the error if there is one; plain data."""
    right: dict[str, Any] = {path: msgspec.to_builtins(met.verdict(path)) for path in PATHS}
    if met.outcome.error is not None:
        right["error"] = msgspec.to_builtins(met.outcome.error)
    return right


def _verdict_name(stated: str) -> VerdictName:
    for name in VERDICTS["device"]:
        if stated == name:
            return name
    raise AssertionError("reading a suite refuses other words")


def _path_mismatches(path: Path, expected: PathExpectation, met: Met) -> Iterator[Mismatch]:
    got = met.verdict(path)
    if expected.verdict not in (None, got.verdict):
        yield Mismatch(what=path, expected=expected.verdict, got=got.verdict, path=path)
    if expected.rule not in (None, got.rule):
        yield Mismatch(what=f"{path} rule", expected=expected.rule, got=got.rule, path=path)
    if expected.why is not None and expected.why not in (why := met.deciding(path).why):
        yield Mismatch(what=f"{path} why", expected=expected.why, got=why, path=path)


def _corrected_path(path: Path, stated: PathExpectation, met: Met) -> Any:
    got = met.verdict(path)
    right = {"verdict": got.verdict, "rule": got.rule}
    return {**right, "why": met.deciding(path).why} if stated.why else right


def _request_mismatches(expect: Expect, outcome: Outcome) -> Iterator[Mismatch]:
    got = [{"path": request.path, "body": request.body} for request in outcome.requests]
    stated = expect.requests
    if stated is None:
        return
    requests = Requests(exact=[]) if stated == "none" else _as_requests(stated)
    yield from _list_mismatches("requests", requests, got, _same_request, _has_request)


def _as_requests(stated: list[RequestExpectation] | Requests | str) -> Requests:
    return stated if isinstance(stated, Requests) else Requests(contains=list(stated))  # type: ignore[arg-type]


def _call_mismatches(expect: Expect, outcome: Outcome) -> Iterator[Mismatch]:
    got = [[call.method, *call.args] for call in outcome.device_calls]
    stated = expect.device_calls
    if stated is None:
        return
    calls = DeviceCalls(exact=[]) if stated == "none" else _as_calls(stated)
    yield from _list_mismatches("device_calls", calls, got, _same_call, _has_call)


def _as_calls(stated: list[CallExpectation] | DeviceCalls | str) -> DeviceCalls:
    return stated if isinstance(stated, DeviceCalls) else DeviceCalls(contains=list(stated))


def _list_mismatches(
    what: str,
    stated: Requests | DeviceCalls,
    got: list[Any],
    same: Callable[[Any, Any], bool],
    has: Callable[[Any, Any], bool],
) -> Iterator[Mismatch]:
    if stated.exact is not UNSET:
        exact = list[Any](stated.exact)
        if len(exact) != len(got) or not all(map(same, exact, got)):
            yield Mismatch(what=what, expected=msgspec.to_builtins(exact), got=got)
    for each in () if stated.contains is UNSET else stated.contains:
        if not any(has(each, one) for one in got):
            yield Mismatch(what=what, expected={"contains": msgspec.to_builtins(each)}, got=got)


def _same_request(expected: RequestExpectation, got: Mapping[str, Any]) -> bool:
    return bool(expected.path == got["path"] and expected.body == got["body"])


def _has_request(expected: RequestExpectation, got: Mapping[str, Any]) -> bool:
    return expected.path == got["path"] and contains(got["body"], expected.body)


def _same_call(expected: CallExpectation, got: list[Any]) -> bool:
    return bool(expected == (got[0] if isinstance(expected, str) else got))


def _has_call(expected: CallExpectation, got: list[Any]) -> bool:
    if isinstance(expected, str):
        return bool(expected == got[0])
    return len(expected) == len(got) and all(map(contains, got, expected))


def contains(got: Any, expected: Any) -> bool:
    """Whether `got` has everything of `expected`: keys of mappings, items of lists in any place, equal values."""
    if isinstance(expected, Mapping):
        return isinstance(got, Mapping) and all(key in got and contains(got[key], expected[key]) for key in expected)
    if isinstance(expected, list):
        return isinstance(got, list) and all(any(contains(one, each) for one in got) for each in expected)
    return (type(expected) is type(got) and bool(expected == got)) or _same_number(got, expected)


def _same_number(got: Any, expected: Any) -> bool:
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (got, expected))
    return numbers and bool(got == expected)


def _error_mismatches(expect: Expect, outcome: Outcome) -> Iterator[Mismatch]:
    stated, got = expect.error, outcome.error
    if stated is UNSET or stated is None:
        if got is not None and (stated is None or _speaks_of_cloud(expect)):
            yield Mismatch(what="error", expected=None, got=msgspec.to_builtins(got))
        return
    wanted = ErrorExpectation(message=stated) if isinstance(stated, str) else stated
    as_wanted = (
        got is not None
        and wanted.rule in (None, got.rule)
        and wanted.status in (None, got.status)
        and (wanted.message is None or wanted.message in got.message)
    )
    if not as_wanted:
        said = {key: value for key, value in msgspec.to_builtins(wanted).items() if value is not None}
        yield Mismatch(what="error", expected=said, got=msgspec.to_builtins(got))


def _speaks_of_cloud(expect: Expect) -> bool:
    """Then an error is a surprise: what the policy delivers and the transform refuses ends as a dead letter."""
    return expect.cloud is not None or expect.requests is not None


def _happened(item: NeverItem, met: Met) -> bool:
    if isinstance(item, Combination):
        stated = [(path, getattr(item, path)) for path in PATHS]
        return all(_holds(path, path_expectation(each), met) for path, each in stated if each is not None)
    if item == "doubled":
        return met.outcome.device.verdict == met.outcome.cloud.verdict == "deliver"
    if item == "lost":
        return met.lost
    if item in PATHS:
        return met.verdict(item).verdict == "deliver"
    return item in (met.verdict("device").rule, met.verdict("cloud").rule) or item == _error_rule(met)


def _holds(path: Path, expected: PathExpectation, met: Met) -> bool:
    return next(_path_mismatches(path, expected, met), None) is None


def _error_rule(met: Met) -> str | None:
    return met.outcome.error.rule if met.outcome.error else None


def _said(item: NeverItem) -> str:
    if isinstance(item, str):
        return NEVER_WORDS.get(item, item)
    stated = {path: getattr(item, path) for path in PATHS if getattr(item, path) is not None}
    return " with ".join(f"{path} {_words(path_expectation(each))}" for path, each in stated.items())


def _words(expected: PathExpectation) -> str:
    return " ".join(word for word in (expected.verdict, expected.rule, expected.why) if word)


def _verdicts(met: Met) -> str:
    said = (f"{path} {met.verdict(path).verdict} ({met.verdict(path).rule})" for path in PATHS)
    return ", ".join(said)


def _path_of(item: NeverItem) -> Path | None:
    """The path whose rule explains why it happened."""
    if isinstance(item, Combination):
        return "device" if item.device is not None else "cloud"
    if item == "lost":
        return "cloud"
    return "device" if item.startswith(("device", "doubled")) else "cloud"
