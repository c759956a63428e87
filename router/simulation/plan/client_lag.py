"""What happens while some devices still hold the old source config and the router has the new one: an estimate.

Modes live in the config that an SDK has downloaded. After a switch, a share of the devices (those offline, or not restarted) acts
on the old one for a while: their events meet the old device path and the new cloud path. Of each group that such a client would
lose or double though the new config does neither, `exposed × lag / window × offline share` events are expected.
"""

from collections.abc import Mapping

import msgspec

from policies.capabilities import SourceType
from router.simulation.plan.question import path_of
from router.simulation.plan.report import ClientLag, Lagging, Window
from router.simulation.plan.tally import Count, Group

FORMULA = "expected = exposed events × (client lag ÷ traffic window) × offline share"


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """For how long which share of the clients keeps the old config."""

    seconds: float
    offline_share: float


def client_lag(groups: Mapping[Group, Count], window: Window | None, lag: Lag) -> ClientLag:
    """The estimate for each source and result."""
    exposed: dict[tuple[str, str, SourceType, str], int] = {}
    for group, count in groups.items():
        if result := lagging_result(group):
            key = (group.destination, group.source, group.source_type, result)
            exposed[key] = exposed.get(key, 0) + count.events
    share = lag.seconds / window.seconds * lag.offline_share if window and window.seconds else None
    return ClientLag(
        lag_seconds=lag.seconds,
        offline_share=lag.offline_share,
        window_seconds=window.seconds if window else None,
        formula=FORMULA,
        estimate=True,
        rows=tuple(
            Lagging(
                destination=destination,
                source=source,
                source_type=source_type,
                exposed=events,
                result=result,
                expected=None if share is None else events * share,
            )
            for (destination, source, source_type, result), events in sorted(exposed.items())
        ),
    )


def lagging_result(group: Group) -> str | None:
    """What a client with the old config makes of such an event, where the new config does better: `lost`, `doubled` or None."""
    mixed = path_of(device=group.old.by_device, cloud=group.new.by_cloud)
    if mixed == "both" and group.new.path != "both":
        return "doubled"
    return "lost" if mixed == "neither" != group.new.path else None
