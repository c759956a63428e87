"""What lint finds, and the shape of a lint rule."""

from collections.abc import Callable, Iterator
from typing import Literal, get_args

import msgspec

from policies.connection import Workspace
from policies.problems import Problem
from policies.terms import Terms, terms_of

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""From worst to mildest. An error means: events are lost or doubled, or the connection does not work at all."""


class Subject(msgspec.Struct, frozen=True):
    """What rules look at: a workspace, and the terms of each of its connections."""

    workspace: Workspace
    terms: tuple[Terms, ...]

    @property
    def on_devices(self) -> tuple[Terms, ...]:
        """Connections in device or hybrid mode of source types with an SDK that carries Braze."""
        return tuple(terms for terms in self.terms if terms.mode != "cloud" and terms.device.sdk is not None)

    @property
    def in_device_mode(self) -> tuple[Terms, ...]:
        """The same, without hybrid mode."""
        return tuple(terms for terms in self.on_devices if terms.mode == "device")

    @property
    def in_hybrid_mode(self) -> tuple[Terms, ...]:
        """Connections in hybrid mode of source types that have one."""
        return tuple(
            terms for terms in self.on_devices if terms.mode == "hybrid" and "hybrid" in terms.capability.modes
        )

    @property
    def by_cloud(self) -> tuple[Terms, ...]:
        """Connections whose events the server delivers."""
        return tuple(terms for terms in self.terms if terms.mode != "device")


class LintRule(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be wrong with a connection file."""

    id: str
    severity: Severity
    summary: str
    """What is wrong, in one line."""
    effect: str
    """What happens to events because of it."""
    source: str
    """Where the fact comes from."""
    find: Callable[[Subject], Iterator[Problem]]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One place where a rule is broken."""

    rule: str
    severity: Severity
    pointer: str
    message: str
    effect: str
    fix: str


def subject_of(workspace: Workspace) -> Subject:
    """Prepare a workspace for the rules."""
    return Subject(workspace, tuple(terms_of(connection, workspace.ruleset) for connection in workspace.connections))


def findings_of(rule: LintRule, subject: Subject) -> Iterator[Finding]:
    """What one rule finds; connections that share a destination report the same thing once."""
    for problem in dict.fromkeys(rule.find(subject)):
        yield finding(rule, problem)


def finding(rule: LintRule, problem: Problem) -> Finding:
    """A problem as a finding of a rule."""
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        pointer=problem.pointer,
        message=problem.message,
        effect=rule.effect,
        fix=problem.fix,
    )
