"""A request cut in two, to fit a smaller limit or to find the object that Braze refuses."""

from collections.abc import Sequence
from itertools import accumulate

from router.braze.objects import TRACK_KINDS, Body, Request, User, user_of

_Placed = tuple[str, Body, tuple[int, ...]]
"""An object, the array it is in, and the events that it came from."""


def bisect(request: Request) -> tuple[Request, Request]:
    """Two requests with about half the objects each, to be sent in this order; users stay whole where there is more than one.

    Raise ValueError when there is only one object.
    """
    placed = _placed(request)
    if len(placed) < 2:
        raise ValueError("a request with a single object cannot be cut in two")
    users = _by_user(placed) if request.path == "/users/track" else [placed]
    first, second = _halves(users) if len(users) > 1 else _cut(placed, len(placed) // 2)
    return _part(request, first), _part(request, second)


def _placed(request: Request) -> list[_Placed]:
    arrays = [array for array in (*TRACK_KINDS, *request.sources) if array in request.sources]
    return [
        (array, body, origin)
        for array in dict.fromkeys(arrays)
        for body, origin in zip(request.body[array], request.sources[array], strict=True)
    ]


def _by_user(placed: Sequence[_Placed]) -> list[list[_Placed]]:
    users: dict[User, list[_Placed]] = {}
    for each in placed:
        users.setdefault(user_of(each[1]), []).append(each)
    return list(users.values())


def _halves(users: Sequence[list[_Placed]]) -> tuple[list[_Placed], list[_Placed]]:
    sums = list(accumulate(map(len, users)))
    # At least one user on each side, and the cut that comes closest to the middle.
    cut = min(range(1, len(users)), key=lambda count: abs(2 * sums[count - 1] - sums[-1]))
    return [each for user in users[:cut] for each in user], [each for user in users[cut:] for each in user]


def _cut(placed: list[_Placed], count: int) -> tuple[list[_Placed], list[_Placed]]:
    return placed[:count], placed[count:]


def _part(request: Request, placed: Sequence[_Placed]) -> Request:
    arrays = dict.fromkeys(array for array, _, _ in placed)
    fixed = {key: value for key, value in request.body.items() if key not in request.sources}
    bodies = {array: [body for name, body, _ in placed if name == array] for array in arrays}
    sources = {array: tuple(origin for name, _, origin in placed if name == array) for array in arrays}
    return Request.of(request.path, body=fixed | bodies, sources=sources)
