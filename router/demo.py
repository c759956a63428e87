"""The demo: recorded events through the real gateway, each decision, and what arrived in the local Braze."""

import asyncio
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec

from policies.connection import Workspace
from router.errors import ServiceUnreachable
from router.sender import batches, send_all
from router.simulation.envelopes import Envelope, read_envelopes
from router.simulation.outcome import Outcome
from router.simulation.simulate import Simulation
from router.store.accounting import Totals
from router.store.store import Store

FIXTURES = Path(__file__).parent.parent / "fixtures"
CONNECTIONS = FIXTURES / "connections" / "quickstart.yaml"
EVENTS = FIXTURES / "events" / "shop.jsonl"
_DRAIN_SECONDS = 120.0
_BATCH = 10


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Where every accepted unit went; the last line of `up --demo --once`."""

    accepted: int
    delivered: int
    blocked: int
    filtered: int
    dead_lettered: int
    discarded: int
    queued: int
    duplicate_messages: int
    rejected: int
    in_braze_twice: int

    def problems(self, *, missing_in_braze: int) -> list[str]:
        """What a demo must never show; empty when all is well."""
        ended = self.delivered + self.blocked + self.filtered + self.dead_lettered + self.discarded
        found = {
            f"{self.accepted - ended - self.queued} accepted units are unaccounted for": self.accepted
            != ended + self.queued,
            f"{self.queued} units are still queued": self.queued > 0,
            f"{self.in_braze_twice} events are in Braze twice": self.in_braze_twice > 0,
            f"{missing_in_braze} events or purchases did not arrive in Braze": missing_in_braze > 0,
        }
        return [problem for problem, holds in found.items() if holds]


def summarize(totals: Totals, *, rejected: int, in_braze_twice: int) -> Summary:
    """The store's account, with what only the sender and Braze know."""
    shared = {name: getattr(totals, name) for name in Summary.__struct_fields__ if hasattr(totals, name)}
    return Summary(**shared, rejected=rejected, in_braze_twice=in_braze_twice)


def demo_events(path: Path = EVENTS) -> list[Envelope]:
    """The recorded events, with messageIds of this run: repeats stay repeats, a second run is new traffic."""
    run = uuid.uuid4()
    return [_renamed(envelope, run) for _, envelope in read_envelopes(str(path))]


def _renamed(envelope: Envelope, run: uuid.UUID) -> Envelope:
    message: dict[str, Any] = msgspec.json.decode(envelope.message)
    if isinstance(message.get("messageId"), str):
        message["messageId"] = str(uuid.uuid5(run, message["messageId"]))
    return Envelope(msgspec.json.encode(message), envelope.source)


def decisions(workspace: Workspace, envelopes: Sequence[Envelope]) -> list[Outcome]:
    """What the router will do with each event, from the same code offline."""
    return list(Simulation(workspace).run(envelopes))


async def send(url: str, workspace: Workspace, envelopes: Sequence[Envelope]) -> int:
    """Send the events to a gateway in small batches; returns how many it rejected."""
    keys = {source.id: source.write_key for source in workspace.sources}
    rejected = 0
    async with httpx.AsyncClient(base_url=url, timeout=30.0, trust_env=False) as client:
        sending = batches(envelopes, key_of=lambda envelope: keys[envelope.source or ""], size=_BATCH)
        async for sent in send_all(client, sending):
            rejected += sent.messages if sent.rejected else 0
    return rejected


async def drained(store: Store, stopping: asyncio.Event) -> Totals:
    """Wait until the queues are empty; raises ServiceUnreachable when they are not after two minutes."""
    for _ in range(int(_DRAIN_SECONDS / 0.1)):
        totals = await store.totals()
        if totals.queued == 0 or stopping.is_set():
            return totals
        await asyncio.sleep(0.1)
    raise ServiceUnreachable(
        f"{totals.queued} units are still queued after {_DRAIN_SECONDS:.0f} s; is Braze reachable?"
    )


def expected_in_braze(outcomes: Sequence[Outcome]) -> int:
    """Events and purchases that the first arrival of each message brings to Braze."""
    seen: set[tuple[str | None, str]] = set()
    return sum(_objects(outcome) for outcome in _first_arrivals(outcomes, seen))


def _first_arrivals(outcomes: Sequence[Outcome], seen: set[tuple[str | None, str]]) -> Iterator[Outcome]:
    for outcome in outcomes:
        key = (outcome.message_id, outcome.destination)
        if key not in seen:
            seen.add(key)
            yield outcome


def _objects(outcome: Outcome) -> int:
    return sum(len(request.body.get(array, ())) for request in outcome.requests for array in ("events", "purchases"))
