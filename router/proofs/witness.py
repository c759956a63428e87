"""A case as an event that `explain` accepts, and the command that shows what is decided of it."""

import shlex
from collections.abc import Iterator
from typing import Any

import msgspec

from policies.capabilities import Mode
from policies.client_consent import ClientConsent
from policies.connection import Source, Workspace
from policies.facts import Facts
from policies.matrix import Lane
from policies.sdks import default_sdk

_TIME = "2026-01-01T00:00:00.000Z"
_CONTENT: dict[str, dict[str, Any]] = {
    "identify": {"traits": {"plan": "pro"}},
    "page": {"name": "Home"},
    "screen": {"name": "Home"},
    "group": {"groupId": "g-1", "traits": {"email": "a@example.com", "subscriptionState": "subscribed"}},
    "alias": {"previousId": "u-0"},
}
"""What the transform wants to see of each type; no rule reads it."""


def envelope(lane: Lane, facts: Facts, workspace: Workspace) -> dict[str, Any]:
    """The event as a recorded line; bare where no source of the workspace sends it."""
    message = message_of(lane, facts)
    return {"source": lane.carrier.source, "message": message} if _sender(lane, workspace) else message


def message_of(lane: Lane, facts: Facts) -> dict[str, Any]:
    """A RudderStack message with exactly these facts."""
    message: dict[str, Any] = {"type": facts.type} if facts.type else {}
    message |= {"messageId": "example-1", "originalTimestamp": _TIME, "anonymousId": facts.anonymous_id}
    if facts.user_id:
        message["userId"] = facts.user_id
    message |= _CONTENT.get(facts.type, {})
    if facts.name is not None or facts.odd_name is not None:
        message["event"] = facts.odd_name if facts.name is None else facts.name
    for key in ("properties", "integrations"):
        if (value := getattr(facts, key)) is not msgspec.UNSET:
            message[key] = value
    if context := dict(_context(lane, facts)):
        message["context"] = context
    return message


def explain_command(lane: Lane, facts: Facts, workspace: Workspace, file: str) -> str:
    """A line for a shell that shows every step of this event; `workspace` is what the file says."""
    line = msgspec.json.encode(envelope(lane, facts, workspace)).decode()
    return (
        f"echo {shlex.quote(line)} | hybrid-router explain {shlex.join(['-c', file, *_flags(lane, facts, workspace)])}"
    )


def _flags(lane: Lane, facts: Facts, workspace: Workspace) -> Iterator[str]:
    """What must be said besides the file, because the file says otherwise or cannot say it."""
    carrier, source = lane.carrier, _sender(lane, workspace)
    if source is None:
        yield from ("--source-type", carrier.source_type)
    if _mode_of(lane, workspace) != carrier.mode:
        yield from ("--mode", f"{carrier.source_type}={carrier.mode}")
    if carrier.sdk and carrier.sdk != _sdk_of(lane, source):
        yield from ("--sdk", carrier.sdk)
    if lane.policy.terms.ruleset != workspace.ruleset:
        yield from ("--ruleset", lane.policy.terms.ruleset)
    if facts.client is not None:
        yield from ("--device-consent", msgspec.json.encode(said_of_consents(facts.client)).decode())
    if facts.suppressed:
        yield "--suppressed"


def said_of_consents(client: ClientConsent) -> dict[str, object]:
    """What differs from consents of which nothing is known."""
    usual = ClientConsent()
    return {name: value for name, value in msgspec.structs.asdict(client).items() if value != getattr(usual, name)}


def _sender(lane: Lane, workspace: Workspace) -> Source | None:
    return next((source for source in workspace.sources if source.id == lane.carrier.source), None)


def _mode_of(lane: Lane, workspace: Workspace) -> Mode | None:
    found = (each for each in workspace.destinations if each.id == lane.carrier.destination)
    return next((each.mode_for(lane.policy.terms.connection.source.type) for each in found), None)


def _sdk_of(lane: Lane, source: Source | None) -> str:
    named = source.sdk if source else ""
    default = default_sdk(lane.policy.terms.connection.source.type)
    return named or (default.id if default else "")


def _context(lane: Lane, facts: Facts) -> Iterator[tuple[str, Any]]:
    if facts.origin == "auto":
        yield "origin", "auto"
    if facts.consent_management is not None:
        yield "consentManagement", facts.consent_management
    if facts.returned_from_braze and not lane.policy.terms.connection.source.definition:
        yield "integration", {"name": "Braze"}
