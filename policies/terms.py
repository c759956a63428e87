"""Terms: everything about one connection that a rule may look at, worked out once per revision."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from policies.capabilities import CAPABILITIES, HYBRID_CLOUD_FILTER, Capability, Mode, SourceType
from policies.connection import ANY_SOURCE, CONFIG_KEYS, BrazeSettings, Connection, Destination, Ruleset, Source
from policies.event_filter import OFF, EventFilter, event_filter
from policies.javascript import truthy
from policies.problems import pointer
from policies.sdks import SDKS, WEB, Code, Sdk, default_sdk
from policies.server_consent import ServerConsent, server_consent
from policies.startup import Trouble, trouble_at_start

DeviceMode = Literal["device", "hybrid"]


class DeviceTerms(msgspec.Struct, frozen=True, kw_only=True):
    """One connection as the SDK on a device sees it: judged by that SDK's code from the config that it receives."""

    sdk: Sdk | None
    code: Code
    """Whose code runs; nothing asks where there is no SDK, because `trouble` stands before."""
    is_web: bool
    config: Mapping[str, Any]
    mode: DeviceMode
    trouble: Trouble | None
    """Why the SDK does not start Braze."""
    filter: EventFilter
    types: frozenset[str]
    tracks_anonymous: bool
    """Whether track events of users without userId reach Braze. Only the web SDK asks."""
    switches_user: bool
    """In hybrid mode the web SDK still tells Braze who the user is."""
    doubles: bool
    """The old Swift plug-in hands events on in hybrid mode too (rule set `rudderstack`)."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """One connection as the rules see it."""

    connection: Connection
    ruleset: Ruleset
    settings: BrazeSettings
    mode: Mode
    mode_pointer: str
    capability: Capability
    switched_off: str | None
    """Pointer of the `enabled: false` that stops this connection, or None."""
    device: DeviceTerms
    consent: ServerConsent
    hybrid_filter: frozenset[str] | None
    """The only types that the server takes in hybrid mode, or None where it does not filter."""

    pointers: Mapping[str, str]
    """JSON pointer of each Braze config value that counts for this source type."""


def terms_of(connection: Connection, ruleset: Ruleset, sdk: Sdk | None = None) -> Terms:
    """Work out the terms of one connection, for the given SDK or the one that its source names."""
    source_type = connection.source.type
    settings = connection.destination.settings_for(source_type)
    config = connection.destination.config_for(source_type)
    sdk = sdk or SDKS.get(connection.source.sdk) or default_sdk(source_type)
    received = {"supportDedup": False, **config, "connectionMode": settings.mode}
    return Terms(
        connection=connection,
        ruleset=ruleset,
        settings=settings,
        mode=settings.mode,
        mode_pointer=_mode_pointer(connection),
        capability=CAPABILITIES[source_type],
        switched_off=_switched_off(connection),
        device=device_terms(sdk, received, ruleset),
        consent=server_consent(config),
        hybrid_filter=HYBRID_CLOUD_FILTER.get(source_type) if ruleset == "rudderstack" else None,
        pointers=_pointers(connection),
    )


def terms_on_device(sdk: Sdk | None, config: Mapping[str, Any]) -> Terms:
    """The terms of a Braze destination that an SDK received in its source config, whatever that config holds."""
    source_type: SourceType = sdk.source_type if sdk else "cloud"
    connection = Connection(
        source=Source(id=source_type, type=source_type), destination=Destination(id="braze", config=config)
    )
    return Terms(
        connection=connection,
        ruleset="rudderstack",
        settings=BrazeSettings(),
        mode="device",
        mode_pointer="/config/connectionMode",
        capability=CAPABILITIES[source_type],
        switched_off=None,
        device=device_terms(sdk, config, "rudderstack"),
        consent=server_consent({}),
        hybrid_filter=None,
        pointers=_pointers(connection),
    )


def device_terms(sdk: Sdk | None, config: Mapping[str, Any], ruleset: Ruleset) -> DeviceTerms:
    """What the SDK's code makes of a config."""
    if sdk is None:
        return _NO_SDK
    code, trouble = sdk.code, trouble_at_start(sdk.code, config)
    mode, is_web = _mode_on_device(code, config.get("connectionMode")), code in WEB
    return DeviceTerms(
        sdk=sdk,
        code=code,
        is_web=is_web,
        config=config,
        mode=mode,
        trouble=trouble,
        filter=OFF if trouble else event_filter(code, config),
        types=frozenset(CAPABILITIES[sdk.source_type].device_types),
        tracks_anonymous=not is_web or truthy(config.get("trackAnonymousUser")),
        switches_user=is_web and mode == "hybrid",
        doubles=code == "swift-v2" and ruleset == "rudderstack",
    )


_NO_SDK = DeviceTerms(
    sdk=None,
    code="web",
    is_web=False,
    config={},
    mode="device",
    trouble=Trouble("no SDK of this source type carries Braze", "connectionMode"),
    filter=OFF,
    types=frozenset(),
    tracks_anonymous=False,
    switches_user=False,
    doubles=False,
)


def config_pointer(connection: Connection, key: str) -> str:
    """JSON pointer of a Braze config value, inside its per-source-type map where it is stored as one."""
    stored = connection.destination.config.get(key)
    at = f"{connection.destination.pointer}/config" + pointer(key)
    if not isinstance(stored, Mapping):
        return at
    return next((at + pointer(name) for name in (connection.source.type, ANY_SOURCE) if name in stored), at)


def _pointers(connection: Connection) -> Mapping[str, str]:
    return {key: config_pointer(connection, key) for key in CONFIG_KEYS}


def _mode_on_device(code: Code, stated: Any) -> DeviceMode:
    """Web takes exactly `hybrid` for hybrid; legacy mobile SDKs take exactly `device` for device (iOS in any case)."""
    if code in WEB or code in ("kotlin", "swift"):
        return "hybrid" if stated == "hybrid" else "device"
    wanted = stated.lower() if code == "ios" and isinstance(stated, str) else stated
    return "device" if wanted == "device" else "hybrid"


def _mode_pointer(connection: Connection) -> str:
    for key in ("connectionMode", "useNativeSDK"):
        if _says(connection.destination.config.get(key), connection.source.type):
            return config_pointer(connection, key)
    return config_pointer(connection, "connectionMode")


def _says(stored: Any, source_type: SourceType) -> bool:
    if isinstance(stored, Mapping):
        return source_type in stored or ANY_SOURCE in stored
    return stored is not None


def _switched_off(connection: Connection) -> str | None:
    for part in (connection.source, connection.destination, connection):
        if not part.enabled:
            return f"{part.pointer}/enabled"
    return None
