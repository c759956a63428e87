"""What the traffic did not hold: sources, message types, names of the event filters, rules."""

from collections.abc import Iterator

from policies.capabilities import MESSAGE_TYPES
from policies.connection import Destination, Workspace
from policies.rules import CLOUD, DEVICE
from router.simulation.plan.report import Unexercised
from router.simulation.plan.tally import Tally

_LISTS = {"whitelistedEvents": "whitelistedEvents", "blacklistedEvents": "blacklistedEvents"}


def unexercised(new: Workspace, tally: Tally) -> Unexercised:
    """Compare the new workspace with what was counted."""
    seen: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    for group in tally.groups:
        seen.setdefault(group.source, set()).add(group.type)
        names.setdefault(group.destination, set()).add((group.name or "").strip())
    connected = dict.fromkeys(connection.source.id for connection in new.connections)
    return Unexercised(
        sources=tuple(source for source in connected if source not in seen),
        types=tuple(
            (source, missing)
            for source in connected
            if source in seen and (missing := tuple(str(kind) for kind in MESSAGE_TYPES if kind not in seen[source]))
        ),
        filtered_names=tuple(
            (destination.id, missing)
            for destination in new.destinations
            if (missing := tuple(_unseen(destination, names.get(destination.id, set()))))
        ),
        rules=tuple(rule.id for rule in (*DEVICE, *CLOUD) if f"new {rule.id}" not in tally.rules),
    )


def _unseen(destination: Destination, seen: set[str]) -> Iterator[str]:
    key = _LISTS.get(str(destination.config.get("eventFilteringOption")))
    entries = destination.config.get(key) if key else None
    for entry in entries if isinstance(entries, list) else ():
        name = entry.get("eventName") if isinstance(entry, dict) else None
        if isinstance(name, str) and name.strip() and name.strip() not in seen:
            yield name
