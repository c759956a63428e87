"""The rules of the cloud path: what RudderStack's server does before the transform, plus suppression.

Order and ids stand in `policies.rules`. Source of the order: rudder-server, processor.go and processor/eventfilter.
"""

from policies.capabilities import CLOUD_TYPES
from policies.facts import Facts, Kind
from policies.integrations import server_lets_through
from policies.ruling import Ruling
from policies.terms import Terms

_USER = Ruling("pass", "user-generated", value="user")
_LOOP = Ruling(
    "block", "it came from Braze through RudderStack's Braze source: sending it back would loop", value="auto"
)
_AUTO = Ruling(
    "block", "auto-generated (context.origin says so): the Braze SDK on the device sends it itself", value="auto"
)
_NO_OBJECT = Ruling("pass", "the event has no integrations object")
_NOTHING_ASKED = Ruling("pass", "the destination asks for no consent")
_CONSENTED = Ruling("pass", "nothing that the destination asks for is denied")
_SUPPRESSED = Ruling("block", "the user is suppressed by a regulation", value=True)
_NOT_SUPPRESSED = Ruling("pass", "the user is not suppressed", value=False)
_NO_TYPE = Ruling("block", "invalid message type: it is missing, empty or no text", value="")
_UNFILTERED = Ruling("pass", "no hybrid filter applies")
_DELIVER = Ruling("deliver", "the event goes to Braze's REST API")


def device_mode(facts: Facts, terms: Terms) -> Ruling:
    """In device mode the destination is no cloud destination at all.

    Example: identify on iOS in device mode. Source: rudder-server, backend-config, isProcessorEnabled.
    """
    if terms.mode == "device":
        return Ruling("block", "device mode: the SDK delivers, the server does not", terms.mode_pointer, terms.mode)
    return Ruling("pass", f"{terms.mode} mode opens the cloud path", terms.mode_pointer, terms.mode)


def auto_generated(facts: Facts, terms: Terms) -> Ruling:
    """Auto-generated events belong to the device; sending them again would double them (loop guard).

    Example: a push open from Braze Currents. Source: rudder-transformer, sources/braze (`integrations.Braze: false`).
    """
    if facts.returned_from_braze:
        return _LOOP
    return _AUTO if facts.origin == "auto" else _USER


def integrations_object(facts: Facts, terms: Terms) -> Ruling:
    """The event's `integrations` object may keep it from Braze.

    Example: `{"All": true, "Braze": false}`. Source: rudder-server, processor/integrations.
    """
    given = facts.integrations
    if server_lets_through(given):
        return (
            Ruling("pass", "the event's integrations object lets it go to Braze", value=given) if given else _NO_OBJECT
        )
    return Ruling("block", "the event's integrations object keeps it from Braze", value=given)


def consent(facts: Facts, terms: Terms) -> Ruling:
    """The server drops an event whose `context.consentManagement` denies what the destination asks for.

    Example: `deniedConsentIds: ["marketing"]` where the destination asks for `marketing`. Source: rudder-server, processor/consent.go.
    """
    if terms.consent.is_off:
        return _NOTHING_ASKED
    key = terms.consent.drops(facts.consent_management)
    if key is None:
        return _CONSENTED
    why = "the event denies a consent that the destination asks for"
    return Ruling("block", why, terms.pointers[key], facts.consent_management.get("deniedConsentIds"))


def waits_for_consent(kind: Kind, terms: Terms) -> bool:
    """Only a destination that asks for consents looks."""
    return not kind.plain and not terms.consent.is_off


def suppressed_user(facts: Facts, terms: Terms) -> Ruling:
    """A user under a `suppress` regulation is not sent on. Example: userId `u-1` after `POST /v2/regulations`."""
    return _SUPPRESSED if facts.suppressed else _NOT_SUPPRESSED


def type_unsupported(facts: Facts, terms: Terms) -> Ruling:
    """The cloud path takes six message types.

    Example: type `reset`. Source: rudder-integrations-config, braze/db-config.json, supportedMessageTypes.cloud.
    """
    if not facts.type:
        return _NO_TYPE
    if facts.type not in CLOUD_TYPES:
        return Ruling("block", "the cloud path takes identify, track, page, screen, group and alias", value=facts.type)
    return Ruling("pass", f"the cloud path takes {facts.type}", value=facts.type)


def hybrid_filter(facts: Facts, terms: Terms) -> Ruling:
    """RudderStack's server takes only identify, track and page from a web source in hybrid mode (rule set `rudderstack`).

    Example: group on web in hybrid mode is lost. Source: db-config, hybridModeCloudEventsFilter; rudder-server, eventfilter.go.
    """
    if terms.hybrid_filter is None or terms.mode != "hybrid" or facts.type in terms.hybrid_filter:
        return _UNFILTERED
    why = "RudderStack's server takes only identify, track and page from a web source in hybrid mode"
    return Ruling("block", why, terms.mode_pointer, terms.mode)


def deliver(facts: Facts, terms: Terms) -> Ruling:
    """Nothing spoke against it: the event goes to Braze's REST API. Example: group of a server source."""
    return _DELIVER
