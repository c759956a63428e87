"""What RudderStack's and Braze's documents say, and what RudderStack's published code does instead.

Documents: Braze's partner page and RudderStack's pages on its Braze destination. Code: rudder-sdk-*, rudder-integration-braze-*,
rudder-server, rudder-transformer, rudder-integrations-config.
"""

import msgspec


class Disagreement(msgspec.Struct, frozen=True):
    """One point on which documents and code differ."""

    topic: str
    documents: str
    code: str


DISAGREEMENTS: tuple[Disagreement, ...] = (
    Disagreement(
        "hybrid platforms",
        "Braze's partner page: iOS and Android",
        "also web, by config, SDK and RudderStack's current page",
    ),
    Disagreement(
        "hybrid identify",
        "blocked on the device",
        "web calls changeUser(userId) on the device as well; mobile does not, so its Braze user stays anonymous until the profiles merge",
    ),
    Disagreement("hybrid group on web", "goes by cloud", "the server filters it and no device sends it: it is lost"),
    Disagreement("hybrid screen on web", "goes by cloud", "the server filters it and no device sends it: it is lost"),
    Disagreement(
        "hybrid alias",
        "Braze's page: cloud mode only; RudderStack's page: among the types sent by cloud",
        "mobile: by cloud; web: the server filters it and it is lost",
    ),
    Disagreement(
        "device mode types",
        "identify, track, screen, page, group for Braze in general",
        "identify and track (page on web); group, screen and alias are lost, since the server delivers nothing in device mode",
    ),
    Disagreement(
        "old Swift plug-in",
        "Braze's partner page links it for iOS",
        "it ignores the connection mode: in hybrid mode identify and track arrive twice; it has neither alias nor dedup",
    ),
    Disagreement("empty allow-list", "discards all calls", "discards track calls only"),
    Disagreement(
        "allow-list, event without name",
        "not let through any more",
        "true for web v3, Kotlin and Swift; legacy mobile SDKs and web v1.1 let it through",
    ),
    Disagreement("event filter", "filters events", "on the device only; what goes by cloud is never filtered"),
    Disagreement(
        "OneTrust",
        "works in device mode only",
        "the server filters cloud destinations too, by denied instead of allowed ids",
    ),
    Disagreement(
        "trait dedup",
        "identify and track, only changed traits",
        "on devices identify only; mobile SDKs compare with the last identify of whichever user",
    ),
    Disagreement("trackAnonymousUser", "reads as general", "only the web integration uses it, and only for track"),
    Disagreement(
        "Order Completed",
        "becomes purchases",
        "Android legacy loses the quantity, web skips products of price zero, Swift makes none without a currency",
    ),
    Disagreement(
        "data centre EU-03", "can be selected", "unknown to Android, iOS, Kotlin and Swift: they do not start Braze"
    ),
    Disagreement(
        "useEcommerceRecommendedEvents",
        "an option of the destination",
        "web and the legacy mobile SDKs read it, Kotlin and Swift do not",
    ),
    Disagreement("appKey", "optional where platform keys are on", "Kotlin and Swift cannot start without it"),
    Disagreement(
        "React Native and Flutter in hybrid mode",
        "not among the supported modes",
        "the native code underneath would honour it; here both paths block with `…/mode-unsupported`",
    ),
    Disagreement(
        "Currents event names",
        "friendly names such as Push Notification Tapped",
        "raw names; friendly ones only where the source's custom mapping gives them",
    ),
    Disagreement("gender on web", "male, female and others", "every text that does not mean female becomes male"),
)
