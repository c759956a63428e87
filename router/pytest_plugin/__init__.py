"""pytest plug-in: collects `*.policy.yaml`, and lends tests a policy, a simulation and a local Braze.

pytest loads this module in every project that has the package installed. So it imports nothing of the router, nor anything the
router needs: what does is imported where a suite, a fixture or an option first asks for it.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from router.pytest_plugin.collection import PolicyFile
    from router.pytest_plugin.ledger import Ledger
    from router.pytest_plugin.local_braze import Braze
    from router.pytest_plugin.under_test import PolicyUnderTest, Simulate

_ENDINGS = (".policy.yaml", ".policy.yml")
_LEDGER: pytest.StashKey[Ledger] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options and settings."""
    group = parser.getgroup("hybrid-router policies")
    group.addoption(
        "--policy-cov",
        action="store_true",
        help="report which rules, decision cells and config branches the policy suites and assert_route have asserted",
    )
    group.addoption(
        "--policy-cov-fail-under",
        type=_percentage,
        metavar="PCT",
        help="fail where a figure of --policy-cov (implied) is below PCT",
    )
    parser.addini("policy_connection", "connection file of the fixtures policy, simulate and assert_route")


def _percentage(text: str) -> float:
    """A figure from 0 to 100; pytest turns the error into one of usage."""
    from argparse import ArgumentTypeError

    try:
        figure = float(text)
    except ValueError:
        figure = -1.0
    if not 0 <= figure <= 100:
        raise ArgumentTypeError(f"`{text}` is no percentage: write a figure from 0 to 100")
    return figure


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """The marker that names a connection file; coverage is refused where it would be wrong."""
    config.addinivalue_line(
        "markers", "policy(connection): connection file of the fixtures policy, simulate and assert_route"
    )
    if _covers(config) and _is_distributed(config):
        raise pytest.UsageError(
            "--policy-cov counts what one process asserts, and pytest-xdist would run the tests in several: add `-n 0`, "
            "or leave --policy-cov and --policy-cov-fail-under out"
        )


def _covers(config: pytest.Config) -> bool:
    return bool(config.getoption("--policy-cov")) or config.getoption("--policy-cov-fail-under") is not None


def _is_distributed(config: pytest.Config) -> bool:
    """Whether pytest-xdist will hand the tests to other processes: its session is then registered by this name."""
    return config.pluginmanager.hasplugin("dsession")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> PolicyFile | None:
    """A suite's tests are pytest's."""
    if not file_path.name.endswith(_ENDINGS):
        return None
    from router.pytest_plugin.collection import PolicyFile

    suite: PolicyFile = PolicyFile.from_parent(parent, path=file_path, ledger=ledger_of(parent.config))
    return suite


def ledger_of(config: pytest.Config) -> Ledger:
    """What this run has asserted so far, for coverage."""
    if _LEDGER not in config.stash:
        from router.pytest_plugin.ledger import Ledger

        config.stash[_LEDGER] = Ledger()
    return config.stash[_LEDGER]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Coverage that is too low fails a run that is otherwise good."""
    threshold = session.config.getoption("--policy-cov-fail-under")
    if threshold is not None and session.exitstatus == pytest.ExitCode.OK:
        coverage = ledger_of(session.config).coverage()
        if not coverage.figures or coverage.is_below(threshold):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The coverage report."""
    threshold = config.getoption("--policy-cov-fail-under")
    if not _covers(config):
        return
    from router.suites.reports.text import coverage_text

    coverage = ledger_of(config).coverage()
    terminalreporter.section("policy coverage")
    terminalreporter.write(coverage_text(coverage) if coverage.figures else "no policy was tested\n")
    if threshold is not None and (not coverage.figures or coverage.is_below(threshold)):
        terminalreporter.write_line(f"policy coverage is below {threshold:g} %", red=True)


@pytest.fixture
def policy(request: pytest.FixtureRequest) -> PolicyUnderTest:
    """The connection file under test: `explain` an event, `assert_route` of it."""
    from router.pytest_plugin.under_test import PolicyUnderTest

    with _errors_without_a_stack():
        return PolicyUnderTest(_connection_of(request), ledger_of(request.config))


@pytest.fixture
def assert_route(policy: PolicyUnderTest) -> Callable[..., None]:
    """`assert_route(event, device="block", cloud="deliver", rule="device/hybrid-goes-by-cloud", source="web-shop")`."""
    return policy.assert_route


@pytest.fixture
def simulate(request: pytest.FixtureRequest) -> Simulate:
    """`simulate(events)` → outcomes of recorded events: a JSON Lines file, or messages."""
    from router.pytest_plugin.under_test import Simulate

    with _errors_without_a_stack():
        return Simulate(_connection_of(request))


@pytest.fixture
def braze() -> Iterator[Braze]:
    """A local Braze in this process, empty at first."""
    from router.pytest_plugin.local_braze import Braze

    with Braze.started() as started:
        yield started


@contextmanager
def _errors_without_a_stack() -> Iterator[None]:
    """A connection file that is missing or wrong is told by its message: the way through this program explains nothing."""
    from router.errors import RouterError

    try:
        yield
    except RouterError as error:
        pytest.fail(str(error), pytrace=False)


def _connection_of(request: pytest.FixtureRequest) -> Path:
    """The file that the nearest marker names (relative to the test's folder), else the setting's (relative to the root)."""
    marker = request.node.get_closest_marker("policy")
    if marker is not None:
        return Path(request.path.parent, *marker.args)
    stated = request.config.getini("policy_connection")
    if not stated:
        raise pytest.UsageError(
            'no connection file: mark the test with @pytest.mark.policy("connection.yaml"), or set policy_connection'
        )
    return Path(request.config.rootpath, stated)
