"""Source config: what an SDK is told to do on the device, made from the same terms that the policy decides by. Pure.

SDKs get no secret and no key that Braze's definition does not include, with per-source-type maps resolved.
Source: rudder-integrations-config, `braze/db-config.json` (includeKeys); the shape is in `router.source_config.document`.
"""

import msgspec

from policies.capabilities import CAPABILITIES
from policies.connection import Source
from policies.terms import Terms
from router.routing import Route
from router.source_config.document import (
    ConnectionEntry,
    DestinationEntry,
    SourceConfig,
    SourceDefinition,
    SourceEntry,
)

INCLUDE_KEYS = (
    "appKey",
    "dataCenter",
    "trackAnonymousUser",
    "enableSubscriptionGroupInGroupCall",
    "enableBrazeLogging",
    "enableNestedArrayOperations",
    "supportDedup",
    "blacklistedEvents",
    "whitelistedEvents",
    "oneTrustCookieCategories",
    "eventFilteringOption",
    "connectionMode",
    "enablePushNotification",
    "allowUserSuppliedJavascript",
    "consentManagement",
    "ketchConsentPurposes",
    "usePlatformSpecificApiKeys",
    "androidApiKey",
    "iOSApiKey",
    "webApiKey",
)
"""The only config keys that leave the server."""


def source_config(route: Route) -> SourceConfig:
    """The source config of a source.

    Cloud-mode destinations are left out: an SDK that saw one would start Braze and deliver a second time.
    """
    source = route.source
    terms = [policy.terms for policy in route.policies]
    return SourceConfig(
        SourceEntry(
            id=source.id,
            name=source.name or source.id,
            write_key=source.write_key,
            enabled=source.enabled,
            source_definition_id=source.type,
            source_definition=_definition(source),
            connections=tuple(_connection(each) for each in terms),
            destinations=_destinations([each for each in terms if _on_device(each)]),
        )
    )


def encode(config: SourceConfig) -> bytes:
    """The document as JSON; the same config gives the same bytes."""
    return msgspec.json.encode(config, order="deterministic")


def _on_device(terms: Terms) -> bool:
    return terms.mode != "cloud" and terms.mode in terms.capability.modes


def _destinations(terms: list[Terms]) -> tuple[DestinationEntry, ...]:
    """Switched-off destinations are listed only where none is on: legacy Android takes the last Braze destination and
    Kotlin the first, whether it is on or not, and would start neither."""
    on = [each for each in terms if not each.switched_off]
    return tuple(_destination(each) for each in on or terms)


def _destination(terms: Terms) -> DestinationEntry:
    destination, received = terms.connection.destination, terms.device.config
    return DestinationEntry(
        id=destination.id,
        name=destination.name or destination.id,
        enabled=not terms.switched_off,
        config={key: received[key] for key in INCLUDE_KEYS if key in received},
    )


def _connection(terms: Terms) -> ConnectionEntry:
    connection = terms.connection
    return ConnectionEntry(
        id=connection.id,
        source_id=connection.source.id,
        destination_id=connection.destination.id,
        enabled=connection.enabled,
    )


def _definition(source: Source) -> SourceDefinition:
    name = source.definition or _DEFINITION_NAMES.get(source.type, source.type)
    on_device = len(CAPABILITIES[source.type].modes) > 1
    return SourceDefinition(
        id=source.type,
        name=name,
        display_name="JavaScript" if name == "Javascript" else name,
        category="webhook" if source.definition == "Braze" else None,
        type=source.type,
        options={"sdkExecutionEnvironment": "client"} if on_device else {},
    )


_DEFINITION_NAMES = {
    "web": "Javascript",
    "android": "Android",
    "androidKotlin": "android_kotlin",
    "ios": "iOS",
    "iosSwift": "ios_swift",
    "reactnative": "ReactNative",
    "flutter": "Flutter",
    "unity": "Unity",
    "cordova": "Cordova",
    "amp": "AMP",
    "cloud": "HTTP",
}
"""Names of RudderStack's source definitions, where the type has one of its own."""
