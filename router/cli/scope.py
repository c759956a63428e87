"""Options that choose connections, SDKs and modes to enumerate: the scope of `matrix` and `prove`."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, get_args

import click
import msgspec

from policies.capabilities import Mode, SourceType
from policies.connection import Workspace, with_modes
from policies.matrix import Carrier, Every, Lane, lanes_of, stand_in
from policies.problems import did_you_mean
from router.cli.options import mode_option, source_type_option

_F = TypeVar("_F", bound=Callable[..., Any])


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Which ways for events to come are looked at."""

    source: str | None = None
    destination: str | None = None
    connection_id: str | None = None
    source_type: SourceType | None = None
    modes: Mapping[SourceType, Mode] = {}
    every: tuple[Every, ...] = ()

    def lanes(self, workspace: Workspace) -> tuple[Lane, ...]:
        """The lanes of a workspace that are in scope; raises BadParameter for an id that it does not have."""
        workspace = with_modes(workspace, self.modes) if self.modes else workspace
        if self.source_type:
            workspace = stand_in(workspace, self.source_type)
        lanes = tuple(lanes_of(workspace, self.every))
        if not lanes:
            raise click.UsageError(
                "the file has no connection; add one, or give --source-type T for a source of that type"
            )
        lanes = _named(lanes, self.source, "--source", lambda carrier: carrier.source)
        lanes = _named(lanes, self.destination, "--destination", lambda carrier: carrier.destination)
        return _named(
            lanes, self.connection_id, "--connection-id", lambda carrier: f"{carrier.source}:{carrier.destination}"
        )


def scope_options(command: _F) -> _F:
    """All of them; the command gets them as keyword arguments named like the fields of `Scope`."""
    every = click.option(
        "--every",
        multiple=True,
        type=click.Choice(get_args(Every)),
        help="Besides what the file says: every connection mode, every SDK of a source type, every source type. Several times.",
    )
    ids = [
        click.option("--connection-id", metavar="SOURCE:DESTINATION", help="Only this connection."),
        click.option("--destination", metavar="ID", help="Only connections to this destination."),
        click.option("--source", metavar="ID", help="Only connections of this source."),
    ]
    for option in (every, mode_option, source_type_option, *ids):
        command = option(command)
    return command


def _named(lanes: Iterable[Lane], wanted: str | None, option: str, name: Callable[[Carrier], str]) -> tuple[Lane, ...]:
    lanes = tuple(lanes)
    if wanted is None:
        return lanes
    found = tuple(lane for lane in lanes if name(lane.carrier) == wanted)
    if not found:
        hint = did_you_mean(wanted, {name(lane.carrier) for lane in lanes})
        raise click.BadParameter(f"there is no `{wanted}` here; {hint}", param_hint=option)
    return found
