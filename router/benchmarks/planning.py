"""In-process benchmark of `plan`: recorded lines to counted decisions of two workspaces."""

import json

from policies.connection import with_modes
from router.benchmarks.measure import Cost, measure
from router.benchmarks.traffic import generator
from router.config.connections import read_connections
from router.demo import CONNECTIONS
from router.simulation.plan.counting import count
from router.simulation.plan.question import ask


def bench_plan(events: int, *, form: str) -> Cost:
    """Count a switch of web to device mode on generated traffic, as `envelopes` or as `bare messages`."""
    workspace, _ = read_connections(CONNECTIONS)
    question = ask(workspace, with_modes(workspace, {"web": "device"}))
    pairs = generator().traffic(events)
    recorded = ({"source": source, "message": message} if form == "envelopes" else message for source, message in pairs)
    lines = [json.dumps(each, separators=(",", ":")).encode() + b"\n" for each in recorded]
    return measure(lambda: count(question, lines), documents=lines, events=events)
