"""One production process: `serve` (gateway, admin API, delivery) or `worker` (delivery alone). Start, serve, reload, stop."""

import asyncio
import ipaddress
import os
import signal
from collections.abc import Mapping
from pathlib import Path

import msgspec
import structlog

from policies.connection import Workspace
from policies.problems import Problem
from router.app import create_app, create_probe_app
from router.collector import tune_collector
from router.config.connections import place_of, read_connections, require_secrets
from router.config.document import Document
from router.config.settings import PREFIX, Settings
from router.control.keyring import Keyring
from router.errors import ConfigInvalid, RouterError
from router.http_server import gateway_server
from router.logs import configure_logs
from router.service import Service
from router.store.embedded import EmbeddedValkey
from router.tls import Tls, tls_of

log = structlog.get_logger()


async def run_process(settings: Settings, *, takes_events: bool) -> None:
    """Run until SIGINT or SIGTERM; SIGHUP reads connections and keys again. Raises ConfigInvalid, ServiceUnreachable."""
    configure_logs(form=settings.log_format, level=settings.log_level)
    settings = settings if takes_events else msgspec.structs.replace(settings, admin_token="")
    workspace, environment = read_configuration(settings)
    tls = tls_of(settings, environment)
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    valkey = None if settings.redis_url else EmbeddedValkey(settings.data_dir, fsync=settings.fsync)
    try:
        redis_url = await valkey.start_unless(stopping) if valkey else settings.redis_url
        if redis_url is None:
            return
        service = Service(
            settings=settings,
            workspace=workspace,
            environment=environment,
            redis_url=redis_url,
            kind="serve" if takes_events else "worker",
            place=place_of(settings.connections),
        )
        async with service:
            if takes_events:
                await require_admin(service, settings)
            reload_on_hangup(service, settings, tls)
            app = create_app(service.runtime) if takes_events else create_probe_app(service.runtime)
            server = gateway_server(
                app,
                host=settings.host,
                port=settings.port,
                graceful_seconds=settings.shutdown_seconds,
                read_seconds=settings.read_timeout_seconds,
                tls=tls.context if tls else None,
            )
            service.runtime.connections = server.connections
            tune_collector()
            log.info(
                "serving",
                url=f"{'https' if tls else 'http'}://{settings.host}:{settings.port}",
                revision=workspace.revision,
            )
            watching = asyncio.create_task(valkey.keep_running(stopping)) if valkey else None
            await server.serve_until(stopping)
            if watching:
                await watching
    finally:
        if valkey:
            valkey.stop()


async def require_admin(service: Service, settings: Settings) -> None:
    """Raise ConfigInvalid where other machines reach the admin API and nobody has a token for it."""
    keyring = Keyring(service.store, bootstrap=lambda: service.runtime.admin_digest, clock=service.runtime.clock)
    if is_loopback(settings.host) or await keyring.has_admin():
        return
    problem = Problem(
        pointer="/admin_token",
        message=f"there is no admin token, and `{settings.host}` is reached from other machines",
        fix=f"set {PREFIX}ADMIN_TOKEN to a long random text (openssl rand -base64 32), or listen on 127.0.0.1",
    )
    raise ConfigInvalid([_no_place("settings").locate(problem)])


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address to listen on."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_configuration(settings: Settings) -> tuple[Workspace, Mapping[str, str]]:
    """The connections, and the environment that their secrets come from; raises ConfigInvalid."""
    workspace, document = read_connections(settings.connections)
    environment = {**os.environ, **(read_env_file(settings.env_file) if settings.env_file else {})}
    require_secrets(workspace, document, environment)
    for unknown in workspace.unknown:
        log.warning("unknown key in the connection file", problem=str(document.locate(unknown)))
    return workspace, environment


def read_env_file(path: str) -> dict[str, str]:
    """`NAME=value` lines; blank lines and lines that begin with # are skipped. Raises ConfigInvalid, never showing a value."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        problem = Problem(pointer="", message=f"cannot read the file: {reason}", fix="check env_file")
        raise ConfigInvalid([_no_place(path).locate(problem)]) from error
    values: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        if not name or name.startswith("#"):
            continue
        if not separator or not name.strip().isidentifier():
            problem = Problem(pointer=f"/{number}", message=f"line {number} is no NAME=value", fix="write NAME=value")
            raise ConfigInvalid([Document(path, None, {f"/{number}": (number, 1)}).locate(problem)])
        values[name.strip()] = value.strip().strip("\"'")
    return values


def reload_on_hangup(service: Service, settings: Settings, tls: Tls | None) -> None:
    """SIGHUP swaps connections, keys and certificate; a file that is wrong changes nothing and is logged."""

    async def reload() -> None:
        try:
            workspace, environment = read_configuration(settings)
            if tls:
                tls.renew(environment)
            await service.reload(workspace, environment)
        except ConfigInvalid as error:
            log.error("not reloaded: the configuration is wrong", problems=[str(problem) for problem in error.problems])
            return
        except (RouterError, ValueError) as error:
            log.error("not reloaded", reason=str(error))
            return
        log.info("reloaded", revision=workspace.revision)

    tasks: set[asyncio.Task[None]] = set()

    def begin() -> None:
        task = asyncio.create_task(reload())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, begin)


def stop_on_signals(stopping: asyncio.Event) -> None:
    """SIGINT and SIGTERM ask for a clean stop; a second one of either kills as usual."""
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        stopping.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)


def _no_place(path: str) -> Document:
    return Document(path, None, {})
