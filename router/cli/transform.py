"""`hybrid-router transform`: what events would send to Braze, as JSON lines. Sends nothing."""

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import click
import msgspec

from router.braze.batching import BatchSettings
from router.braze.options import TransformOptions
from router.braze.requests import transform_events
from router.errors import InvalidJson, UnreadableFile
from router.events import Message, decode_message
from router.simulation.envelopes import open_lines

_EXAMPLE = """\b
Example:
  echo '{"events":[{"type":"track","event":"Hi","userId":"u1","timestamp":"2026-05-04T08:00:00Z"}],"config":{}}' \\
    | hybrid-router transform -
"""


class Case(msgspec.Struct, kw_only=True, frozen=True):
    """One line of input: events of one Braze destination in order of arrival, its config, and how to batch."""

    events: list[msgspec.Raw]
    config: dict[str, Any] = msgspec.field(default_factory=dict)
    settings: BatchSettings = msgspec.field(default_factory=BatchSettings)


class InvalidLine(click.ClickException):
    """A line of the input is no case."""

    exit_code = 64


@click.command("transform", epilog=_EXAMPLE)
@click.argument("cases", default="-", metavar="[CASES]")
def transform(cases: str) -> None:
    """Print the requests to Braze that events come to; sends nothing.

    CASES is a JSON Lines file (- or nothing: standard input; gzip is accepted). A line is
    {"events": [...], "config": {...}, "settings": {"track_batching": "combined" or "legacy"}}; each gives one line
    {"requests": [{"path", "body"}], "errors": [{"index", "status", "message"}]}.
    """
    try:
        with open_lines(cases) as lines:
            for case in _cases(lines):
                sys.stdout.buffer.write(_answer(case))
    except UnreadableFile as error:
        raise click.BadParameter(str(error), param_hint="CASES") from error
    except OSError as error:
        raise click.BadParameter(f"cannot read `{cases}`: {error}", param_hint="CASES") from error


def _cases(lines: Iterable[bytes]) -> Iterator[Case]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            # msgspec skips over what it keeps raw, so bad UTF-8 in an event has to be found here.
            yield _case(line.decode())
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidLine(f"line {number}: {error}") from error


_decoder = msgspec.json.Decoder(Case)


def _case(line: str) -> Case:
    try:
        return _decoder.decode(line)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError as error:
        return _decoder.decode(_without_half_pairs(line, error))


def _without_half_pairs(line: str, error: msgspec.DecodeError) -> bytes:
    """The line with every escaped half of a surrogate pair as a question mark, as `decode_message` has it; else raise the error."""
    try:
        return json.dumps(json.loads(line), ensure_ascii=False).encode("utf-8", "replace")
    except ValueError:
        raise error from None


def _message(raw: msgspec.Raw) -> Message:
    """The event; one that is no JSON object is an event without a type, which the transform refuses."""
    try:
        return decode_message(raw)
    except InvalidJson:
        return Message()


def _answer(case: Case) -> bytes:
    options = TransformOptions.from_config(case.config)
    batched = transform_events(map(_message, case.events), options, settings=case.settings)
    requests = [{"path": request.path, "body": msgspec.Raw(request.content)} for request in batched.requests]
    return msgspec.json.encode({"requests": requests, "errors": batched.errors}) + b"\n"


if __name__ == "__main__":
    sys.exit(transform())
