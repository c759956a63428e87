"""Findings as one JSON object: `{"version": 1, "findings": […], "counts": {…}}`."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from policies.lint.finding import SEVERITIES
from router.lint.located import LocatedFinding


def render(findings: Sequence[LocatedFinding]) -> str:
    """All fields of every finding, and how many there are of each severity."""
    counts = Counter(found.severity for found in findings)
    report = {
        "version": 1,
        "findings": findings,
        "counts": {severity: counts[severity] for severity in SEVERITIES},
    }
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"
