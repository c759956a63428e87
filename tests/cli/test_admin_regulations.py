"""`hybrid-router admin regulations` against a router in a process of its own, with the local Braze."""

import json
import re
import time
from pathlib import Path
from typing import Any

from tests.cli.test_main import run
from tests.end_to_end.conftest import StartUp, start_up

__all__ = ["start_up"]


def test_users_are_suppressed_and_deleted_from_the_command_line(start_up: StartUp, tmp_path: Path) -> None:
    up = start_up("--demo").wait_until_ready()
    found = re.search(r"Authorization: Bearer ([\w-]+)", up.output())
    assert found is not None

    def admin(*arguments: str) -> tuple[int, str, str]:
        ended = run("admin", "--url", up.gateway, "--token", found[1], "regulations", *arguments)
        return ended.returncode, ended.stdout.decode(), ended.stderr.decode()

    def shown(name: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(admin("show", name)[1])
        return document

    assert admin("list")[1].strip() == "no regulations"
    assert admin("create")[0] == 64
    assert "/sourceIds/0: there is no source" in admin("create", "--user", "u", "--source", "nowhere")[2]
    suppressed = json.loads(admin("create", "--user", "u-9", "--source", "web-shop")[1])["id"]
    users = tmp_path / "erase.txt"
    users.write_text("\n".join(f"someone-{number}" for number in range(1001)) + "\n\n")
    created = [
        json.loads(line)
        for line in admin("create", "--users-file", str(users), "--destination", "braze-eu")[1].splitlines()
    ]
    assert [each["users"] for each in created] == [1000, 1]
    deadline = time.monotonic() + 30
    while shown(created[1]["id"])["deletions"][0]["stage"] != "confirming":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    requests = up.simulator("requests?path=/users/delete")["requests"]
    assert requests
    assert re.search(rf"{suppressed} .* suppress +1 +web-shop +suppressed", admin("list")[1])
    assert json.loads(admin("cancel", suppressed)[1])["status"] == "cancelled"
    assert json.loads(admin("cancel", created[0]["id"])[1])["status"] == "cancelled"
    listed = json.loads(admin("list", "--count", "2", "--json")[1])
    assert [each["status"] for each in listed["regulations"]] == ["pending", "cancelled"]
    assert "--after" in admin("list", "--count", "2")[1]
    assert "no such regulation" in admin("show", "nobody")[2]
