"""Names of keys. What one script touches shares the hash tag `{p<N>}`, so that a cluster keeps it on one shard."""

import re

import xxhash

_SENT_AT = re.compile(rb'"sentAt"\s*:\s*"[^"]*"\s*,?')


def partition_of(identity: str, partitions: int) -> int:
    """The partition that keeps the order of one identity."""
    return xxhash.xxh3_64_intdigest(identity.encode()) % partitions


def message_digest(source_id: str, message_id: str) -> bytes:
    """128 bits that stand for a messageId of a source: short, and in practice never equal for two."""
    return xxhash.xxh3_128_digest(f"{source_id}\0{message_id}".encode())


def payload_fingerprint(message: bytes) -> bytes:
    """32 bits that tell a resend (only `sentAt` differs) from another message under the same id."""
    return xxhash.xxh32_digest(_SENT_AT.sub(b"", message))


def seen(partition: int, window: int) -> str:
    """Hash from digest to payload fingerprint of the messages first seen in one window of time."""
    return f"hr:{{p{partition}}}:seen:{window}"


def queue(partition: int, destination: str) -> str:
    """Stream of batches waiting for one destination."""
    return f"hr:{{p{partition}}}:queue:{destination}"


def progress(partition: int, destination: str) -> str:
    """Hash of what is done of a queue that is not finished (`router.store.progress`)."""
    return f"hr:{{p{partition}}}:progress:{destination}"


def counts(partition: int) -> str:
    """Hash of counters (`router.store.accounting`)."""
    return f"hr:{{p{partition}}}:counts"


def depth(partition: int) -> str:
    """Hash from destination to the number of events in its queue."""
    return f"hr:{{p{partition}}}:depth"


def size(partition: int) -> str:
    """Hash from destination to the bytes of its queue."""
    return f"hr:{{p{partition}}}:bytes"


def dead(partition: int) -> str:
    """Stream of dead letters."""
    return f"hr:{{p{partition}}}:dead"


def lease(partition: int) -> str:
    """Token of the process that may deliver from the partition."""
    return f"hr:{{p{partition}}}:lease"


def fence(partition: int) -> str:
    """Counter that makes every lease token new."""
    return f"hr:{{p{partition}}}:fence"


def process(owner: str) -> str:
    """What a process says of itself."""
    return f"hr:process:{owner}"


def revision(name: str) -> str:
    """One immutable connection file."""
    return f"hr:connections:revision:{name}"


AUDIT = "hr:audit"
"""Stream of what operators did. The three keys below have it as their hash tag: one script writes all four."""
CURRENT_REVISION = "hr:connections:current:{hr:audit}"
HISTORY = "hr:connections:history:{hr:audit}"
"""Stream of the changes that made a revision the current one."""
CONNECTION_FILES = "hr:connections:file:{hr:audit}"
"""Hash of the connection files that were read: `latest` adopted, `at:<place>`, `seen:<revision>`."""
PARTITIONS = "hr:partitions"
MEMBERS = "hr:members"
PAUSED = "hr:paused"
TOKENS = "hr:tokens"
