"""`hybrid-router admin`: connections, switches and history from the command line, against a router in a process of its own."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from router.cli.admin.group import admin as group
from tests.cli.test_main import CONNECTIONS, ROOT, run
from tests.end_to_end.conftest import StartUp, start_up

__all__ = ["start_up"]

WEB = "web-shop:braze-eu"
TOKEN = "cli-test-token"


class Shell:
    """Admin commands, as an operator types them."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """Run one, expecting an exit code; returns stdout, or stderr where it is refused."""
        ended = run("admin", "--url", self._url, "--token", TOKEN, *arguments)
        assert ended.returncode == code, ended.stdout.decode() + ended.stderr.decode()
        return (ended.stderr if code else ended.stdout).decode()


@pytest.fixture
def shell(start_up: StartUp) -> Shell:
    """Commands for a router with the quickstart connections."""
    up = start_up("--connections", str(ROOT / CONNECTIONS), "--admin-token", TOKEN).wait_until_ready()
    return Shell(up.gateway)


def test_an_operator_switches_looks_back_and_rolls_back(shell: Shell, tmp_path: Path) -> None:
    first = json.loads(shell("connections", "list", "--json"))["revision"]
    tried = shell("switch", WEB, "web=device", "--reason", "try", "--dry-run")
    assert "change path: " in tried.splitlines()[0]
    assert tried.splitlines()[1].startswith(f"{WEB}: would change {first} → ")
    assert "nothing was changed" in tried
    assert "What changes from what is in force to what would be" in tried
    assert "lost" in tried, "the matrix says what the switch does"
    assert "hybrid" in shell("connections", "list").splitlines()[2]
    made = shell("switch", WEB, "web=device", "--reason", "a campaign", "--if-match", first)
    assert '~ /destinations/braze-eu/config/connectionMode/web: "hybrid" → "device"' in made
    assert f"affects {WEB}\n" in made
    shell("switch", WEB, "web=cloud", "--reason", "no revision", "--if-match", "", code=64)
    refused = shell("switch", WEB, "web=cloud", "--reason", "late", "--if-match", first, code=64)
    assert "the connections have changed" in refused
    assert "allowed: cloud, device" in shell("switch", WEB, "flutter=hybrid", "--reason", "x", code=64)
    assert "nothing to change" in shell("switch", WEB, "web=device", "--reason", "again")
    assert "connectionMode/web" in shell("diff", first)
    assert "a campaign" in shell("revisions", WEB)
    assert f"→ {first}" in shell("rollback", WEB, first, "--reason", "orders are missing")
    assert "no difference" in shell("diff", first, "current")
    audit = shell("audit", "--count", "1")
    assert "connection.rollback" in audit
    assert "more: --before " in audit
    newest = shell("revisions", "--count", "1")
    assert "connection.rollback" in newest
    before = newest.splitlines()[-1].removeprefix("more: --before ")
    assert "a campaign" in shell("revisions", "--count", "1", "--before", before)


def test_filter_state_and_whole_files_change_from_the_command_line(shell: Shell, tmp_path: Path) -> None:
    setting = ("eventFilteringOption=whitelistedEvents", 'whitelistedEvents=[{"eventName":"Order Placed"}]')
    changed = shell("connections", "set", WEB, *setting, "--reason", "only orders")
    assert '+ /destinations/braze-eu/config/whitelistedEvents: [{"eventName": "Order Placed"}]' in changed
    assert json.loads(shell("connections", "show", WEB))["destination"]["config"]["restApiKey"] == "env.BRAZE_REST_KEY"
    misspelt = shell("connections", "set", WEB, "suportDedup=true", "--reason", "a slip", "--dry-run")
    assert "error[config/misspelt-key] /destinations/braze-eu/config/suportDedup: " in misspelt
    assert "did you mean `supportDedup`" in misspelt
    assert "still delivered" in shell("disable", WEB, "--reason", "contract ended")
    assert "disabled" in shell("connections", "list").splitlines()[2]
    assert "as before" in shell("enable", WEB, "--reason", "new contract")
    assert json.loads(shell("pause", "braze-eu", "--reason", "trouble"))["paused"] is True
    assert json.loads(shell("resume", "braze-eu"))["paused"] is False
    assert json.loads(shell("connections", "validate", CONNECTIONS))["valid"] is True
    assert "whitelistedEvents" in shell("connections", "replace", CONNECTIONS, "--reason", "back to the file")
    tv = tmp_path / "tv.yaml"
    tv.write_text("source: {id: tv, type: cloud, write_key: wk-tv}\ndestination: braze-eu\n")
    assert "affects tv:braze-eu" in shell("connections", "create", str(tv), "--reason", "new app")
    tv.write_text("- not a mapping\n")
    assert "must hold a mapping" in shell("connections", "create", str(tv), "--reason", "new app", code=64)
    assert "no KEY=VALUE" in shell("connections", "set", WEB, "nonsense", "--reason", "x", code=64)
    assert "no TYPE=MODE" in shell("switch", WEB, "hybrid", "--reason", "x", code=64)


def test_a_saved_plan_is_applied_only_to_what_it_was_made_for(shell: Shell, tmp_path: Path) -> None:
    plan, events = tmp_path / "switch.plan.json", ROOT / "fixtures" / "events" / "shop.jsonl"
    planned = run("plan", "-c", CONNECTIONS, "--to", "web=device", str(events), "--out", str(plan))
    assert planned.returncode == 0, planned.stderr.decode()
    assert '"hybrid" → "device"' in shell("apply", str(plan), "--reason", "as planned", "--dry-run")
    assert '"hybrid" → "device"' in shell("apply", str(plan), "--reason", "as planned")
    assert "is in force already" in shell("apply", str(plan), "--reason", "as planned")
    shell("switch", WEB, "web=cloud", "--reason", "meanwhile")
    assert "plan again" in shell("apply", str(plan), "--reason", "as planned", code=64)


def commands(of: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every admin command with the words it is called by."""
    for name, command in of.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield (*path, name), command


@pytest.mark.parametrize("words", [words for words, _ in commands(group)], ids=" ".join)
def test_every_admin_command_shows_an_example_of_itself(words: tuple[str, ...]) -> None:
    command = dict(commands(group))[words]
    assert f"hybrid-router admin {' '.join(words)}" in (command.epilog or "")
    assert command.help
