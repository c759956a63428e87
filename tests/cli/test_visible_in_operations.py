"""Stored names and what clients sent cannot steer an operator's terminal: neither tables of `admin` nor the log."""

import json
from typing import Any

import pytest
import structlog

from router.cli.admin.changes import difference_text, print_changed, print_rows
from router.cli.admin.client import print_json
from router.cli.admin.regulations import print_regulations
from router.cli.admin.status import print_status
from router.cli.admin.tokens import print_tokens
from router.logs import configure_logs
from router.visible import visible, visible_json, visible_lines

_EVIL = "a\x1b]0;owned\x07\x1b[31m\r\x08\x7f\x9b2J\u202e\u2028[red]z"


def hidden(text: str) -> set[str]:
    """Characters that a terminal obeys instead of showing them."""
    return {char for char in text if char != "\n" and visible(char) != char}


CHANGED = {
    "target": _EVIL,
    "dry_run": False,
    "changed": True,
    "from": "1",
    "to": "2",
    "differences": [{"pointer": f"/{_EVIL}", "before": _EVIL, "after": {"a": _EVIL}}],
    "affects": [_EVIL],
    "findings": [{"severity": "info", "rule": "unknown-key", "pointer": f"/{_EVIL}", "message": _EVIL, "fix": _EVIL}],
    "left_behind": {_EVIL: 1},
    "note": "in force",
}
REGULATION = {
    "id": "1",
    "createdAt": "",
    "regulationType": "suppress",
    "userCount": 1,
    "sourceIds": [_EVIL],
    "destinationIds": [_EVIL],
    "status": "done",
}
CIRCUIT = {"state": "open", "reason": _EVIL, "retry_in_seconds": 1.0}
ERROR = {"at": "2026-01-01T00:00:00Z", "path": "/users/track", "outcome": "rejected", "message": _EVIL}
STATUS = {
    "revision": "1",
    "paused": [_EVIL],
    "adds_up": True,
    "totals": {"queued": 1},
    "leases": [],
    "processes": [
        {"process": "p", "host": _EVIL, "pid": 1, "kind": "serve", "started_at": "", "revision": "1", "partitions": []}
    ],
    "by_rule": [{"state": "queued", "source": _EVIL, "destination": _EVIL, "rule": "", "units": 1}],
    "destinations": [
        {
            "destination": _EVIL,
            "configured": False,
            "enabled": False,
            "paused": False,
            "queued": 1,
            "oldest_seconds": 1.0,
            "delivered_last_minute": 0,
            "circuit": CIRCUIT,
            "last_errors": [ERROR],
        }
    ],
}
TOKEN = {"name": _EVIL, "role": "viewer", "created_by": _EVIL, "expires_at": None, "expired": False}


def test_what_admin_prints_for_people_shows_them(capsys: pytest.CaptureFixture[str]) -> None:
    print_changed(CHANGED, as_json=False)
    print_changed({**CHANGED, "changed": False}, as_json=False)
    print_rows((("why"),), [(_EVIL,)], none="nothing")
    print_regulations({"regulations": [REGULATION], "after_cursor": None})
    print_status(STATUS)
    print_tokens([TOKEN])
    printed = capsys.readouterr().out
    assert hidden(printed) == set()
    assert printed.count("\\x1b]0;owned") > 10
    assert "[red]z" in printed


def test_what_admin_prints_as_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    document = {_EVIL: [_EVIL, "Größe 價", "\U000e0041"]}
    print_json(document)
    printed = capsys.readouterr().out
    assert hidden(printed) == set()
    assert (json.loads(printed), "Größe 價" in printed) == (document, True)


@pytest.mark.parametrize(
    "item", [{"after": _EVIL}, {"before": _EVIL}, {"before": _EVIL, "after": _EVIL}], ids=["new", "gone", "other"]
)
def test_a_difference_is_one_line(item: dict[str, Any]) -> None:
    text = difference_text({"pointer": f"/{_EVIL}\n", **item})
    assert (hidden(text), "\n" in text) == (set(), False)


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_log_shows_them(form: Any, capsys: pytest.CaptureFixture[str]) -> None:
    earlier = structlog.get_config()
    try:
        configure_logs(form=form, level="info")
        structlog.get_logger().info("dead letter retried", message_id=_EVIL.replace("[red]", "\n"), places=[_EVIL])
    finally:
        structlog.configure(**earlier)
    written = capsys.readouterr().err
    assert "dead letter retried" in written
    assert (hidden(written), written.count("\n")) == (set(), 1)


def test_line_breaks_of_the_program_stay() -> None:
    assert visible_lines("a\n\x1bb") == "a\n\\x1bb"
    assert visible_json('{\n"a": "\x9b"}') == '{\n"a": "\\u009b"}'
