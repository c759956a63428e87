"""`/v1/webhook` for RudderStack's Braze source: a Braze Currents batch comes in, track events are ingested."""

from router.gateway.answers import INVALID_JSON, NONE_LEFT, Rejected
from router.gateway.auth import admit_webhook
from router.gateway.currents import currents_events, track_events
from router.gateway.ingest import Receipt, Taken, ingest_events
from router.gateway.reception import Endpoint, Reception
from router.routing import Route


def webhook_endpoint(reception: Reception) -> Endpoint:
    """`/v1/webhook`."""
    return reception.endpoint(admit_webhook, ingest_currents)


def ingest_currents(body: bytes, route: Route, receipt: Receipt) -> Taken:
    """The messages of a Currents batch; raises Rejected when it is none or nothing of it can be used."""
    events = currents_events(body)
    try:
        usable = track_events(events)
    except RecursionError as error:
        raise Rejected(INVALID_JSON) from error
    if not usable:
        raise Rejected(NONE_LEFT)
    return Taken(ingest_events(usable, route, receipt), left_out=len(events) - len(usable))
