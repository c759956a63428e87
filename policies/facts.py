"""Facts: everything about one event that a rule may look at.

The router fills them in (`router.classify`); what depends on the connection alone is in `policies.terms`.
"""

from typing import Any, Literal, NamedTuple, get_args

import msgspec

from policies.client_consent import ClientConsent

Origin = Literal["user", "auto"]
ORIGINS: tuple[Origin, ...] = get_args(Origin)


class Facts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One event as the rules see it."""

    type: str
    """Message type, lower-cased and trimmed; empty when the message has none."""
    origin: Origin = "user"
    """`auto` = generated inside the Braze SDK, known by provenance (never by the event's name alone)."""
    returned_from_braze: bool = False
    """It came back from Braze Currents through RudderStack's Braze source."""
    name: str | None = None
    """Event name of a track, when it is a string."""
    odd_name: Any = None
    """The event name, when it is neither a string nor null (SDKs differ in what they make of it)."""
    user_id: str = ""
    """userId as text, trimmed; empty when there is none."""
    anonymous_id: str = ""
    """anonymousId as text, trimmed; empty when there is none."""
    integrations: Any = msgspec.UNSET
    """The event's `integrations` object as it stands; UNSET when it has none."""
    consent_management: Any = None
    """`context.consentManagement` as it stands: what the server's consent check reads."""
    properties: Any = msgspec.UNSET
    """The event's `properties` as they stand, decoded or raw JSON; UNSET when it has none (SDKs then put an empty object).

    A recorded null is none, too (`router.classify`); None is what `device-calls` hands to an integration as it stands."""
    client: ClientConsent | None = None
    """The device's consents when its destinations were loaded; None = consent management is off."""
    suppressed: bool = False
    """The user asked not to be processed (a `suppress` regulation)."""

    @property
    def plain(self) -> bool:
        """The event carries nothing but its type, name, ids and properties for a rule to look at, and no odd ones, as most do."""
        return (
            (self.integrations is msgspec.UNSET or self.integrations == _EVERYWHERE)
            and self.client is None
            and self.consent_management is None
            and self.properties is not None
            and self.odd_name is None
            and not self.suppressed
        )


_EVERYWHERE = {"All": True}


class Kind(NamedTuple):
    """What compiled decisions are looked up by."""

    type: str
    origin: Origin
    returned_from_braze: bool
    plain: bool
