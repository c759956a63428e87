"""What RudderStack's data plane adds to a message on its way (rudder-server, gateway and processor): ids and times.

Pure: the ids and the moment of receipt come in as arguments.
"""

import msgspec

from router.events import Message
from router.timestamps import format_time, is_iso, parse_time, skew_corrected


def enrich(message: Message, *, received_at: str | None = None, message_id: str | None = None) -> Message:
    """The message with its id, moment of receipt and a usable `timestamp`.

    A `timestamp` in ISO 8601 stays as sent. A missing or unreadable one becomes receivedAt − (sentAt − originalTimestamp),
    so that a device clock that is years off does no harm; without any receivedAt it stays missing.
    """
    received_text = received_at or message.received_at
    changes: dict[str, str | None] = {}
    if received_text != message.received_at:
        changes["received_at"] = received_text
    if message_id is not None and message_id != message.message_id:
        changes["message_id"] = message_id
    if not is_iso(message.timestamp):
        changes["timestamp"] = _event_time(message, received_text)
    return msgspec.structs.replace(message, **changes) if changes else message


def _event_time(message: Message, received_text: str | None) -> str | None:
    stated = parse_time(message.timestamp)
    if stated is not None:
        return format_time(stated)
    received = parse_time(received_text)
    if received is None:
        return None
    return format_time(
        skew_corrected(received, sent=parse_time(message.sent_at), original=parse_time(message.original_timestamp))
    )
