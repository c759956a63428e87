"""From a request body to accepted messages: decode, check, enrich, classify, decide.

Pure but for its arguments. The first event that is no good rejects the whole request, as RudderStack does:
SDKs rely on it to find out which of their events to drop.
"""

from collections.abc import Callable, Sequence

import msgspec

from policies.decide import Policy
from policies.facts import Facts
from router.classify import classify, mismatch
from router.errors import InvalidJson
from router.events import Head, decode_heads, one_value, split_batch
from router.gateway.answers import EMPTY_BATCH, INVALID_JSON, NO_IDS, NOT_AN_EVENT, Rejected
from router.identifiers import clean_text, id_text
from router.identity import identity_of
from router.regulations.suppressions import Suppressions
from router.routing import Route
from router.store.layout import Incoming, Unit


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway notes about a request: when it came, and where new message ids come from."""

    received_at: str
    new_id: Callable[[], str]
    revision: str
    suppressions: Suppressions | None = None
    """Whose events are no longer sent on; None where there is nobody, which is all that an event costs then."""


class Taken(msgspec.Struct, frozen=True):
    """What came of a body: the messages to store, and what the request is answered with all the same (empty: `ok`)."""

    messages: Sequence[Incoming]
    left_out: int = 0
    """Events that are not among the messages."""
    refusal: str = ""


def ingest_batch(body: bytes, route: Route, receipt: Receipt) -> list[Incoming]:
    """The messages of a `/v1/batch` body; raises Rejected."""
    try:
        events = split_batch(body)
    except InvalidJson as error:
        raise Rejected(INVALID_JSON) from error
    if not events:
        raise Rejected(EMPTY_BATCH)
    return ingest_events(events, route, receipt)


def ingest_import(body: bytes, route: Route, receipt: Receipt) -> Taken:
    """The messages of a `/v1/import` body; raises Rejected for broken JSON only.

    RudderStack queues each user's events apart, so that a bad one refuses its own group: those without ids. The rest is stored,
    and the answer still names what is wrong. No events at all is `ok` here.
    """
    try:
        events = split_batch(body)
    except InvalidJson as error:
        raise Rejected(INVALID_JSON) from error
    messages: list[Incoming] = []
    refusals: list[str] = []
    for event in events:
        try:
            messages += ingest_events([event], route, receipt)
        except Rejected as rejected:
            refusals.append(rejected.text)
    return Taken(messages, left_out=len(refusals), refusal=refusals[0] if refusals else "")


def ingest_event(body: bytes, route: Route, receipt: Receipt, *, message_type: str) -> list[Incoming]:
    """The one message of a `/v1/<type>` body; the path's type wins over the body's. Raises Rejected."""
    try:
        event = one_value(body)
    except InvalidJson as error:
        raise Rejected(INVALID_JSON) from error
    return ingest_events([event], route, receipt, forced_type=message_type)


def ingest_events(
    events: Sequence[msgspec.Raw], route: Route, receipt: Receipt, *, forced_type: str | None = None
) -> list[Incoming]:
    """The messages of single events; the first bad one raises Rejected."""
    try:
        heads = decode_heads(events)
    except InvalidJson as error:
        raise Rejected(NOT_AN_EVENT) from error
    if forced_type is not None:
        heads = [msgspec.structs.replace(head, type=forced_type) for head in heads]
    if receipt.suppressions is not None:
        _learn(heads, route, receipt.suppressions)
    request = receipt.new_id()
    return [
        _incoming(head, bytes(event), route, receipt, decision_id=f"{request}-{number}")
        for number, (head, event) in enumerate(zip(heads, events, strict=True))
    ]


def _incoming(head: Head, event: bytes, route: Route, receipt: Receipt, *, decision_id: str) -> Incoming:
    facts = classify(head, route.source)
    if receipt.suppressions is not None:
        facts = _judged(facts, route, receipt.suppressions)
    identity = identity_of(facts, head)
    if not identity:
        raise Rejected(NO_IDS)
    stated = clean_text(head.message_id) if isinstance(head.message_id, str) else ""
    return Incoming(
        source=route.source.id,
        identity=identity,
        type=facts.type,
        message_id=stated or receipt.new_id(),
        decision_id=decision_id,
        received_at=receipt.received_at,
        message=event,
        units=tuple([_unit(policy, facts, receipt) for policy in route.policies]),
        mismatched=mismatch(head, route.source) is not None,
        suppressed=facts.suppressed,
    )


def _judged(facts: Facts, route: Route, suppressions: Suppressions) -> Facts:
    if suppressions.suppresses(facts.user_id, facts.anonymous_id, route.source.id):
        return msgspec.structs.replace(facts, suppressed=True)
    return facts


def _learn(heads: Sequence[Head], route: Route, suppressions: Suppressions) -> None:
    """First of all: an event without a userId may stand before the one that says whose device it is."""
    for head in heads:
        suppressions.learn(id_text(head.user_id), id_text(head.anonymous_id), route.source.id)


def _unit(policy: Policy, facts: Facts, receipt: Receipt) -> Unit:
    return Unit(policy.terms.connection.destination.id, policy.decide(facts), receipt.revision)
