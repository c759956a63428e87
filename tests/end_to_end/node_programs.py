"""Runs RudderStack's JavaScript SDKs: the programs in `node/`, with the packages that its lock file names.

Where Node or Chromium is missing, a test that needs it is skipped with a printed notice.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NoReturn, Protocol, cast

import pytest

FOLDER = Path(__file__).parent / "node"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_INSTALL_SECONDS = 300
_RUN_SECONDS = 90


class _Terminal(Protocol):
    def write_line(self, line: str) -> None: ...


def run_node(config: pytest.Config, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of `node/` to its end; installs its packages first, or skips the test."""
    node = _find(config, "node")
    if not _installed():
        _install(config)
    return subprocess.run(
        [node, str(FOLDER / program), *arguments], capture_output=True, text=True, timeout=_RUN_SECONDS, check=False
    )


def visit_shop(config: pytest.Config, profile: Path, visit: dict[str, Any]) -> dict[str, Any]:
    """Visit the shop page in headless Chromium; the answer is what `node/browser.mjs` prints."""
    asked = {"chromium": _find(config, *_BROWSERS), "profile": str(profile), "visit": visit}
    run = run_node(config, "browser.mjs", json.dumps(asked))
    assert run.returncode == 0, run.stderr
    outcome: dict[str, Any] = json.loads(run.stdout)
    return outcome


def _find(config: pytest.Config, *names: str) -> str:
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        _skip(config, f"{names[0]} is not installed")
    return found


def _installed() -> bool:
    """npm writes its own copy of the lock file last."""
    copy = FOLDER / "node_modules" / ".package-lock.json"
    return copy.exists() and copy.stat().st_mtime >= (FOLDER / "package-lock.json").stat().st_mtime


def _install(config: pytest.Config) -> None:
    npm = _find(config, "npm")
    command = [npm, "ci", "--prefix", str(FOLDER), "--ignore-scripts", "--no-audit", "--no-fund"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
    if run.returncode != 0:
        _skip(config, f"npm ci failed: {run.stderr.strip()[-500:]}")
    os.utime(FOLDER / "node_modules" / ".package-lock.json")


def _skip(config: pytest.Config, reason: str) -> NoReturn:
    terminal = cast(_Terminal, config.pluginmanager.get_plugin("terminalreporter"))
    terminal.write_line(f"\nskipped, no JavaScript SDK is tested: {reason}")
    pytest.skip(reason)
