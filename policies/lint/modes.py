"""Lint rules about connection modes."""

from collections.abc import Iterator

from policies.capabilities import HYBRID_CLOUD_FILTER, MESSAGE_TYPES
from policies.lint.finding import LintRule, Subject
from policies.problems import Problem
from policies.startup import is_hybrid, is_non_cloud
from policies.terms import Terms


def _unsupported(subject: Subject) -> Iterator[Problem]:
    for terms in subject.terms:
        if terms.mode not in terms.capability.modes:
            yield Problem(
                pointer=terms.mode_pointer,
                message=f"{terms.connection.source.type} does not support {terms.mode} mode",
                fix=f"use {' or '.join(terms.capability.modes)}",
            )


def _not_set(subject: Subject) -> Iterator[Problem]:
    for terms in subject.terms:
        stated = terms.settings.connection_mode is not None or terms.settings.use_native_sdk
        if not stated and len(terms.capability.modes) > 1:
            source_type = terms.connection.source.type
            yield Problem(
                pointer=terms.mode_pointer,
                message=f"there is no connection mode for {source_type}",
                fix=f"set connectionMode.{source_type} to {', '.join(terms.capability.modes[:-1])} or {terms.capability.modes[-1]}",
            )


def _legacy_flags(subject: Subject) -> Iterator[Problem]:
    for terms in subject.terms:
        config = terms.connection.destination.config_for(terms.connection.source.type)
        if terms.settings.connection_mode is None:
            continue
        if isinstance(config.get("useNativeSDK"), bool) and config["useNativeSDK"] is not (terms.mode != "cloud"):
            yield _conflict(terms, "useNativeSDK")
        elif is_hybrid(config) is not (terms.mode == "hybrid") or is_non_cloud(config) is not (terms.mode != "cloud"):
            yield _conflict(terms, "useNativeSDKToSend")


def _conflict(terms: Terms, flag: str) -> Problem:
    return Problem(
        pointer=terms.pointers[flag],
        message=f"{flag} contradicts connectionMode `{terms.mode}`",
        fix=f"remove {flag}: connectionMode is what counts",
    )


def _web_hybrid_filter(subject: Subject) -> Iterator[Problem]:
    for terms in subject.in_hybrid_mode:
        if terms.hybrid_filter is not None:
            lost = ", ".join(kind for kind in MESSAGE_TYPES if kind not in HYBRID_CLOUD_FILTER["web"])
            yield Problem(
                pointer=terms.mode_pointer,
                message=f"RudderStack's server filters {lost} of a web source in hybrid mode",
                fix="use `ruleset: documented`, or cloud mode, or send these types from a server source",
            )


def _old_swift(subject: Subject) -> Iterator[Problem]:
    for terms in subject.in_hybrid_mode:
        if terms.device.code == "swift-v2":
            yield Problem(
                pointer=f"{terms.connection.source.pointer}/sdk",
                message="the old Swift plug-in (RudderBraze for the Swift v2 SDK) does not look at the connection mode",
                fix="move the app to the current RudderStack Swift SDK and its Braze integration, or use device or cloud mode",
            )


def _identity_race(subject: Subject) -> Iterator[Problem]:
    for terms in subject.in_hybrid_mode:
        yield Problem(
            pointer=terms.mode_pointer,
            message="in hybrid mode device and cloud may create a Braze profile each before they learn of one another",
            fix="let the SDK start Braze before it sends events (web: bufferDataPlaneEventsUntilReady)",
        )


def _mobile_identify(subject: Subject) -> Iterator[Problem]:
    for terms in subject.in_hybrid_mode:
        if not terms.device.switches_user:
            yield Problem(
                pointer=terms.mode_pointer,
                message=f"on {terms.connection.source.type} in hybrid mode identify does not switch the device's Braze user",
                fix="call changeUser on the Braze SDK in the app if push and in-app messages must know the user at once",
            )


MODE_RULES: tuple[LintRule, ...] = (
    LintRule(
        id="mode/unsupported-for-source",
        severity="error",
        summary="the source type does not support its connection mode",
        effect="nothing travels this connection: both paths block with `…/mode-unsupported`",
        source="rudder-integrations-config, braze/db-config.json, supportedConnectionModes",
        find=_unsupported,
    ),
    LintRule(
        id="mode/not-set",
        severity="warning",
        summary="a source with an SDK has no connection mode",
        effect="everything goes by cloud, and the device does not load the Braze SDK: no push, no in-app messages",
        source="this program; RudderStack's own default is `useNativeSDK: false`, which is the same",
        find=_not_set,
    ),
    LintRule(
        id="mode/legacy-flag-conflict",
        severity="warning",
        summary="the older flags useNativeSDK and useNativeSDKToSend contradict connectionMode",
        effect="connectionMode decides here; web SDKs also read the flags, load their device plug-ins and hold back events",
        source="rudder-sdk-js, analytics-js-common, utilities/destinations.ts",
        find=_legacy_flags,
    ),
    LintRule(
        id="hybrid/web-drops-group-alias-screen",
        severity="warning",
        summary="with rule set `rudderstack`, web in hybrid mode loses group, alias and screen",
        effect="these events reach Braze by neither path: the device has no call for them, the server filters them",
        source="rudder-integrations-config, braze/db-config.json, hybridModeCloudEventsFilter; rudder-server, eventfilter.go",
        find=_web_hybrid_filter,
    ),
    LintRule(
        id="sdk/old-swift-plugin",
        severity="error",
        summary="the old Swift plug-in delivers in hybrid mode too",
        effect="identify and track reach Braze twice: from the device and from the cloud",
        source="rudder-integration-braze-swift, RSBrazeDestination.swift (it has no mode check)",
        find=_old_swift,
    ),
    LintRule(
        id="hybrid/identity-race",
        severity="info",
        summary="hybrid mode can split an anonymous user into two Braze profiles",
        effect="a cloud event that arrives first makes an alias-only profile; the device's own alias call then does nothing",
        source="RudderStack docs, Braze hybrid mode; Braze docs, user aliases",
        find=_identity_race,
    ),
    LintRule(
        id="hybrid/mobile-identify-stays-anonymous",
        severity="info",
        summary="on mobile, hybrid identify goes by cloud alone",
        effect="the device's Braze user stays anonymous until the cloud's users/identify has merged the profiles",
        source="rudder-integration-braze-android, -ios; rudder-sdk-kotlin; integration-swift-braze (no changeUser in hybrid mode)",
        find=_mobile_identify,
    ),
)
