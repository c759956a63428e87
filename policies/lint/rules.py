"""Every lint rule, in the order of their ids."""

from policies.connection import Workspace
from policies.lint.consent import CONSENT_RULES
from policies.lint.delivery import DELIVERY_RULES
from policies.lint.filters import FILTER_RULES
from policies.lint.finding import Finding, LintRule, findings_of, subject_of
from policies.lint.keys import KEY_RULES
from policies.lint.modes import MODE_RULES
from policies.lint.unknown import UNKNOWN_RULES

RULES: tuple[LintRule, ...] = tuple(
    sorted(
        (*MODE_RULES, *FILTER_RULES, *KEY_RULES, *CONSENT_RULES, *DELIVERY_RULES, *UNKNOWN_RULES),
        key=lambda rule: rule.id,
    )
)


def lint(workspace: Workspace) -> list[Finding]:
    """Everything the rules find in a workspace."""
    subject = subject_of(workspace)
    return [finding for rule in RULES for finding in findings_of(rule, subject)]
