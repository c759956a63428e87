"""What the transform yields (Items) and what goes to Braze (Requests), with the way back from each object to its events.

Shapes: braze.com/docs, /users/track, /users/identify, /users/merge, /v2/subscription/status/set, /users/delete.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

Body = dict[str, Any]
"""A JSON object as it goes on the wire."""

Kind = Literal["identify", "attributes", "events", "purchases", "subscriptions", "merges"]
TrackKind = Literal["attributes", "events", "purchases"]
TRACK_KINDS: tuple[TrackKind, ...] = ("attributes", "events", "purchases")
"""The arrays of /users/track, in the order in which Braze applies them."""

Path = Literal[
    "/users/track",
    "/users/identify",
    "/users/merge",
    "/users/alias/new",
    "/users/delete",
    "/v2/subscription/status/set",
]

User = str | tuple[str, str] | None
"""Who an object is about: an external id, or an alias as (label, name)."""

Sources = Mapping[str, tuple[tuple[int, ...], ...]]
"""For each array of a request's body, and each object in it, the indexes of the events that it came from."""

encode = msgspec.json.Encoder().encode


class Item(msgspec.Struct, frozen=True, gc=False):
    """One object for Braze: an element of one of the arrays that Braze's endpoints take."""

    kind: Kind
    body: Body


class Entry(msgspec.Struct):
    """An identity, merge or subscription entry being gathered, with the indexes of the events that asked for it."""

    body: Body
    sources: list[int] = msgspec.field(default_factory=list)


class EventError(msgspec.Struct, frozen=True, kw_only=True):
    """Why the event at `index` makes no request."""

    index: int
    status: int
    message: str


class Request(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One POST to Braze. `content` is the encoded `body`; `sources["events"][2]` are the events behind `body["events"][2]`."""

    path: Path
    body: Body
    sources: Sources
    content: bytes
    events: tuple[int, ...]
    """The indexes of all events behind it, ascending."""

    @classmethod
    def of(cls, path: Path, *, body: Body, sources: Sources) -> "Request":
        """A request whose content is encoded and whose events are gathered here, once."""
        numbers = {at for array in sources.values() for origin in array for at in origin}
        return cls(path=path, body=body, sources=sources, content=encode(body), events=tuple(sorted(numbers)))

    @property
    def size(self) -> int:
        """How many objects it carries."""
        return sum(map(len, self.sources.values()))


def user_of(body: Body) -> User:
    """The user that an attribute, event or purchase object names; None when it names none."""
    external_id = body.get("external_id")
    if type(external_id) is str:
        return external_id
    alias = body.get("user_alias")
    return alias_user(alias) if type(alias) is dict else None


def alias_user(alias: Mapping[str, Any]) -> tuple[str, str]:
    """An alias as a user: (label, name)."""
    return str(alias.get("alias_label")), str(alias.get("alias_name"))
