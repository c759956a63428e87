"""`hybrid-router admin status`."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from router.cli.admin.client import AdminClient, print_json
from router.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from rich.table import Table


@click.command(epilog="Example: hybrid-router admin status --json")
@click.option("--json", "as_json", is_flag=True, help="Print the API's document.")
@click.pass_obj
def status(client: AdminClient, as_json: bool) -> int:
    """Where every accepted unit is, and how delivery is doing. Exits 1 when the account does not add up."""
    document = client.call("GET", "status")
    if as_json:
        print_json(document)
    else:
        print_status(document)
    return ExitCode.OK if document["adds_up"] else ExitCode.TESTS_FAILED


def print_status(document: dict[str, Any]) -> None:
    """The status as tables."""
    from rich.console import Console

    from router.visible import markup

    console = Console(highlight=False)
    paused = f"  paused: {', '.join(document['paused'])}" if document["paused"] else ""
    console.print(f"revision {document['revision']}{markup(paused)}")
    console.print(_table(("state", "units"), [(state, f"{n:,}") for state, n in document["totals"].items()]))
    if not document["adds_up"]:
        console.print("[red]the account does not add up[/red]")
    console.print()
    console.print(_table(_OF_DESTINATION, map(_destination, document["destinations"])))
    for told in _left_behind(document):
        console.print(f"[red]{markup(told)}[/red]")
    for error in _errors(document):
        console.print(f"[yellow]{markup(error)}[/yellow]")
    console.print()
    console.print(_table(_OF_PROCESS, map(_process, document["processes"])))
    if orphans := [lease["partition"] for lease in document["leases"] if not lease["process"]]:
        console.print(f"[red]delivered from by nobody: {ranges(orphans)}[/red]")
    console.print()
    console.print(_table(_OF_RULE, map(_rule, document["by_rule"])))


def _left_behind(document: dict[str, Any]) -> Iterable[str]:
    """What nobody will deliver as things are, and what to do about it."""
    for item in document["destinations"]:
        if not item["configured"]:
            yield (
                f"{item['queued']:,} units wait for {item['destination']}, which the connections do not have any more. They are "
                "kept, and delivered once a destination of that id is back: put it into the connection file, or roll back"
            )


def _errors(document: dict[str, Any]) -> Iterable[str]:
    """The last errors of each destination; a message may be long and is cut to what a terminal shows well."""
    for item in document["destinations"]:
        for error in item["last_errors"][:_MOST_ERRORS]:
            told = (
                error["message"]
                if len(error["message"]) <= _MOST_CHARACTERS
                else error["message"][:_MOST_CHARACTERS] + "…"
            )
            yield f"{error['at'][:19]}Z {item['destination']} {error['path']} {error['outcome']}: {told}"


def ranges(numbers: Sequence[int]) -> str:
    """`[0, 1, 2, 5]` → `0-2,5`."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ",".join(f"{part[0]}-{part[-1]}" if len(part) > 1 else f"{part[0]}" for part in parts)


def age(seconds: float) -> str:
    """A length of time in at most four characters: `0s`, `59s`, `12m`, `30h`, `9d`."""
    for size, unit in ((86_400 * 2, "d"), (3600 * 2, "h"), (120, "m")):
        if seconds >= size:
            return f"{seconds / {'d': 86_400, 'h': 3600, 'm': 60}[unit]:.0f}{unit}"
    return f"{seconds:.0f}s"


def _destination(item: dict[str, Any]) -> list[str]:
    state = _state(item)
    circuit = item["circuit"]
    told = (
        circuit["state"] if circuit["state"] == "closed" else f"{circuit['state']}: {circuit['reason'] or 'throttled'}"
    )
    waited = age(item["oldest_seconds"]) if item["queued"] else "–"
    return [item["destination"], state, f"{item['queued']:,}", waited, f"{item['delivered_last_minute']:,}", told]


def _state(item: dict[str, Any]) -> str:
    if not item["configured"]:
        return "gone"
    return "paused" if item["paused"] else "on" if item["enabled"] else "off"


def _rule(row: dict[str, Any]) -> list[str]:
    return [row["state"], row["source"], row["destination"], row["rule"], f"{row['units']:,}"]


def _process(item: dict[str, Any]) -> list[str]:
    where = f"{item['host']}:{item['pid']}" if item["host"] else item["process"][:12]
    since = (
        age((datetime.now(UTC) - datetime.fromisoformat(item["started_at"])).total_seconds())
        if item["started_at"]
        else ""
    )
    return [where, item["kind"], since, item["revision"], ranges(item["partitions"]) or "none"]


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> "Table":
    from rich.table import Column, Table

    from router.visible import markup

    heads = [Column(name, overflow="fold", justify="right" if name in _NUMBERS else "left") for name in columns]
    table = Table(*heads, box=None, pad_edge=False, header_style="dim")
    for row in rows:
        table.add_row(*map(markup, row))
    return table


_NUMBERS = {"units", "queued", "oldest", "sent/min"}
_OF_DESTINATION = ("destination", "state", "queued", "oldest", "sent/min", "circuit")
_OF_PROCESS = ("process", "kind", "up", "revision", "partitions")
_OF_RULE = ("state", "source", "destination", "rule", "units")
_MOST_ERRORS = 3
_MOST_CHARACTERS = 200
