"""Braze's `errors` list, entry by entry, put back to the objects it is about.

Shape and sentences: braze.com/docs, /users/track; rudder-transformer, `src/v1/destinations/braze/networkHandler.ts` and later.
"""

from typing import Any

import msgspec

from router.braze.objects import Body, Request

_SCHEMA_SENTENCE = "The property '#/"
"""How a violated schema of a recommended event reads (Ruby's json-schema); such an event only counts as delivered with a warning."""


class ObjectProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What Braze said of one object of a request, and the events that the object came from."""

    array: str
    index: int
    events: tuple[int, ...]
    message: str


class PlacedErrors(msgspec.Struct, frozen=True, kw_only=True):
    """Problems by object, and what could not be put to one."""

    failed: tuple[ObjectProblem, ...]
    warned: tuple[ObjectProblem, ...]
    unplaced: tuple[str, ...]


def place_errors(request: Request, errors: list[Any]) -> PlacedErrors:
    """Each error at its object; several of one object are joined, and one that is more than a warning decides."""
    sentences: dict[tuple[str, int], list[str]] = {}
    unplaced: list[str] = []
    for error in errors:
        place = _place(request, error)
        (unplaced if place is None else sentences.setdefault(place, [])).append(_sentence(error))
    problems = [
        (_is_warning(request, *place, said), _problem(request, *place, said)) for place, said in sentences.items()
    ]
    return PlacedErrors(
        failed=tuple(problem for warning, problem in problems if not warning),
        warned=tuple(problem for warning, problem in problems if warning),
        unplaced=tuple(unplaced),
    )


def all_failed(request: Request, message: str) -> tuple[ObjectProblem, ...]:
    """Every object of the request with the same problem."""
    return tuple(
        ObjectProblem(array=array, index=index, events=events, message=message)
        for array, origins in request.sources.items()
        for index, events in enumerate(origins)
    )


def _place(request: Request, error: Any) -> tuple[str, int] | None:
    if request.size == 1:
        return next(iter(request.sources)), 0
    index = error.get("index") if isinstance(error, dict) else None
    array = _array(request, error.get("input_array"), index) if isinstance(error, dict) else ""
    if type(index) is not int or not 0 <= index < len(request.sources.get(array, ())):
        return None
    return array, index


def _array(request: Request, named: Any, index: Any) -> str:
    if isinstance(named, str) and named in request.sources:
        return named
    if len(request.sources) == 1 and request.path != "/users/track":
        # These endpoints name the array in words of their own (`user_identifiers`).
        return next(iter(request.sources))
    # Braze's own sample reports a recommended event under `purchases`.
    return "events" if named == "purchases" and _is_recommended(request, "events", index) else ""


def _is_warning(request: Request, array: str, index: int, sentences: list[str]) -> bool:
    schema = all(sentence.startswith(_SCHEMA_SENTENCE) for sentence in sentences)
    return schema and array == "events" and _is_recommended(request, array, index)


def _is_recommended(request: Request, array: str, index: Any) -> bool:
    bodies: list[Body] = request.body.get(array, [])
    if type(index) is not int or not 0 <= index < len(bodies):
        return False
    return str(bodies[index].get("name")).startswith("ecommerce.")


def _problem(request: Request, array: str, index: int, sentences: list[str]) -> ObjectProblem:
    message = "; ".join(dict.fromkeys(sentences))
    return ObjectProblem(array=array, index=index, events=request.sources[array][index], message=message)


def _sentence(error: Any) -> str:
    told = error.get("type") or error.get("message") if isinstance(error, dict) else error
    return told if isinstance(told, str) else msgspec.json.encode(error).decode()
