"""Traits become Braze's user attributes (cloud.md §3 with differences D2, D3 and D4)."""

from typing import Any

from router.braze.objects import Body, Item
from router.braze.options import TransformOptions
from router.braze.transform.identity import mapped_to_destination
from router.braze.transform.javascript import trim, truthy
from router.braze.transform.nested_arrays import apply_operations
from router.errors import InvalidEvent
from router.events import Message

_COPIED = (
    ("birthday", "dob"),
    ("firstName", "first_name"),
    ("avatar", "image_url"),
    ("lastName", "last_name"),
    ("phone", "phone"),
    ("email", "email"),
)
_ADDRESS = (("country", "country"), ("city", "home_city"))
_MAPPED_TRAITS = frozenset({"address", "gender"}.union(trait for trait, _ in _COPIED))

_ADDRESS_TRAITS = frozenset({"address"}.union(f"address.{part}" for part, _ in _ADDRESS))
_READ_TRAITS = _MAPPED_TRAITS | _ADDRESS_TRAITS

_GENDERS = {
    **dict.fromkeys(("woman", "female", "w", "f"), "F"),
    **dict.fromkeys(("man", "male", "m"), "M"),
    **dict.fromkeys(("other", "o"), "O"),
    **dict.fromkeys(("not applicable", "n"), "N"),
    **dict.fromkeys(("prefer not to say", "p"), "P"),
}


def attribute_items(message: Message, options: TransformOptions, *, integration: Body, user: Body) -> list[Item]:
    """The attribute object of the event's traits, if they give one."""
    attributes = attributes_of(message, options, integration=integration)
    if not attributes:
        return []
    attributes.update(user)
    return [Item("attributes", attributes)]


def attributes_of(message: Message, options: TransformOptions, *, integration: Body) -> Body:
    """The attributes that the event's traits give, in a new dict without identifiers; raise InvalidEvent for an unusable trait."""
    traits = _traits(message)
    if not traits or mapped_to_destination(message):
        return traits.copy()
    if _READ_TRAITS.isdisjoint(traits):
        attributes = traits.copy()
    else:
        attributes = _mapped(traits)
        # Custom traits come last: one with Braze's own name (`first_name`) overrides the mapped one.
        for name, value in traits.items():
            if name not in _MAPPED_TRAITS:
                attributes[name] = value
    if options.nested_arrays:
        apply_operations(attributes, traits=traits, message=message, integration=integration)
    return attributes


def _traits(message: Message) -> Body:
    if message.traits and isinstance(message.traits, dict):
        return message.traits
    traits = message.details.traits
    return traits if isinstance(traits, dict) else {}


def _mapped(traits: Body) -> Body:
    attributes: Body = {}
    for trait, name in _COPIED:
        if trait in traits:
            value = traits[trait]
            # Null unsets a field in Braze (D2); other falsy values say nothing.
            if value or value is None or truthy(value):
                attributes[name] = value
    email = attributes.get("email")
    if email is not None:
        attributes["email"] = _lower(email)
    if "gender" in traits:
        attributes |= _gender(traits["gender"])
    return attributes if _ADDRESS_TRAITS.isdisjoint(traits) else attributes | _address(traits)


def _lower(email: Any) -> str:
    if not isinstance(email, str):
        raise InvalidEvent("Invalid email, email must be a valid string")
    return email.lower()


def _gender(value: Any) -> Body:
    if value is None:
        return {"gender": None}
    code = _GENDERS.get(trim(value).lower()) if isinstance(value, str) else None
    return {"gender": code} if code else {}


def _address(traits: Body) -> Body:
    address = traits.get("address")
    parts = address if isinstance(address, dict) else {}
    # RudderStack's path lookup prefers a literal key with a dot in it.
    found = {name: traits.get(f"address.{part}", parts.get(part)) for part, name in _ADDRESS}
    return {name: value for name, value in found.items() if truthy(value)}
