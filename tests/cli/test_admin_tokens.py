"""`hybrid-router admin tokens` against a router in a process of its own."""

import json
import re

from tests.cli.test_main import run
from tests.end_to_end.conftest import StartUp, start_up

__all__ = ["start_up"]


def test_tokens_are_made_used_and_revoked_from_the_command_line(start_up: StartUp) -> None:
    up = start_up("--demo").wait_until_ready()
    found = re.search(r"Authorization: Bearer ([\w-]+)", up.output())
    assert found is not None

    def admin(*arguments: str, token: str = found[1]) -> tuple[int, str, str]:
        ended = run("admin", "--url", up.gateway, "--token", token, *arguments)
        return ended.returncode, ended.stdout.decode(), ended.stderr.decode()

    code, printed, told = admin("tokens", "create", "on-call", "--role", "operator", "--days", "90")
    assert (code, "operator token `on-call`, good until 20" in told) == (0, True)
    token = printed.strip()
    assert admin("status", token=token)[0] == 0
    code, _, told = admin("tokens", "list", token=token)
    assert (code, "needs the role `admin`; token `on-call` has the role `operator`" in told) == (64, True)
    assert re.search(r"on-call +operator +bootstrap +good until 20", admin("tokens", "list")[1])
    assert json.loads(admin("tokens", "revoke", "on-call")[1]) == {"name": "on-call", "revoked": True}
    assert admin("status", token=token)[0] == 64
    admin("tokens", "create", "ada@shop.example", "--role", "viewer")
    assert json.loads(admin("tokens", "revoke", "ada@shop.example")[1])["revoked"] is True
    assert "/name: " in admin("tokens", "create", "a b", "--role", "viewer")[2]
