"""`hybrid-router send`."""

import asyncio
import json
from collections import Counter

import click

from router.config.connections import read_connections
from router.errors import InvalidJson, RouterError
from router.simulation.envelopes import Envelope, read_envelopes


@click.command(
    epilog="Example: hybrid-router send fixtures/events/shop.jsonl --url http://127.0.0.1:8080 -c fixtures/connections/quickstart.yaml"
)
@click.argument("events", default="-", metavar="[EVENTS]")
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="Gateway to send to.")
@click.option(
    "--connection", "-c", "connection_file", metavar="FILE", help="Connection file that has the sources' write keys."
)
@click.option("--write-key", help="Write key for all messages; needed for bare messages.")
@click.option(
    "--batch", "size", type=click.IntRange(1, 1000), default=20, show_default=True, help="Messages per request."
)
def send(events: str, url: str, connection_file: str | None, write_key: str | None, size: int) -> None:
    """Send recorded EVENTS (JSON Lines, `-` = stdin, gzip accepted) to a gateway, in order.

    Prints one JSON line: how many were accepted, and how many rejected with which answer.
    """
    keys = _write_keys(connection_file)
    accepted, rejected = asyncio.run(_send(events, url, keys, write_key, size))
    click.echo(json.dumps({"accepted": accepted, "rejected": sum(rejected.values()), "reasons": dict(rejected)}))


def _write_keys(connection_file: str | None) -> dict[str, str]:
    if connection_file is None:
        return {}
    workspace, _ = read_connections(connection_file)
    return {source.id: source.write_key for source in workspace.sources}


async def _send(
    path: str, url: str, keys: dict[str, str], write_key: str | None, size: int
) -> tuple[int, Counter[str]]:
    import httpx

    from router.sender import batches, send_all

    def key_of(envelope: Envelope) -> str:
        key = keys.get(envelope.source or "") or write_key
        if not key:
            raise RouterError(
                f"no write key for source `{envelope.source or '(bare message)'}`; give --connection or --write-key"
            )
        return key

    accepted, rejected = 0, Counter[str]()
    try:
        envelopes = (envelope for _, envelope in read_envelopes(path))
        async with httpx.AsyncClient(base_url=url, timeout=30.0, trust_env=False) as client:
            async for sent in send_all(client, batches(envelopes, key_of=key_of, size=size)):
                if sent.rejected:
                    rejected[sent.rejected] += sent.messages
                else:
                    accepted += sent.messages
    except OSError as error:
        raise InvalidJson(f"cannot read `{path}`: {error.strerror}") from error
    except RouterError:
        click.echo(f"sent before the error: {accepted} accepted, {sum(rejected.values())} rejected", err=True)
        raise
    return accepted, rejected
