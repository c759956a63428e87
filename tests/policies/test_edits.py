"""Edits of a connection document: pure, by id, and never of the document they are given."""

import copy
from typing import Any

import pytest

from policies import edits
from policies.document_diff import Difference, differences

DOCUMENT: dict[str, Any] = {
    "version": 1,
    "ruleset": "documented",
    "sources": [{"id": "web", "type": "web", "enabled": True}, {"id": "app", "type": "ios", "enabled": True}],
    "destinations": [
        {"id": "eu", "enabled": True, "config": {"dataCenter": "EU-01", "connectionMode": {"web": "cloud"}}}
    ],
    "connections": [{"source": "web", "destination": "eu", "enabled": True}],
}


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [
        ({"a": 1, "b": 2}, {"b": 3}, {"a": 1, "b": 3}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),
        ({"a": [1]}, {"a": [2, 3]}, {"a": [2, 3]}),
        ("text", {"a": 1}, {"a": 1}),
        ({"a": 1}, "text", "text"),
        ({}, {"a": None}, {}),
        (None, {"a": {"b": None, "c": 1}}, {"a": {"c": 1}}),
    ],
)
def test_a_merge_patch_does_what_the_standard_says(target: Any, patch: Any, merged: Any) -> None:
    assert edits.merge(target, patch) == merged


def test_an_edit_leaves_the_document_it_was_given_alone() -> None:
    before = copy.deepcopy(DOCUMENT)
    edits.patch_config(DOCUMENT, "eu", {"connectionMode": {"web": "hybrid"}})
    edits.enable(DOCUMENT, "sources", "web", enabled=False)
    edits.remove_link(DOCUMENT, "web", "eu")
    edits.put_link(DOCUMENT, {"source": "app", "destination": "eu", "enabled": True})
    assert before == DOCUMENT


def test_entries_are_put_in_their_place_or_at_the_end() -> None:
    replaced = edits.put(DOCUMENT, "sources", {"id": "web", "type": "amp"})
    assert [source["id"] for source in replaced["sources"]] == ["web", "app"]
    assert replaced["sources"][0] == {"id": "web", "type": "amp"}
    assert edits.put(DOCUMENT, "sources", {"id": "new"})["sources"][-1] == {"id": "new"}


def test_a_connection_is_put_back_as_it_was_with_both_its_ends() -> None:
    changed = edits.patch_config(DOCUMENT, "eu", {"connectionMode": {"web": "hybrid"}, "supportDedup": True})
    changed = edits.enable(changed, "sources", "web", enabled=False)
    changed = edits.put_link(changed, {"source": "app", "destination": "eu", "enabled": True})
    restored = edits.restore(changed, DOCUMENT, source="web", destination="eu")
    assert restored["sources"] == DOCUMENT["sources"]
    assert restored["destinations"] == DOCUMENT["destinations"]
    assert edits.find_link(restored, "app", "eu"), "another connection stays"


def test_a_connection_that_was_not_there_yet_is_taken_out() -> None:
    joined = edits.put_link(edits.put(DOCUMENT, "sources", {"id": "tv"}), {"source": "tv", "destination": "eu"})
    restored = edits.restore(joined, DOCUMENT, source="tv", destination="eu")
    assert restored["connections"] == DOCUMENT["connections"]
    assert edits.find(restored, "sources", "tv"), "the source stays: its write key is in apps"


def test_a_destination_that_is_not_there_is_made_by_an_edit() -> None:
    assert edits.patch_config(DOCUMENT, "us", {"dataCenter": "US-01"})["destinations"][-1]["config"] == {
        "dataCenter": "US-01"
    }
    assert edits.enable(DOCUMENT, "destinations", "us", enabled=False)["destinations"][-1] == {
        "id": "us",
        "enabled": False,
    }


def test_differences_name_things_by_id_and_values_by_pointer() -> None:
    changed = edits.patch_config(DOCUMENT, "eu", {"connectionMode": {"web": "hybrid", "ios": "device"}})
    changed = edits.remove_link({**changed, "ruleset": "rudderstack"}, "web", "eu")
    assert differences(DOCUMENT, changed) == [
        Difference(pointer="/connections/web:eu/destination", before="eu"),
        Difference(pointer="/connections/web:eu/enabled", before=True),
        Difference(pointer="/connections/web:eu/source", before="web"),
        Difference(pointer="/destinations/eu/config/connectionMode/ios", after="device"),
        Difference(pointer="/destinations/eu/config/connectionMode/web", before="cloud", after="hybrid"),
        Difference(pointer="/ruleset", before="documented", after="rudderstack"),
    ]


def test_a_document_does_not_differ_from_itself() -> None:
    assert differences(DOCUMENT, copy.deepcopy(DOCUMENT)) == []


@pytest.mark.parametrize(
    ("at", "named"),
    [
        ("/sources/1/type", "/sources/app/type"),
        ("/destinations/0/config/connectionMode/web", "/destinations/eu/config/connectionMode/web"),
        ("/connections/0/enabled", "/connections/web:eu/enabled"),
        ("/sources/0", "/sources/web"),
        ("/sources/7/type", "/sources/7/type"),
        ("/sources/x", "/sources/x"),
        ("/ruleset", "/ruleset"),
        ("", ""),
    ],
)
def test_a_pointer_by_number_becomes_one_by_id(at: str, named: str) -> None:
    assert edits.by_id(at, DOCUMENT) == named


def test_a_pointer_into_what_is_no_document_stays_as_it_is() -> None:
    assert edits.by_id("/sources/0/type", {"sources": ["text"]}) == "/sources/0/type"
    assert edits.by_id("/sources/0/type", []) == "/sources/0/type"  # type: ignore[arg-type]  # as a client may send it
