"""What `serve`, `worker` and `up` share: flags that become settings, and the event loop."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, get_args

import click
import msgspec

from router.config.settings import Settings, load_settings

_T = TypeVar("_T")
_F = TypeVar("_F", bound=Callable[..., Any])


def settings_options(*names: str) -> Callable[[_F], _F]:
    """A flag for each of the named settings (none named: for all), and `--settings FILE`."""
    names = names or tuple(_FIELDS)

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


def run_on_fast_loop(main: Coroutine[Any, Any, _T]) -> _T:
    """`asyncio.run`, on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)


_FIELDS = {field.name: field for field in msgspec.structs.fields(Settings)}
SETTINGS_HELP = {
    "connections": "Connection file.",
    "host": "Address to listen on.",
    "port": "Port to listen on.",
    "redis_url": "Redis/Valkey URL (redis://, rediss://, unix://, redis+cluster://); empty = embedded Valkey in --data-dir.",
    "data_dir": "Folder of the embedded Valkey server.",
    "fsync": "When the embedded server forces its file to disk: everysec or always.",
    "partitions": "Number of partitions, fixed for the life of an installation.",
    "braze_url": "Send to this URL instead of the data centre's host.",
    "admin_token": "Bearer token of /admin; may be env.NAME. Without one the admin API is off.",
    "trusted_proxies": "Addresses and networks of proxies whose X-Forwarded-For is believed, e.g. 10.0.0.0/8; empty = nobody's.",
    "ssl_certfile": "PEM file of the certificate chain; with it the process speaks HTTPS.",
    "ssl_keyfile": "PEM file of its private key; empty = it is in --ssl-certfile.",
    "ssl_keyfile_password": "Password of the private key; may be env.NAME.",
    "ssl_ca_certs": "PEM file of authorities that must have signed a certificate of every client.",
    "env_file": "File of NAME=value lines for env.NAME secrets; read again on SIGHUP.",
    "dedup_window_seconds": "How long a messageId is remembered at least.",
    "max_body_bytes": "Largest request body, after decompression.",
    "max_reading_bytes": "Bytes of bodies still arriving, all together, beyond which the gateway answers 503.",
    "max_requests": "Requests with events under way at once beyond which the gateway answers 503.",
    "max_connections": "Open connections beyond which the gateway answers 503 to requests with events, and closes.",
    "max_queued_events": "Queued events per destination and partition beyond which the gateway answers 503.",
    "max_queued_bytes": "Queued bytes per destination and partition beyond which the gateway answers 503.",
    "read_timeout_seconds": "Longest silence of a client in mid-request before its connection is closed; 0 = for ever.",
    "store_timeout_seconds": "Longest wait for the store before the gateway answers 503.",
    "shutdown_seconds": "How long a stop waits for what is in flight.",
    "track_batching": "75 objects a /users/track in all (combined) or per array (legacy).",
    "ambiguous": "Events that Braze may have taken without saying so: resend, or park as dead letters.",
    "give_up_throttled_hours": "Hours after which a request answered 429 becomes dead letters; 0 = never.",
    "give_up_server_hours": "The same for 408 and 5xx.",
    "give_up_connection_hours": "The same where there is no answer.",
    "pace_track_per_second": "Requests to /users/track a second, over all processes; 0 = unpaced.",
    "pace_users_per_minute": "Identify, merge, alias and delete requests a minute, over all processes; 0 = unpaced.",
    "pace_subscriptions_per_minute": "Subscription requests a minute, over all processes; 0 = unpaced.",
    "trait_memory_days": "How long what Braze has of a user's attributes is trusted.",
    "trait_memory_max_attributes": "Attributes remembered per user; more are always sent.",
    "deletion_repeat_seconds": "Seconds between the two times that a regulation's users are deleted at Braze.",
    "decision_log": "One JSON line per decision on stdout: off, sample (1 %) or all.",
    "log_format": "text or json.",
    "log_level": "debug, info, warning or error.",
}


def _help(name: str) -> str:
    default = _FIELDS[name].default
    return SETTINGS_HELP[name] + (f"  [default: {default}]" if default not in ("", msgspec.NODEFAULT) else "")


def _metavar(name: str) -> str:
    kind = _FIELDS[name].type
    if choices := get_args(kind):
        return "|".join(choices)
    if name.endswith("_seconds"):
        return "SECONDS"
    return {int: "N", float: "N"}.get(kind, "TEXT")
