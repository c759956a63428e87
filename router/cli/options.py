"""Options that several commands share."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click
import msgspec

from policies.capabilities import MODES, SOURCE_TYPES, Mode, SourceType
from policies.client_consent import ClientConsent
from policies.connection import Workspace
from policies.problems import did_you_mean
from policies.sdks import SDKS

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


def note_modes_without_a_source(workspace: Workspace, modes: Iterable[SourceType], forced: SourceType | None) -> None:
    """Say on stderr which `--mode` can only concern events that the file has no source for."""
    present = {source.type for source in workspace.sources} | {forced}
    for source_type in modes:
        if source_type not in present:
            click.echo(
                f"note: the file has no source of type {source_type}; its mode counts for bare messages that look like one",
                err=True,
            )


def circumstances_options(command: _F) -> _F:
    """`--sdk`, `--device-consent`, `--suppressed`: what an event does not say of itself."""
    sdk = click.option(
        "--sdk",
        type=click.Choice(tuple(SDKS)),
        callback=lambda ctx, parameter, value: SDKS.get(value),
        metavar="SDK",
        help=f"SDK of the sources of its type: {', '.join(SDKS)}.",
    )
    consent = click.option(
        "--device-consent",
        callback=_parse_consent,
        metavar="JSON",
        help="""The device's consents when it loaded destinations, e.g. '{"provider":"custom","allowed":["ads"]}'.""",
    )
    suppressed = click.option("--suppressed", is_flag=True, help="The user is under a `suppress` regulation.")
    return sdk(consent(suppressed(command)))


def _parse_consent(ctx: click.Context, parameter: click.Parameter, value: str | None) -> ClientConsent | None:
    if value is None:
        return None
    try:
        data = msgspec.json.decode(value, type=dict[str, Any])
        known = ClientConsent.__struct_fields__
        for key in data.keys() - {*known}:
            raise click.BadParameter(f"there is no `{key}`; {did_you_mean(key, known)}")
        return msgspec.convert(data, ClientConsent)
    except msgspec.MsgspecError as error:
        raise click.BadParameter(f"`{value}` is no consents: {error}") from error


def parse_modes(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[SourceType, Mode]:
    """Click's callback for options of the form T=M."""
    modes: dict[SourceType, Mode] = {}
    for source_type, mode in map(_parse_mode, values):
        if modes.setdefault(source_type, mode) != mode:
            raise click.BadParameter(f"{source_type} is given two modes: {modes[source_type]} and {mode}; keep one")
    return modes


def _parse_mode(value: str) -> tuple[SourceType, Mode]:
    source_type, _, mode = value.partition("=")
    return _pick(source_type, SOURCE_TYPES, "source type"), _pick(mode, MODES, "connection mode")


_C = TypeVar("_C", bound=str)


def _pick(value: str, choices: tuple[_C, ...], what: str) -> _C:
    for choice in choices:
        if value == choice:
            return choice
    raise click.BadParameter(f"`{value}` is no {what}; {did_you_mean(value, choices)} (write e.g. web=hybrid)")
