"""One RudderStack event becomes Braze objects. Pure: no clock, no network, and the event is never changed.

Behaves as rudder-transformer's Braze destination (`src/v0/destinations/braze`, 1.145) except where our differences say otherwise.
"""

from collections.abc import Callable, Mapping

from router.braze.objects import Item
from router.braze.options import TransformOptions
from router.braze.transform.alias import transform_alias
from router.braze.transform.group import transform_group
from router.braze.transform.identify import transform_identify
from router.braze.transform.track import transform_track
from router.braze.transform.views import transform_page, transform_screen
from router.errors import InvalidEvent
from router.events import Message

_TRANSFORMS: Mapping[str, Callable[[Message, TransformOptions], list[Item]]] = {
    "identify": transform_identify,
    "track": transform_track,
    "page": transform_page,
    "screen": transform_screen,
    "group": transform_group,
    "alias": transform_alias,
}


def transform(message: Message, options: TransformOptions) -> list[Item]:
    """The Braze objects of one event, in the order in which they are made; raise InvalidEvent when it gives none."""
    kind = message.type.lower() if isinstance(message.type, str) else ""
    if kind not in _TRANSFORMS:
        raise InvalidEvent("Message type is not supported")
    return _TRANSFORMS[kind](message, options)
