"""Runs RudderStack's JavaScript SDKs: the programs in `node/`, with the packages that its lock file names.

Where Node or Chromium is missing, a test that asks for it is skipped with a printed notice.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

FOLDER = Path(__file__).parent / "node"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_INSTALL_SECONDS = 300
_RUN_SECONDS = 90

Run = Callable[..., subprocess.CompletedProcess[str]]
Visit = Callable[[dict[str, Any]], dict[str, Any]]


def node_program(config: pytest.Config, program: str) -> Run:
    """A program of `node/`, to be called with its arguments; its packages are installed by now, or the test is skipped."""
    node = _find(config, "node")
    if not _installed():
        _install(config)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [node, str(FOLDER / program), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=_RUN_SECONDS, check=False)

    return run


def shop_browser(config: pytest.Config, profile: Path) -> Visit:
    """Headless Chromium with a profile that lasts from visit to visit; a visit gives back what `node/browser.mjs` prints."""
    chromium, run = _find(config, *_BROWSERS), node_program(config, "browser.mjs")

    def visit(asked: dict[str, Any]) -> dict[str, Any]:
        ended = run(json.dumps({"chromium": chromium, "profile": str(profile), "visit": asked}))
        assert ended.returncode == 0, ended.stderr
        outcome: dict[str, Any] = json.loads(ended.stdout)
        return outcome

    return visit


def _find(config: pytest.Config, *names: str) -> str:
    found = next((path for name in names if (path := shutil.which(name))), None)
    return found or _skip(config, f"{names[0]} is not installed")


def _installed() -> bool:
    """npm writes its own copy of the lock file last."""
    copy = FOLDER / "node_modules" / ".package-lock.json"
    return copy.exists() and copy.stat().st_mtime >= (FOLDER / "package-lock.json").stat().st_mtime


def _install(config: pytest.Config) -> None:
    command = [_find(config, "npm"), "ci", "--prefix", str(FOLDER), "--ignore-scripts", "--no-audit", "--no-fund"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
    if ended.returncode != 0:
        _skip(config, f"npm ci failed: {ended.stderr.strip()[-500:]}")
    os.utime(FOLDER / "node_modules" / ".package-lock.json")


def _skip(config: pytest.Config, reason: str) -> NoReturn:
    capture: Any = config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\nskipped, RudderStack's JavaScript SDKs are not tested here: {reason}")
    pytest.skip(reason)
