"""`hybrid-router admin dead-letters` against a router in a process of its own."""

import json
import re
import time
from typing import Any

import httpx

from tests.cli.test_main import run
from tests.end_to_end.conftest import StartUp, start_up

__all__ = ["start_up"]

_LETTERS = 1_050


def test_more_letters_than_one_page_holds_are_listed_retried_and_discarded(start_up: StartUp) -> None:
    up = start_up("--demo").wait_until_ready()
    found = re.search(r"Authorization: Bearer ([\w-]+)", up.output())
    assert found is not None

    def admin(*arguments: str) -> tuple[int, str, str]:
        ended = run("admin", "--url", up.gateway, "--token", found[1], *arguments)
        return ended.returncode, ended.stdout.decode(), ended.stderr.decode()

    def document(*arguments: str) -> dict[str, Any]:
        code, printed, told = admin(*arguments)
        assert code == 0, told
        shown: dict[str, Any] = json.loads(printed)
        return shown

    def dead() -> int:
        units: int = document("status", "--json")["totals"]["dead_lettered"]
        return units

    before = dead()
    batch = [{"type": "track", "userId": f"u-{number % 50}", "event": ""} for number in range(_LETTERS)]
    httpx.post(f"{up.gateway}/v1/batch", json={"batch": batch}, auth=("wk-server", ""), timeout=30).raise_for_status()
    deadline = time.monotonic() + 30
    while dead() < before + _LETTERS:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    listed = document("dead-letters", "list", "--all", "--destination", "braze-eu", "--json")
    ids = [letter["id"] for letter in listed["dead_letters"]]
    assert (len(ids), len(set(ids)), listed["next"]) == (before + _LETTERS, before + _LETTERS, "")
    part = document("dead-letters", "list", "--count", "1010", "--json")
    assert ([letter["id"] for letter in part["dead_letters"]], part["next"]) == (ids[:1010], ids[1009])
    assert f"more: --before {ids[1]}" in admin("dead-letters", "list", "--count", "2")[1]
    assert document("dead-letters", "list", "--before", ids[1], "--count", "1", "--json")["next"] == ids[2]
    assert "give the ids of letters, or --all" in admin("dead-letters", "retry")[2]
    assert "give the ids of letters, or --all" in admin("dead-letters", "retry", ids[0], "--all")[2]
    assert admin("dead-letters", "retry", ids[0], "--destination", "braze-eu")[0] == 64
    admin("pause", "braze-eu", "--reason", "so that what is retried stays queued")
    assert document("dead-letters", "discard", ids[-1], "--reason", "x")["discarded"] is True
    told = document("dead-letters", "retry", "--all", "--destination", "braze-eu")
    assert told == {"retry": before + _LETTERS - 1, "gone_meanwhile": 0}
    assert (dead(), document("status", "--json")["totals"]["queued"]) == (0, before + _LETTERS - 1)
    assert document("dead-letters", "discard", "--all", "--reason", "x") == {"discard": 0, "gone_meanwhile": 0}
    assert admin("dead-letters", "list")[1].strip() == "no dead letters"
