"""The traits that the Kotlin and Swift integrations decode into typed fields before they use or compare them."""

from collections.abc import Iterator
from typing import Any

import msgspec

from router.devices.native_traits import BRAZE_EXTERNAL_ID, traits_of
from router.devices.sdk_calls import Call, call
from router.devices.state import Event

Json = Any

_STANDARD = frozenset({"email", "firstName", "lastName", "gender", "phone", "address", "birthday"})
_GENDERS = {"M": "m", "MALE": "m", "F": "f", "FEMALE": "f"}


class Address(msgspec.Struct, frozen=True):
    """The two parts of an address that Braze has a place for."""

    city: str | None = None
    country: str | None = None


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """The standard traits of one identify as an SDK decoded them, and who it is about; None where there is none."""

    user_id: str | None = None
    external_ids: tuple[tuple[str, str], ...] | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    gender: str | None = None
    phone: str | None = None
    address: Address | None = None
    birthday: Json = None
    """The birthday in the form in which the platform passes it on: the arguments of setDateOfBirth."""

    @property
    def external_id(self) -> str | None:
        """The first external id of type `brazeExternalId`."""
        return next((value for kind, value in self.external_ids or () if kind == BRAZE_EXTERNAL_ID), None)

    def changed_from(self, last: "Typed") -> "Typed":
        """Only the fields that differ; an address and the external ids count as a whole.

        So an unchanged external id gives way to a changed userId: a bug of both integrations.
        """
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return Typed(**{name: value for name, value in fields.items() if value != getattr(last, name)})


def standard_calls(typed: Typed) -> Iterator[Call]:
    """The standard attributes but for the address, in the order in which both integrations set them."""
    if typed.birthday is not None:
        yield call("user.setDateOfBirth", *typed.birthday)
    if typed.email is not None:
        yield call("user.setEmail", typed.email)
    if typed.first_name is not None:
        yield call("user.setFirstName", typed.first_name)
    if typed.last_name is not None:
        yield call("user.setLastName", typed.last_name)
    if typed.gender and (gender := _GENDERS.get(typed.gender.upper())):
        yield call("user.setGender", gender)
    if typed.phone is not None:
        yield call("user.setPhoneNumber", typed.phone)


def custom_traits(event: Event) -> dict[str, Json]:
    """The traits that have no field of their own."""
    return {key: value for key, value in (traits_of(event) or {}).items() if key not in _STANDARD}
