"""Who carries an event, per source type and connection mode, as Markdown made by deciding every cell."""

from collections.abc import Iterator

from policies import decide
from policies.capabilities import CAPABILITIES, MESSAGE_TYPES, Mode, SourceType
from policies.connection import RULESETS, Ruleset
from policies.decision import Decision
from policies.disagreements import DISAGREEMENTS
from policies.domain import connection_in, every_sdk
from policies.facts import Facts
from policies.sdks import Sdk, sdks_of

_Sender = tuple[SourceType, Sdk | None]
_AUTO = "auto-generated"
_HEADER = f"| source | mode | {' | '.join(MESSAGE_TYPES)} | {_AUTO} |\n|{'---|' * (len(MESSAGE_TYPES) + 3)}"
_LEGEND = """**D** the Braze SDK on the device · **C** Braze's REST API from the cloud · **C+u** by cloud, and the device's SDK switches
its user without traits · **B** both: the event arrives twice · **–** neither.

A known user, an event with a name, no event filter, consent given, an empty `integrations` object: `hybrid-router explain`
says what else decides about one event. Auto-generated events are those that the Braze SDK makes itself: sessions, in-app
messages, push, content cards. An SDK is named where SDKs of one source type differ."""


def mode_page() -> str:
    """The page `docs/modes.md`."""
    sections = [
        "# Which path carries an event",
        "Made from the rules by `python -m router.cli.docs`; do not edit by hand.",
        _LEGEND,
        *(section for ruleset in RULESETS for section in (f"## Rule set `{ruleset}`", mode_table(ruleset))),
        "## Where the rule sets differ",
        _differences(),
        "## Where RudderStack's documents and its code disagree",
        _disagreements(),
    ]
    return "\n\n".join(sections) + "\n"


def mode_table(ruleset: Ruleset) -> str:
    """One row per mode for all sources that behave alike."""
    alike: dict[tuple[Mode, tuple[str, ...]], list[_Sender]] = {}
    for sender, mode in _rows():
        alike.setdefault((mode, cells_of(sender, mode, ruleset)), []).append(sender)
    rows = [f"| {_names(senders)} | {mode} | {' | '.join(cells)} |" for (mode, cells), senders in alike.items()]
    return "\n".join([_HEADER, *rows])


def cells_of(sender: _Sender, mode: Mode, ruleset: Ruleset) -> tuple[str, ...]:
    """The cells of one source type and SDK in one mode: the six message types, then auto-generated events."""
    source_type, sdk = sender
    policy = decide.compile(connection_in(source_type, mode), ruleset, sdk=sdk)
    events = [Facts(type=kind, name="Order Placed", user_id="u-1") for kind in MESSAGE_TYPES]
    return tuple(_cell(policy.decide(facts)) for facts in (*events, Facts(type="track", origin="auto")))


def _differences() -> str:
    senders: dict[tuple[str, str, str, str], list[_Sender]] = {}
    for sender, mode in _rows():
        pairs = (cells_of(sender, mode, ruleset) for ruleset in RULESETS)
        for kind, documented, rudderstack in zip((*MESSAGE_TYPES, _AUTO), *pairs, strict=True):
            if documented != rudderstack:
                senders.setdefault((mode, kind, documented, rudderstack), []).append(sender)
    rows = [f"| {_names(alike)} | {' | '.join(row)} |" for row, alike in senders.items()]
    return "\n".join(["| source | mode | type | documented | rudderstack |\n|---|---|---|---|---|", *rows])


def _disagreements() -> str:
    rows = [f"| {item.topic} | {item.documents} | {item.code} |" for item in DISAGREEMENTS]
    return "\n".join(["| about | documents | code |\n|---|---|---|", *rows])


def _rows() -> Iterator[tuple[_Sender, Mode]]:
    for source_type, sdk in every_sdk():
        yield from (((source_type, sdk), mode) for mode in CAPABILITIES[source_type].modes)


def _cell(decision: Decision) -> str:
    return {
        ("deliver", "deliver"): "B",
        ("identity", "deliver"): "C+u",
        ("deliver", "block"): "D",
        ("block", "deliver"): "C",
    }.get((decision.device.verdict, decision.cloud.verdict), "–")


def _names(senders: list[_Sender]) -> str:
    """Source types whose SDKs all behave alike by their own name, else the SDKs one by one."""
    names: dict[str, None] = {}
    for source_type, sdk in senders:
        all_alike = all((source_type, each) in senders for each in sdks_of(source_type))
        names[source_type if sdk is None or all_alike else sdk.id] = None
    return ", ".join(names)
