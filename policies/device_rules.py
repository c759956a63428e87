"""The rules of the device path: what the RudderStack SDK, its Braze integration and the Braze SDK would do on the device.

Order and ids stand in `policies.rules`. Facts that differ between SDKs are in the modules named after them (`startup`,
`client_consent`, `integrations`, `event_filter`, `handlers`).
"""

from policies.capabilities import HYBRID_TYPES
from policies.client_consent import device_consents, reads_consent
from policies.facts import Facts, Kind
from policies.handlers import sends_nothing, throws
from policies.integrations import device_lets_through
from policies.ruling import Ruling
from policies.terms import Terms

SDK_ERROR = "device/sdk-error"

_NOT_RETURNED = Ruling("pass", "it does not come from RudderStack's Braze source")
_RETURNED = Ruling("block", "it came back from Braze through RudderStack's Braze source; no device sends it")
_CONSENT_OFF = Ruling("pass", "consent management is off on the device")
_NO_CONSENT_CODE = Ruling("pass", "this SDK has no consent code")
_AUTO = Ruling("deliver", "auto-generated: the Braze SDK on the device sends it itself", value="auto")
_USER = Ruling("pass", "user-generated", value="user")
_NO_OBJECT = Ruling("pass", "the event has no integrations object")
_UNFILTERED = Ruling("pass", "the SDK's event filter does not look at it")
_TRAITS_BY_CLOUD = Ruling("pass", "hybrid mode: the traits go by cloud, the user switch stays on the device")
_NO_SWITCH = Ruling("pass", "not an identify of a known user of a web source in hybrid mode")
_NOT_ANONYMOUS = Ruling("pass", "the user is known, or the SDK does not ask")
_SOMETHING = Ruling("pass", "the integration has something to send")
_NO_THROW = Ruling("pass", "the SDK's own code does not throw")
_DELIVER = Ruling("deliver", "the RudderStack SDK hands the event to the Braze SDK")


def returned_from_braze(facts: Facts, terms: Terms) -> Ruling:
    """An event that RudderStack's Braze source brings back has been on the device already; no device gets it again.

    Example: a Currents `users.messages.inappmessage.Click` that arrives by webhook. Source: rudder-transformer, sources/braze.
    """
    return _RETURNED if facts.returned_from_braze else _NOT_RETURNED


def sdk_not_loaded(facts: Facts, terms: Terms) -> Ruling:
    """The Braze SDK does not run in cloud mode, without an app key, or with a data centre that the SDK does not know.

    Example: EU-03 on Android. Source: each Braze integration's start-up code (`policies.startup`).
    """
    if terms.mode == "cloud":
        return Ruling("block", "in cloud mode the device does not load the Braze SDK", terms.mode_pointer, terms.mode)
    if trouble := terms.device.trouble:
        value = terms.device.config.get(trouble.key)
        return Ruling("block", f"the Braze SDK does not start: {trouble.why}", terms.pointers[trouble.key], value)
    return Ruling("pass", f"in {terms.mode} mode the device loads the Braze SDK", terms.mode_pointer, terms.mode)


def consent_at_load(facts: Facts, terms: Terms) -> Ruling:
    """A device loads Braze only if the user had consented when destinations were loaded.

    Example: web, provider custom, destination asks for `marketing`, nothing allowed: blocked, until the page is loaded again.
    Source: rudder-sdk-js, the ConsentManager plug-ins.
    """
    client, device = facts.client, terms.device
    if client is None:
        return _CONSENT_OFF
    if not reads_consent(device.code):
        return _NO_CONSENT_CODE
    if device_consents(device.code, device.config, client):
        return Ruling("pass", "the destination is consented on the device", value=client.provider)
    why = f"consent manager `{client.provider}` had not allowed the destination when the SDK loaded"
    return Ruling("block", why, terms.pointers[_consent_key(terms)], list(client.allowed))


def waits_for_consent(kind: Kind, terms: Terms) -> bool:
    """Only SDKs with consent code ask."""
    return not kind.plain and reads_consent(terms.device.code)


def auto_generated(facts: Facts, terms: Terms) -> Ruling:
    """The Braze SDK sends its own events itself; RudderStack's filters never see them.

    Example: an in-app message impression of a web source in hybrid mode. Source: Braze SDK docs, automatically collected data.
    """
    return _AUTO if facts.origin == "auto" else _USER


def integrations_object(facts: Facts, terms: Terms) -> Ruling:
    """The event's `integrations` object may keep it from Braze; SDKs read it differently.

    Example: `{"All": false}`, or on legacy Android `{"Braze": {…}}`. Source: each SDK core's destination filter.
    """
    given = facts.integrations
    if not given:
        return _NO_OBJECT
    if device_lets_through(terms.device.code, given):
        return Ruling("pass", "the event's integrations object lets it go to Braze", value=given)
    return Ruling("block", "the event's integrations object keeps it from Braze", value=given)


def event_filter(facts: Facts, terms: Terms) -> Ruling:
    """The SDK's allow-list or deny-list of event names, matched as that SDK matches.

    Example: deny-list with `Debug Ping`, track `Debug Ping`. Source: rudder-sdk-js, plug-in nativeDestinationQueue;
    the EventFilteringPlugin of each mobile SDK.
    """
    listing = terms.device.filter
    if not listing.judges(facts.type):
        return _UNFILTERED
    answer = listing.answer(facts.name)
    if answer == "allowed":
        return Ruling("pass", "the SDK's event filter lets this name through", terms.pointers[listing.key], facts.name)
    if answer == "throws":
        why = "the SDK's event filter throws on this list"
        return Ruling("block", why, terms.pointers[listing.key], facts.name, rule=SDK_ERROR)
    return Ruling("block", "the SDK's event filter stops this name", terms.pointers[listing.key], facts.name)


def waits_for_name(kind: Kind, terms: Terms) -> bool:
    """The filter asks for the name only where it is on."""
    return terms.device.filter.judges(kind.type)


def hybrid_goes_by_cloud(facts: Facts, terms: Terms) -> Ruling:
    """In hybrid mode user-generated events go by cloud and are blocked on the device.

    Example: track on Android in hybrid mode. Source: RudderStack docs, Braze hybrid mode; every Braze integration's mode check.
    The old Swift plug-in has no such check (rule set `rudderstack`).
    """
    device = terms.device
    if _switches_user(facts, terms):
        return _TRAITS_BY_CLOUD
    if device.mode != "hybrid" or facts.type not in HYBRID_TYPES:
        why = f"{device.mode} mode does not move {facts.type or 'this type'} to the cloud"
        return Ruling("pass", why, terms.mode_pointer, terms.mode)
    if device.doubles and facts.type in device.types:
        why = "the old Swift plug-in does not look at the mode: the event goes by device and by cloud"
        return Ruling("pass", why, terms.mode_pointer, terms.mode)
    return Ruling("block", f"hybrid mode: a user-generated {facts.type} goes by cloud", terms.mode_pointer, terms.mode)


def hybrid_identity(facts: Facts, terms: Terms) -> Ruling:
    """In hybrid mode the web SDK still tells Braze who the user is, without traits.

    Example: identify `u-1` on web in hybrid mode calls `changeUser("u-1")`. Source: rudder-sdk-js, Braze/browser.js.
    """
    if not _switches_user(facts, terms):
        return _NO_SWITCH
    why = "hybrid mode: the web SDK switches the Braze user and sends no traits"
    return Ruling("identity", why, terms.mode_pointer, terms.mode)


def waits_for_user(kind: Kind, terms: Terms) -> bool:
    """Only the web SDK's hybrid identify asks who the user is."""
    return terms.device.switches_user and kind.type == "identify"


def type_unsupported(facts: Facts, terms: Terms) -> Ruling:
    """The device integration handles only some message types; alias none of them.

    Example: screen on Android in device mode. Source: rudder-integrations-config, braze/db-config.json, supportedMessageTypes.device.
    """
    source_type, types = terms.connection.source.type, terms.capability.device_types
    if facts.type not in terms.device.types:
        why = f"the {source_type} SDK hands only {', '.join(types)} to Braze"
        return Ruling("block", why, value=facts.type)
    return Ruling("pass", f"the {source_type} SDK hands {facts.type} to Braze", value=facts.type)


def anonymous_not_tracked(facts: Facts, terms: Terms) -> Ruling:
    """The web integration tracks users without userId only with `trackAnonymousUser`.

    Example: track without userId on web in device mode; page and identify do not ask. Source: rudder-sdk-js, Braze/browser.js.
    """
    if facts.type != "track" or terms.device.tracks_anonymous or facts.user_id:
        return _NOT_ANONYMOUS
    return Ruling("block", "no userId, and trackAnonymousUser is off", terms.pointers["trackAnonymousUser"], False)


def waits_for_user_id(kind: Kind, terms: Terms) -> bool:
    """Only the web SDK's track asks, and only with the flag off."""
    return kind.type == "track" and not terms.device.tracks_anonymous


def nothing_to_send(facts: Facts, terms: Terms) -> Ruling:
    """The integration gets the event and makes no call: no name, an order without products, an install without campaign.

    Example: `Order Completed` with `products: []`. Source: the track method of each Braze integration.
    """
    if facts.type != "track":
        return _SOMETHING
    why = sends_nothing(terms.device.code, facts, terms.device.config)
    return Ruling("block", f"the device sends nothing: {why}", value=facts.name) if why else _SOMETHING


def waits_for_track(kind: Kind, terms: Terms) -> bool:
    """Only a track can turn out to be nothing."""
    return kind.type == "track"


def sdk_error(facts: Facts, terms: Terms) -> Ruling:
    """The integration's own code throws; the SDK logs it and the event is lost on the device.

    Example: `Order Completed` with a product that is null, on web. Source: rudder-sdk-js, Braze/browser.js. Properties that are
    null throw too, but only `device-calls` hands them to the integration: the SDK's API makes an empty object of them.
    """
    if not terms.device.is_web or facts.type not in ("track", "page"):
        return _NO_THROW
    why = throws(terms.device.code, facts, terms.device.config)
    return Ruling("block", f"the SDK's own code throws: {why}") if why else _NO_THROW


def waits_for_properties(kind: Kind, terms: Terms) -> bool:
    """Only web's track and page are known to throw; of a plain page, nothing is left that could."""
    return terms.device.is_web and (kind.type == "track" or (kind.type == "page" and not kind.plain))


def deliver(facts: Facts, terms: Terms) -> Ruling:
    """Nothing spoke against it: the SDK hands the event to Braze. Example: identify on iOS in device mode."""
    return _DELIVER


def _switches_user(facts: Facts, terms: Terms) -> bool:
    return terms.device.switches_user and facts.type == "identify" and facts.user_id != ""


def _consent_key(terms: Terms) -> str:
    keys = ("consentManagement", "oneTrustCookieCategories", "ketchConsentPurposes")
    return next((key for key in keys if terms.device.config.get(key)), keys[0])
