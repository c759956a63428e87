"""Durations on the command line: `90s`, `30m`, `24h`, `7d`."""

import click

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def duration(ctx: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """Click's callback: the seconds of a duration, None where none is given."""
    if value is None:
        return None
    try:
        seconds = float(value[:-1]) * _SECONDS[value[-1:]]
    except (ValueError, KeyError):
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise click.BadParameter(f"`{value}` is no duration: write e.g. 90s, 30m, 24h or 7d")
    return seconds
