"""When an event happened (cloud.md §5.2, §17 with differences D10 and D27). Times are passed on as they are."""

from typing import Any

from router.braze.transform.identity import mapped_to_destination
from router.errors import InvalidEvent
from router.events import Message

MISSING = "Timestamp is missing in the message"


def event_time(message: Message) -> Any:
    """The first of timestamp, originalTimestamp and receivedAt; raise InvalidEvent when there is none."""
    found = message.timestamp or message.original_timestamp or message.received_at
    if not found:
        raise InvalidEvent(MISSING)
    return found


def track_time(message: Message) -> Any:
    """As `event_time`; rows of a warehouse source that no mapping has prepared may carry their own `properties.timestamp`."""
    if message.channel != "sources" or mapped_to_destination(message):
        return event_time(message)
    properties = message.properties
    return (isinstance(properties, dict) and properties.get("timestamp")) or event_time(message)
