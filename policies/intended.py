"""Losses that somebody has asked for: of a suppressed user's events, and of events whose own integrations object rules Braze out.

A change of modes that ends them takes nothing away that was to arrive; what it takes from others is a loss.
"""

from collections.abc import Mapping

REFUSING = frozenset({"All:false", "Braze:false", "All:text", "null", "a text"})
"""Labels of integrations objects that keep an event from Braze on the cloud path (`cloud/integrations-object`)."""


def is_intended(effect: str, when: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether nothing carries the events of a row of changes any more because they are not meant to arrive."""
    return effect == "lost" and (when.get("suppressed") == ("yes",) or _refused(when))


def _refused(when: Mapping[str, tuple[str, ...]]) -> bool:
    held = when.get("integrations", ())
    return bool(held) and REFUSING.issuperset(held)
