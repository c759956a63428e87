"""track: a custom event, an order's purchases, or one of Braze's recommended e-commerce events (cloud.md §5–7)."""

from router.braze.objects import Body, Item
from router.braze.options import TransformOptions
from router.braze.transform.attributes import attribute_items
from router.braze.transform.ecommerce import Recommended, recommended_event, recommended_properties
from router.braze.transform.event import event_item, owner_of, properties_of
from router.braze.transform.identity import identifiers, integration_of
from router.braze.transform.purchases import ORDER_COMPLETED, invalid_order, purchase_items
from router.braze.transform.timestamps import MISSING, track_time
from router.errors import InvalidEvent
from router.events import Message


def transform_track(message: Message, options: TransformOptions) -> list[Item]:
    """Attributes of the traits, if any, and the event or purchases; raise InvalidEvent."""
    name = message.event
    if not name or not isinstance(name, str):
        raise InvalidEvent("Event name is required")
    integration = integration_of(message)
    user = identifiers(message, integration)
    items = attribute_items(message, options, integration=integration, user=user)
    return items + _activity(name, message, options, owner=owner_of(user, integration))


def _activity(name: str, message: Message, options: TransformOptions, *, owner: Body) -> list[Item]:
    recommended = recommended_event(name) if options.recommended_events else None
    if recommended:
        return [_recommended(message, recommended, owner)]
    if name.lower() == ORDER_COMPLETED:
        return _order(message, options, owner)
    return [event_item(name, time=track_time(message), properties=properties_of(message), owner=owner)]


def _recommended(message: Message, event: Recommended, owner: Body) -> Item:
    properties = recommended_properties(message, event)
    return event_item(event.name, time=track_time(message), properties=properties, owner=owner)


def _order(message: Message, options: TransformOptions, owner: Body) -> list[Item]:
    properties = properties_of(message)
    try:
        time = track_time(message)
    except InvalidEvent:
        raise invalid_order(MISSING) from None
    return purchase_items(properties, options, time=time, owner=owner)
