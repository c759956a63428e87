"""Lint rules about client-side event filtering."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from policies.lint.finding import LintRule, Subject
from policies.problems import Problem, pointer
from policies.terms import Terms

_List = Literal["whitelistedEvents", "blacklistedEvents"]
_LISTS: tuple[_List, ...] = ("whitelistedEvents", "blacklistedEvents")


def _empty_allow_list(subject: Subject) -> Iterator[Problem]:
    for terms in subject.in_device_mode:
        listing = terms.device.filter
        if listing.on and listing.key == "whitelistedEvents" and not listing.names:
            yield Problem(
                pointer=terms.pointers[listing.key],
                message="the allow-list names no event",
                fix="name the events to keep, or set `eventFilteringOption: disable`",
            )


def _ignored_list(subject: Subject) -> Iterator[Problem]:
    for terms in subject.terms:
        for key in _LISTS:
            if terms.settings.event_filtering_option != key and _entries(terms, key):
                yield Problem(
                    pointer=terms.pointers[key],
                    message=f"eventFilteringOption is `{terms.settings.event_filtering_option}`, so {key} is not read",
                    fix=f"remove {key}, or set `eventFilteringOption: {key}`",
                )


def _device_only(subject: Subject) -> Iterator[Problem]:
    for terms in subject.by_cloud:
        if terms.settings.event_filtering_option != "disable":
            yield Problem(
                pointer=terms.pointers["eventFilteringOption"],
                message=f"{terms.connection.source.type} is in {terms.mode} mode, and the cloud path does not filter by event name",
                fix="filter before the SDK sends, or use device mode",
            )


def _missing_list(subject: Subject) -> Iterator[Problem]:
    for terms in subject.on_devices:
        option = terms.settings.event_filtering_option
        if option != "disable" and not isinstance(terms.device.config.get(option), list):
            yield Problem(
                pointer=terms.pointers["eventFilteringOption"],
                message=f"eventFilteringOption names {option}, which is not there",
                fix=f"add `{option}: [{{eventName: …}}]`",
            )


def _broken_entry(subject: Subject) -> Iterator[Problem]:
    for terms in subject.terms:
        for key in _LISTS:
            for number, entry in enumerate(_entries(terms, key)):
                if not _has_name(entry):
                    yield Problem(
                        pointer=terms.pointers[key] + pointer(number),
                        message="the entry has no eventName, or a blank one",
                        fix="write `{eventName: <name>}`",
                    )


def _entries(terms: Terms, key: _List) -> list[Any]:
    settings = terms.settings
    return settings.whitelisted_events if key == "whitelistedEvents" else settings.blacklisted_events


def _has_name(entry: Any) -> bool:
    name = entry.get("eventName") if isinstance(entry, Mapping) else None
    return isinstance(name, str) and name.strip() != ""


FILTER_RULES: tuple[LintRule, ...] = (
    LintRule(
        id="filter/empty-allowlist-drops-all",
        severity="warning",
        summary="an allow-list without names",
        effect="in device mode no track event reaches Braze; other types are not filtered (whatever RudderStack's page says)",
        source="rudder-sdk-js, plug-in nativeDestinationQueue; the EventFilteringPlugin of each mobile SDK",
        find=_empty_allow_list,
    ),
    LintRule(
        id="filter/list-ignored-for-option",
        severity="warning",
        summary="a list of event names that eventFilteringOption does not name",
        effect="the list has no effect on any path",
        source="rudder-sdk-js, plug-in nativeDestinationQueue: only the list named by the option is read",
        find=_ignored_list,
    ),
    LintRule(
        id="hybrid/filter-affects-device-only",
        severity="warning",
        summary="an event filter on a connection whose events go by cloud",
        effect="events that the filter would stop on a device are delivered by cloud all the same",
        source="rudder-server and rudder-transformer: nothing in them reads these lists",
        find=_device_only,
    ),
    LintRule(
        id="filter/missing-list",
        severity="error",
        summary="eventFilteringOption names a list that is not there",
        effect="web and Kotlin stop every track event for an allow-list, iOS stops them for either, Android throws, Swift filters nothing",
        source="rudder-sdk-android RudderEventFilteringPlugin.java; rudder-sdk-ios RSEventFilteringPlugin.m; rudder-sdk-swift",
        find=_missing_list,
    ),
    LintRule(
        id="filter/broken-entry",
        severity="error",
        summary="an entry of a list without a usable eventName",
        effect="web throws on it and loses the event, Kotlin discards the whole list, Android takes it for the name `null`",
        source="rudder-sdk-js isEventDenyListed; rudder-sdk-kotlin EventFilteringPlugin.kt; rudder-sdk-android",
        find=_broken_entry,
    ),
)
