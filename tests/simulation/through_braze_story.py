"""Short recordings for the tests of `simulate --through-braze`: one shop, one Braze, events at seconds of one morning."""

import asyncio
import json
from typing import Any

from policies.workspace import parse_workspace
from router.simulation.envelopes import Envelope
from router.simulation.through_braze.report import Report, User
from router.simulation.through_braze.simulation import run_through_braze

Json = dict[str, Any]


def moment(seconds: float) -> str:
    """A time of the morning."""
    whole, fraction = divmod(round(seconds * 1000), 1000)
    return f"2026-05-04T{8 + whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{fraction:03d}Z"


def said(
    seconds: float, kind: str = "track", /, *, source: str = "app", sent: float | None = None, **more: Any
) -> Envelope:
    """An event of the device `d-1`, sent at once unless said otherwise."""
    message = {
        "type": kind,
        "anonymousId": "a-1",
        "messageId": f"{source}-{kind}-{seconds}",
        "originalTimestamp": moment(seconds),
        "sentAt": moment(seconds if sent is None else sent),
        **more,
    }
    return Envelope(json.dumps(message).encode(), source)


def own(seconds: float, name: str, /, **more: Any) -> Envelope:
    """An event that the Braze SDK generated itself."""
    return said(seconds, event=name, context={"origin": "auto"}, **more)


def workspace_document(
    mode: str, source_type: str, *, sdk: str = "", ruleset: str = "documented", **config: Any
) -> Json:
    """One app and one server, both connected to one Braze."""
    return {
        "version": 1,
        "ruleset": ruleset,
        "sources": [
            {"id": "app", "type": source_type, "write_key": "wk-app", **({"sdk": sdk} if sdk else {})},
            {"id": "server", "type": "cloud", "write_key": "wk-server"},
        ],
        "destinations": [
            {
                "id": "braze",
                "type": "BRAZE",
                "config": {
                    "dataCenter": "EU-01",
                    "restApiKey": "env.KEY",
                    "appKey": "app-key",
                    "connectionMode": {source_type: mode, "cloud": "cloud"},
                    **config,
                },
            }
        ],
        "connections": [{"source": source, "destination": "braze"} for source in ("app", "server")],
    }


def run(document: Json, *events: Envelope, latency: float = 0.2) -> Report:
    """The report of one run."""
    (report,) = asyncio.run(run_through_braze(parse_workspace(document), events, cloud_latency=latency))
    return report


def user(report: Report, name: str) -> User:
    """The profile of that name."""
    return next(user for user in report.users if user.user == name)
