"""Changes the number of partitions of an installation: only upwards, only while nothing runs and nothing waits."""

from router.errors import RouterError
from router.store.store import Store


async def grow(url: str, *, to: int) -> int:
    """Raise the number of partitions to `to`; returns what it was. Raises RouterError when that is not possible now.

    Queues must be empty: an event keeps its place only in the partition it was put into. So must the dead letters: a retry puts a
    letter into the queue of its own partition, where its identity would not be any more. A messageId seen before the change may
    pass once more after it, since its identity may have moved.
    """
    store = await Store.open(url, partitions=None)
    try:
        was = store.partitions
        if to <= was:
            raise RouterError(f"the store has {was} partitions; the number can only grow")
        if alive := await store.members():
            raise RouterError(f"{alive} processes are running; stop them first (a killed one counts for 6 seconds)")
        totals = await store.totals()
        if totals.queued:
            raise RouterError(f"{totals.queued} units are queued; let them be delivered first")
        if totals.dead_lettered:
            raise RouterError(f"there are {totals.dead_lettered} dead letters; retry or discard them first")
        await store.set_partitions(to)
        return was
    finally:
        await store.aclose()
