"""Calls on a Braze SDK, in the form in which `device-calls` and `simulate` print them.

A call is `[method, *args]`: the Braze SDK's method name, with `user.` for its user object. Names are those of the web and Android
SDKs where the platforms' names differ only in spelling. Genders are Braze's letters m, f, o, u; months count from 1; a native date
is `{"$time": ISO 8601}`.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from router.errors import RouterError

Call = list[Any]
"""`[method, *args]`."""

UNDEFINED = "__undefined__"
"""JavaScript's undefined in a printed call; while calls are made it is msgspec.UNSET."""

RUDDER_ALIAS = "rudder_id"
"""The label of the alias by which cloud and device find the same anonymous user."""


class SdkError(RouterError):
    """The SDK's own code throws on this event; it is lost on the device. `calls` were made before it threw."""

    def __init__(self, message: str, calls: tuple[Call, ...] = ()) -> None:
        super().__init__(message)
        self.calls = calls


def call(method: str, *args: Any) -> Call:
    """One call, with undefined arguments spelled out."""
    return [method, *(UNDEFINED if arg is msgspec.UNSET else arg for arg in args)]


def made(calls: Iterator[Call]) -> list[Call]:
    """The calls in order; raises SdkError with those made before it."""
    done: list[Call] = []
    try:
        for each in calls:
            done.append(each)
    except SdkError as error:
        raise SdkError(str(error), calls=tuple(done)) from error
    return done


def native_date(iso: str) -> dict[str, str]:
    """A date object of the platform, as Braze's own JSON spells one."""
    return {"$time": iso}
