"""The policy: one ordered tuple of rules for each path.

A rule looks at the facts of an event and the terms of its connection and either passes it on or settles the path.
The first rule that settles a path wins. A newcomer who reads the two tuples knows the whole policy and its order.
"""

from policies import cloud_rules as cloud
from policies import connection_rules as connection
from policies import device_rules as device
from policies.handlers import is_ordinary
from policies.ruling import Rule, Ruling, any_name, unless_plain

__all__ = ["CLOUD", "DEVICE", "GATES", "Rule", "Ruling"]

GATES: tuple[Rule, ...] = (
    Rule("device/sdk-not-loaded", device.sdk_not_loaded),
    Rule("device/consent", device.consent_at_load, device.waits_for_consent),
    Rule("device/auto-generated", device.auto_generated),
    Rule("device/integrations-object", device.integrations_object, unless_plain),
    Rule("device/event-filter", device.event_filter, device.waits_for_name, any_name),
    Rule("device/hybrid-goes-by-cloud", device.hybrid_goes_by_cloud, device.waits_for_user),
    Rule("device/hybrid-identity", device.hybrid_identity, device.waits_for_user),
    Rule("device/type-unsupported", device.type_unsupported),
    Rule("device/anonymous-not-tracked", device.anonymous_not_tracked, device.waits_for_user_id),
    Rule("device/nothing-to-send", device.nothing_to_send, device.waits_for_track, is_ordinary),
    Rule("device/sdk-error", device.sdk_error, device.waits_for_properties, is_ordinary),
    Rule("device/deliver", device.deliver),
)
"""What happens on the device itself, once the SDK has been given the destination."""

DEVICE: tuple[Rule, ...] = (
    Rule("device/disabled", connection.disabled),
    Rule("device/mode-unsupported", connection.mode_unsupported),
    Rule("device/returned-from-braze", device.returned_from_braze),
    *GATES,
)

CLOUD: tuple[Rule, ...] = (
    Rule("cloud/disabled", connection.disabled),
    Rule("cloud/mode-unsupported", connection.mode_unsupported),
    Rule("cloud/device-mode", cloud.device_mode),
    Rule("cloud/auto-generated", cloud.auto_generated),
    Rule("cloud/integrations-object", cloud.integrations_object, unless_plain),
    Rule("cloud/consent", cloud.consent, cloud.waits_for_consent),
    Rule("cloud/suppressed-user", cloud.suppressed_user, unless_plain),
    Rule("cloud/type-unsupported", cloud.type_unsupported),
    Rule("cloud/hybrid-filter", cloud.hybrid_filter),
    Rule("cloud/deliver", cloud.deliver),
)
