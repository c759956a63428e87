"""One Settings value, built at the edge from flags, `HYBRID_ROUTER_*` environment variables and a settings file.

Flags win over the environment, the environment over the file, the file over the defaults.
"""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

import msgspec

from policies.problems import Problem, did_you_mean, pointer
from policies.secret import Secret
from router.config.document import Document, read_document
from router.config.networks import networks_of
from router.config.problems import Located
from router.errors import ConfigInvalid

PREFIX = "HYBRID_ROUTER_"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How this process runs. Every field is also a flag of `serve`, an environment variable and a key of the file."""

    connections: str = "connections.yaml"
    """Path of the connection file."""
    host: str = "127.0.0.1"
    """Address the gateway listens on."""
    port: int = 8080
    """Port the gateway listens on."""
    redis_url: str = ""
    """`redis://`, `rediss://` or `unix://` URL of Redis/Valkey; empty = a Valkey server of our own in `data_dir`."""
    data_dir: str = ".hybrid-router"
    """Folder of the embedded Valkey server: append-only file, socket, lock."""
    fsync: Literal["everysec", "always"] = "everysec"
    """When the embedded server forces its append-only file to disk."""
    partitions: int = 16
    """Number of partitions; fixed for the life of an installation."""
    braze_url: str = ""
    """Send to this URL instead of the data centre's host (a local Braze)."""
    admin_token: str = ""
    """Bearer token of /admin with every right; may be `env.NAME`. Empty = only the store's tokens; without any, 403."""
    trusted_proxies: str = ""
    """Addresses and networks (CIDR, by commas) of proxies whose `X-Forwarded-For` is believed; empty = nobody's."""
    ssl_certfile: str = ""
    """PEM file of the certificate chain; with it the process speaks HTTPS. Read again on SIGHUP."""
    ssl_keyfile: str = ""
    """PEM file of its private key; empty = the key is in `ssl_certfile`."""
    ssl_keyfile_password: str = ""
    """Password of the private key; may be `env.NAME`."""
    ssl_ca_certs: str = ""
    """PEM file of authorities: every client must then show a certificate that one of them signed."""
    env_file: str = ""
    """File of `NAME=value` lines for `env.NAME` secrets, over the environment; read again on SIGHUP, so that keys can be rotated."""
    dedup_window_seconds: int = 86_400
    """How long a messageId is remembered at least."""
    max_body_bytes: int = 4_096_000
    """Largest request body, after decompression."""
    max_reading_bytes: int = 256_000_000
    """Bytes of request bodies that are still arriving, all together, beyond which the gateway answers 503."""
    max_requests: int = 1000
    """Requests with events under way at once beyond which the gateway answers 503."""
    max_connections: int = 10_000
    """Open connections beyond which the gateway answers 503 to requests with events, and closes."""
    max_queued_events: int = 2_000_000
    """Events queued for one destination and partition from which on the gateway answers 503 to what would join them."""
    max_queued_bytes: int = 1_000_000_000
    """Bytes queued (compressed) for one destination and partition from which on the gateway answers 503 to what would join them."""
    read_timeout_seconds: float = 30.0
    """Longest silence of a client in the middle of a request before its connection is closed; 0 = for ever."""
    store_timeout_seconds: float = 5.0
    """Longest wait for Redis/Valkey before the gateway answers 503."""
    shutdown_seconds: float = 4.0
    """How long a stop waits for requests and deliveries in flight."""
    track_batching: Literal["combined", "legacy"] = "combined"
    """75 objects a /users/track in all, or 75 per array (older Braze contracts)."""
    ambiguous: Literal["resend", "park"] = "resend"
    """Events and purchases that Braze may have taken without saying so: send again, or keep as dead letters."""
    give_up_throttled_hours: float = 0.0
    """Hours after which a request that is answered 429 becomes dead letters; 0 = never."""
    give_up_server_hours: float = 0.0
    """The same for 408 and 5xx."""
    give_up_connection_hours: float = 0.0
    """The same where there is no answer at all."""
    pace_track_per_second: float = 1000.0
    """Requests to /users/track a second, over all processes; 0 = as fast as it goes."""
    pace_users_per_minute: float = 20_000.0
    """Requests to /users/identify, /users/merge, /users/alias/* and /users/delete a minute, over all processes; 0 = as fast as it goes."""
    pace_subscriptions_per_minute: float = 5_000.0
    """Requests to /v2/subscription/status/set a minute, over all processes; 0 = as fast as it goes."""
    trait_memory_days: int = 30
    """How long what Braze has of a user's attributes is trusted; then everything is sent once more."""
    trait_memory_max_attributes: int = 256
    """Attributes remembered per user; more are always sent."""
    deletion_repeat_seconds: float = 60.0
    """Users of a deletion are deleted twice, so many seconds apart: Braze applies what it has accepted a little later."""
    decision_log: Literal["off", "sample", "all"] = "off"
    """One JSON line per decision on stdout: none, one in a hundred, or all. No traits, no properties."""
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def token(self) -> Secret | None:
        """The admin token, wrapped."""
        return Secret(self.admin_token) if self.admin_token else None


def reveal_admin_token(settings: Settings, environment: Mapping[str, str]) -> str | None:
    """The admin token itself, None without one; raises ConfigInvalid when the variable it refers to is not set."""
    if settings.token is None:
        return None
    variable = settings.token.variable
    if variable is not None and not environment.get(variable, "").strip():
        problem = Problem(
            pointer="/admin_token",
            message=f"the environment variable `{variable}` is not set",
            fix=f"export {variable}=<a long random text>, or take admin_token away",
        )
        raise ConfigInvalid([Document("settings", None, {}).locate(problem)])
    return settings.token.reveal(environment).strip()


def load_settings(
    flags: Mapping[str, Any], *, environment: Mapping[str, str], file: str | Path | None = None
) -> Settings:
    """Build the settings; raise ConfigInvalid naming the flag, variable or line that is wrong."""
    document = read_document(file) if file else Document(file="", data={}, places={})
    stated = _from_file(document) | _from_environment(environment)
    stated |= {name: (value, "--" + name.replace("_", "-"), "") for name, value in flags.items() if value is not None}
    chosen: dict[str, Any] = {}
    problems: list[Located] = []
    for name, (value, where, at) in stated.items():
        try:
            chosen[name] = msgspec.convert(value, _TYPES[name], strict=False)
        except msgspec.ValidationError as error:
            problems.append(
                _problem(
                    document, where, at, f"{_shown(name, value)} is not allowed for {name}: {_expected(name, error)}"
                )
            )
    for name, message in _out_of_range(chosen):
        _, where, at = stated[name]
        problems.append(_problem(document, where, at, message))
    if problems:
        raise ConfigInvalid(problems)
    return Settings(**chosen)


_AT_LEAST: Mapping[str, float] = {
    "port": 0,
    "partitions": 1,
    "dedup_window_seconds": 1,
    "max_body_bytes": 1,
    "max_reading_bytes": 1,
    "max_requests": 1,
    "max_connections": 1,
    "max_queued_events": 1,
    "max_queued_bytes": 1,
    "store_timeout_seconds": 0.001,
    "trait_memory_days": 1,
}
"""The smallest value of a number that may not be 0; others may not be negative."""
_AT_MOST: Mapping[str, float] = {"port": 65_535, "partitions": 4096}


def _out_of_range(chosen: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Settings of the right type that cannot work, and why."""
    for name, value in chosen.items():
        if isinstance(value, int | float):
            least, most = _AT_LEAST.get(name, 0), _AT_MOST.get(name)
            if not math.isfinite(value) or value < least or (most is not None and value > most):
                bounds = f"{least:g} or more" if most is None else f"{least:g} to {most:g}"
                yield name, f"`{value}` is not allowed for {name}: use {bounds}"
    body, room = (chosen.get(name, getattr(_DEFAULT, name)) for name in ("max_body_bytes", "max_reading_bytes"))
    if room < body:
        name = "max_reading_bytes" if "max_reading_bytes" in chosen else "max_body_bytes"
        yield name, f"max_reading_bytes ({room}) must have room for one body of max_body_bytes ({body})"
    try:
        networks_of(chosen.get("trusted_proxies", ""))
    except ValueError as error:
        yield "trusted_proxies", str(error)
    if (url := chosen.get("braze_url", "")) and not _is_web_url(url):
        yield "braze_url", f"`{url}` is no http or https URL: write it like http://127.0.0.1:9090"


def _is_web_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not match, a port that is none
        return False


SECRETS = frozenset({"admin_token", "redis_url", "ssl_keyfile_password"})
"""Settings whose value is never shown; a password may stand in a URL."""
_DEFAULT = Settings()
_TYPES = {field.name: field.type for field in msgspec.structs.fields(Settings)}
_Stated = dict[str, tuple[Any, str, str]]


def _from_environment(environment: Mapping[str, str]) -> _Stated:
    return {
        name: (environment[variable], variable, "")
        for name in _TYPES
        if (variable := PREFIX + name.upper()) in environment
    }


def _from_file(document: Document) -> _Stated:
    data = document.data if document.data is not None else {}
    if not isinstance(data, Mapping):
        problem = Problem(pointer="", message="a settings file must be a mapping", fix="write `key: value` lines")
        raise ConfigInvalid([document.locate(problem)])
    unknown = [name for name in data if name not in _TYPES]
    if unknown:
        raise ConfigInvalid(
            [
                document.locate(
                    Problem(
                        pointer=pointer(name), message=f"there is no setting `{name}`", fix=did_you_mean(name, _TYPES)
                    )
                )
                for name in unknown
            ]
        )
    return {name: (value, document.file, pointer(name)) for name, value in data.items()}


def _shown(name: str, value: Any) -> str:
    return "this value" if name in SECRETS else f"`{value}`"


def _expected(name: str, error: msgspec.ValidationError) -> str:
    choices = get_args(_TYPES[name])
    return f"use one of: {', '.join(choices)}" if choices else str(error).replace("Expected", "expected")


def _problem(document: Document, where: str, at: str, message: str) -> Located:
    line, column = document.place(at) if at else (0, 0)
    return Located(file=where, line=line, column=column, pointer=at, message=message)
