"""identify: attributes, and the request that ties an anonymous profile to a user (cloud.md §1, §3, §10, §17; D16, D17)."""

from typing import Any

import msgspec

from router.braze.objects import Item
from router.braze.options import TransformOptions
from router.braze.transform.attributes import attributes_of
from router.braze.transform.identity import (
    alias_identifiers,
    alias_of,
    external_id_of,
    id_of,
    integration_of,
    mapped_to_destination,
)
from router.errors import InvalidEvent
from router.events import Message


def transform_identify(message: Message, options: TransformOptions) -> list[Item]:
    """The identity to resolve, if the event names both sides of it, and the attributes; raise InvalidEvent without either."""
    message = _with_mapped_id(message)
    integration = integration_of(message)
    external_id, alias = external_id_of(message), alias_of(message, integration)
    user = {"external_id": external_id} if external_id else alias_identifiers(alias)
    attributes = attributes_of(message, options, integration=integration)
    items = [Item("identify", {"user_alias": alias, "external_id": external_id})] if external_id and alias else []
    if attributes:
        attributes.update(user)
        items.append(Item("attributes", attributes))
    if not items:
        raise InvalidEvent("No attributes found to update the user profile")
    return items


def _with_mapped_id(message: Message) -> Message:
    """A mapped warehouse row names its user in `context.externalId[0].id`, whatever its type."""
    if not mapped_to_destination(message):
        return message
    user_id = _first_id(message.details.external_id)
    return msgspec.structs.replace(message, user_id=user_id) if user_id else message


def _first_id(external_ids: Any) -> str:
    first = external_ids[0] if isinstance(external_ids, list) and external_ids else None
    return id_of(first.get("id")) if isinstance(first, dict) else ""
