"""Client-side event filtering: allow-lists and deny-lists of event names, as each SDK applies them.

Only the device path filters; RudderStack's server never reads these lists. A filter is prepared once per connection, so that
asking it costs one set look-up however long the list is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from policies.sdks import Code
from policies.trims import TRIMS

Answer = Literal["allowed", "blocked", "throws"]
_Lists = Literal["whitelistedEvents", "blacklistedEvents"]


class EventFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What one SDK does with an event's name: `listed`, `unlisted` and `nameless` say it for the three cases there are."""

    on: bool = True
    normal: Callable[[str], str] = str
    """How the SDK rewrites a name before it looks it up."""
    names: frozenset[str] = frozenset()
    listed: Answer = "allowed"
    unlisted: Answer = "allowed"
    nameless: Answer = "allowed"
    every_type: bool = False
    """The old web SDK filters every type that has an event name, all others track alone."""
    key: str = "eventFilteringOption"
    """The config key that decides."""

    def judges(self, kind: str) -> bool:
        """Whether it looks at events of this message type at all."""
        return self.on and (kind == "track" or self.every_type)

    def answer(self, name: str | None) -> Answer:
        """What happens to an event of this name; None and "" are no name."""
        if not name:
            return self.nameless
        return self.listed if self.normal(name) in self.names else self.unlisted


OFF = EventFilter(on=False)


def event_filter(code: Code, config: Mapping[str, Any]) -> EventFilter:
    """Prepare the filter of one SDK from the Braze config that it received."""
    return _FILTERS[code](code, config)


def _web(code: Code, config: Mapping[str, Any]) -> EventFilter:
    """Web: rudder-sdk-js, plug-in nativeDestinationQueue, isEventDenyListed (v1.1: core/analytics.js).

    An entry without a text `eventName` throws where the search meets it, so names before it are still found.
    """
    key = _known_option(config)
    if key is None:
        return OFF
    allows = key == "whitelistedEvents"
    normal = TRIMS[code] if code == "web" else _ignoring_case
    names = list(map(normal, _until_broken(entries := _list(config, key))))
    missed: Answer = "throws" if len(names) < len(entries) else "blocked" if allows else "allowed"
    return EventFilter(
        normal=normal,
        names=frozenset(names),
        listed="allowed" if allows else "blocked",
        unlisted=missed,
        nameless="blocked" if allows and code == "web" else "allowed",
        every_type=code == "web-v1.1",
        key=key,
    )


def _legacy(code: Code, config: Mapping[str, Any]) -> EventFilter:
    """Legacy Android and iOS: RudderEventFilteringPlugin.java, RSEventFilteringPlugin.m.

    A missing list (or an unknown option, which means "deny" with no list) is a null pointer on Android and blocks on iOS.
    """
    if config.get("eventFilteringOption") in (None, "disable"):
        return OFF
    key = _known_option(config)
    if key is None or not isinstance(config.get(key), list):
        missed: Answer = "throws" if code == "android" else "blocked"
        return EventFilter(listed=missed, unlisted=missed, key=key or "eventFilteringOption")
    names = _android_names(config[key]) if code == "android" else _texts(config[key])
    return _mobile_filter(code, names, key=key, nameless="allowed")


def _kotlin(code: Code, config: Mapping[str, Any]) -> EventFilter:
    """Kotlin: EventFilteringPlugin.kt. One entry without eventName discards the whole list."""
    key = _known_option(config)
    if key is None:
        return OFF
    entries = _list(config, key)
    names = _texts(entries)
    return _mobile_filter(code, names if len(names) == len(entries) else [], key=key, nameless="blocked")


def _swift(code: Code, config: Mapping[str, Any]) -> EventFilter:
    """Swift: EventFilteringPlugin.swift. A missing list switches the filter off. (The old plug-in's core is taken to do the same.)"""
    key = _known_option(config)
    if key is None or not isinstance(config.get(key), list):
        return OFF
    return _mobile_filter(code, _texts(config[key]), key=key, nameless="blocked")


_FILTERS: Mapping[Code, Callable[[Code, Mapping[str, Any]], EventFilter]] = {
    "web": _web,
    "web-v1.1": _web,
    "android": _legacy,
    "ios": _legacy,
    "kotlin": _kotlin,
    "swift": _swift,
    "swift-v2": _swift,
}


def _mobile_filter(code: Code, names: Sequence[str], *, key: _Lists, nameless: Answer) -> EventFilter:
    """Every mobile core trims both sides and drops blank entries; `nameless` is what its allow-list does without a name."""
    trimmed = frozenset(map(TRIMS[code], names)) - {""}
    if key == "blacklistedEvents":
        return EventFilter(normal=TRIMS[code], names=trimmed, listed="blocked", key=key)
    return EventFilter(normal=TRIMS[code], names=trimmed, unlisted="blocked", nameless=nameless, key=key)


def _known_option(config: Mapping[str, Any]) -> _Lists | None:
    option = config.get("eventFilteringOption")
    return option if option in ("whitelistedEvents", "blacklistedEvents") else None


def _list(config: Mapping[str, Any], key: str) -> list[Any]:
    entries = config.get(key)
    return entries if isinstance(entries, list) else []


def _name(entry: Any) -> Any:
    return entry.get("eventName") if isinstance(entry, Mapping) else None


def _texts(entries: list[Any]) -> list[str]:
    return [name for entry in entries if isinstance(name := _name(entry), str)]


def _until_broken(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        if not isinstance(name := _name(entry), str):
            return
        yield name


def _android_names(entries: list[Any]) -> list[str]:
    """`String.valueOf` makes the text "null" of a missing name."""
    return [_java_text(_name(entry)) for entry in entries]


def _java_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)


def _ignoring_case(name: str) -> str:
    return TRIMS["web-v1.1"](name).lower()
