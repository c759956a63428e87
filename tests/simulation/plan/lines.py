"""Lines of traffic for the tests of `plan`, and workspaces to put to them."""

import json
from typing import Any

from policies.capabilities import CAPABILITIES, MODES, SourceType
from policies.connection import Workspace
from policies.workspace import parse_workspace

TIME = "2026-05-04T08:00:00.000Z"


def line(kind: str = "track", /, *, source: str | None = "web-shop", **message: Any) -> bytes:
    """One line: an envelope, or a bare message where there is no source."""
    content = {"type": kind, "timestamp": TIME, **message}
    return json.dumps(content if source is None else {"source": source, "message": content}).encode() + b"\n"


def ping(number: int = 1, /, **message: Any) -> bytes:
    """A track of a known user."""
    return line(**{"event": "Ping", "userId": "u-1", "anonymousId": "a-1", "messageId": f"m-{number}", **message})


def every_source(**config: Any) -> Workspace:
    """A source of every type and mode (`web-hybrid`), each connected to a destination of that mode."""
    pairs = [(source_type, mode) for source_type in CAPABILITIES for mode in MODES]
    return parse_workspace(
        {
            "version": 1,
            "sources": [{"id": f"{source}-{mode}", "type": source} for source, mode in pairs],
            "destinations": [
                {"id": mode, "config": {"dataCenter": "EU-01", "appKey": "k", "connectionMode": mode, **config}}
                for mode in MODES
            ],
            "connections": [{"source": f"{source}-{mode}", "destination": mode} for source, mode in pairs],
        }
    )


def one_source(source_type: SourceType = "web", mode: str = "hybrid", **config: Any) -> Workspace:
    """One source `web-shop` of that type, connected to one destination `braze`."""
    settings = {"dataCenter": "EU-01", "appKey": "k", "connectionMode": mode, **config}
    return parse_workspace(
        {
            "version": 1,
            "sources": [{"id": "web-shop", "type": source_type}],
            "destinations": [{"id": "braze", "config": settings}],
            "connections": [{"source": "web-shop", "destination": "braze"}],
        }
    )
