"""Options that several commands share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from policies.capabilities import MODES, SOURCE_TYPES, Mode, SourceType
from policies.problems import did_you_mean

_F = TypeVar("_F", bound=Callable[..., Any])


def connection_option(command: _F) -> _F:
    """`--connection FILE`."""
    return click.option(
        "--connection", "-c", "connection_file", required=True, metavar="FILE", help="Connection file (YAML or JSON)."
    )(command)


def source_type_option(command: _F) -> _F:
    """`--source-type T`."""
    return click.option(
        "--source-type",
        type=click.Choice(SOURCE_TYPES),
        metavar="T",
        help="Take bare messages as coming from a source of this type, connected to the file's destination.",
    )(command)


def mode_option(command: _F) -> _F:
    """`--mode T=M`, any number of times."""
    return click.option(
        "--mode",
        "modes",
        multiple=True,
        callback=parse_modes,
        metavar="T=M",
        help="Override the connection mode of a source type, e.g. web=hybrid. May be given several times.",
    )(command)


def parse_modes(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[SourceType, Mode]:
    """Click's callback for options of the form T=M."""
    return dict(_parse_mode(value) for value in values)


def _parse_mode(value: str) -> tuple[SourceType, Mode]:
    source_type, _, mode = value.partition("=")
    return _pick(source_type, SOURCE_TYPES, "source type"), _pick(mode, MODES, "connection mode")


_C = TypeVar("_C", bound=str)


def _pick(value: str, choices: tuple[_C, ...], what: str) -> _C:
    for choice in choices:
        if value == choice:
            return choice
    raise click.BadParameter(f"`{value}` is no {what}; {did_you_mean(value, choices)} (write e.g. web=hybrid)")
