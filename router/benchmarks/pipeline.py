"""In-process benchmarks: the decision alone, and JSON → decide → transform → batch → JSON."""

import json
from collections.abc import Sequence

import msgspec

from policies.capabilities import Mode
from policies.connection import Connection, Workspace
from policies.decide import Policy
from policies.decide import compile as compile_policy
from policies.facts import Facts
from router.benchmarks.measure import Cost, measure
from router.benchmarks.traffic import generator
from router.braze.batching import BatchSettings, batch
from router.braze.objects import Item
from router.braze.options import TransformOptions
from router.braze.transform import transform
from router.classify import classify
from router.collector import tune_collector
from router.config.connections import read_connections
from router.demo import CONNECTIONS
from router.events import decode_message
from router.routing import routing_table

BATCH = 200


class Recorded(msgspec.Struct, frozen=True):
    """Events of one batch: their JSON texts and source ids."""

    sources: tuple[str, ...]
    messages: tuple[bytes, ...]


def recorded(count: int) -> list[Recorded]:
    """Generated traffic in batches of 200."""
    pairs = [
        (source, json.dumps(message, separators=(",", ":")).encode()) for source, message in generator().traffic(count)
    ]
    return [
        Recorded(tuple(source for source, _ in chunk), tuple(message for _, message in chunk))
        for chunk in (pairs[first : first + BATCH] for first in range(0, count, BATCH))
    ]


def bench_transform(count: int) -> Cost:
    """JSON → decide → transform → batch → JSON, batches of 200."""
    workspace, _ = read_connections(CONNECTIONS)
    chunks = recorded(count)
    documents = [message for chunk in chunks for message in chunk.messages]
    tune_collector()
    return measure(lambda: _transform_all(chunks, workspace), documents=documents, events=count)


def _transform_all(chunks: Sequence[Recorded], workspace: Workspace) -> int:
    table = routing_table(workspace)
    options = {
        connection.source.id: TransformOptions.from_config(connection.destination.config_for(connection.source.type))
        for connection in workspace.connections
    }
    settings = BatchSettings()
    size = 0
    for chunk in chunks:
        items: list[tuple[int, Item]] = []
        for number, (source, text) in enumerate(zip(chunk.sources, chunk.messages, strict=True)):
            message = decode_message(text)
            route = table.by_source[source]
            if route.policies[0].decide(classify(message, route.source)).cloud.verdict == "deliver":
                items += [(number, item) for item in transform(message, options[source])]
        size += sum(len(request.content) for request in batch(items, settings).requests)
    return size


def bench_decide(count: int, *, mode: Mode, entries: int) -> Cost:
    """Classified events through the compiled policy of a web source in `mode`, with `entries` names in the event filter."""
    workspace, _ = read_connections(CONNECTIONS)
    chunks = recorded(count)
    documents = [message for chunk in chunks for message in chunk.messages]
    table = routing_table(workspace)
    facts = [
        classify(decode_message(text), table.by_source[source].source)
        for chunk in chunks
        for source, text in zip(chunk.sources, chunk.messages, strict=True)
    ]
    policy = compile_policy(_filtered(workspace.connections[0], mode, entries), workspace.ruleset)
    return measure(lambda: _decide_all(policy, facts), documents=documents, events=count)


def _decide_all(policy: Policy, facts: Sequence[Facts]) -> None:
    decide = policy.decide
    for fact in facts:
        decide(fact)


def _filtered(connection: Connection, mode: Mode, entries: int) -> Connection:
    names = [{"eventName": f"Blocked {number}"} for number in range(entries)]
    config = {
        **connection.destination.config,
        "connectionMode": mode,
        "eventFilteringOption": "blacklistedEvents",
        "blacklistedEvents": names,
    }
    return msgspec.structs.replace(
        connection, destination=msgspec.structs.replace(connection.destination, config=config)
    )
