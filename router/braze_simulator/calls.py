"""One HTTP call as the simulator sees it, and one answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from router.braze_simulator.config import Key

JsonObject = dict[str, Any]
"""A decoded JSON object whose keys are the caller's own."""

Bucket = Literal["track", "bulk", "sync", "users20k", "rename", "remove", "subset", "export", "shared250k"]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request to the REST host. Header names are lower case; the Authorization header never gets in here, only
    the key that its secret opened."""

    id: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    key: Key | None
    client: str
    body: bytes
    at: float

    @property
    def tag(self) -> str:
        """The caller's own label for this request (`X-Sim-Tag`), by which costs can be compared."""
        return self.headers.get("x-sim-tag", "")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A status, a JSON body and headers. `synthetic` marks a body whose wording Braze does not document."""

    status: int
    body: Any
    headers: Mapping[str, str] = {}
    synthetic: bool = False

    @property
    def raw(self) -> bytes:
        """The body as it goes on the wire; bytes are sent as they are."""
        return self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)


def refusal(status: int, message: str, **more: Any) -> Answer:
    """An error in Braze's usual shape: `{"message": …}`."""
    return Answer(status=status, body={"message": message, **more})


def undocumented(status: int, message: str) -> Answer:
    """An error whose status is documented but whose wording is ours."""
    return Answer(status=status, body={"message": message}, synthetic=True)
