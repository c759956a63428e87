"""A recording as a story in time: when each event happened on its device and when it arrived at the router.

Times are the events' own. An SDK sends in order, so nothing arrives before what its sender has sent earlier.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from policies.capabilities import SourceType
from policies.connection import Source, Workspace
from policies.decide import Policy
from policies.decision import Decision
from policies.facts import Facts
from router.classify import classify
from router.devices.integrations import raw_event
from router.enrichment import enrich
from router.errors import InvalidJson, RouterError
from router.events import Message, decode_message
from router.identifiers import clean_text
from router.routing import Route
from router.simulation.envelopes import Envelope
from router.simulation.sources import Sources
from router.simulation.through_braze.timing import timing_of
from router.timestamps import format_time, parse_time, skew_corrected

_TIMELESS = datetime(2026, 1, 1, tzinfo=UTC)
"""When a recording without any time takes place."""
_REPEATS_FOR = 86_400.0
"""Seconds for which the router remembers a messageId at least."""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to one destination. Times are seconds since the epoch; `repeated`: its messageId came before."""

    index: int
    source: Source
    policy: Policy
    message: Message
    raw: dict[str, Any]
    facts: Facts
    decision: Decision
    happened: float
    arrived: float
    repeated: bool

    @property
    def identity(self) -> str:
        """Whose events stay in order: one device, or a user without one."""
        return self.facts.anonymous_id or self.facts.user_id


class _Heard(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its times, before anything is decided."""

    index: int
    raw: dict[str, Any]
    route: Route
    message: Message
    facts: Facts
    happened: datetime
    arrived: datetime
    repeated: bool = False


def read_recording(
    workspace: Workspace, envelopes: Iterable[Envelope], *, source_type: SourceType | None = None
) -> dict[str, list[Recorded]]:
    """Every event for each destination that it is connected to, in file order; raises InvalidJson that says which event is wrong."""
    heard = _with_repeats(_times(Sources(workspace, source_type), envelopes))
    recordings: dict[str, list[Recorded]] = {}
    for each in heard:
        for policy in each.route.policies:
            recordings.setdefault(policy.terms.connection.destination.id, []).append(_recorded(each, policy))
    return recordings


def _times(sources: Sources, envelopes: Iterable[Envelope]) -> Iterator[_Heard]:
    last_happened = _TIMELESS
    last_arrived: dict[tuple[str, str], datetime] = {}
    for index, envelope in enumerate(envelopes):
        message, route = _addressed(sources, envelope, index)
        facts = classify(message, route.source)
        sender = (route.source.id, facts.anonymous_id or facts.user_id)
        happened = last_happened = _happened(message) or last_happened
        arrived = max(_arrived(message, happened, route), last_arrived.get(sender, happened))
        last_arrived[sender] = arrived
        yield _Heard(
            index=index,
            raw=_plain(envelope, message),
            route=route,
            message=_as_received(message, happened, arrived, facts),
            facts=facts,
            happened=happened,
            arrived=arrived,
        )


def _addressed(sources: Sources, envelope: Envelope, index: int) -> tuple[Message, Route]:
    try:
        message = decode_message(envelope.message)
        return message, sources.route(envelope, message)
    except RouterError as error:
        raise InvalidJson(f"event {index + 1}: {error}") from error


def _plain(envelope: Envelope, message: Message) -> dict[str, Any]:
    """The message as the SDK had it; half of a surrogate pair, which no decoder takes, costs the difference of null and absent."""
    try:
        return msgspec.json.decode(envelope.message, type=dict[str, Any])
    except msgspec.DecodeError:
        return raw_event(message)


def _happened(message: Message) -> datetime | None:
    original, sent = parse_time(message.original_timestamp), parse_time(message.sent_at)
    if stated := parse_time(message.timestamp):
        return stated
    if received := parse_time(message.received_at):
        return skew_corrected(received, sent=sent, original=original)
    return original or sent


def _arrived(message: Message, happened: datetime, route: Route) -> datetime:
    if received := parse_time(message.received_at):
        return received
    original, sent = parse_time(message.original_timestamp), parse_time(message.sent_at)
    waited = sent - original if sent and original else timedelta(seconds=_usual_wait(route))
    return happened + max(waited, timedelta(0))


def _usual_wait(route: Route) -> float:
    sdks = [policy.terms.device.sdk for policy in route.policies]
    return max((timing_of(sdk.code).batch for sdk in sdks if sdk), default=0.0)


def _as_received(message: Message, happened: datetime, arrived: datetime, facts: Facts) -> Message:
    """The message as the router has it, with the time at which it happened as its timestamp."""
    enriched = enrich(
        msgspec.structs.replace(message, timestamp=message.timestamp or format_time(happened)),
        received_at=format_time(arrived),
    )
    return msgspec.structs.replace(enriched, type=facts.type)


def _with_repeats(events: Iterable[_Heard]) -> list[_Heard]:
    """Mark what the router does not accept again (decisions/0003: source and messageId, within a partition)."""
    seen: dict[tuple[str, str, str], datetime] = {}
    marked = list(events)
    for at, event in sorted(enumerate(marked), key=lambda pair: pair[1].arrived):
        message_id = event.message.message_id
        if not isinstance(message_id, str) or not clean_text(message_id):
            continue
        key = (event.route.source.id, event.facts.anonymous_id or event.facts.user_id, clean_text(message_id))
        first = seen.get(key)
        if first is not None and (event.arrived - first).total_seconds() <= _REPEATS_FOR:
            marked[at] = msgspec.structs.replace(event, repeated=True)
        else:
            seen[key] = event.arrived
    return marked


def _recorded(event: _Heard, policy: Policy) -> Recorded:
    return Recorded(
        index=event.index,
        source=event.route.source,
        policy=policy,
        message=event.message,
        raw=event.raw,
        facts=event.facts,
        decision=policy.decide(event.facts),
        happened=event.happened.timestamp(),
        arrived=event.arrived.timestamp(),
        repeated=event.repeated,
    )
