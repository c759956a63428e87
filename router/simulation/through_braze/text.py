"""A report as a person reads it."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from rich.console import Console
from rich.table import Table

from router.simulation.through_braze.paths import Lost
from router.simulation.through_braze.report import ByPath, Dropped, Report, Twice, User
from router.visible import markup

_CARRIERS = {
    "cloud": "the cloud",
    "device": "the device",
    "both": "both",
    "cloud_and_user_switch": "the cloud; the device only switches the user",
    "neither": "neither",
}
_LONGEST_VALUE = 60


def print_report(console: Console, report: Report) -> None:
    """Where the events went, what became of each user, and what went wrong."""
    _print_run(console, report)
    for user in report.users:
        _print_user(console, user)
    _print_lines(console, "Duplicates", [_twice(duplicate) for duplicate in report.duplicates])
    _print_splits(console, report)
    _print_lines(console, "Accepted by Braze and dropped", [_dropped(discard) for discard in report.discards])
    _print_lines(console, "Lost on the way", [_lost(lost) for lost in report.lost])
    _print_totals(console, report)


def _print_run(console: Console, report: Report) -> None:
    run, carried = report.run, report.carried
    modes = ", ".join(f"{source} {mode}" for source, mode in run.modes.items())
    console.print(
        f"[bold]{markup(run.destination)}[/bold]  {markup(modes)}  ·  cloud latency {run.cloud_latency:g} s",
        soft_wrap=True,
    )
    console.print(f"\n{carried.recorded} recorded events, {carried.repeated} of them repeats of a messageId")
    table = _table("Carried by", "events")
    for carrier, count in carried.by.items():
        if count:
            table.add_row(_CARRIERS[carrier], str(count))
    for rules, count in carried.neither.items():
        table.add_row(f"  {rules}", str(count), style="dim")
    console.print(table)
    if carried.updates_saved:
        console.print(
            f"trait dedup saved {carried.updates_saved} updates; nothing was left of {carried.filtered} events"
        )


def _print_user(console: Console, user: User) -> None:
    style = "bold" if user.identified else "bold yellow"
    console.print(f"\n[{style}]{markup(user.user)}[/]" + ("" if user.identified else "  anonymous"))
    for name, value in _facts(user):
        console.print(f"  [dim]{name:<11}[/dim] {markup(value)}", soft_wrap=True, highlight=False)


def _facts(user: User) -> Iterator[tuple[str, str]]:
    everything = (
        ("aliases", ", ".join(user.aliases)),
        ("devices", ", ".join(user.devices)),
        ("attributes", _values(user.attributes)),
        ("custom", _values(user.custom_attributes)),
        ("groups", _values(user.subscriptions)),
        ("events", _by_path(user.events)),
        ("purchases", _by_path(user.purchases)),
        ("revenue", f"{user.revenue:.2f} USD" if user.revenue else ""),
        ("sessions", _by_path(user.sessions)),
        ("engagement", _by_path(user.engagement)),
        ("data points", _counts(user.data_points)),
    )
    return ((name, text) for name, text in everything if text)


def _values(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={_short(msgspec.json.encode(value).decode())}" for name, value in values.items())


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def _by_path(happened: Mapping[str, ByPath]) -> str:
    return ", ".join(f"{name} ({_counts(paths)})" for name, paths in happened.items())


def _counts(paths: ByPath) -> str:
    return ", ".join(f"{path} {count}" for path, count in paths.items())


def _print_lines(console: Console, title: str, lines: Sequence[str]) -> None:
    console.print(f"\n[bold]{title}[/bold]" + ("" if lines else "  none"))
    for line in lines:
        console.print(f"  {markup(line)}", soft_wrap=True, highlight=False)


def _twice(duplicate: Twice) -> str:
    paths = " and ".join(duplicate.paths)
    return f"{duplicate.user}  {duplicate.kind} {duplicate.name} ×{duplicate.count} at {duplicate.time} by {paths}"


def _dropped(discard: Dropped) -> str:
    what = " ".join(filter(None, (discard.key, discard.detail)))
    return f"{discard.at}  {discard.path:<6}  {discard.reason:<16}  {discard.user}  {what}".rstrip()


def _lost(lost: Lost) -> str:
    return f"event {lost.index} ({lost.message_id or 'no messageId'}) on the {lost.path} path: {lost.reason}"


def _print_splits(console: Console, report: Report) -> None:
    console.print("\n[bold]Split profiles[/bold]" + ("" if report.splits else "  none"))
    for split in report.splits:
        console.print(f"  {markup(' · '.join(split.profiles))}", soft_wrap=True, highlight=False)
        for orphan in split.orphans:
            owner = " or ".join(split.users)
            console.print(f"    [yellow]orphan[/yellow] {markup(orphan)} belongs to {markup(owner)}", highlight=False)


def _print_totals(console: Console, report: Report) -> None:
    totals = report.totals
    table = _table("In Braze", "cloud", "device")
    for kind, paths in {**totals.occurrences, "data points": totals.data_points}.items():
        table.add_row(kind, str(paths.get("cloud", 0)), str(paths.get("device", 0)))
    console.print()
    console.print(table)
    console.print(
        f"\n{totals.profiles} profiles ({totals.identified} identified), {totals.duplicates} duplicates, "
        f"{totals.splits} splits, {totals.orphans} orphans, {totals.discards} dropped by Braze",
        highlight=False,
    )


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, pad_edge=False, header_style="dim")
