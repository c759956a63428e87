"""`admin dead-letters` where a letter is one that the gateway cannot read."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from router.cli.admin.dead_letters import dead_letters

LETTER = {"died_at": "", "destination": "eu", "type": "track", "message_id": "m", "rule": "r", "errors": ["no"]}
READABLE = [{**LETTER, "id": f"0-{time}-0", "message": {}} for time in (9, 7)]
UNREADABLE = [{"id": "1-8-0", "size": 12, "format": "2"}]


class Client:
    """Stands for the admin API: one page of letters, and notes what is done to which."""

    def __init__(self) -> None:
        self.acts: list[str] = []

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        if method == "POST":
            self.acts.append(path)
            return {}
        return {"dead_letters": READABLE, "unreadable": UNREADABLE, "next": ""}


def run(client: Client, *arguments: str) -> str:
    ended = CliRunner().invoke(dead_letters, arguments, obj=client, catch_exceptions=False)
    assert ended.exit_code == 0
    return ended.stdout


def test_the_list_has_it_in_its_place() -> None:
    lines = run(Client(), "list").splitlines()
    assert [line.split()[0] for line in lines[-3:]] == ["0-9-0", "1-8-0", "0-7-0"]
    assert "not readable: 12 bytes of format 2" in lines[-2]
    assert json.loads(run(Client(), "list", "--json")) == {
        "dead_letters": READABLE, "unreadable": UNREADABLE, "next": "",
    }  # fmt: skip


@pytest.mark.parametrize("act", [("retry", "--all"), ("discard", "--all", "--reason", "x")])
def test_all_leaves_it_and_says_so(act: tuple[str, ...]) -> None:
    client = Client()
    assert json.loads(run(client, *act)) == {act[0]: 2, "gone_meanwhile": 0, "unreadable": 1}
    assert client.acts == [f"dead-letters/0-7-0/{act[0]}", f"dead-letters/0-9-0/{act[0]}"]
