"""What can go wrong on purpose. Each action is one thing that a client of Braze has to survive."""

from __future__ import annotations

import random
from typing import Any, Literal

import msgspec

from router.braze_simulator.rates import Dialect


class _Action(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """Base of the tagged union: `{"kind": "<name>", …}`."""


class Status(_Action, frozen=True, kw_only=True, tag="status"):
    """Answer with this status; `after_apply` does the work first, which makes the failure ambiguous."""

    code: int
    body: Any = None
    headers: dict[str, str] = {}
    after_apply: bool = False


class RateLimit(_Action, frozen=True, kw_only=True, tag="rate_limit"):
    """429 for all but the first `burst_n` matching requests in every `retry_after` seconds."""

    burst_n: int = 0
    retry_after: int = 1
    dialect: Dialect = "general-epoch"


class Delay(_Action, frozen=True, kw_only=True, tag="delay"):
    """Answer late: by `ms`, or by a random time between two."""

    ms: float = 0.0
    dist: tuple[float, float] | None = None


class Hang(_Action, frozen=True, kw_only=True, tag="hang"):
    """Never answer; nothing is applied."""


class Reset(_Action, frozen=True, kw_only=True, tag="reset"):
    """Cut the connection before the request is looked at, after it was applied, or in the middle of the answer."""

    when: Literal["before_read", "after_apply", "mid_body"] = "before_read"


class TruncateBody(_Action, frozen=True, kw_only=True, tag="truncate_body"):
    """Answer with the first half of the body and a matching length, so that it is no JSON."""


class NonJson(_Action, frozen=True, kw_only=True, tag="non_json_2xx"):
    """A success whose body is an HTML page; the work is done."""


class MessageNotSuccess(_Action, frozen=True, kw_only=True, tag="message_not_success"):
    """A success status whose message is another; the work is done."""

    message: str = "error"


class PartialErrors(_Action, frozen=True, kw_only=True, tag="partial_errors"):
    """Refuse single objects of /users/track, by index or at random."""

    indexes: tuple[int, ...] = ()
    fraction: float = 0.0
    seed: int = 0
    type: str = "injected fault"
    input_array: Literal["attributes", "events", "purchases"] | None = None
    unindexed: bool = False

    def error_for(self, array: str, index: int) -> dict[str, Any] | None:
        """The entry of `errors[]` for an object, or None when it is spared. The same object meets the same fate."""
        if self.input_array not in {None, array}:
            return None
        by_chance = random.Random(f"{self.seed}:{array}:{index}").random() < self.fraction
        if index not in self.indexes and not by_chance:
            return None
        return {"type": self.type} if self.unindexed else {"type": self.type, "input_array": array, "index": index}


class DropApply(_Action, frozen=True, kw_only=True, tag="drop_apply"):
    """Answer success and lose the work."""


class DuplicateApply(_Action, frozen=True, kw_only=True, tag="duplicate_apply"):
    """Answer success and do the work twice."""


class ApplyDelay(_Action, frozen=True, kw_only=True, tag="apply_delay"):
    """Answer at once and do the work this much later."""

    seconds: float


class Reorder(_Action, frozen=True, kw_only=True, tag="reorder"):
    """Answer at once and do the work after a random delay, so that later requests may overtake it."""

    min_seconds: float = 0.0
    max_seconds: float = 1.0


class StaleExport(_Action, frozen=True, kw_only=True, tag="stale_export"):
    """Let /users/export/ids read profiles as they were some seconds ago."""

    seconds: float


class RevokeKey(_Action, frozen=True, kw_only=True, tag="revoke_key"):
    """Treat the key as unknown (401)."""


class RemovePermission(_Action, frozen=True, kw_only=True, tag="remove_permission"):
    """Treat the key as lacking the permission (403)."""


class ShrinkLimit(_Action, frozen=True, kw_only=True, tag="shrink_limit"):
    """Accept fewer objects per track request, or fewer bytes."""

    objects: int | None = None
    bytes: int | None = None


Action = (
    Status
    | RateLimit
    | Delay
    | Hang
    | Reset
    | TruncateBody
    | NonJson
    | MessageNotSuccess
    | PartialErrors
    | DropApply
    | DuplicateApply
    | ApplyDelay
    | Reorder
    | StaleExport
    | RevokeKey
    | RemovePermission
    | ShrinkLimit
)
