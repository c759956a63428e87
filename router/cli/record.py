"""`hybrid-router record`."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click
import msgspec

from router.cli.admin.client import TOKEN_VARIABLE, URL_VARIABLE, AdminClient
from router.cli.durations import duration
from router.cli.exit_codes import ExitCode
from router.errors import RouterError

_POLL_SECONDS = 0.5
_GRACE_SECONDS = 2.0
"""What processes took just before the end is handed in a moment after it."""


@click.command(
    epilog="Example: hybrid-router record --source web-shop --count 1000 --within 60s --out web-shop.jsonl --traits hash"
)
@click.option("--source", required=True, help="Id of the source whose events to record.")
@click.option("--count", type=click.IntRange(1, 100_000), required=True, help="Stop after so many events.")
@click.option("--within", callback=duration, default="60s", show_default=True, help="Stop after so long.")
@click.option("--out", default="-", metavar="FILE", help="JSON Lines file to write. [default: stdout]")
@click.option(
    "--rate",
    type=click.FloatRange(min=0, max=1, min_open=True),
    default=1.0,
    show_default=True,
    help="Share of the devices to record; all events of each.",
)
@click.option(
    "--traits", type=click.Choice(["drop", "hash"]), default="drop", show_default=True, help="What becomes of traits."
)
@click.option("--keep-traits", default="", metavar="NAME,…", help="Traits to keep as they are.")
@click.option(
    "--properties",
    type=click.Choice(["drop", "hash"]),
    default="hash",
    show_default=True,
    help="What becomes of properties.",
)
@click.option("--keep-properties", default="", metavar="NAME,…", help="Properties to keep as they are.")
@click.option("--url", envvar=URL_VARIABLE, default="http://127.0.0.1:8080", show_default=True, help="Router to ask.")
@click.option(
    "--token", envvar=TOKEN_VARIABLE, default="", help=f"Bearer token; better {TOKEN_VARIABLE} than the command line."
)
def record(
    source: str,
    count: int,
    within: float,
    out: str,
    rate: float,
    traits: str,
    keep_traits: str,
    properties: str,
    keep_properties: str,
    url: str,
    token: str,
) -> int:
    """Sample live traffic of a source into a masked fixture for `plan` and for the suites' `events_from`.

    Ids become keyed hashes, traits are dropped and properties hashed unless said otherwise. The router masks before it
    writes anything down. The recording is removed from the router when it has been fetched.
    """
    client = AdminClient(url, token)
    masking = {
        "traits": traits,
        "properties": properties,
        "keep_traits": _names(keep_traits),
        "keep_properties": _names(keep_properties),
    }
    order = {"source": source, "count": count, "within_seconds": within, "rate": rate, "masking": masking}
    with _replacing(out) as file:
        recording = client.call("POST", "recordings", order)
        try:
            recorded = _fetch(client, recording["id"], file)
        finally:
            client.call("DELETE", f"recordings/{recording['id']}")
        if not recorded:
            raise RouterError(f"no event of `{source}` came in within {within:g} s")
    click.echo(f"{recorded:,} events of {source} recorded", err=True)
    return ExitCode.OK


def _fetch(client: AdminClient, recording_id: str, file: BinaryIO) -> int:
    """Copy events while they come in; the number of events."""
    recorded, after, until = 0, "", None
    with _progress() as show:
        while until is None or time.monotonic() < until:
            state = client.call("GET", f"recordings/{recording_id}")
            page = client.call("GET", f"recordings/{recording_id}/events", after=after)
            for event in page["events"]:
                file.write(msgspec.json.encode({"source": event["source"], "message": event["message"]}) + b"\n")
            recorded, after = recorded + len(page["events"]), page["next"]
            show(recorded, state)
            if state["recorded"] >= state["count"] and recorded >= state["count"]:
                break
            if state["finished"] and until is None:
                until = time.monotonic() + _GRACE_SECONDS
            if not page["events"]:
                time.sleep(_POLL_SECONDS)
    file.flush()
    return recorded


@contextmanager
def _replacing(path: str) -> Iterator[BinaryIO]:
    """What is written takes the place of the file at the end; where anything fails, the file stays as it was."""
    if path == "-" or (Path(path).exists() and not Path(path).is_file()):
        with ExitStack() as stack:
            yield sys.stdout.buffer if path == "-" else stack.enter_context(open(path, "wb"))
        return
    final = Path(path).resolve()
    written = final.with_name(f".{final.name}.{os.getpid()}.part")
    try:
        with written.open("xb") as file:
            yield file
        written.replace(final)
    finally:
        written.unlink(missing_ok=True)


@contextmanager
def _progress() -> Iterator[Callable[[int, dict[str, Any]], None]]:
    if not sys.stderr.isatty():
        yield lambda recorded, state: None
        return
    from rich.console import Console

    with Console(stderr=True).status("recording") as status:
        yield lambda recorded, state: status.update(
            f"{recorded:,} of {state['count']:,} events, {state['seconds_left']:.0f} s left"
        )


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
