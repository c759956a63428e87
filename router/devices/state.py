"""What one device remembers between two events: the Braze SDK's user, and what the RudderStack integration keeps for trait dedup."""

from collections.abc import Iterable
from typing import Any

import msgspec

from router.braze.transform.javascript import number_text
from router.devices.sdk_calls import RUDDER_ALIAS, UNDEFINED, Call

Event = dict[str, Any]
"""A RudderStack message as decoded JSON: what is absent and what is null stay apart."""


class DeviceState(msgspec.Struct, frozen=True, kw_only=True):
    """One device. Values are never changed in place."""

    user_id: str | None = None
    """The Braze SDK's current user; None while it is anonymous."""
    alias: str | None = None
    """The `rudder_id` alias that start-up gave to the current user."""
    cookie: Event | None = None
    """Web: the last identify (merged with those before it), in the cookie `rs_braze_dedup_attributes`."""
    last_identify: Event | None = None
    """Mobile: the last identify, in memory."""

    def after(self, calls: Iterable[Call]) -> "DeviceState":
        """The state once the Braze SDK got these calls; it ignores a switch to no user."""
        state = self
        for method, *args in calls:
            if method == "changeUser" and (user_id := _user_id(args[0])):
                state = msgspec.structs.replace(state, user_id=user_id)
            elif method == "user.addAlias" and args[1] == RUDDER_ALIAS:
                state = msgspec.structs.replace(state, alias=args[0])
        return state

    def after_reset(self) -> "DeviceState":
        """RudderStack's reset() reaches no Braze integration: user, alias and dedup memory stay."""
        return self

    def after_restart(self) -> "DeviceState":
        """A new process or page: mobile memory is gone; the cookie and the Braze SDK's own user are not."""
        return msgspec.structs.replace(self, last_identify=None)


def _user_id(value: Any) -> str | None:
    """A user id as the Braze SDK keeps it: text, not empty."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_text(value)
    return value if isinstance(value, str) and value not in ("", UNDEFINED) else None
