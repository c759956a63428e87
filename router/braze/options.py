"""The settings of a Braze destination that change what an event becomes."""

from collections.abc import Mapping
from typing import Any

import msgspec


class TransformOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Switches of the cloud transform, all off unless the destination's config says otherwise."""

    subscription_groups: bool = False
    nested_arrays: bool = False
    purchase_properties: bool = False
    recommended_events: bool = False
    trait_dedup: bool = False

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "TransformOptions":
        """Read RudderStack's own keys of a flattened Braze config (rudder-integrations-config, `braze/schema.json`)."""
        return cls(
            subscription_groups=bool(config.get("enableSubscriptionGroupInGroupCall")),
            nested_arrays=bool(config.get("enableNestedArrayOperations")),
            purchase_properties=bool(config.get("sendPurchaseEventWithExtraProperties")),
            recommended_events=bool(config.get("useEcommerceRecommendedEvents")),
            trait_dedup=bool(config.get("supportDedup")),
        )
