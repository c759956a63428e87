"""How far the deletion of a regulation's users has come, by destination; written after each step, so that any process can go on.

Suppression stands first: it is in force before a deletion begins, and every lane that reads a queue from then on discards what is
there of the users. So a destination goes through these stages:

draining    what was queued at the beginning is still there; events in it may be on their way
letters     nothing of the users can be on its way: dead letters are discarded
deleting    Braze is asked to delete the users, some at a time
confirming  waits, since Braze applies what it has accepted later; then letters and deleting come once more
done        every user is deleted, or Braze has said why not
"""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from router.braze.deletion import MAX_USERS

Stage = Literal["waiting", "draining", "letters", "deleting", "confirming", "done"]
SWEEPS = 2
"""How often each user is deleted: the second time for what Braze had accepted before and applied after the first."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The deletion at one destination."""

    stage: Stage = "waiting"
    fences: tuple[str, ...] = ()
    """By partition, the newest queue entry when the deletion began (empty = none)."""
    sweep: int = 1
    next: int = 0
    """Users before this place have been dealt with in this sweep."""
    batch: int = MAX_USERS
    """Users in the next request: fewer while Braze refuses requests as a whole."""
    failed: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Users whom Braze will not delete, and why."""
    reason: str = ""
    """Why it does not go on."""
    attempts: int = 0
    """Requests to Braze, repeated ones included."""
    discarded_letters: int = 0
    started_at: str = ""
    changed_at: str = ""
    confirm_at: float = 0.0
    """Epoch seconds at which the second sweep begins."""

    def status_of(self, user: str) -> Literal["pending", "done", "failed"]:
        """Where one user stands."""
        if user in self.failed:
            return "failed"
        return "done" if self.stage == "done" else "pending"

    @property
    def status(self) -> Literal["pending", "done", "failed"]:
        """Where the destination stands: `failed` when it is through and a user could not be deleted."""
        if self.stage != "done":
            return "pending"
        return "failed" if self.failed else "done"


class Deletion(msgspec.Struct, frozen=True, kw_only=True):
    """The deletion of one regulation's users."""

    targets: Mapping[str, Target]

    @classmethod
    def of(cls, destinations: Iterable[str]) -> "Deletion | None":
        """A deletion that has not begun; None where nothing is to be deleted."""
        targets = {destination: Target() for destination in destinations}
        return cls(targets=targets) if targets else None

    @property
    def finished(self) -> bool:
        """Whether every destination is through."""
        return all(target.stage == "done" for target in self.targets.values())

    def with_target(self, destination: str, target: Target) -> "Deletion":
        """The deletion after a step at one destination."""
        return Deletion(targets={**self.targets, destination: target})
