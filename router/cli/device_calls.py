"""`hybrid-router device-calls`: what one device's SDK does with events, as JSON lines."""

import sys
from collections.abc import Iterable, Iterator

import click
import msgspec

from router import devices
from router.devices.replay import Case, replay
from router.errors import InvalidJson, UnreadableFile
from router.simulation.envelopes import open_lines

_EXAMPLE = """\b
Example:
  echo '{"sdk":"web","config":{"connectionMode":"hybrid"},"steps":[{"event":{"type":"identify","userId":"u1"}}]}' \\
    | hybrid-router device-calls
"""


class InvalidLine(click.ClickException):
    """A line of the input is no case."""

    exit_code = 64


@click.command("device-calls", epilog=_EXAMPLE)
@click.argument("cases", default="-", metavar="[CASES]")
def device_calls(cases: str) -> None:
    """Print what one device's SDK would do: for each case the verdict, the rule and the Braze SDK calls of every step.

    CASES is a JSON Lines file (- or nothing: standard input; gzip is accepted). A line is
    {"sdk": "web", "config": {…}, "consent": {…}, "steps": [{"event": {…}}, {"reset": true}, {"restart": true}]}, where
    config is what that SDK received for Braze, and consent may be missing (consent management off).
    """
    try:
        with open_lines(cases) as lines:
            for answer in _answers(lines):
                sys.stdout.buffer.write(answer + b"\n")
    except UnreadableFile as error:
        raise click.BadParameter(str(error), param_hint="CASES") from error
    except OSError as error:
        raise click.BadParameter(f"cannot read `{cases}`: {error.strerror}", param_hint="CASES") from error


def _answers(lines: Iterable[bytes]) -> Iterator[bytes]:
    decoder = msgspec.json.Decoder(Case)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield msgspec.json.encode(replay(decoder.decode(line), devices))
        except (InvalidJson, msgspec.DecodeError, RecursionError) as error:
            raise InvalidLine(f"line {number}: {error}") from error


if __name__ == "__main__":
    sys.exit(device_calls())
