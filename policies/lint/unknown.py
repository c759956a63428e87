"""Lint rules about keys that this program does not know."""

from collections.abc import Iterator

from policies.lint.finding import LintRule, Subject
from policies.problems import Problem

_OUT_OF_SCOPE = frozenset(
    {"transformation", "transformations", "governance", "tracking_plan", "trackingPlan", "dgSourceTrackingPlanConfig"}
)


def _key(problem: Problem) -> str:
    return problem.pointer.rpartition("/")[2]


def _unknown(subject: Subject) -> Iterator[Problem]:
    yield from (problem for problem in _in_scope(subject) if not _is_slip(problem))


def _misspelt(subject: Subject) -> Iterator[Problem]:
    yield from (problem for problem in _in_scope(subject) if _is_slip(problem))


def _in_scope(subject: Subject) -> Iterator[Problem]:
    return (problem for problem in subject.workspace.unknown if _key(problem) not in _OUT_OF_SCOPE)


def _is_slip(problem: Problem) -> bool:
    """A known key is so close that this one was meant to be it."""
    return problem.fix.startswith("did you mean")


def _out_of_scope(subject: Subject) -> Iterator[Problem]:
    for problem in subject.workspace.unknown:
        if _key(problem) in _OUT_OF_SCOPE:
            yield Problem(
                pointer=problem.pointer,
                message=f"`{_key(problem)}`: transformations and tracking plans are out of scope",
                fix="remove it, or keep this connection with RudderStack",
            )


UNKNOWN_RULES: tuple[LintRule, ...] = (
    LintRule(
        id="config/misspelt-key",
        severity="error",
        summary="a key that is nearly one this program knows",
        effect="the setting that was meant keeps its default: a misspelt `connectionMode` leaves a source in cloud mode",
        source="this program",
        find=_misspelt,
    ),
    LintRule(
        id="config/unknown-key",
        severity="warning",
        summary="a key that this program does not know",
        effect="none: the key is kept and does nothing; a misspelt setting keeps its default",
        source="this program",
        find=_unknown,
    ),
    LintRule(
        id="scope/unsupported-feature",
        severity="warning",
        summary="a RudderStack feature that is out of scope",
        effect="events are delivered untransformed and unchecked",
        source="this program: user transformations, tracking plans and device mode transformations are not implemented",
        find=_out_of_scope,
    ),
)
