"""Which objects count twice when Braze gets them twice: events and purchases. Everything else sets a state and may be repeated.

Source: braze.com/docs, /users/track: there is no idempotency key, and every event is a new one.
"""

from router.braze.objects import Request

_COUNTED = ("events", "purchases")


def counted_events(request: Request) -> tuple[int, ...]:
    """The indexes of the events whose objects in this request would count twice."""
    return tuple(sorted({at for array in _COUNTED for origin in request.sources.get(array, ()) for at in origin}))


def split_counted(request: Request) -> tuple[Request, Request | None]:
    """The request's counted objects, and a request with the others, or None when there are no others."""
    return _part(request, counted=True), _part(request, counted=False) if set(request.sources) - set(_COUNTED) else None


def _part(request: Request, *, counted: bool) -> Request:
    left_out = {array for array in request.sources if (array in _COUNTED) is not counted}
    body = {key: value for key, value in request.body.items() if key not in left_out}
    sources = {array: origins for array, origins in request.sources.items() if array not in left_out}
    return Request.of(request.path, body=body, sources=sources)
