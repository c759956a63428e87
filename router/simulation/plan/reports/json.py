"""A plan as JSON: every other format is rendered from the same data."""

import msgspec

from router.simulation.plan.report import Plan


def render(plan: Plan) -> str:
    """One JSON object; the same plan gives the same text."""
    return msgspec.json.format(msgspec.json.encode(plan, order="deterministic"), indent=2).decode() + "\n"
