"""What the demo shows on the terminal."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from router.demo import Summary
from router.simulation.outcome import Outcome
from router.simulation.reports import outcome_line
from router.store.dead_letters import Listed
from router.visible import markup

_MEANING = {
    "accepted": "one event for one connected destination",
    "delivered": "Braze accepted all objects of it",
    "blocked": "not for the cloud path; the rule says why",
    "filtered": "trait dedup left nothing to send",
    "dead_lettered": "cannot be delivered; kept with the reason",
    "discarded": "by an operator or a deletion",
    "queued": "waiting",
    "duplicate_messages": "repeated messageId, not accepted again",
    "rejected": "refused by the gateway",
    "in_braze_twice": "same user, name, time and properties",
}


class DemoReport:
    """Prints the parts of the demo in order."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)

    def decisions(self, outcomes: Sequence[Outcome]) -> None:
        """One line per event: who carries it, and which rule says so."""
        self._title("Decisions (event, source type, mode, verdict and rule per path, what goes to Braze)")
        for outcome in outcomes:
            self._console.print(outcome_line(outcome))

    def arrived(self, users: Iterable[dict[str, Any]]) -> None:
        """The profiles in the local Braze."""
        self._title("In the local Braze")
        table = Table(
            "user",
            "aliases",
            "attributes",
            "events",
            "purchases",
            "revenue",
            box=None,
            pad_edge=False,
            header_style="dim",
        )
        for user in users:
            table.add_row(
                markup(str(user["external_id"] or "(anonymous)")),
                markup(", ".join(alias["alias_name"][:8] for alias in user["user_aliases"])),
                str(len(user["attributes"]) + len(user["custom_attributes"])),
                str(sum(event["count"] for event in user["custom_events"])),
                str(sum(purchase["count"] for purchase in user["purchases"])),
                f"{user['total_revenue']:.2f}" if user["total_revenue"] else "",
            )
        self._console.print(table)

    def dead_letters(self, letters: Sequence[Listed]) -> None:
        """What cannot be delivered, and why."""
        if not letters:
            return
        self._title("Dead letters")
        for listed in letters:
            letter = listed.letter
            self._console.print(markup(f"{letter.message_id}  {letter.rule}  {'; '.join(letter.errors)}"))

    def summary(self, summary: Summary, problems: Sequence[str]) -> None:
        """Where every accepted unit is."""
        self._title("Summary")
        table = Table(box=None, pad_edge=False, show_header=False)
        for name in summary.__struct_fields__:
            table.add_row(name, f"[bold]{getattr(summary, name)}[/bold]", f"[dim]{_MEANING[name]}[/dim]")
        self._console.print(table)
        for problem in problems:
            self._console.print(f"[red]problem:[/red] {markup(problem)}")

    def _title(self, text: str) -> None:
        self._console.print(f"\n[bold]{markup(text)}[/bold]")
