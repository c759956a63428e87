"""Traits become attributes (cloud.md §3; differences D2, D3, D4)."""

from collections.abc import Callable
from typing import Any

import pytest

Traits = dict[str, Any]
Transform = Callable[..., list[tuple[str, Any]]]
ErrorOf = Callable[..., tuple[int, str]]


@pytest.mark.parametrize(
    ("traits", "attributes"),
    [
        ({"firstName": "Ana", "lastName": "Ruiz"}, {"first_name": "Ana", "last_name": "Ruiz"}),
        ({"birthday": "1991-04-17", "avatar": "a.png"}, {"dob": "1991-04-17", "image_url": "a.png"}),
        ({"email": " Ana@Example.COM ", "phone": 123}, {"email": " ana@example.com ", "phone": 123}),
        ({"address": {"city": "Bilbao", "country": "ES", "street": "x"}}, {"home_city": "Bilbao", "country": "ES"}),
        ({"address.country": "FR"}, {"address.country": "FR", "country": "FR"}),
        ({"address.country": "FR", "address": {"country": "ES"}}, {"address.country": "FR", "country": "FR"}),
        ({"address": {"city": "", "country": 0}, "k": 1}, {"k": 1}),
        ({"address": {"city": []}}, {"home_city": []}),
        ({"address": {"city": None}, "k": 1}, {"k": 1}),
        ({"address": "Turku", "k": 1}, {"k": 1}),
        ({"address": None, "k": 1}, {"k": 1}),
        ({"firstName": "", "lastName": False, "birthday": 0, "email": "", "phone": "", "k": 1}, {"k": 1}),
        ({"firstName": {}, "lastName": []}, {"first_name": {}, "last_name": []}),
        ({"firstName": "Mapped", "first_name": "Raw"}, {"first_name": "Raw"}),
        ({"firstName": None, "first_name": "Raw"}, {"first_name": "Raw"}),
        ({"first_name": None, "firstName": "Mapped"}, {"first_name": None}),
        ({"firstname": "x", "name": "X", "id": 7}, {"firstname": "x", "name": "X", "id": 7}),
        (
            {"a": None, "b": "", "c": 0, "d": False, "e": [], "f": {}},
            {"a": None, "b": "", "c": 0, "d": False, "e": [], "f": {}},
        ),
        ({"prefs": {"add": [1]}}, {"prefs": {"add": [1]}}),
        ({"_merge_objects": True, "p": {"a": 1}}, {"_merge_objects": True, "p": {"a": 1}}),
    ],
)
def test_traits_become_attributes(traits: Traits, attributes: Traits, transformed: Transform) -> None:
    assert transformed({"type": "identify", "userId": "u", "traits": traits}) == [
        ("attributes", {**attributes, "external_id": "u"})
    ]


@pytest.mark.parametrize(
    ("trait", "attribute"),
    [
        ("firstName", "first_name"),
        ("lastName", "last_name"),
        ("birthday", "dob"),
        ("avatar", "image_url"),
        ("email", "email"),
        ("phone", "phone"),
        ("gender", "gender"),
    ],
)
def test_a_null_trait_unsets_the_attribute(trait: str, attribute: str, transformed: Transform) -> None:
    [(_, body)] = transformed({"type": "identify", "userId": "u", "traits": {trait: None}})
    assert body == {attribute: None, "external_id": "u"}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("woman", "F"),
        ("Female", "F"),
        ("W", "F"),
        ("f", "F"),
        ("MAN", "M"),
        ("male", "M"),
        ("m", "M"),
        ("Other", "O"),
        ("o", "O"),
        ("n", "N"),
        ("Not Applicable", "N"),
        ("P", "P"),
        ("prefer not to say", "P"),
        ("\t female\u00a0", "F"),
    ],
)
def test_genders_become_brazes_letters(given: str, code: str, transformed: Transform) -> None:
    [(_, body)] = transformed({"type": "identify", "userId": "u", "traits": {"gender": given}})
    assert body == {"gender": code, "external_id": "u"}


@pytest.mark.parametrize("given", ["nonbinary", "fe male", "", " ", True, 1, 0, [], {"f": 1}])
def test_an_unknown_gender_is_left_out(given: Any, transformed: Transform) -> None:
    [(_, body)] = transformed({"type": "identify", "userId": "u", "traits": {"gender": given, "k": 1}})
    assert body == {"k": 1, "external_id": "u"}


@pytest.mark.parametrize("email", [42, True, ["x@y.z"], {"a": 1}, []])
@pytest.mark.parametrize("event", [{"type": "identify"}, {"type": "track", "event": "E"}, {"type": "page"}])
def test_an_email_that_is_no_text_is_refused(event: Traits, email: Any, error_of: ErrorOf) -> None:
    refused = {**event, "userId": "u", "traits": {"email": email}}
    assert error_of(refused) == (400, "Invalid email, email must be a valid string")


@pytest.mark.parametrize("root", [{}, None, "x", 5, ["a"]])
def test_root_traits_that_say_nothing_do_not_hide_those_of_the_context(root: Any, transformed: Transform) -> None:
    event = {"type": "identify", "userId": "u", "traits": root, "context": {"traits": {"b": 2}}}
    assert transformed(event) == [("attributes", {"b": 2, "external_id": "u"})]


def test_root_traits_win_as_a_whole(transformed: Transform) -> None:
    event = {"type": "identify", "userId": "u", "traits": {"a": 1}, "context": {"traits": {"b": 2}}}
    assert transformed(event) == [("attributes", {"a": 1, "external_id": "u"})]


@pytest.mark.parametrize("flag", [True, "false", 1, {}])
def test_mapped_traits_pass_as_they_are(flag: Any, transformed: Transform) -> None:
    traits = {"email": 5, "gender": "woman", "firstName": "A", "pets": {"add": [1]}}
    event = {"type": "track", "event": "E", "userId": "u", "traits": traits, "context": {"mappedToDestination": flag}}
    assert transformed(event, nested_arrays=True)[0] == ("attributes", {**traits, "external_id": "u"})


@pytest.mark.parametrize("flag", [False, 0, "", None])
def test_a_falsy_mapping_flag_does_not_count(flag: Any, transformed: Transform) -> None:
    event = {"type": "identify", "userId": "u", "traits": {"email": "A@B.c"}, "context": {"mappedToDestination": flag}}
    assert transformed(event) == [("attributes", {"email": "a@b.c", "external_id": "u"})]


def test_traits_of_an_activity_come_before_it_and_name_the_same_user(transformed: Transform) -> None:
    event = {"type": "track", "event": "E", "anonymousId": "an", "context": {"traits": {"a": 1}}}
    (first, attributes), (second, activity) = transformed(event)
    assert (first, second) == ("attributes", "events")
    assert attributes["user_alias"] == activity["user_alias"] == {"alias_name": "an", "alias_label": "rudder_id"}


def test_the_identifier_overrides_a_trait_of_that_name(transformed: Transform) -> None:
    [(_, body)] = transformed({"type": "identify", "userId": "u", "traits": {"external_id": "other"}})
    assert body == {"external_id": "u"}
