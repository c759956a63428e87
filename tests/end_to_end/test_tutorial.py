"""The tutorial on switching a connection to hybrid mode: every command is run, in order, and prints what is shown."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.end_to_end.conftest import StartUp

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tutorial-hybrid-switch.md").read_text(encoding="utf-8")
UP = "hybrid-router up "
URL = "http://127.0.0.1:8080"
STEPS = ("lint", "test", "prove", "record", "send", "plan", "up", "admin apply", "admin status", "admin rollback")


def blocks() -> list[tuple[str, str]]:
    """Each code block of the page: its language and text."""
    return re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def commands_of(block: str) -> list[str]:
    """The commands of a console block."""
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def test_the_tutorial_runs_as_it_is_written(start_up: StartUp, tmp_path: Path) -> None:
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "CHECKOUT": str(ROOT),
        "COLUMNS": "100",
        "HOME": str(tmp_path),
    }
    exports: list[str] = []
    url = URL
    for language, block in blocks():
        if language == "yaml":
            name = block.splitlines()[0].removeprefix("# ")
            (tmp_path / name).write_text(block)
            continue
        commands = commands_of(block)
        if commands[0].startswith(UP):
            arguments = shlex.split(
                commands[0].removeprefix(UP).replace("connections.yaml", str(tmp_path / "connections.yaml"))
            )
            url = start_up(*arguments).wait_until_ready().gateway
            continue
        script = "\n".join([*exports, *commands]).replace(URL, url)
        exports += [command for command in commands if command.startswith("export ")]
        ended = subprocess.run(
            ["bash", "-euc", script],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        printed = ended.stdout + ended.stderr
        assert ended.returncode == 0, f"{script}\n{printed}"
        assert missing(block, printed) == [], f"{script}\n{printed}"


def test_the_tutorial_shows_every_step() -> None:
    shown = [command for language, block in blocks() if language == "console" for command in commands_of(block)]
    assert [name for name in STEPS if not any(command.startswith(f"hybrid-router {name}") for command in shown)] == []


def missing(block: str, printed: str) -> list[str]:
    """Lines that are shown and were not printed in that order; a shown line may be the beginning of a printed one. A line `…` stands
    for lines left out."""
    lines = iter(line.rstrip() for line in printed.splitlines())
    shown = [line.rstrip() for line in block.splitlines() if line and not line.startswith("$ ") and line != "…"]
    return [line for line in shown if not any(each.startswith(line) for each in lines)]
