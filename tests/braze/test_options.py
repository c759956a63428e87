"""Which keys of a Braze config change the transform."""

from typing import Any

import pytest

from router.braze.options import TransformOptions

KEYS = {
    "enableSubscriptionGroupInGroupCall": TransformOptions(subscription_groups=True),
    "enableNestedArrayOperations": TransformOptions(nested_arrays=True),
    "sendPurchaseEventWithExtraProperties": TransformOptions(purchase_properties=True),
    "useEcommerceRecommendedEvents": TransformOptions(recommended_events=True),
}


@pytest.mark.parametrize(("key", "options"), KEYS.items())
def test_each_key_sets_its_own_option(key: str, options: TransformOptions) -> None:
    assert TransformOptions.from_config({key: True}) == options
    assert TransformOptions.from_config({key: False, "appKey": "x"}) == TransformOptions()


@pytest.mark.parametrize("value", [None, 0, ""])
def test_what_is_falsy_sets_nothing(value: Any) -> None:
    assert TransformOptions.from_config(dict.fromkeys(KEYS, value)) == TransformOptions()
