"""What `serve` and `up` share: flags that become settings, and signals that become a stop."""

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec

from router.config.settings import Settings, load_settings

_F = TypeVar("_F", bound=Callable[..., Any])


def settings_options(*names: str) -> Callable[[_F], _F]:
    """A flag for each of the named settings, and `--settings FILE`."""

    def decorate(command: _F) -> _F:
        for name in reversed(names):
            command = click.option(
                "--" + name.replace("_", "-"), name, default=None, metavar=_metavar(name), help=_help(name)
            )(command)
        return click.option(
            "--settings",
            "settings_file",
            metavar="FILE",
            help="Settings file (YAML or JSON); flags and environment win over it.",
        )(command)

    return decorate


def settings_from(flags: dict[str, Any], settings_file: str | None) -> Settings:
    """The settings of this process."""
    return load_settings(flags, environment=os.environ, file=settings_file)


def stop_on_signals(stopping: asyncio.Event) -> None:
    """SIGINT and SIGTERM ask for a clean stop; a second one of either kills as usual."""
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        stopping.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)


_FIELDS = {field.name: field for field in msgspec.structs.fields(Settings)}
_HELP = {
    "connections": "Connection file.",
    "host": "Address the gateway listens on.",
    "port": "Port the gateway listens on.",
    "redis_url": "Redis/Valkey URL; empty = an embedded Valkey server in --data-dir.",
    "data_dir": "Folder of the embedded Valkey server.",
    "fsync": "When the embedded server forces its file to disk: everysec or always.",
    "partitions": "Number of partitions, fixed for the life of an installation.",
    "braze_url": "Send to this URL instead of the data centre's host.",
    "admin_token": "Bearer token of /admin; may be env.NAME. Without one the admin API is off.",
    "dedup_window_seconds": "How long a messageId is remembered at least.",
    "max_body_bytes": "Largest request body, after decompression.",
    "max_queued_events": "Queued events per destination and partition beyond which the gateway answers 503.",
    "store_timeout_seconds": "Longest wait for the store before the gateway answers 503.",
    "shutdown_seconds": "How long a stop waits for what is in flight.",
    "track_batching": "75 objects a /users/track in all (combined) or per array (legacy).",
    "log_format": "text or json.",
    "log_level": "debug, info, warning or error.",
}


def _help(name: str) -> str:
    default = _FIELDS[name].default
    return _HELP[name] + (f"  [default: {default}]" if default not in ("", msgspec.NODEFAULT) else "")


def _metavar(name: str) -> str:
    kind = _FIELDS[name].type
    return {int: "N", float: "SECONDS"}.get(kind, "TEXT")
