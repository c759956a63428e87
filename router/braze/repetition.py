"""Which objects count twice when Braze gets them twice: events, purchases, and attributes that add to what is there.

Everything else sets a state and may be repeated. Source: braze.com/docs, /users/track (there is no idempotency key, and every
event is a new one), user attributes object (`inc`), array of objects (`$add` does not look for equal ones).
"""

from router.braze.objects import Body, Request

_ADDING = frozenset({"inc", "$add"})


def is_counted(array: str, body: Body) -> bool:
    """Whether an object of that array of /users/track would count twice."""
    return array in ("events", "purchases") or (array == "attributes" and any(map(_adds, body.values())))


def counted_events(request: Request) -> tuple[int, ...]:
    """The indexes of the events whose objects in this request would count twice."""
    return tuple(sorted({at for array, places in _counted(request).items() for at in _origins(request, array, places)}))


def split_counted(request: Request) -> tuple[Request, Request | None]:
    """The request's counted objects, and a request with the others, or None when there are no others."""
    counted = _counted(request)
    others = {
        array: [at for at in range(len(origins)) if at not in counted[array]]
        for array, origins in request.sources.items()
    }
    return _part(request, counted), _part(request, others) if any(others.values()) else None


_Places = dict[str, list[int]]
"""For each array of a request the places of some of its objects."""


def _counted(request: Request) -> _Places:
    return {
        array: [at for at in range(len(origins)) if is_counted(array, request.body[array][at])]
        for array, origins in request.sources.items()
    }


def _origins(request: Request, array: str, places: list[int]) -> list[int]:
    return [at for place in places for at in request.sources[array][place]]


def _adds(value: object) -> bool:
    return isinstance(value, dict) and not _ADDING.isdisjoint(value)


def _part(request: Request, chosen: _Places) -> Request:
    """The request with the chosen objects alone."""
    body = {key: value for key, value in request.body.items() if key not in request.sources}
    kept = {array: places for array, places in chosen.items() if places}
    body |= {array: [request.body[array][at] for at in places] for array, places in kept.items()}
    sources = {array: tuple(request.sources[array][at] for at in places) for array, places in kept.items()}
    return Request.of(request.path, body=body, sources=sources)
