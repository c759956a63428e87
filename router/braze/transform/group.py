"""group: a custom attribute that marks membership, or a subscription state (cloud.md §8 with differences D5 and D12)."""

from typing import Any

from router.braze.objects import Body, Item
from router.braze.options import TransformOptions
from router.braze.transform.identity import id_of, identifiers, integration_of
from router.braze.transform.javascript import first_of, truthy
from router.errors import InvalidEvent
from router.events import Message

_STATES = ("subscribed", "unsubscribed")


def transform_group(message: Message, options: TransformOptions) -> list[Item]:
    """The membership attribute, or the subscription entry where the destination asks for it; raise InvalidEvent."""
    traits = _object(message.traits)
    group_id = id_of(first_of((message.group_id, traits.get("groupId"))))
    if not group_id:
        raise InvalidEvent("Invalid groupId")
    if options.subscription_groups:
        return [Item("subscriptions", _subscription(message, traits, group_id))]
    user = identifiers(message, integration_of(message))
    return [Item("attributes", {f"ab_rudder_group_{group_id}": True, **user})]


def _subscription(message: Message, traits: Body, group_id: str) -> Body:
    if not (truthy(traits.get("phone")) or truthy(traits.get("email"))):
        raise InvalidEvent("Message should have traits with subscriptionState, email or phone")
    state = traits.get("subscriptionState")
    if state not in _STATES:
        raise InvalidEvent(
            "you must provide a subscription state in traits and possible values are subscribed and unsubscribed."
        )
    entry = {"subscription_group_id": group_id, "subscription_state": state}
    user_id = id_of(message.user_id)
    return entry | ({"external_ids": [user_id]} if user_id else {}) | _contact(message, traits)


def _contact(message: Message, traits: Body) -> Body:
    """A phone number anywhere in the event wins over an e-mail address."""
    places = (traits, _object(message.details.traits), _object(message.properties))
    phone = first_of(place.get("phone") for place in places)
    if truthy(phone):
        return {"phones": [phone]}
    return {"emails": [first_of(place.get("email") for place in places)]}


def _object(value: Any) -> Body:
    return value if isinstance(value, dict) else {}
