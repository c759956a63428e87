"""Which objects count twice when Braze gets them twice: events, purchases, and attributes that add to what is there.

Everything else sets a state and may be repeated. Source: braze.com/docs, /users/track (there is no idempotency key, and every
event is a new one), user attributes object (`inc`), array of objects (`$add` does not look for equal ones).
"""

import hashlib

from router.braze.objects import Body, Request, encode

_ADDING = frozenset({"inc", "$add"})
_ALWAYS = frozenset({"events", "purchases"})


def is_counted(array: str, body: Body) -> bool:
    """Whether an object of that array of /users/track would count twice."""
    return array in _ALWAYS or (array == "attributes" and _adds(body))


def mark_of(array: str, body: Body) -> bytes:
    """What a counted object is recognized by when its event is read again. Of attributes it is what adds to the profile: trait
    dedup may leave out others of them the next time."""
    counted = body
    if array not in _ALWAYS:
        counted = {
            name: value for name, value in body.items() if isinstance(value, dict) and not _ADDING.isdisjoint(value)
        }
    return hashlib.blake2b(encode((array, counted)), digest_size=8).digest()


def counted_events(request: Request) -> tuple[int, ...]:
    """The indexes of the events whose objects in this request would count twice."""
    numbers: set[int] = set()
    for array, origins in request.sources.items():
        if array in _ALWAYS:
            numbers.update(*origins)
        elif array == "attributes":
            numbers.update(*[at for body, at in zip(request.body[array], origins, strict=True) if _adds(body)])
    return tuple(sorted(numbers))


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


def _adds(body: Body) -> bool:
    return any(not _ADDING.isdisjoint(value) for value in body.values() if isinstance(value, dict))


def _part(request: Request, chosen: _Places) -> Request:
    """The request with the chosen objects alone."""
    body = {key: value for key, value in request.body.items() if key not in request.sources}
    kept = {array: places for array, places in chosen.items() if places}
    body |= {array: [request.body[array][at] for at in places] for array, places in kept.items()}
    sources = {array: tuple(request.sources[array][at] for at in places) for array, places in kept.items()}
    return Request.of(request.path, body=body, sources=sources)
