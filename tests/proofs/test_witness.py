"""A case and the event made of it are one: `explain` decides the event as the case was decided."""

import shlex
from functools import cache
from pathlib import Path

import msgspec
import pytest

from policies.cases import cases_of
from policies.client_consent import ClientConsent
from policies.connection import Workspace, with_modes
from policies.matrix import Lane, lanes_of, stand_in
from policies.sdks import SDKS
from router.config.connections import read_connections
from router.proofs.witness import envelope, explain_command
from router.simulation.circumstances import Circumstances
from router.simulation.envelopes import parse_envelope
from router.simulation.simulate import Simulation

ROOT = Path(__file__).parent.parent.parent
QUICKSTART = "fixtures/connections/quickstart.yaml"
FILES = (QUICKSTART, "fixtures/suites/consent.yaml", "fixtures/suites/rudderstack.yaml")


def read(file: str) -> Workspace:
    return read_connections(str(ROOT / file))[0]


@pytest.mark.parametrize("file", FILES)
def test_every_case_is_an_event_that_simulate_classifies_and_decides_alike(file: str) -> None:
    workspace = read(file)
    for lane in lanes_of(workspace, ["sdk", "mode"]):
        terms = lane.policy.terms
        switched = with_modes(workspace, {terms.connection.source.type: terms.mode})

        @cache
        def simulation(client: ClientConsent | None, *, suppressed: bool) -> Simulation:
            given = Circumstances(sdk=terms.device.sdk, client=client, suppressed=suppressed)  # noqa: B023 - used in this round alone
            return Simulation(switched, circumstances=given)  # noqa: B023

        for facts in cases_of(lane.policy).every():
            line = msgspec.json.encode(envelope(lane, facts, workspace))
            (outcome,) = simulation(facts.client, suppressed=facts.suppressed).outcomes(parse_envelope(line))
            decision = lane.policy.decide(facts)
            assert (outcome.device, outcome.cloud) == (decision.device, decision.cloud), line


def flags(lane: Lane, workspace: Workspace, **facts: object) -> list[str]:
    usual = next(cases_of(lane.policy).every())
    command = explain_command(lane, msgspec.structs.replace(usual, **facts), workspace, "file.yaml")
    return shlex.split(command.partition(" | hybrid-router explain ")[2])


def test_a_command_says_only_what_the_file_does_not() -> None:
    workspace = read(QUICKSTART)
    web, *_ = lanes_of(workspace)
    assert flags(web, workspace) == ["-c", "file.yaml"]
    client = ClientConsent(provider="custom", allowed=("a",))
    assert flags(web, workspace, client=client, suppressed=True) == [
        *("-c", "file.yaml", "--device-consent", '{"provider":"custom","allowed":["a"]}', "--suppressed")
    ]
    other = next(lane for lane in lanes_of(workspace, ["sdk", "mode"]) if lane.carrier.sdk == "web-v1.1")
    assert flags(other, workspace) == ["-c", "file.yaml", "--mode", "web=cloud", "--sdk", "web-v1.1"]


def test_a_command_for_a_source_type_that_the_file_does_not_have_names_it() -> None:
    workspace = read(QUICKSTART)
    lane = next(
        each for each in lanes_of(stand_in(workspace, "iosSwift"), ["sdk"]) if each.carrier.sdk == "iosSwift-v2"
    )
    assert flags(lane, workspace) == ["-c", "file.yaml", "--source-type", "iosSwift", "--sdk", "iosSwift-v2"]
    simulation = Simulation(workspace, source_type="iosSwift", circumstances=Circumstances(sdk=SDKS["iosSwift-v2"]))
    line = envelope(lane, next(cases_of(lane.policy).every()), workspace)
    (outcome,) = simulation.outcomes(parse_envelope(msgspec.json.encode(line)))
    assert outcome.source_type == "iosSwift"
