"""The commands in docs/through-braze.md and docs/split-profiles.md print what these pages say."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from router.cli.simulate import simulate

ROOT = Path(__file__).parents[2]
PROMPT = "$ hybrid-router simulate "
PAGES = ("through-braze.md", "split-profiles.md")


def sessions() -> list[tuple[str, list[str]]]:
    """Each command in the pages, and the lines that are shown of its output."""
    text = "\n".join((ROOT / "docs" / page).read_text(encoding="utf-8") for page in PAGES)
    blocks = [block.splitlines() for block in re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)]
    return [(block[0].removeprefix(PROMPT), block[1:]) for block in blocks if block[0].startswith(PROMPT)]


@pytest.mark.parametrize(("command", "shown"), sessions())
def test_a_command_prints_the_lines_that_are_shown_in_their_order(
    command: str, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    printed = CliRunner().invoke(simulate, shlex.split(command))
    assert printed.exit_code == 0, printed.output
    lines = iter(line.rstrip() for line in printed.output.splitlines())
    assert [line for line in shown if line.rstrip() not in lines] == []


def test_the_table_of_latencies_is_what_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "split-profiles.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\d.]+)(?: \(default\))? \| (\d+) \| (\d+) \|$", page, re.MULTILINE)
    assert len(rows) == 4
    for latency, splits, orphans in rows:
        arguments = (
            "fixtures/events/shop.jsonl -c fixtures/connections/quickstart.yaml --through-braze --mode ios=hybrid"
        )
        printed = CliRunner().invoke(simulate, [*shlex.split(arguments), "--cloud-latency", latency]).output
        assert f" {splits} splits, {orphans} orphans," in printed
