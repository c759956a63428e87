"""Lint rules that speak of the file itself: what reading it brings up, and comments that switch rules off."""

from collections.abc import Iterator

from policies.lint.finding import LintRule, Subject
from policies.lint.rules import RULES
from policies.problems import Problem


def _found_while_reading(subject: Subject) -> Iterator[Problem]:
    """Nothing of a workspace: `router.lint.linting` finds these."""
    return iter(())


INVALID = LintRule(
    id="config/invalid",
    severity="error",
    summary="the file is no valid config",
    effect="the program does not start with this file",
    source="this program",
    find=_found_while_reading,
)
NOT_CARRIED_OVER = LintRule(
    id="import/not-carried-over",
    severity="warning",
    summary="something of a RudderStack config has no place in a connection file",
    effect="what it does in RudderStack does not happen here",
    source="this program: transformations, tracking plans and other destinations than Braze are out of scope",
    find=_found_while_reading,
)
WITHOUT_REASON = LintRule(
    id="lint/disable-without-reason",
    severity="error",
    summary="a comment switches a rule off and does not say why",
    effect="the comment has no effect until it gives a reason",
    source="this program",
    find=_found_while_reading,
)
UNUSED = LintRule(
    id="lint/unused-disable",
    severity="warning",
    summary="a comment switches off a rule that finds nothing there",
    effect="none; what it was for may be gone, or it stands on the wrong line",
    source="this program",
    find=_found_while_reading,
)

ALL_RULES: tuple[LintRule, ...] = tuple(
    sorted((*RULES, INVALID, NOT_CARRIED_OVER, WITHOUT_REASON, UNUSED), key=lambda rule: rule.id)
)
"""Every rule that `lint` can report."""


def find_rule(rule_id: str) -> LintRule | None:
    """The rule of that id."""
    return next((rule for rule in ALL_RULES if rule.id == rule_id), None)
