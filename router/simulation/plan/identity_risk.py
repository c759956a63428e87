"""Visitors who may end up with two profiles in Braze (docs/split-profiles.md): counted, not played through.

In hybrid mode an anonymous event that goes by cloud may make a profile before the Braze SDK has given its own the alias. The web SDK
merges the two when the visitor signs in (`changeUser`); mobile SDKs do not. `simulate --through-braze` plays out who is hit.
"""

from policies.connection import Source
from policies.sdks import WEB, default_sdk, find_sdk
from router.simulation.plan.question import Question
from router.simulation.plan.report import IdentityRisk
from router.simulation.plan.tally import Tally
from router.simulation.plan.visitors import ANONYMOUS_AFTER, ANONYMOUS_BEFORE, IDENTIFIED, Visitors


def identity_risks(question: Question, tally: Tally) -> tuple[IdentityRisk, ...]:
    """One for each source with visitors at risk before or after."""
    sources = {group.source: Source(id=group.source, type=group.source_type) for group in tally.groups}
    sources |= {source.id: source for source in (*question.old.sources, *question.new.sources)}
    risks = (_risk(sources[source], visitors) for source, visitors in sorted(tally.visitors.items()))
    return tuple(risk for risk in risks if risk.before or risk.after)


def _risk(source: Source, visitors: Visitors) -> IdentityRisk:
    sdk = find_sdk(source.sdk) or default_sdk(source.type)
    return IdentityRisk(
        source=source.id,
        source_type=source.type,
        before=visitors.count(ANONYMOUS_BEFORE),
        after=visitors.count(ANONYMOUS_AFTER),
        after_identified=visitors.count(ANONYMOUS_AFTER | IDENTIFIED),
        heals=sdk is not None and sdk.code in WEB,
        exact=visitors.exact,
    )
