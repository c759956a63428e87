"""A custom event object: name, time, properties, user, app (cloud.md §5.2 with differences D8 and D26)."""

from typing import Any

from router.braze.objects import Body, Item
from router.braze.transform.javascript import text_of, truthy
from router.errors import InvalidEvent
from router.events import Message


def event_item(name: Any, *, time: Any, properties: Body, owner: Body) -> Item:
    """One element of `events[]`; `owner` are the fields of its user and app."""
    return Item("events", {"name": name, "time": time, "properties": properties, **owner})


def properties_of(message: Message) -> Body:
    """The properties less `time` and `event_name`, which Braze refuses; raise InvalidEvent when they are no object."""
    properties = message.properties
    if isinstance(properties, dict):
        return _unreserved(properties)
    if isinstance(properties, list):
        return {str(index): value for index, value in enumerate(properties)}
    if truthy(properties):
        raise InvalidEvent("Invalid event properties")
    return {}


def owner_of(user: Body, integration: Body) -> Body:
    """The fields of an event or purchase that say whose it is: its user's, and the app that the integrations object names."""
    app_id = integration.get("appId")
    return {**user, "app_id": text_of(app_id)} if truthy(app_id) else user


def _unreserved(properties: Body) -> Body:
    if "time" not in properties and "event_name" not in properties:
        return properties
    return {name: value for name, value in properties.items() if name not in ("time", "event_name")}
