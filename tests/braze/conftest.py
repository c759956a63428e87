"""Short ways to transform an event and to make requests."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from router.braze.objects import Path, Request
from router.braze.options import TransformOptions
from router.braze.transform import transform
from router.errors import InvalidEvent
from router.events import decode_message

Event = dict[str, Any]
Transform = Callable[..., list[tuple[str, Any]]]
ErrorOf = Callable[..., tuple[int, str]]
MakeRequest = Callable[..., Request]


@pytest.fixture
def transformed() -> Transform:
    """Transforms an event, which gets a timestamp where it has none, and gives (kind, body) pairs."""

    def run(event: Event, **options: bool) -> list[tuple[str, Any]]:
        message = decode_message(msgspec.json.encode({"timestamp": "2026-05-04T08:00:00Z", **event}))
        return [(item.kind, item.body) for item in transform(message, TransformOptions(**options))]

    return run


@pytest.fixture
def error_of(transformed: Transform) -> ErrorOf:
    """Status and message of an event that the transform refuses."""

    def run(event: Event, **options: bool) -> tuple[int, str]:
        with pytest.raises(InvalidEvent) as caught:
            transformed(event, **options)
        return caught.value.status, caught.value.message

    return run


@pytest.fixture
def track_request() -> MakeRequest:
    """A /users/track request; every object comes from an event of its own."""

    def make(path: Path = "/users/track", **arrays: list[Event]) -> Request:
        sources: dict[str, tuple[tuple[int, ...], ...]] = {}
        at = 0
        for array, objects in arrays.items():
            sources[array] = tuple((at + index,) for index in range(len(objects)))
            at += len(objects)
        return Request.of(path, body={"partner": "RudderStack", **arrays}, sources=sources)

    return make
