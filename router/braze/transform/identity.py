"""Who an event is about: external id or alias, and what the event's `integrations` object says for Braze.

cloud.md §2 with differences D1, D6, D7 and D12.
"""

from typing import Any

from router.braze.objects import Body
from router.braze.transform.javascript import number_text, truthy
from router.errors import InvalidEvent
from router.events import Message

ANONYMOUS_LABEL = "rudder_id"
"""The alias label under which RudderStack keeps anonymous users in Braze."""

_NO_INTEGRATION: Body = {}
_NAMES = frozenset({"BRAZE", "Braze", "braze"})


def integration_of(message: Message) -> Body:
    """The options for Braze in the event's `integrations` object; empty when it has none."""
    integrations = message.integrations
    if not isinstance(integrations, dict) or _NAMES.isdisjoint(integrations):
        return _NO_INTEGRATION
    found = (integrations.get(name) for name in ("BRAZE", "Braze", "braze"))
    return next((options for options in found if isinstance(options, dict)), _NO_INTEGRATION)


def id_of(value: Any) -> str:
    """An id as text; "" for what is no id: null, an empty string, 0, a boolean, an array, an object."""
    if isinstance(value, str):
        return value
    if not value or isinstance(value, (bool, list, dict)):
        return ""
    return number_text(value)


def external_id_of(message: Message) -> str:
    """The Braze id that the event carries in `context.externalId`, else its userId; "" when it has neither."""
    external_ids = message.details.external_id
    if external_ids is not None and (named := _braze_id(external_ids)):
        return named
    return id_of(message.user_id)


def alias_of(message: Message, integration: Body) -> Body | None:
    """The alias of the event's user: the one its integrations object names, else its anonymousId."""
    if integration and (chosen := _chosen_alias(integration.get("alias"))):
        return chosen
    anonymous_id = id_of(message.anonymous_id)
    return {"alias_name": anonymous_id, "alias_label": ANONYMOUS_LABEL} if anonymous_id else None


def identifiers(message: Message, integration: Body) -> Body:
    """The fields that tell Braze whose object it is; raise InvalidEvent when the event has no identifier."""
    if external_id := external_id_of(message):
        return {"external_id": external_id}
    return alias_identifiers(alias_of(message, integration))


def alias_identifiers(alias: Body | None) -> Body:
    """Identifier fields of an anonymous user, whose profile Braze may have to create; raise InvalidEvent without alias."""
    if alias is None:
        raise InvalidEvent(
            "Missing identifier: one of userId, anonymousId, brazeExternalId or an integrations alias is required"
        )
    return {"_update_existing_only": False, "user_alias": alias}


def mapped_to_destination(message: Message) -> bool:
    """Whether a reverse-ETL source has mapped the traits to Braze's names already (any truthy flag counts)."""
    return truthy(message.details.mapped_to_destination)


def _braze_id(external_ids: Any) -> str:
    if not isinstance(external_ids, list):
        return ""
    entries = (entry for entry in external_ids if isinstance(entry, dict) and entry.get("type") == "brazeExternalId")
    return id_of(next(entries, _NO_INTEGRATION).get("id"))


def _chosen_alias(alias: Any) -> Body | None:
    if not isinstance(alias, dict):
        return None
    name, label = alias.get("alias_name"), alias.get("alias_label")
    if not (name and label and isinstance(name, str) and isinstance(label, str)):
        return None
    return {"alias_name": name, "alias_label": label}
