"""`hybrid-router serve`."""

from typing import Any

import click

from router.cli.serving import run_on_fast_loop, settings_from, settings_options


@click.command(
    epilog="Example: BRAZE_REST_KEY=… hybrid-router serve --connections connections.yaml --redis-url redis://127.0.0.1:6379"
)
@settings_options()
def serve(settings_file: str | None, **flags: Any) -> None:
    """Gateway, admin API and delivery in one process, for production.

    Every flag is also an environment variable (HYBRID_ROUTER_PORT …) and a key of the settings file. SIGHUP reads the
    connection file and the env file again; SIGTERM and SIGINT stop cleanly.
    """
    from router.process import run_process

    run_on_fast_loop(run_process(settings_from(flags, settings_file), takes_events=True))
