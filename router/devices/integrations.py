"""Which code runs in which SDK, and the calls that it makes for an event that the gates let through.

Mode, event filter, consent and the `integrations` object are the gates' business (`policies`, `router.devices.gates`).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from policies.sdks import Code, find_sdk
from router.devices import (
    android,
    android_track,
    ios,
    ios_track,
    kotlin,
    kotlin_track,
    swift,
    swift_track,
    swift_v2,
    web,
)
from router.devices.sdk_calls import Call, made
from router.devices.state import DeviceState, Event
from router.events import Context, Message

Config = Mapping[str, Any]
_Handler = Callable[[Config, DeviceState, Event], Iterator[Call]]
_Memory = Callable[[Config, DeviceState, Event], DeviceState]


def _no_memory(config: Config, state: DeviceState, event: Event) -> DeviceState:
    return state


class Integration(msgspec.Struct, frozen=True, kw_only=True):
    """The Braze integration of one SDK: what it does with each message type that it handles, and what it remembers of an identify."""

    handlers: Mapping[str, _Handler]
    remember: _Memory = _no_memory


_WEB = Integration(
    handlers={"identify": web.identify, "track": web.track, "page": web.page},
    remember=web.remember,
)
INTEGRATIONS: Mapping[Code, Integration] = {
    "web": _WEB,
    "web-v1.1": _WEB,
    "android": Integration(
        handlers={"identify": android.identify, "track": android_track.track}, remember=android.remember
    ),
    "ios": Integration(handlers={"identify": ios.identify, "track": ios_track.track}, remember=ios.remember),
    "kotlin": Integration(
        handlers={"identify": kotlin.identify, "track": kotlin_track.track}, remember=kotlin.remember
    ),
    "swift": Integration(handlers={"identify": swift.identify, "track": swift_track.track}, remember=swift.remember),
    "swift-v2": Integration(handlers={"identify": swift_v2.identify, "track": swift_v2.track}),
}


def calls(
    sdk: str, config: Config, state: DeviceState, event: Event, *, verdict: Literal["deliver", "identity"]
) -> tuple[list[Call], DeviceState]:
    """The calls for one event (`identity`: the user switch alone), and the device's state after them.

    `event` is the message as decoded JSON, so that absent and null stay apart. Raises SdkError where the SDK's own code throws;
    then the state stays what it was.
    """
    kind = _kind(event)
    found = find_sdk(sdk)
    integration = INTEGRATIONS[found.code] if found else None
    if integration is None or kind not in integration.handlers:
        return [], state
    if verdict == "identity":
        done = made(web.switch_user(event))
        return done, state.after(done)
    done = made(integration.handlers[kind](config, state, event))
    then = integration.remember(config, state, event) if kind == "identify" else state
    return done, then.after(done)


def device_calls(sdk: str, config: Config, message: Message, verdict: str) -> list[dict[str, Any]]:
    """The calls that a fresh device would make for one message, as `simulate` prints them; raises SdkError as `calls` does.

    `sdk` may be a source type, which stands for its current SDK; one without a device SDK makes no calls.
    """
    if verdict == "block":
        return []
    as_verdict: Literal["deliver", "identity"] = "identity" if verdict == "identity" else "deliver"
    done, _ = calls(sdk, config, DeviceState(), raw_event(message), verdict=as_verdict)
    return [{"method": method, "args": args} for method, *args in done]


def raw_event(message: Message) -> Event:
    """A message as decoded JSON again, without what is null: a Message cannot tell it from absent."""
    parts = _present(message)
    if isinstance(message.context, Context):
        parts["context"] = _present(message.context)
    return parts


def _present(struct: msgspec.Struct) -> Event:
    names = zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True)
    values = ((encoded, getattr(struct, name)) for name, encoded in names)
    return {encoded: value for encoded, value in values if value is not None and value is not msgspec.UNSET}


def _kind(event: Event) -> str:
    kind = event.get("type")
    return kind.strip().lower() if isinstance(kind, str) else ""
