"""`hybrid-router up`."""

import asyncio
import os
import secrets
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import click
import httpx
import msgspec
from msgspec.structs import replace

from policies.connection import Workspace
from router.cli.exit_codes import ExitCode
from router.cli.serving import run_on_fast_loop, settings_from, settings_options
from router.config.connections import place_of, read_connections, require_secrets
from router.config.problems import Located
from router.config.settings import Settings
from router.errors import ConfigInvalid

_SHUTDOWN_SECONDS = 2.0


@click.command(epilog="Example: hybrid-router up --demo --once")
@click.option(
    "--demo",
    is_flag=True,
    help="Use the quickstart connections, send the shop's recorded day and show what becomes of it.",
)
@click.option("--once", is_flag=True, help="With --demo: exit after the summary; 0 when nothing was lost or doubled.")
@settings_options(
    "connections",
    "port",
    "data_dir",
    "braze_url",
    "redis_url",
    "fsync",
    "partitions",
    "admin_token",
    "log_format",
    "log_level",
)
def up(demo: bool, once: bool, settings_file: str | None, **flags: Any) -> int:
    """Everything on one machine: an embedded Valkey server, the router and, unless --braze-url is given, a local Braze.

    The gateway listens on --port, the local Braze on the next port. Ctrl-C stops everything and keeps the queue on disk.
    """
    if once and not demo:
        raise click.UsageError("--once goes with --demo")
    if demo and flags.get("connections") is None:
        from router.demo import CONNECTIONS

        flags["connections"] = str(CONNECTIONS)
    if flags.get("log_level") is None and demo:
        flags["log_level"] = "warning"
    settings = settings_from(flags, settings_file)
    if not Path(settings.connections).exists():
        raise ConfigInvalid([_no_connections(settings.connections)])
    made_up = not settings.admin_token
    settings = replace(
        settings,
        admin_token=settings.admin_token or secrets.token_urlsafe(32),
        shutdown_seconds=min(settings.shutdown_seconds, _SHUTDOWN_SECONDS),
    )
    return run_on_fast_loop(_Up(settings, demo=demo, once=once, made_up_token=made_up).run())


def _no_connections(path: str) -> Located:
    fix = "name yours with --connections, or try `hybrid-router up --demo`"
    return Located(file=path, line=0, column=0, pointer="", message="there is no such connection file", fix=fix)


class _Up:
    """One run: start each part, show the demo, wait, stop in the opposite order."""

    def __init__(self, settings: Settings, *, demo: bool, once: bool, made_up_token: bool) -> None:
        self._settings = settings
        self._made_up_token = made_up_token
        self._demo = demo
        self._once = once
        self._stopping = asyncio.Event()
        self._local_braze = not settings.braze_url

    async def run(self) -> int:
        from router.app import create_app
        from router.http_server import gateway_server
        from router.logs import configure_logs
        from router.process import stop_on_signals
        from router.service import Service

        configure_logs(form=self._settings.log_format, level=self._settings.log_level)
        workspace, document = read_connections(self._settings.connections)
        environment = self._environment(workspace)
        require_secrets(workspace, document, environment)
        stop_on_signals(self._stopping)
        async with AsyncExitStack() as stack:
            redis_url = await self._start_valkey(stack)
            if redis_url is None:
                return ExitCode.OK
            braze = await self._start_braze(stack)
            service = Service(
                settings=self._settings,
                workspace=workspace,
                environment=environment,
                redis_url=redis_url,
                kind="up",
                place=place_of(self._settings.connections),
            )
            await stack.enter_async_context(service)
            server = gateway_server(
                create_app(service.runtime),
                host=self._settings.host,
                port=self._settings.port,
                graceful_seconds=1.0,
                read_seconds=self._settings.read_timeout_seconds,
            )
            serving = asyncio.create_task(server.serve_until(self._stopping))
            stack.push_async_callback(_finished, serving)
            stack.callback(self._stopping.set)
            self._print_urls()
            code = await self._show_demo(service, workspace, braze) if self._demo else ExitCode.OK
            if not self._once:
                await self._stopping.wait()
                click.echo("stopping; what is still queued stays on disk", err=True)
            return code

    def _environment(self, workspace: Workspace) -> Mapping[str, str]:
        """A local Braze gets its own key, never a real one; a demo against another URL makes up what is not set."""
        from router.braze_simulator.config import DEFAULT_KEY

        keys = [destination.rest_api_key for destination in workspace.destinations if destination.rest_api_key]
        stand_ins = {key.variable: DEFAULT_KEY for key in keys if key.variable}
        if self._local_braze:
            return {**os.environ, **stand_ins}
        return {**stand_ins, **os.environ} if self._demo else os.environ

    async def _start_valkey(self, stack: AsyncExitStack) -> str | None:
        """The store's URL; None when the stop was asked for before it had read its file."""
        from router.store.embedded import EmbeddedValkey

        if self._settings.redis_url:
            return self._settings.redis_url
        valkey = EmbeddedValkey(self._settings.data_dir, fsync=self._settings.fsync)
        stack.callback(valkey.stop)
        url = await valkey.start_unless(self._stopping)
        stack.push_async_callback(_finished, asyncio.create_task(valkey.keep_running(self._stopping)))
        stack.callback(self._stopping.set)
        return url

    async def _start_braze(self, stack: AsyncExitStack) -> httpx.AsyncClient | None:
        """The local Braze on the next port; returns a client that reads what it has."""
        if not self._local_braze:
            return None
        from router.braze_simulator.app import create_app
        from router.braze_simulator.server import server_config
        from router.http_server import HttpServer

        port = self._settings.port + 1
        self._settings = replace(self._settings, braze_url=f"http://{self._settings.host}:{port}")
        app = create_app()
        server = HttpServer(server_config(app, host=self._settings.host, port=port))
        closing = asyncio.Event()
        serving = asyncio.create_task(server.serve_until(closing))
        stack.push_async_callback(_finished, serving)
        stack.callback(closing.set)
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=self._settings.braze_url)
        return await stack.enter_async_context(client)

    def _print_urls(self) -> None:
        gateway = f"http://{self._settings.host}:{self._settings.port}"
        click.echo(f"gateway   {gateway}   (SDKs: data plane URL; write keys are in {self._settings.connections})")
        token = self._settings.admin_token if self._made_up_token else "<your admin token>"
        click.echo(f"admin     {gateway}/admin/v1/status   (Authorization: Bearer {token})")
        suffix = "   (local Braze: look at /_sim/users)" if self._local_braze else ""
        click.echo(f"braze     {self._settings.braze_url}{suffix}")

    async def _show_demo(self, service: Any, workspace: Workspace, braze: httpx.AsyncClient | None) -> int:
        from router import demo
        from router.demo_report import DemoReport
        from router.store.dead_letters import DeadLetters

        report = DemoReport()
        before = await service.store.totals()
        events = demo.demo_events()
        outcomes = demo.decisions(workspace, events)
        report.decisions(outcomes)
        rejected = await demo.send(f"http://{self._settings.host}:{self._settings.port}", workspace, events)
        totals = (await demo.drained(service.store, self._stopping)).since(before)
        doubled, missing = 0, 0
        if braze is not None:
            doubled = (await braze.get("/_sim/duplicates")).json()["count"]
            arrived = (await braze.get("/_sim/events", params={"limit": 1})).json()["count"]
            missing = max(0, demo.expected_in_braze(outcomes) - arrived)
            report.arrived((await braze.get("/_sim/users")).json()["users"])
        letters = await DeadLetters(service.store).newest(count=totals.dead_lettered or 1)
        report.dead_letters(letters.letters)
        summary = demo.summarize(totals, rejected=rejected, in_braze_twice=doubled)
        problems = [] if self._stopping.is_set() else summary.problems(missing_in_braze=missing)
        report.summary(summary, problems)
        if self._once:
            sys.stdout.write(msgspec.json.encode(summary).decode() + "\n")
            sys.stdout.flush()
        else:
            click.echo("\nstays up until Ctrl-C; send your own events, look around")
        return ExitCode.TESTS_FAILED if problems else ExitCode.OK


async def _finished(task: "asyncio.Task[None]") -> None:
    await task
