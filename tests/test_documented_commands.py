"""Commands in these pages are run, and what the pages show of their output is what they print."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from router.cli.main import main

ROOT = Path(__file__).parent.parent
PAGES = ("matrix.md", "mutation.md", "proofs.md")


class Shown(NamedTuple):
    """A command, its exit code, and the lines that the page shows of its output."""

    command: str
    code: int
    lines: tuple[str, ...]


def shown_in(page: str) -> Iterator[Shown]:
    """`console` blocks with a command on each line; a `text` block belongs to the last command before it."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    for block in re.finditer(r"```console\n(.*?)```(?:\s+```text\n(.*?)```)?", text, re.DOTALL):
        commands = block[1].replace("\\\n", " ").splitlines()
        for command in commands:
            code = re.search(r"# exits with (\d+)", command)
            lines = (block[2] or "").splitlines() if command == commands[-1] else ()
            yield Shown(command.partition(" #")[0], int(code[1]) if code else 0, tuple(filter(None, lines)))


@pytest.mark.parametrize("shown", [pytest.param(each, id=each.command) for page in PAGES for each in shown_in(page)])
def test_a_documented_command_does_what_the_page_says(
    shown: Shown, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    program, *arguments = shlex.split(shown.command)
    assert program == "hybrid-router"
    assert main(arguments) == shown.code
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in shown.lines if line not in printed] == []


def test_the_claims_file_that_is_shown_is_the_one_that_is_proved() -> None:
    shown = re.search(r"```yaml\n(.*?)```", (ROOT / "docs" / "proofs.md").read_text(encoding="utf-8"), re.DOTALL)
    assert shown is not None
    assert shown[1] == (ROOT / "fixtures" / "claims" / "quickstart.yaml").read_text(encoding="utf-8")
