"""Keeps the memory of traits true while the requests of one read are sent.

Every change is marked before each attempt to send it and believed after Braze's answer, before the events are settled: a crash
anywhere in between leaves the events in the queue and the attributes unknown. Where the store does not answer, nothing is
left out and nothing waits; what could not be noted then is noted before the events are settled.
"""

import os
from collections.abc import Callable, Collection, Sequence

import structlog

from router.braze.objects import Item, Request
from router.braze.responses import Outcome
from router.braze.trait_changes import Changes, changes_of, moves_of, touches_profiles
from router.braze.trait_dedup import Reduced, asked, reduce
from router.braze.trait_values import UNKNOWN
from router.errors import StoreUnavailable
from router.store.traits import Token, TraitMemory

log = structlog.get_logger()


def _new_token() -> Token:
    return os.urandom(8)


class TraitGuard:
    """One read of one lane, whose requests go out one after another. `tracks`: trait dedup is on for the destination.

    Where it is off, the memory is ended whenever something is sent that it would have to know of: another process may
    already (or still) work with a configuration in which it is on.
    """

    def __init__(self, memory: TraitMemory, *, tracks: bool, new_token: Callable[[], Token] = _new_token) -> None:
        self._memory = memory
        self._tracks = tracks
        self._new_token = new_token
        self._token = new_token()
        self._reached: Changes = {}
        self._unheld = False

    async def reduce(self, items: Sequence[tuple[int, Item]], *, deduplicated: Collection[int]) -> Reduced:
        """Leave out what the users' profiles have already, of the events `deduplicated`; everything goes when the store is away."""
        try:
            if self._tracks:
                known = await self._memory.read(asked(items, deduplicated))
                return reduce(items, deduplicated=deduplicated, known=known)
            await self._memory.forget_all()
        except StoreUnavailable as error:
            log.warning("traits are sent without dedup", reason=str(error))
        return Reduced(items=list(items))

    async def sending(self, request: Request) -> None:
        """Call before every attempt to send the request."""
        self._reached, self._unheld = {}, False
        if not self._tracks:
            return
        changes, moves = changes_of(request), moves_of(request)
        try:
            self._unheld = bool(moves)
            await self._memory.hold(moves, token=self._token)
            self._unheld = False
            reached = await self._memory.mark(changes, token=self._token)
            self._reached = {user: dict.fromkeys(keys, UNKNOWN) for user, keys in reached.items()}
        except StoreUnavailable as error:
            log.warning("traits are sent without a mark", reason=str(error))

    def lost(self) -> None:
        """The attempt got no answer and may be applied at any time yet: its marks stay until they expire."""
        self._token = self._new_token()

    async def answered(self, request: Request, outcome: Outcome) -> None:
        """Call once per request, before its events are settled; raises StoreUnavailable until it is noted."""
        if not self._tracks:
            if touches_profiles(request):
                await self._memory.forget_all()
            return
        changes, moves = changes_of(request, outcome), moves_of(request)
        if self._unheld:
            await self._memory.hold(moves, token=self._token)
        await self._memory.release(moves, token=self._token)
        await self._memory.finish(_less(changes, self._reached), token=self._token)
        self._token = self._new_token()


def _less(changes: Changes, reached: Changes) -> Changes:
    """Changes, where nothing is certain of what other objects reach as well."""
    return {user: {**changes.get(user, {}), **reached.get(user, {})} for user in {**changes, **reached}}
