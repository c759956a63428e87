"""Object-level problems: the `type` of an entry in `errors[]`.

Braze documents codes, but live answers often carry a sentence instead; a problem knows both where both are known.
Sentences marked [inferred] were never seen on the wire.
"""

from __future__ import annotations

from typing import Literal

import msgspec

ErrorStyle = Literal["sentence", "code"]


class Problem(msgspec.Struct, frozen=True):
    """Why Braze refuses one object. `fatal` is false for e-commerce schema violations, which leave the answer a success."""

    sentence: str
    code: str | None = None
    fatal: bool = True

    def text(self, style: ErrorStyle) -> str:
        """The wire form in one of the two styles; a problem without a code is a sentence in both."""
        return self.code if style == "code" and self.code else self.sentence


NO_IDENTIFIER = Problem("'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required")
TWO_IDENTIFIERS = Problem("Only one of 'external_id', 'braze_id' or 'user_alias' may be provided")  # [inferred]
BAD_ALIAS = Problem("'user_alias' must be an object with 'alias_name' and 'alias_label' strings")  # [inferred]
ALIAS_TOO_LARGE = Problem("'alias_name' and 'alias_label' must be fewer than 237 bytes")  # [inferred]
EXTERNAL_ID_TOO_LARGE = Problem("'external_id' must be fewer than 988 bytes", "EXTERNAL_USER_ID_TOO_LARGE")
EXTERNAL_ID_BLOCKED = Problem("provided external_id is blacklisted and disallowed", "BLACKLISTED_EXTERNAL_USER_ID")
BAD_EMAIL = Problem("The value provided for the 'email' field is not a valid email.", "EMAIL_BAD_FORMAT")
BAD_EMAIL_STATE = Problem("BAD_EMAIL_SUBSCRIPTION_STATE", "BAD_EMAIL_SUBSCRIPTION_STATE")
BAD_PUSH_STATE = Problem("BAD_PUSH_SUBSCRIPTION_STATE", "BAD_PUSH_SUBSCRIPTION_STATE")
BAD_LOCATION = Problem("BAD_LOCATION_UPDATE", "BAD_LOCATION_UPDATE")
BAD_TOKEN_ARRAY = Problem("BAD_PUSH_TOKEN_VALUE", "BAD_PUSH_TOKEN_VALUE")
BAD_TOKEN_STRING = Problem("BAD_PUSH_TOKEN_STRING", "BAD_PUSH_TOKEN_STRING")
BAD_TOKEN_APP = Problem("BAD_PUSH_TOKEN_APP_ID", "BAD_PUSH_TOKEN_APP_ID")
BAD_TOKEN_IMPORT = Problem("BAD_PUSH_TOKEN_IMPORT", "BAD_PUSH_TOKEN_IMPORT")
BAD_DEVICE_ID = Problem("BAD_DEVICE_ID", "BAD_DEVICE_ID")
BAD_GROUP_ARRAY = Problem("BAD_SUBSCRIPTION_GROUP_ARRAY", "BAD_SUBSCRIPTION_GROUP_ARRAY")
BAD_GROUP_HASH = Problem("BAD_SUBSCRIPTION_GROUP_HASH", "BAD_SUBSCRIPTION_GROUP_HASH")
BAD_GROUP_ID = Problem("BAD_SUBSCRIPTION_GROUP_ID", "BAD_SUBSCRIPTION_GROUP_ID")
BAD_GROUP_STATE = Problem("BAD_SUBSCRIPTION_GROUP_STATE", "BAD_SUBSCRIPTION_GROUP_STATE")
NAME_REQUIRED = Problem("'name' is required")  # [inferred]
BAD_NAME = Problem("'name' is not valid")  # [inferred]
TIME_REQUIRED = Problem("'time' is required")  # [inferred]
BAD_TIME = Problem("'time' is not valid")  # [inferred]
BAD_APP_ID = Problem("'app_id' is not valid")  # [inferred]
BAD_PROPERTIES = Problem("Invalid 'properties' field")
PRODUCT_REQUIRED = Problem("'product_id' is required")  # [inferred]
BAD_PRODUCT = Problem("'product_id' is not valid")  # [inferred]
CURRENCY_REQUIRED = Problem("'currency' is required")  # [inferred]
BAD_CURRENCY = Problem("'currency' must be an ISO 4217 currency")
PRICE_REQUIRED = Problem("'price' is required")  # [inferred]
BAD_PRICE = Problem("'price' is not valid")  # [inferred]
BAD_QUANTITY = Problem("'quantity' is not valid")
