"""What one process takes for a recording: whole devices, masked, bounded, and nothing when nothing is ordered."""

import json
import time
from typing import Any

import msgspec
import pytest

from policies.connection import Workspace
from router.classify import classify
from router.events import Head
from router.identity import identity_of
from router.recording.masking import Masking
from router.recording.recorder import LARGEST_EVENT, MOST_HELD, Recorder, Taking
from router.recording.recording import KEPT_SECONDS, Recording
from router.store.layout import Incoming
from router.store.recordings import NoSuchRecording, Recordings
from router.store.store import Store

pytestmark = pytest.mark.anyio
NOW = time.time()
"""The store ends recordings by its own clock."""


def recording(**more: Any) -> Recording:
    defaults: dict[str, Any] = {
        "id": "r-1",
        "source": "web-shop",
        "count": 100,
        "until": NOW + 60,
        "rate": 1.0,
        "masking": Masking(traits="hash"),
        "key": "ab" * 32,
        "ordered_by": "ada",
    }
    return Recording(**(defaults | more))


def incoming(identity: str = "a-1", number: int = 0, *, suppressed: bool = False, **event: Any) -> Incoming:
    return Incoming(
        source="web-shop",
        identity=identity,
        type="track",
        message_id=f"m-{number}",
        decision_id="d",
        received_at="2026-05-04T08:00:00.000Z",
        message=json.dumps({"event": "Ping", "anonymousId": identity, **event}).encode(),
        units=(),
        suppressed=suppressed,
    )


def taken(events: list[Incoming], **more: Any) -> list[dict[str, Any]]:
    taking = Taking(recording(**more))
    taking.take(events)
    return [json.loads(envelope) for envelope in taking.held]


def test_an_event_is_an_envelope_that_plan_and_suites_read() -> None:
    (envelope,) = taken([incoming(number=7)])
    assert envelope["source"] == "web-shop"
    assert (envelope["message"]["type"], envelope["message"]["event"]) == ("track", "Ping")
    assert (envelope["message"]["messageId"], envelope["message"]["receivedAt"]) == ("m-7", "2026-05-04T08:00:00.000Z")
    assert envelope["message"]["anonymousId"] not in ("a-1", "")


def test_a_rate_takes_whole_devices() -> None:
    events = [incoming(f"a-{n % 500}", n) for n in range(2000)]
    by_device: dict[str, int] = {}
    for envelope in taken(events, rate=0.3):
        by_device[envelope["message"]["anonymousId"]] = by_device.get(envelope["message"]["anonymousId"], 0) + 1
    assert set(by_device.values()) == {4}
    assert len(by_device) == pytest.approx(150, rel=0.2)


def test_a_greater_rate_drops_no_device_that_a_smaller_one_took() -> None:
    events = [incoming(f"a-{n}", n) for n in range(2000)]
    tenth, quarter, all_of_them = ({e["message"]["messageId"] for e in taken(events, rate=r)} for r in (0.1, 0.25, 1.0))
    assert tenth < quarter < all_of_them
    assert len(tenth) == pytest.approx(200, rel=0.2)
    assert len(quarter) == pytest.approx(500, rel=0.2)


def test_a_device_whose_user_becomes_known_stays_in_with_its_whole_story(quickstart: Workspace) -> None:
    """What is hashed is the identity that the gateway gives an event, which does not change when a user logs in or out."""
    (web,) = [source for source in quickstart.sources if source.id == "web-shop"]

    def story(device: str) -> list[Incoming]:
        users = (None, f"user of {device}", "somebody else", None)
        heads = [Head(type="track", event="Ping", anonymous_id=device, user_id=user) for user in users]
        return [
            incoming(identity_of(classify(head, web), head), number, anonymousId=device, userId=head.user_id)
            for number, head in enumerate(heads)
        ]

    events = [event for number in range(500) for event in story(f"a-{number}")]
    for rate in (0.1, 0.25):
        stories: dict[str, list[str]] = {}
        for envelope in taken(events, rate=rate):
            stories.setdefault(envelope["message"]["anonymousId"], []).append(envelope["message"]["messageId"])
        assert len(stories) > 20
        assert set(map(tuple, stories.values())) == {("m-0", "m-1", "m-2", "m-3")}


def test_suppressed_users_are_in_no_recording() -> None:
    assert taken([incoming(suppressed=True)]) == []


def test_what_is_too_much_or_too_large_is_skipped_and_counted() -> None:
    taking = Taking(recording(count=MOST_HELD * 2))
    taking.take([incoming(number=n) for n in range(MOST_HELD + 5)])
    assert (len(taking.held), taking.skipped) == (MOST_HELD, 5)
    large = Taking(recording())
    large.take([incoming(properties={f"p{n}": "x" for n in range(LARGEST_EVENT // 8)}), incoming(broken="\ud800")])
    assert (len(large.held), large.skipped) == (0, 2)


def test_an_event_that_cannot_be_masked_is_skipped_and_never_stops_a_request() -> None:
    deep = incoming(properties={"deep": "?"})
    nested = deep.message.replace(b'"?"', b"[" * 950 + b"]" * 950)
    taking = Taking(recording())
    taking.take([msgspec.structs.replace(deep, message=nested), incoming(number=1)])
    assert (len(taking.held), taking.skipped) == (1, 1)


async def test_a_process_takes_from_the_source_that_was_asked_for_until_the_time_is_over(store: Store) -> None:
    recordings, now = Recordings(store), [NOW]
    recorder = Recorder(recordings, clock=lambda: now[0])
    await recorder.refresh()
    assert recorder.active == ()
    await recordings.order(recording())
    await recorder.refresh()
    recorder.take("android-app", [incoming(number=1)])
    recorder.take("web-shop", [incoming(number=2)])
    await recorder.refresh()
    now[0] = NOW + 61
    recorder.take("web-shop", [incoming(number=3)])
    await recorder.refresh()
    assert recorder.active == ()
    samples = await recordings.events("r-1", after="", count=10)
    assert [json.loads(bytes(sample.envelope))["message"]["messageId"] for sample in samples] == ["m-2"]


async def test_several_processes_never_pass_the_count(store: Store) -> None:
    recordings = Recordings(store)
    await recordings.order(recording(count=250))
    processes = [Recorder(recordings, clock=lambda: NOW) for _ in range(3)]
    for process in processes:
        await process.refresh()
        process.take("web-shop", [incoming(number=n) for n in range(120)])
    for process in processes:
        await process.refresh()
    assert await recordings.size("r-1") == 250
    for process in processes:
        await process.refresh()
    assert [process.active for process in processes] == [(), (), ()]


async def test_what_is_held_when_a_recording_is_removed_is_written_nowhere(store: Store) -> None:
    recordings = Recordings(store)
    await recordings.order(recording())
    recorder = Recorder(recordings, clock=lambda: NOW)
    await recorder.refresh()
    recorder.take("web-shop", [incoming()])
    await recordings.remove("r-1")
    await recorder.refresh()
    assert await store.command("KEYS", "hr:samples:*") == []
    with pytest.raises(NoSuchRecording):
        await recordings.show("r-1")


async def test_a_recording_goes_away_by_itself(store: Store) -> None:
    recordings = Recordings(store)
    now = float((await store.command("TIME"))[0])
    await recordings.order(recording(until=now))
    await recordings.add(recording(until=now), [b"{}"], skipped=2)
    assert await recordings.skipped("r-1") == 2
    for name in ("events", "skipped"):
        left = int(await store.command("TTL", f"hr:samples:{{samples}}:{name}:r-1"))
        assert KEPT_SECONDS - 60 < left <= KEPT_SECONDS
    await Recorder(recordings, clock=lambda: now + KEPT_SECONDS - 1).refresh()
    assert (await recordings.show("r-1")).id == "r-1"
    await Recorder(recordings, clock=lambda: now + KEPT_SECONDS + 1).refresh()
    assert await store.command("KEYS", "hr:samples:*") == [], "the key of its hashes is gone as well"
    with pytest.raises(NoSuchRecording):
        await recordings.show("r-1")
