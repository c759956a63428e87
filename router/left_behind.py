"""A connection file is the operator's will, also where it takes a destination away that something is queued for: that is said loudly."""

import structlog

from policies.connection import Workspace
from router.errors import StoreUnavailable
from router.store.store import Store

log = structlog.get_logger()


async def warn_of_left_behind(store: Store, workspace: Workspace) -> None:
    """Log a warning that names every destination which `workspace` does not have and how many units are queued for it."""
    try:
        account = await store.account()
    except StoreUnavailable:
        return  # what needs the store says so; the status shows the queues all the same
    if left := account.left_behind({destination.id for destination in workspace.destinations}):
        log.warning(
            "units are queued for destinations that the connections do not have: nobody delivers them",
            queued=left,
            revision=workspace.revision,
            fix="they are kept until a destination of that id is back: put it into the connection file, or roll back",
        )
