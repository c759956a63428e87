"""`simulate --stateful`: each event meets what those before it have left behind."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from policies.connection import Workspace
from policies.workspace import parse_workspace
from router.cli.simulate import simulate
from router.simulation.envelopes import Envelope, read_envelopes
from router.simulation.outcome import Outcome
from router.simulation.simulate import Simulation
from router.simulation.stateful import REPEATED, StatefulSimulation

TIME = "2026-05-04T08:00:00.000Z"
AN_HOUR_LATER = "2026-05-04T09:00:00.000Z"


def workspace(mode: str = "cloud", **config: Any) -> Workspace:
    stated = {"dataCenter": "EU-01", "restApiKey": "k", "appKey": "a", "supportDedup": True, **config}
    return parse_workspace(
        {
            "version": 1,
            "sources": [{"id": "web-shop", "type": "web"}, {"id": "web-blog", "type": "web"}],
            "destinations": [
                {"id": "braze-eu", "type": "BRAZE", "config": {**stated, "connectionMode": {"web": mode}}}
            ],
            "connections": [
                {"source": "web-shop", "destination": "braze-eu"},
                {"source": "web-blog", "destination": "braze-eu"},
            ],
        }
    )


def lived(*messages: dict[str, Any], mode: str = "cloud", source: str = "web-shop", **config: Any) -> list[Outcome]:
    simulation = StatefulSimulation(workspace(mode, **config))
    return list(simulation.run(envelope(message, source) for message in messages))


def envelope(message: dict[str, Any], source: str = "web-shop") -> Envelope:
    return Envelope(json.dumps({"receivedAt": TIME, **message}).encode(), source)


def identify(user: str = "u-1", /, message_id: str | None = None, **traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": user, "traits": traits} | ({"messageId": message_id} if message_id else {})


def on_device(user: str = "u-1", /, message_id: str | None = None, **traits: Any) -> dict[str, Any]:
    """An identify as an SDK hands it to its integrations."""
    return {**identify(user, message_id), "context": {"traits": traits}}


def sent(outcome: Outcome) -> list[dict[str, Any]]:
    """The attributes that would go to Braze, without their owner."""
    objects = [body for request in outcome.requests for body in request.body.get("attributes", ())]
    return [{name: value for name, value in body.items() if name != "external_id"} for body in objects]


def test_only_attributes_that_changed_are_sent() -> None:
    outcomes = lived(
        identify(plan="gold", tier=1), identify(plan="gold", tier=2), identify(plan="silver"), identify(plan="gold")
    )
    assert [sent(outcome) for outcome in outcomes] == [
        [{"plan": "gold", "tier": 1}],
        [{"tier": 2}],
        [{"plan": "silver"}],
        [{"plan": "gold"}],
    ]
    assert outcomes[1].notes == ("trait dedup: 1 attribute update not sent, Braze has the value",)


def test_an_event_of_which_nothing_is_left_is_blocked_by_trait_dedup() -> None:
    _, repeat = lived(identify(plan="gold"), identify(plan="gold"))
    assert (repeat.cloud.verdict, repeat.cloud.rule) == ("block", "cloud/trait-dedup")
    assert repeat.requests == []
    assert repeat.error is None


def test_a_track_event_loses_its_attributes_alone() -> None:
    track = {"type": "track", "event": "Ping", "userId": "u-1", "context": {"traits": {"plan": "gold"}}}
    _, outcome = lived(identify(plan="gold"), track)
    assert outcome.cloud.verdict == "deliver"
    assert [list(request.body) for request in outcome.requests] == [["partner", "events"]]


def test_without_support_dedup_everything_is_sent() -> None:
    outcomes = lived(identify(plan="gold"), identify(plan="gold"), supportDedup=False)
    assert [sent(outcome) for outcome in outcomes] == [[{"plan": "gold"}]] * 2


def test_sources_of_one_destination_share_what_is_known() -> None:
    simulation = StatefulSimulation(workspace())
    simulation.outcomes(envelope(identify(plan="gold"), "web-blog"))
    (outcome,) = simulation.outcomes(envelope(identify(plan="gold"), "web-shop"))
    assert outcome.cloud.rule == "cloud/trait-dedup"


def test_what_an_anonymous_user_had_is_unknown_once_it_is_identified() -> None:
    anonymous = {"type": "identify", "anonymousId": "an-1", "traits": {"plan": "gold"}}
    known = {**identify(plan=None), "anonymousId": "an-1"}
    outcomes = lived(anonymous, anonymous, identify(plan=None), identify(plan=None), known, anonymous)
    sent_whole = [outcome.cloud.rule == "cloud/deliver" for outcome in outcomes]
    assert sent_whole == [True, False, True, False, True, True]
    assert [request.path for request in outcomes[4].requests] == ["/users/identify", "/users/track"]


def test_what_is_known_is_forgotten_after_its_days() -> None:
    later = "2026-06-04T08:00:00.000Z"
    outcomes = lived(identify(plan="gold"), {**identify(plan="gold"), "receivedAt": later})
    assert [outcome.cloud.rule for outcome in outcomes] == ["cloud/deliver"] * 2


def test_an_event_that_the_transform_refuses_teaches_nothing() -> None:
    refused = {"type": "track", "event": "", "userId": "u-1", "context": {"traits": {"plan": "gold"}}}
    outcomes = lived(refused, identify(plan="gold"))
    assert outcomes[0].error is not None
    assert outcomes[0].requests == []
    assert sent(outcomes[1]) == [{"plan": "gold"}]


def test_a_repeated_message_id_is_not_accepted_again() -> None:
    first, again = lived(identify("u-1", "m-1", plan="gold"), identify("u-1", " m-1 ", plan="silver"))
    assert first.notes == ()
    assert again.notes == (REPEATED,)
    assert (again.cloud.verdict, again.requests, again.error) == ("deliver", [], None)


def test_a_repeated_message_teaches_nothing_and_calls_nothing() -> None:
    outcomes = lived(
        on_device("u-1", "m-1", email="a@x.io"),
        on_device("u-1", "m-1", email="b@x.io"),
        on_device("u-1", "m-2", email="b@x.io"),
        mode="device",
    )
    assert [[call.method for call in outcome.device_calls] for outcome in outcomes] == [
        ["changeUser", "user.setEmail"],
        [],
        ["user.setEmail"],
    ]


@pytest.mark.parametrize(
    "other",
    [
        {**identify("u-2", "m-1"), "traits": {"plan": "gold"}},
        {**identify("u-1", "m-2"), "traits": {"plan": "gold"}},
        {**identify("u-1", "m-1", plan="gold"), "receivedAt": "2026-05-06T08:00:00.000Z"},
    ],
)
def test_another_identity_another_id_or_a_late_repeat_is_accepted(other: dict[str, Any]) -> None:
    assert [outcome.notes for outcome in lived(identify("u-1", "m-1", tier=1), other)] == [(), ()]


def test_the_same_id_of_another_source_is_accepted() -> None:
    simulation = StatefulSimulation(workspace())
    message = identify("u-1", "m-1", plan="gold")
    assert simulation.outcomes(envelope(message, "web-shop"))[0].notes == ()
    assert REPEATED not in simulation.outcomes(envelope(message, "web-blog"))[0].notes


def test_messages_without_id_or_without_time_are_never_repeats_of_each_other() -> None:
    message = {"type": "track", "event": "Ping", "userId": "u-1", "receivedAt": None, "timestamp": AN_HOUR_LATER}
    assert [outcome.notes for outcome in lived(message, message)] == [(), ()]
    timeless = {**message, "timestamp": None, "messageId": "m-1"}
    assert [outcome.notes for outcome in lived(timeless, timeless)] == [(), (REPEATED,)]


def test_a_device_remembers_the_traits_of_the_last_identify() -> None:
    messages = [{**on_device(email="a@x.io"), "anonymousId": f"an-{device}"} for device in (1, 1, 2)]
    assert [[call.method for call in outcome.device_calls] for outcome in lived(*messages, mode="device")] == [
        ["changeUser", "user.setEmail"],
        [],
        ["changeUser", "user.setEmail"],
    ]


def test_an_event_on_which_the_sdk_throws_leaves_the_device_as_it_was() -> None:
    without_traits = {**identify(), "context": {}}
    outcomes = lived(without_traits, on_device(plan="gold"), on_device(email="a@x.io"), mode="device")
    assert [outcome.device.rule for outcome in outcomes] == ["device/deliver", "device/sdk-error", "device/deliver"]
    assert [len(outcome.device_calls) for outcome in outcomes] == [1, 0, 1]


def test_events_that_have_nothing_in_common_come_out_as_without_state(fixtures: Path, quickstart: Workspace) -> None:
    events = [each for _, each in read_envelopes(str(fixtures / "events" / "shop.jsonl"))]
    firsts: list[Outcome] = []
    for index, event in enumerate(events):
        firsts += StatefulSimulation(quickstart).outcomes(event, index=index)
    assert firsts == list(Simulation(quickstart).run(events))


def test_the_command_has_the_flag(tmp_path: Path, fixtures: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join([json.dumps(identify("u-1", "m-1", plan="gold")).encode()] * 2))
    arguments = [str(file), "-c", str(fixtures / "connections" / "quickstart.yaml"), "--source-type", "web"]
    result = CliRunner().invoke(simulate, [*arguments, "--stateful", "--format", "jsonl"])
    assert [json.loads(line).get("notes") for line in result.output.splitlines()] == [None, [REPEATED]]


def test_the_example_of_the_documentation_is_what_happens(fixtures: Path) -> None:
    text = (fixtures.parent / "docs" / "trait-dedup.md").read_text()
    events = [json.loads(line.removeprefix("in:")) for line in text.splitlines() if line.startswith("in:")]
    shown = [json.loads(line.removeprefix("sent:")) for line in text.splitlines() if line.startswith("sent:")]
    assert len(events) == 6
    outcomes = lived(*events)
    assert [
        [body for each in outcome.requests for body in each.body.get("attributes", ())] for outcome in outcomes
    ] == shown
