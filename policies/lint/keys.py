"""Lint rules about app keys, REST keys, write keys and data centres."""

from collections.abc import Iterator

from policies.data_centers import DATA_CENTERS, normal_data_center
from policies.lint.finding import LintRule, Subject
from policies.problems import Problem
from policies.startup import app_key, platform_key, sdk_endpoint


def _missing_app_key(subject: Subject) -> Iterator[Problem]:
    for terms in subject.on_devices:
        device = terms.device
        if app_key(device.code, device.config):
            continue
        key = platform_key(device.code) if terms.settings.use_platform_specific_api_keys else "appKey"
        yield Problem(
            pointer=terms.pointers[key],
            message=f"{terms.connection.source.type} in {terms.mode} mode has no app key",
            fix=f"set {key} to the app's identifier in Braze",
        )


def _app_key_required(subject: Subject) -> Iterator[Problem]:
    for terms in subject.on_devices:
        device = terms.device
        unread = device.code in ("kotlin", "swift") and device.config.get("appKey") is None
        if unread and app_key(device.code, device.config):
            yield Problem(
                pointer=terms.pointers["appKey"],
                message=f"the {terms.connection.source.type} SDK uses {platform_key(device.code)}, but cannot read a config without appKey",
                fix="set appKey as well",
            )


def _data_center(subject: Subject) -> Iterator[Problem]:
    for terms in subject.on_devices:
        stated = terms.device.config.get("dataCenter")
        right = f"sdk.{DATA_CENTERS[normal_data_center(str(stated))]}"
        host = sdk_endpoint(terms.device.code, stated)
        if host != right:
            does = f"takes {stated} for {host}" if host else f"does not know {stated}"
            yield Problem(
                pointer=terms.pointers["dataCenter"],
                message=f"the {terms.connection.source.type} SDK {does}; it is {right}",
                fix="use cloud mode for this source type, or a Braze workspace in a data centre that its SDK knows",
            )


def _missing_rest_key(subject: Subject) -> Iterator[Problem]:
    for terms in subject.by_cloud:
        if terms.connection.destination.rest_api_key is None:
            yield Problem(
                pointer=terms.pointers["restApiKey"],
                message=f"{terms.connection.source.type} is in {terms.mode} mode, and there is no restApiKey",
                fix="add `restApiKey: env.NAME`",
            )


def _rest_key_in_clear(subject: Subject) -> Iterator[Problem]:
    for destination in subject.workspace.destinations:
        if destination.rest_api_key and destination.rest_api_key.variable is None:
            yield Problem(
                pointer=f"{destination.pointer}/config/restApiKey",
                message="the REST key stands in the file itself",
                fix="write `restApiKey: env.NAME` and put the key into that environment variable",
            )


def _no_write_key(subject: Subject) -> Iterator[Problem]:
    for source in subject.workspace.sources:
        if not source.write_key:
            yield Problem(
                pointer=source.pointer,
                message=f"source `{source.id}` has no write key",
                fix="add `write_key: …`; SDKs send it as the Basic user name",
            )


KEY_RULES: tuple[LintRule, ...] = (
    LintRule(
        id="key/missing-for-platform",
        severity="error",
        summary="device or hybrid mode without an app key for the platform",
        effect="mobile SDKs do not start Braze: nothing goes by device; the web SDK starts it with an empty key, which Braze refuses",
        source="start-up code of each Braze integration",
        find=_missing_app_key,
    ),
    LintRule(
        id="key/app-key-required-by-sdk",
        severity="error",
        summary="Kotlin and Swift need appKey even where platform keys are on",
        effect="the SDK cannot read its Braze config and does not start Braze: nothing goes by device",
        source="rudder-sdk-kotlin, integrations/braze; integration-swift-braze (config types without defaults)",
        find=_app_key_required,
    ),
    LintRule(
        id="datacenter/unknown",
        severity="error",
        summary="a data centre that the SDK of a source does not know",
        effect="mobile SDKs do not start Braze; the web SDK sends to a host of another data centre",
        source="rudder-sdk-js Braze/browser.js; BrazeIntegrationFactory.java; RudderBrazeIntegration.m; Kotlin and Swift integrations",
        find=_data_center,
    ),
    LintRule(
        id="key/rest-api-key-missing",
        severity="error",
        summary="cloud or hybrid mode without restApiKey",
        effect="nothing can be delivered by cloud: events wait in the queue",
        source="rudder-integrations-config, braze/schema.json",
        find=_missing_rest_key,
    ),
    LintRule(
        id="key/rest-api-key-in-clear",
        severity="warning",
        summary="restApiKey stands in the file itself",
        effect="none on events; whoever reads the file can read and delete Braze users",
        source="Braze docs, REST API keys",
        find=_rest_key_in_clear,
    ),
    LintRule(
        id="source/no-write-key",
        severity="warning",
        summary="a source without write key",
        effect="no SDK can send to it: the gateway answers 401",
        source="rudder-server, gateway authentication",
        find=_no_write_key,
    ),
)
