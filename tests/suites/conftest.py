"""Suites written on the spot beside a small connection file, and run in process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from router.suites.discovery import Collection, collect
from router.suites.running import Result, run

CONNECTION = """\
version: 1
sources:
  - {id: shop, type: web, write_key: wk}
destinations:
  - id: braze
    config:
      dataCenter: EU-01
      restApiKey: env.KEY
      appKey: 00000000-aaaa-bbbb-cccc-000000000001
      connectionMode: {web: hybrid}
connections:
  - {source: shop, destination: braze}
"""
TRACK = "event: {type: track, event: Product Viewed, userId: u-1}"

Write = Callable[[str], Path]


class Suites:
    """A folder with a connection file, in which suites are written and run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.connection(CONNECTION)

    def connection(self, text: str) -> Path:
        """Write the connection file."""
        path = self.folder / "connection.yaml"
        path.write_text(text)
        return path

    def write(self, tests: str, *, head: str = "", name: str = "shop") -> Path:
        """Write a suite with these `tests:`."""
        path = self.folder / f"{name}.policy.yaml"
        path.write_text(f"version: 1\nconnection: connection.yaml\n{head}tests:\n{tests}")
        return path

    def collect(self, tests: str, *, head: str = "") -> Collection:
        """Write a suite and make it ready to run."""
        return collect([self.write(tests, head=head)])

    def run(self, tests: str, *, head: str = "") -> list[Result]:
        """Write a suite and run it."""
        return list(run(self.collect(tests, head=head).trials))


@pytest.fixture
def suites(tmp_path: Path) -> Suites:
    """An empty folder with a connection file."""
    return Suites(tmp_path)
