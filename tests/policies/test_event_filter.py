"""Client-side event filtering: every row of what each SDK makes of option, list and name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.event_filter import event_filter
from policies.sdks import CODES, Code
from policies.trims import TRIMS

ALL = CODES
MOBILE: tuple[Code, ...] = ("android", "ios", "kotlin", "swift", "swift-v2")
LEGACY: tuple[Code, ...] = ("android", "ios")
CURRENT: tuple[Code, ...] = ("kotlin", "swift", "swift-v2")
WEB: tuple[Code, ...] = ("web", "web-v1.1")


def allow(*names: Any) -> dict[str, Any]:
    return {"eventFilteringOption": "whitelistedEvents", "whitelistedEvents": [{"eventName": name} for name in names]}


def deny(*names: Any) -> dict[str, Any]:
    return {"eventFilteringOption": "blacklistedEvents", "blacklistedEvents": [{"eventName": name} for name in names]}


def listed(option: str, *entries: Any) -> dict[str, Any]:
    return {"eventFilteringOption": option, option: list(entries)}


ALLOW_UNLISTED = {"eventFilteringOption": "whitelistedEvents"}
DENY_UNLISTED = {"eventFilteringOption": "blacklistedEvents"}
UNKNOWN = {"eventFilteringOption": "bogus", "blacklistedEvents": [{"eventName": "A"}]}

ROWS: list[tuple[str, tuple[Code, ...], dict[str, Any], str | None, str]] = [
    ("allow-list, listed", ALL, allow("A"), "A", "allowed"),
    ("allow-list, not listed", ALL, allow("A"), "B", "blocked"),
    ("deny-list, listed", ALL, deny("A"), "A", "blocked"),
    ("deny-list, not listed", ALL, deny("A"), "B", "allowed"),
    ("only the list that the option names is read", ALL, {**allow("A"), **deny("B")}, "A", "allowed"),
    ("case matters", ("web", *MOBILE), deny("A"), "a", "allowed"),
    ("old web SDK: case does not matter", ("web-v1.1",), deny("A"), "a", "blocked"),
    ("both sides are trimmed", ALL, deny(" A\t"), " A ", "blocked"),
    ("line breaks are trimmed", ("web", "web-v1.1", "android", *CURRENT), deny("A"), "A\n", "blocked"),
    ("iOS trims no line breaks", ("ios",), deny("A"), "A\n", "allowed"),
    ("allow-list, no name", ("web", *CURRENT), allow("A"), None, "blocked"),
    ("allow-list, empty name", ("web", *CURRENT), allow("A"), "", "blocked"),
    ("allow-list, no name, old SDKs", ("web-v1.1", *LEGACY), allow("A"), None, "allowed"),
    ("allow-list, empty name, old SDKs", ("web-v1.1", *LEGACY), allow("A"), "", "allowed"),
    ("deny-list, no name", ALL, deny("A"), None, "allowed"),
    ("deny-list, empty name", ALL, deny("A", ""), "", "allowed"),
    ("allow-list, empty list", ALL, allow(), "A", "blocked"),
    ("deny-list, empty list", ALL, deny(), "A", "allowed"),
    ("allow-list missing", ("web", "web-v1.1", "ios", "kotlin"), ALLOW_UNLISTED, "A", "blocked"),
    ("allow-list missing, Android", ("android",), ALLOW_UNLISTED, "A", "throws"),
    ("allow-list missing, Swift", ("swift", "swift-v2"), ALLOW_UNLISTED, "A", "allowed"),
    ("deny-list missing", ("web", "web-v1.1", "kotlin", "swift", "swift-v2"), DENY_UNLISTED, "A", "allowed"),
    ("deny-list missing, Android", ("android",), DENY_UNLISTED, "A", "throws"),
    ("deny-list missing, iOS", ("ios",), DENY_UNLISTED, "A", "blocked"),
    ("unknown option", ("web", "web-v1.1", *CURRENT), UNKNOWN, "A", "allowed"),
    ("unknown option, Android", ("android",), UNKNOWN, "B", "throws"),
    ("unknown option, iOS", ("ios",), UNKNOWN, "B", "blocked"),
    ("unknown option, legacy, no name", LEGACY, UNKNOWN, None, "allowed"),
    ("disabled", ALL, {**deny("A"), "eventFilteringOption": "disable"}, "A", "allowed"),
    ("no option", ALL, {"blacklistedEvents": [{"eventName": "A"}]}, "A", "allowed"),
    ("blank entries are kept", WEB, allow("A", " "), " ", "allowed"),
    ("blank entries are dropped", MOBILE, allow("A", " "), " ", "blocked"),
    ("entry without name, web", WEB, listed("blacklistedEvents", {"eventName": "A"}, {}), "B", "throws"),
    (
        "entry without name behind the match, web",
        WEB,
        listed("blacklistedEvents", {"eventName": "A"}, {}),
        "A",
        "blocked",
    ),
    (
        "entry without name before the match, web",
        WEB,
        listed("blacklistedEvents", {}, {"eventName": "A"}),
        "A",
        "throws",
    ),
    ("entry that is no object, web", WEB, listed("blacklistedEvents", None), "A", "throws"),
    ("entry without name is the text null", ("android",), listed("blacklistedEvents", {}), "null", "blocked"),
    ("a boolean entry is its text", ("android",), deny(True), "true", "blocked"),
    (
        "entry without name is dropped",
        ("ios", "swift", "swift-v2"),
        listed("blacklistedEvents", {}, {"eventName": "A"}),
        "A",
        "blocked",
    ),
    (
        "entry without name discards the list",
        ("kotlin",),
        listed("blacklistedEvents", {}, {"eventName": "A"}),
        "A",
        "allowed",
    ),
    (
        "entry without name discards the allow-list",
        ("kotlin",),
        listed("whitelistedEvents", {}, {"eventName": "A"}),
        "A",
        "blocked",
    ),
]
CASES = [(what, code, config, name, answer) for what, codes, config, name, answer in ROWS for code in codes]


@pytest.mark.parametrize(("what", "code", "config", "name", "answer"), CASES)
def test_each_row_of_the_filter_table(
    what: str, code: Code, config: dict[str, Any], name: str | None, answer: str
) -> None:
    assert event_filter(code, config).answer(name) == answer, what


@pytest.mark.parametrize("code", CODES)
def test_only_track_is_filtered_but_by_the_old_web_sdk(code: Code) -> None:
    filtering = event_filter(code, deny("A"))
    assert filtering.judges("track")
    assert filtering.judges("page") is (code == "web-v1.1")


@pytest.mark.parametrize("code", CODES)
def test_a_filter_that_is_off_judges_nothing(code: Code) -> None:
    assert not event_filter(code, {}).judges("track")


@given(st.sampled_from(CODES), st.lists(st.text(min_size=1).filter(lambda name: name.strip())), st.text(min_size=1))
def test_a_deny_list_stops_exactly_what_an_allow_list_lets_through(code: Code, names: list[str], name: str) -> None:
    allowed, denied = event_filter(code, allow(*names)), event_filter(code, deny(*names))
    assert (allowed.answer(name) == "allowed") == (denied.answer(name) == "blocked")


@given(st.sampled_from(CODES), st.text())
def test_trimming_leaves_nothing_to_trim(code: Code, text: str) -> None:
    trimmed = TRIMS[code](text)
    assert trimmed == TRIMS[code](trimmed)
    assert trimmed in text
