"""The dialect of Braze's recommended e-commerce events that legacy Android and iOS share.

Sources: rudder-integration-braze-android `Utils.java`, rudder-integration-braze-ios `RudderBrazeEcommerceUtils.m`.
"""

from collections.abc import Mapping
from typing import Any, Literal

from router.devices.ecommerce import Body, Dialect, Recommended, recommended_properties
from router.devices.java import double_of, long_of, text_of
from router.devices.sdk_calls import Call, call


def _text(value: Any) -> Any:
    return text_of(value) if isinstance(value, int | float) else value


def _number(value: Any) -> Any:
    found = double_of(value) if isinstance(value, str) else None
    return value if found is None else found


def _integer(value: Any) -> Any:
    found = long_of(value) if isinstance(value, str) else None
    return value if found is None else found


def _as_it_is(value: Any) -> Any:
    return value


def _untouched(body: Body) -> Body:
    return body


def _dialect(source: Literal["android", "ios"]) -> Dialect:
    return Dialect(
        source=source,
        coerce={"text": _text, "number": _number, "integer": _integer, "as it is": _as_it_is},
        scrub=_untouched,
        own_keys=frozenset(),
        keeps_odd_products=True,
    )


_DIALECTS: Mapping[str, Dialect] = {"android": _dialect("android"), "ios": _dialect("ios")}


def recommended_call(event: Recommended, properties: Body | None, *, source: Literal["android", "ios"]) -> Call:
    """The one custom event that stands for an e-commerce event; without properties it goes out all the same."""
    return call("logCustomEvent", event.name, recommended_properties(properties or {}, event, _DIALECTS[source]))
