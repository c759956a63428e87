"""The decision matrix of a workspace: every case of every connection decided, folded into few rows; and what changes between two.

The lists of a section together hold every case, so that nothing is left unsaid.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import Any, Literal, TypeVar

import msgspec

from policies import decide
from policies.capabilities import MODES, SOURCE_TYPES, SourceType
from policies.cases import Cases, cases_of
from policies.connection import Connection, Ruleset, Source, Workspace, with_modes, with_source
from policies.decide import Policy
from policies.decision import Verdict
from policies.folding import Block, fold_apart, fold_in_order
from policies.sdks import Sdk, sdks_of

Way = Literal["device", "cloud", "both", "neither"]
"""Which path delivers an event. A device that only switches the user does not deliver."""
Effect = Literal["lost", "doubled", "moved", "no longer doubled", "gained"]
EFFECTS: Mapping[Effect, str] = {
    "lost": "carried before, by neither path after",
    "doubled": "by both paths after, by one or none before",
    "moved": "by the other path than before",
    "no longer doubled": "by one path after, by both before",
    "gained": "carried after, by neither path before",
}
"""What a change does to events, the worst first."""

Every = Literal["source-type", "sdk", "mode"]
"""What can be enumerated beyond what a workspace says."""
When = Mapping[str, tuple[str, ...]]
"""For each dimension that matters, the labels of the values that a row is about."""


class Carrier(msgspec.Struct, frozen=True, kw_only=True):
    """One way for events to come: a connection, in a mode, and the SDK whose code runs on the device ("" = none)."""

    source: str
    destination: str
    source_type: str
    sdk: str
    mode: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What one path does with the events of which `when` is true and that no row before holds."""

    when: When
    verdict: Verdict


class WayRow(msgspec.Struct, frozen=True, kw_only=True):
    """Which path carries the events of which `when` is true and that no row before holds."""

    when: When
    way: Way


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """All carriers that decide alike: who carries, and each path's verdicts. The first row of a list that fits decides."""

    carriers: tuple[Carrier, ...]
    dimensions: When
    """All labels of each dimension, the ordinary one first."""
    cases: int
    """How many were decided for each carrier: one for every combination that some rule can tell from the others."""
    ways: tuple[WayRow, ...]
    device: tuple[Row, ...]
    cloud: tuple[Row, ...]


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """Every decision of a workspace; `cases` counts those decided, over all connections."""

    version: Literal[1] = 1
    ruleset: Ruleset
    revision: str
    cases: int
    sections: tuple[Section, ...]


class EffectRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a change does to the events of which `when` is true."""

    when: When
    effect: Effect
    before: Way
    after: Way


class VerdictRow(msgspec.Struct, frozen=True, kw_only=True):
    """How a path's verdict changes for the events of which `when` is true; None = there is no such connection."""

    when: When
    before: Verdict | None
    after: Verdict | None


class ChangedSection(msgspec.Struct, frozen=True, kw_only=True):
    """The changes of all carriers that change alike; `before` and `after` pair up. Each row is true by itself."""

    before: tuple[Carrier | None, ...]
    after: tuple[Carrier | None, ...]
    dimensions: When
    cases: int
    effects: tuple[EffectRow, ...]
    device: tuple[VerdictRow, ...]
    cloud: tuple[VerdictRow, ...]


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that differs between two workspaces; no section = nothing does."""

    version: Literal[1] = 1
    before: str
    after: str
    """The two revisions."""
    cases: int
    sections: tuple[ChangedSection, ...]

    @property
    def effects(self) -> frozenset[Effect]:
        """Every effect that something has; a change of nothing but rules has none."""
        return frozenset(row.effect for section in self.sections for row in section.effects)


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """A carrier and its compiled policy; `variant` tells apart the lanes of one connection."""

    carrier: Carrier
    policy: Policy
    variant: str = ""


def lane_of(connection: Connection, ruleset: Ruleset, *, sdk: Sdk | None = None, variant: str = "") -> Lane:
    """Compile one connection, for the given SDK or the one that its source names."""
    policy = decide.compile(connection, ruleset, sdk=sdk)
    runs = policy.terms.device.sdk
    carrier = Carrier(
        source=connection.source.id,
        destination=connection.destination.id,
        source_type=connection.source.type,
        sdk=runs.id if runs else "",
        mode=policy.terms.mode,
    )
    return Lane(carrier=carrier, policy=policy, variant=variant)


def lanes_of(workspace: Workspace, every: Collection[Every] = ()) -> Iterator[Lane]:
    """Every connection of a workspace with the SDK that the router takes for its source; and with every other SDK of its
    source type, in every other mode, from every source type that no source has, where that is asked for."""
    for each in _with_every_source_type(workspace) if "source-type" in every else (workspace,):
        for connection in each.connections:
            yield from _variants(each, connection, every)


def stand_in(workspace: Workspace, source_type: SourceType) -> Workspace:
    """The workspace with a source of that type that is connected to every destination, and its connections alone."""
    source = Source(id=f"any-{source_type}", type=source_type)
    extended = with_source(workspace, source)
    return msgspec.structs.replace(extended, connections=extended.connections_of(source.id))


def _with_every_source_type(workspace: Workspace) -> Iterator[Workspace]:
    yield workspace
    missing = {*SOURCE_TYPES} - {source.type for source in workspace.sources}
    yield from (stand_in(workspace, source_type) for source_type in SOURCE_TYPES if source_type in missing)


def _variants(workspace: Workspace, connection: Connection, every: Collection[Every]) -> Iterator[Lane]:
    source_type, at = connection.source.type, workspace.connections.index(connection)
    sdks = sdks_of(source_type) if "sdk" in every else ()
    for mode in MODES if "mode" in every else (None,):
        switched = with_modes(workspace, {source_type: mode}).connections[at] if mode else connection
        for sdk in sdks or (None,):
            variant = f"{mode or ''} {sdk.id if sdk else ''}"
            yield lane_of(switched, workspace.ruleset, sdk=sdk, variant=variant)


def matrix(workspace: Workspace, lanes: Iterable[Lane] | None = None) -> Matrix:
    """The matrix of a workspace, or of some ways of using it."""
    known: dict[bytes, Section] = {}
    sections: dict[bytes, Section] = {}
    cases = 0
    for lane in lanes_of(workspace) if lanes is None else lanes:
        said = _said_by(lane.policy)
        section = known.get(said) or known.setdefault(said, section_of(lane.policy))
        cases += section.cases
        key = msgspec.json.encode(section)
        carriers = (*sections[key].carriers, lane.carrier) if key in sections else (lane.carrier,)
        sections[key] = msgspec.structs.replace(section, carriers=carriers)
    return Matrix(
        ruleset=workspace.ruleset, revision=workspace.revision, cases=cases, sections=tuple(sections.values())
    )


def changes(old: Workspace, new: Workspace) -> Changes:
    """What `new` changes, connection by connection; a connection that only one of them has is compared with none."""
    return lane_changes(old, new, lanes_of(old), lanes_of(new))


def lane_changes(old: Workspace, new: Workspace, before: Iterable[Lane], after: Iterable[Lane]) -> Changes:
    """The same for some ways of using them; lanes pair up by source, destination and variant, unless the source is of another type."""
    known: dict[bytes, ChangedSection] = {}
    sections: dict[bytes, ChangedSection] = {}
    cases = 0
    for one, other in paired(before, after):
        said = msgspec.json.encode([_said_by(lane.policy) if lane else None for lane in (one, other)])
        section = known.get(said) or known.setdefault(said, _changed_section(one, other))
        cases += section.cases
        if not section.device and not section.cloud:
            continue
        key = msgspec.json.encode(section)
        sections[key] = msgspec.structs.replace(
            section,
            before=(*(sections[key].before if key in sections else ()), one.carrier if one else None),
            after=(*(sections[key].after if key in sections else ()), other.carrier if other else None),
        )
    return Changes(before=old.revision, after=new.revision, cases=cases, sections=tuple(sections.values()))


def way_of(device: Verdict, cloud: Verdict) -> Way:
    """Which path carries an event of these verdicts."""
    if device.verdict == "deliver":
        return "both" if cloud.verdict == "deliver" else "device"
    return "cloud" if cloud.verdict == "deliver" else "neither"


def effect_of(before: Way, after: Way) -> Effect | None:
    """What a change does to an event; None where the same path carries it."""
    if before == after:
        return None
    if "neither" in (before, after):
        return "lost" if after == "neither" else "doubled" if after == "both" else "gained"
    if "both" in (before, after):
        return "doubled" if after == "both" else "no longer doubled"
    return "moved"


def section_of(policy: Policy) -> Section:
    """The matrix of one policy, of no carrier yet."""
    cases = cases_of(policy)
    decisions = [policy.decide(facts) for facts in cases.every()]
    ways = [way_of(decision.device, decision.cloud) for decision in decisions]
    return Section(
        carriers=(),
        dimensions=labels_of(cases),
        cases=len(decisions),
        ways=tuple(WayRow(when=when, way=way) for when, way in _in_order(cases, ways)),
        device=_verdicts(cases, [decision.device for decision in decisions]),
        cloud=_verdicts(cases, [decision.cloud for decision in decisions]),
    )


def _verdicts(cases: Cases, verdicts: Sequence[Verdict]) -> tuple[Row, ...]:
    return tuple(Row(when=when, verdict=verdict) for when, verdict in _in_order(cases, verdicts))


def _changed_section(one: Lane | None, other: Lane | None) -> ChangedSection:
    cases = cases_of(*(lane.policy for lane in (one, other) if lane))
    before, after = (_decisions(lane, cases) for lane in (one, other))
    return ChangedSection(
        before=(),
        after=(),
        dimensions=labels_of(cases),
        cases=len(before),
        effects=_effects(cases, before, after),
        device=_verdict_changes(cases, [(old[0], new[0]) for old, new in zip(before, after, strict=True)]),
        cloud=_verdict_changes(cases, [(old[1], new[1]) for old, new in zip(before, after, strict=True)]),
    )


_Verdicts = tuple[Verdict | None, Verdict | None]


def _decisions(lane: Lane | None, cases: Cases) -> list[_Verdicts]:
    if lane is None:
        return [(None, None)] * prod(cases.sizes)
    return [(decision.device, decision.cloud) for decision in map(lane.policy.decide, cases.every())]


def _effects(cases: Cases, before: Iterable[_Verdicts], after: Iterable[_Verdicts]) -> tuple[EffectRow, ...]:
    ways = [(_way(*old), _way(*new)) for old, new in zip(before, after, strict=True)]
    changed = [pair if (effect := effect_of(*pair)) else None for pair in ways]
    rows = (
        EffectRow(when=when, effect=effect, before=pair[0], after=pair[1])
        for when, pair in apart(cases, changed)
        if pair and (effect := effect_of(*pair))
    )
    return tuple(sorted(rows, key=lambda row: list(EFFECTS).index(row.effect)))


def _way(device: Verdict | None, cloud: Verdict | None) -> Way:
    return way_of(device, cloud) if device and cloud else "neither"


def _verdict_changes(cases: Cases, verdicts: Iterable[_Verdicts]) -> tuple[VerdictRow, ...]:
    changed = [None if before == after else (before, after) for before, after in verdicts]
    return tuple(VerdictRow(when=when, before=pair[0], after=pair[1]) for when, pair in apart(cases, changed) if pair)


_T = TypeVar("_T", bound=Hashable)


def _in_order(cases: Cases, outcomes: Sequence[_T]) -> Iterator[tuple[When, _T]]:
    return ((_when(cases, block), block.outcome) for block in fold_in_order(cases.sizes, outcomes))


def apart(cases: Cases, outcomes: Sequence[_T | None]) -> Iterator[tuple[When, _T]]:
    """Conditions under which an outcome that is not None comes, each true by itself, ordinary events first."""
    blocks = sorted(fold_apart(cases.sizes, outcomes, None), key=lambda block: block.values)
    return ((_when(cases, block), block.outcome) for block in blocks if block.outcome is not None)


def _when(cases: Cases, block: Block[Any]) -> When:
    """The labels of the values that a block holds, where it does not hold them all."""
    return {
        dimension.name: tuple(label for at in values for label in dimension.values[at].labels)
        for dimension, values in zip(cases.dimensions, block.values, strict=True)
        if len(values) < len(dimension.values)
    }


def labels_of(cases: Cases) -> When:
    """All labels of each dimension, the ordinary one first."""
    return {
        dimension.name: tuple(label for value in dimension.values for label in value.labels)
        for dimension in cases.dimensions
    }


def paired(before: Iterable[Lane], after: Iterable[Lane]) -> Iterator[tuple[Lane | None, Lane | None]]:
    """Lanes of two workspaces that are the same way for events to come; None where one side has none."""
    olds, news = ({_same(lane): lane for lane in lanes} for lanes in (before, after))
    for name in {**olds, **news}:
        yield olds.get(name), news.get(name)


def _same(lane: Lane) -> tuple[object, ...]:
    source = lane.policy.terms.connection.source
    return source.id, source.type, source.definition, lane.carrier.destination, lane.variant


def _said_by(policy: Policy) -> bytes:
    """All that the policy's decisions hang on, so that it is worked out once for all connections that agree in it."""
    terms = policy.terms
    source = terms.connection.source
    sdk = terms.device.sdk.id if terms.device.sdk else None
    config = terms.connection.destination.config_for(source.type)
    said = (source.type, source.definition, sdk, terms.switched_off is None, terms.ruleset, config)
    return msgspec.json.encode(said, order="deterministic")
