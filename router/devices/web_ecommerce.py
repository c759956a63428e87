"""The web integration's dialect of Braze's recommended e-commerce events. Source: rudder-sdk-js `Braze/ecommerceUtil.js`."""

import re
from typing import Any

from policies.javascript import trim
from router.braze.transform.javascript import number_of, number_text
from router.devices.ecommerce import Body, Dialect

_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)


def _text(value: Any) -> Any:
    return number_text(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _number(value: Any) -> Any:
    return _read(value, _DECIMAL)


def _integer(value: Any) -> Any:
    return _read(value, _INTEGER)


def _read(value: Any, notation: re.Pattern[str]) -> Any:
    """A text in that notation as a number; anything else stays (`"1e3"` is no plain decimal)."""
    if not isinstance(value, str) or not notation.fullmatch(trim(value)):
        return value
    number = number_of(value)
    return value if number is None else number


def _as_it_is(value: Any) -> Any:
    return value


def _without_empty(body: Body) -> Body:
    return {name: value for name, value in body.items() if value is not None and value not in ("", [], {})}


WEB = Dialect(
    source="web",
    coerce={"text": _text, "number": _number, "integer": _integer, "as it is": _as_it_is},
    scrub=_without_empty,
    own_keys=frozenset({"source", "action"}),
    keeps_odd_products=False,
)
