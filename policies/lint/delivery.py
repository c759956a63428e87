"""Lint rules about what reaches Braze: types that a device drops, dedup, flags without effect, switched-off ends."""

from collections.abc import Iterator

from policies.capabilities import MESSAGE_TYPES
from policies.lint.finding import LintRule, Subject
from policies.problems import Problem
from policies.terms import Terms


def _types(subject: Subject) -> Iterator[Problem]:
    for terms in subject.in_device_mode:
        dropped = [kind for kind in MESSAGE_TYPES if kind not in terms.device.types and kind != "alias"]
        yield Problem(
            pointer=terms.mode_pointer,
            message=f"in device mode the {terms.connection.source.type} SDK has no Braze call for {', '.join(dropped)}",
            fix="use hybrid or cloud mode if these events matter"
            if _has_hybrid(terms)
            else "use cloud mode if these events matter",
        )


def _alias(subject: Subject) -> Iterator[Problem]:
    for terms in subject.in_device_mode:
        yield Problem(
            pointer=terms.mode_pointer,
            message=f"{terms.connection.source.type} is in device mode, and no SDK hands alias to Braze",
            fix="send alias from a server source in cloud mode",
        )


def _mobile_dedup(subject: Subject) -> Iterator[Problem]:
    for terms in subject.in_device_mode:
        if terms.settings.support_dedup and not terms.device.is_web:
            yield Problem(
                pointer=terms.pointers["supportDedup"],
                message=f"on {terms.connection.source.type} trait dedup compares with the last identify, whoever it was of",
                fix="turn supportDedup off, or restart the app between users",
            )


def _export_permission(subject: Subject) -> Iterator[Problem]:
    for terms in subject.by_cloud:
        if terms.settings.support_dedup:
            yield Problem(
                pointer=terms.pointers["supportDedup"],
                message="RudderStack's cloud dedup needs the key permission users.export.ids; this program's does not",
                fix="nothing to do here; keep the permission if RudderStack uses the same key",
            )


def _anonymous_flag(subject: Subject) -> Iterator[Problem]:
    for terms in subject.terms:
        carries = terms.connection.source.type == "web" and terms.mode == "device"
        if terms.settings.track_anonymous_user and not carries:
            yield Problem(
                pointer=terms.pointers["trackAnonymousUser"],
                message=f"trackAnonymousUser has no effect for {terms.connection.source.type} in {terms.mode} mode",
                fix="remove it: only web in device mode reads it",
            )


def _ecommerce_flag(subject: Subject) -> Iterator[Problem]:
    for terms in subject.in_device_mode:
        if terms.settings.use_ecommerce_recommended_events and terms.device.code in ("kotlin", "swift", "swift-v2"):
            yield Problem(
                pointer=terms.pointers["useEcommerceRecommendedEvents"],
                message=f"the {terms.connection.source.type} SDK does not implement useEcommerceRecommendedEvents",
                fix="use hybrid or cloud mode for recommended e-commerce events",
            )


def _disabled_end(subject: Subject) -> Iterator[Problem]:
    for connection in subject.workspace.connections:
        for end in (connection.source, connection.destination):
            if connection.enabled and not end.enabled:
                yield Problem(
                    pointer=connection.pointer,
                    message=f"the connection is enabled, `{end.id}` is not",
                    fix=f"enable `{end.id}`, or disable the connection",
                )


def _unconnected(subject: Subject) -> Iterator[Problem]:
    for source in subject.workspace.sources:
        if not subject.workspace.connections_of(source.id):
            yield Problem(
                pointer=source.pointer,
                message=f"source `{source.id}` has no connection",
                fix="add a connection, or remove the source",
            )


def _has_hybrid(terms: Terms) -> bool:
    return "hybrid" in terms.capability.modes


DELIVERY_RULES: tuple[LintRule, ...] = (
    LintRule(
        id="device/type-unsupported",
        severity="info",
        summary="device mode has no Braze call for some message types",
        effect="these events reach Braze by neither path: the device drops them, and in device mode the server delivers nothing",
        source="rudder-integrations-config, braze/db-config.json, supportedMessageTypes.device",
        find=_types,
    ),
    LintRule(
        id="alias/not-in-device",
        severity="info",
        summary="alias is lost in device mode",
        effect="profiles are not merged: no device has a call for alias, and in device mode the server delivers nothing",
        source="every Braze integration of the SDKs; Braze's partner page on RudderStack",
        find=_alias,
    ),
    LintRule(
        id="dedup/not-per-user-on-mobile",
        severity="warning",
        summary="trait dedup on mobile does not tell users apart",
        effect="after a change of user, traits equal to the previous user's are not sent for the new one",
        source="rudder-integration-braze-android, -ios; rudder-sdk-kotlin; integration-swift-braze",
        find=_mobile_dedup,
    ),
    LintRule(
        id="dedup/needs-export-permission",
        severity="info",
        summary="RudderStack's cloud dedup asks Braze for profiles, ours does not",
        effect="none here: what was delivered last is kept in the store",
        source="rudder-transformer, braze, users/export/ids",
        find=_export_permission,
    ),
    LintRule(
        id="device/anonymous-flag-without-effect",
        severity="info",
        summary="trackAnonymousUser where nothing reads it",
        effect="none: the cloud path always takes anonymous users, mobile SDKs do not ask",
        source="rudder-sdk-js, Braze/browser.js; rudder-transformer, braze",
        find=_anonymous_flag,
    ),
    LintRule(
        id="device/ecommerce-flag-ignored",
        severity="info",
        summary="recommended e-commerce events on an SDK that does not have them",
        effect="`Order Completed` becomes purchases and the other events custom events, unlike on the other platforms",
        source="rudder-sdk-kotlin and integration-swift-braze (the flag is not read)",
        find=_ecommerce_flag,
    ),
    LintRule(
        id="connection/endpoint-disabled",
        severity="warning",
        summary="an enabled connection with a disabled source or destination",
        effect="nothing travels this connection: both paths block with `…/disabled`",
        source="rudder-cli, validation of connections",
        find=_disabled_end,
    ),
    LintRule(
        id="source/unconnected",
        severity="info",
        summary="a source without a connection",
        effect="its events are accepted and go nowhere",
        source="rudder-server: events of a source without destinations are dropped after the gateway",
        find=_unconnected,
    ),
)
