"""The identity whose events stay in order: one device, across its anonymous → identified edge."""

from policies.facts import Facts
from router.events import Head


def identity_of(facts: Facts, head: Head) -> str:
    """The key that chooses the partition: anonymousId when present, else userId; empty when there is neither."""
    return facts.anonymous_id or facts.user_id
