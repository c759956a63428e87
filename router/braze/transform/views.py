"""page and screen: custom events named after what was viewed (cloud.md §5)."""

from router.braze.objects import Item
from router.braze.options import TransformOptions
from router.braze.transform.attributes import attribute_items
from router.braze.transform.event import event_item, owner_of, properties_of
from router.braze.transform.identity import identifiers, integration_of
from router.braze.transform.javascript import truthy
from router.braze.transform.timestamps import event_time
from router.events import Message


def transform_page(message: Message, options: TransformOptions) -> list[Item]:
    """Attributes of the traits, if any, and the view; raise InvalidEvent."""
    return _view(message, options, "Page Viewed")


def transform_screen(message: Message, options: TransformOptions) -> list[Item]:
    """Attributes of the traits, if any, and the view; raise InvalidEvent."""
    return _view(message, options, "Screen Viewed")


def _view(message: Message, options: TransformOptions, default_name: str) -> list[Item]:
    integration = integration_of(message)
    user = identifiers(message, integration)
    items = attribute_items(message, options, integration=integration, user=user)
    properties = properties_of(message)
    name = next(filter(truthy, (message.name, properties.get("name"), default_name)))
    owner = owner_of(user, integration)
    return [*items, event_item(name, time=event_time(message), properties=properties, owner=owner)]
