"""What tests written in Python ask of a connection file: explain an event, assert its route, simulate recorded events."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from policies.capabilities import Mode, SourceType
from policies.connection import with_modes
from router.config.connections import read_connections
from router.config.document import Document
from router.pytest_plugin.ledger import Ledger
from router.simulation.envelopes import Envelope, read_envelopes
from router.simulation.outcome import Outcome
from router.simulation.simulate import Simulation
from router.simulation.stateful import StatefulSimulation
from router.suites.file import PATHS
from router.suites.finished import finished
from router.suites.reading import suite_of
from router.suites.reports.text import failure_lines, trace_text
from router.suites.running import judge
from router.suites.staging import Stage
from router.suites.suite import PolicyTest

Event = Mapping[str, Any]
_ANYTHING = {"never": "doubled"}
"""Stands where nothing is judged, because a test must expect something."""


class PolicyUnderTest:
    """A connection file. What is `given` (source, mode, sdk, consent …) and expected is written as in a suite."""

    def __init__(self, connection: Path, ledger: Ledger) -> None:
        self.path = connection
        self.workspace, self.document = read_connections(connection)
        self._stage, self._ledger = Stage(self.workspace), ledger
        ledger.add_workspace(connection, self.workspace)

    def explain(self, event: Event, **given: Any) -> list[Outcome]:
        """What would happen to the event on each of its connections, with every step."""
        trial = self._stage.trial(self._test(event, given, _ANYTHING))
        mets = [occurrence.met(self._ledger.policies.of(occurrence.terms)) for occurrence in trial.occurrences]
        return [msgspec.structs.replace(met.outcome, steps=met.steps_of()) for met in mets]

    def assert_route(
        self,
        event: Event,
        *,
        device: Any = None,
        cloud: Any = None,
        rule: str | Iterable[str] = (),
        expect: Mapping[str, Any] | None = None,
        **given: Any,
    ) -> None:
        """Fail unless the event takes this route: a verdict by path, rule ids (their names say of which path), and `expect` as
        a suite has it (requests, device_calls, never, error). Example: `assert_route(event, device="block", cloud="deliver")`."""
        __tracebackhide__ = True
        expected = {**(expect or {}), **_routes(device, cloud, [rule] if isinstance(rule, str) else rule)}
        result = judge(self._stage.trial(self._test(event, given, expected)), self._ledger.policies)
        self._ledger.add_result(result)
        if result.status == "failed":
            shown = finished(result, {self.path: self.document})
            raise AssertionError(click.unstyle("\n".join([*failure_lines(shown), trace_text(shown)])).strip())

    def _test(self, event: Event, given: Mapping[str, Any], expect: Mapping[str, Any]) -> PolicyTest:
        """A suite of one test, so that the same things are refused as in a file."""
        test = {"name": "assert_route", "given": dict(given), "event": dict(event), "expect": dict(expect)}
        data = {"version": 1, "connection": self.path.name, "tests": [test]}
        document = Document(file=str(self.path.parent / "assert_route"), data=data, places={})
        only: PolicyTest = suite_of(document).tests[0]
        return msgspec.structs.replace(only, connection=self.path)


class Simulate:
    """Simulates recorded events on a connection file."""

    def __init__(self, connection: Path) -> None:
        self.workspace, _ = read_connections(connection)

    def __call__(
        self,
        events: str | os.PathLike[str] | Iterable[Event],
        *,
        source_type: SourceType | None = None,
        modes: Mapping[SourceType, Mode] | None = None,
        stateful: bool = False,
    ) -> list[Outcome]:
        """One outcome for each event and connected destination, as `hybrid-router simulate` prints them."""
        workspace = with_modes(self.workspace, modes) if modes else self.workspace
        simulation = (StatefulSimulation if stateful else Simulation)(workspace, source_type=source_type)
        return list(simulation.run(_envelopes(events)))


def _envelopes(events: str | os.PathLike[str] | Iterable[Event]) -> Iterable[Envelope]:
    if isinstance(events, str | os.PathLike):
        return (envelope for _, envelope in read_envelopes(os.fspath(events)))
    return (_envelope(event) for event in events)


def _envelope(event: Event) -> Envelope:
    if isinstance(event.get("message"), Mapping) and isinstance(event.get("source"), str):
        return Envelope(msgspec.json.encode(event["message"]), event["source"])
    return Envelope(msgspec.json.encode(event))


def _routes(device: Any, cloud: Any, rules: Iterable[str]) -> dict[str, Any]:
    """The paths of an `expect`; raises ValueError for a rule that is of neither path, or a second one of the same."""
    routes: dict[str, Any] = {
        path: {"verdict": stated} if isinstance(stated, str) and "/" not in stated else stated
        for path, stated in (("device", device), ("cloud", cloud))
        if stated is not None
    }
    for rule in rules:
        path = rule.partition("/")[0]
        stated = routes.get(path, {})
        if path not in PATHS or not isinstance(stated, Mapping) or "rule" in stated:
            raise ValueError(f"rule `{rule}` is no rule of a path, or not the only one: write device/… or cloud/…")
        routes[path] = {**stated, "rule": rule}
    return routes
