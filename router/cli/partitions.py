"""`hybrid-router partitions`."""

import asyncio

import click

from router.store.partitions import grow


@click.command(epilog="Example: hybrid-router partitions --redis-url redis://127.0.0.1:6379 --to 64")
@click.option("--redis-url", required=True, metavar="URL", help="Redis/Valkey of the installation.")
@click.option("--to", type=click.IntRange(1, 4096), required=True, metavar="N", help="New number of partitions.")
def partitions(redis_url: str, to: int) -> None:
    """Raise the number of partitions of an installation that is stopped and has nothing queued and no dead letters.

    Set `partitions` in the settings of every process to the new number before starting again.
    """
    was = asyncio.run(grow(redis_url, to=to))
    click.echo(f"{was} -> {to} partitions; set partitions: {to} in the settings before starting again")
