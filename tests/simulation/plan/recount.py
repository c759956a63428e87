"""A plan's counts, counted again the plain way: each event simulated twice, by itself, with everything decoded."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from policies.connection import Workspace
from router.benchmarks.traffic import generator
from router.simulation.envelopes import Envelope, read_envelopes
from router.simulation.outcome import Outcome
from router.simulation.plan.report import Plan
from router.simulation.simulate import Simulation

Units = Counter[tuple[str | None, str, str | None, str, str, str, tuple[str, ...], tuple[str, ...]]]


def recount(old: Workspace, new: Workspace, envelopes: Iterable[Envelope]) -> Units:
    """Units by source, type, name, destination, path and rules before and after."""
    before, after = Simulation(old), Simulation(new)
    units: Units = Counter()
    for envelope in envelopes:
        for now, then in zip(before.outcomes(envelope), after.outcomes(envelope), strict=True):
            units[
                envelope.source,
                now.type,
                now.event,
                now.destination,
                _path(now),
                _path(then),
                _rules(now),
                _rules(then),
            ] += 1
    return units


def units_of(plan: Plan) -> Units:
    """The same from a plan."""
    units: Units = Counter()
    for row in plan.rows:
        units[
            row.source, row.type, row.event, row.destination, row.before, row.after, row.rules_before, row.rules_after
        ] += row.events
    return units


def write_traffic(path: Path, count: int, *, seed: int = 7) -> Path:
    """Generated traffic as envelopes."""
    with path.open("w") as file:
        for source, message in generator().traffic(count, seed=seed):
            file.write(json.dumps({"source": source, "message": message}, separators=(",", ":")) + "\n")
    return path


def envelopes_of(path: Path) -> Iterable[Envelope]:
    """The envelopes of a file."""
    return (envelope for _, envelope in read_envelopes(str(path)))


def _path(outcome: Outcome) -> str:
    """`device`, `cloud`, `both` or `neither`, spelt out once more."""
    carriers = [
        name for name, verdict in (("device", outcome.device), ("cloud", outcome.cloud)) if verdict.verdict == "deliver"
    ]
    return "both" if len(carriers) == 2 else carriers[0] if carriers else "neither"


def _rules(outcome: Outcome) -> tuple[str, ...]:
    return (outcome.device.rule, outcome.cloud.rule)
