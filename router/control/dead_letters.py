"""Dead letters over HTTP: list, show, retry, discard."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from router.control.audit import write_down
from router.control.bodies import json_answer, read_body
from router.control.caller import caller_of
from router.control.operation import Operation, Parameter
from router.control.paging import COUNT, LETTER_ID, page_of
from router.control.problem_json import Refused
from router.control.reasons import Because
from router.runtime import Runtime
from router.store.dead_letters import DeadLetter, DeadLetters, NoSuchLetter, Unreadable, UnreadableLetter, as_rows

log = structlog.get_logger()


class LetterDocument(DeadLetter, frozen=True, kw_only=True):
    """A dead letter and its id; the message is a text where it is no JSON that every reader takes."""

    id: str
    message: Any


class LetterList(msgspec.Struct, frozen=True, kw_only=True):
    """Dead letters, newest first."""

    dead_letters: list[LetterDocument]
    unreadable: list[Unreadable]
    """Letters that this program cannot read: another version wrote them, or they are damaged. They count for a page."""
    next: str
    """`before` of the next page; empty on the last one. A page can be short of `count` without being the last."""


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that is at the end of its queue again."""

    id: str
    retried: bool = True


class Discarded(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that was given up for good."""

    id: str
    reason: str
    discarded: bool = True


class DeadLettersApi:
    """`/admin/v1/dead-letters`."""

    def __init__(self, runtime: Runtime) -> None:
        self._store = runtime.store
        self._letters = DeadLetters(runtime.store)
        self._wake = runtime.wake

    def operations(self) -> list[Operation]:
        """What this noun offers."""
        return [
            Operation(
                "GET /admin/v1/dead-letters",
                self.newest,
                role="viewer",
                answer=LetterList,
                problems=(400,),
                parameters=(*COUNT, _DESTINATION),
            ),
            Operation("GET /admin/v1/dead-letters/{id}", self.show, role="viewer", answer=LetterDocument),
            Operation("POST /admin/v1/dead-letters/{id}/retry", self.retry, role="operator", answer=Retried),
            Operation(
                "POST /admin/v1/dead-letters/{id}/discard",
                self.discard,
                role="operator",
                body=Because,
                answer=Discarded,
            ),
        ]

    async def newest(self, request: Request) -> Response:
        """Letters, newest first, a page at a time.

        `before` is the `next` of the page before. Letters that are retried, discarded or added meanwhile shift no page. With
        `destination` a page can be short, or empty, without being the last: go on until `next` is empty.
        """
        page = page_of(request, ids=LETTER_ID)
        found = await self._letters.newest(
            count=page.count, before=page.before, destination=request.query_params.get("destination", "")
        )
        return json_answer({"dead_letters": as_rows(found.letters), "unreadable": found.unreadable, "next": found.next})

    async def show(self, request: Request) -> Response:
        """One letter."""
        with _found():
            listed = await self._letters.show(request.path_params["id"])
        return json_answer(as_rows([listed])[0])

    async def retry(self, request: Request) -> Response:
        """Put a letter back at the end of its queue."""
        with _found():
            listed = await self._letters.show(request.path_params["id"])
            await write_down(self._store, request, action="dead_letter.retry", target=listed.id)
            await self._letters.retry(listed.id)
        log.info("dead letter retried", id=listed.id, message_id=listed.letter.message_id, by=caller_of(request).name)
        self._wake()
        return json_answer(Retried(id=listed.id))

    async def discard(self, request: Request) -> Response:
        """Give a letter up for good; the body says why."""
        reason = (await read_body(request, Because)).reason
        with _found():
            listed = await self._letters.show(request.path_params["id"])
            await write_down(self._store, request, action="dead_letter.discard", target=listed.id, reason=reason)
            await self._letters.discard(listed.id)
        log.info(
            "dead letter discarded",
            id=listed.id,
            message_id=listed.letter.message_id,
            reason=reason,
            by=caller_of(request).name,
        )
        return json_answer(Discarded(id=listed.id, reason=reason))


@contextmanager
def _found() -> Iterator[None]:
    try:
        yield
    except NoSuchLetter as error:
        raise Refused(404, "no such dead letter", str(error)) from error
    except UnreadableLetter as error:
        raise Refused(409, "the dead letter is not readable", str(error)) from error


_DESTINATION = Parameter(
    name="destination", schema={"type": "string"}, description="Only letters for this destination."
)
