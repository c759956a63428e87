"""`hybrid-router worker`."""

from typing import Any

import click

from router.cli.serving import run_on_fast_loop, settings_from, settings_options


@click.command(
    epilog="Example: BRAZE_REST_KEY=… hybrid-router worker --connections connections.yaml --redis-url redis://127.0.0.1:6379 --port 9100"
)
@settings_options(
    "connections",
    "redis_url",
    "host",
    "port",
    "partitions",
    "braze_url",
    "ssl_certfile",
    "ssl_keyfile",
    "ssl_keyfile_password",
    "ssl_ca_certs",
    "env_file",
    "store_timeout_seconds",
    "shutdown_seconds",
    "track_batching",
    "ambiguous",
    "give_up_throttled_hours",
    "give_up_server_hours",
    "give_up_connection_hours",
    "pace_track_per_second",
    "pace_users_per_minute",
    "pace_subscriptions_per_minute",
    "trait_memory_days",
    "trait_memory_max_attributes",
    "deletion_repeat_seconds",
    "log_format",
    "log_level",
)
def worker(settings_file: str | None, **flags: Any) -> None:
    """Delivery alone, beside any number of `serve` and `worker` processes on the same Redis/Valkey.

    They share the partitions; a process that ends or dies hands its partitions over within seconds. On --port it answers
    /health, /ready, /version and /metrics, and takes no events.
    """
    settings = settings_from(flags, settings_file)
    if not settings.redis_url:
        raise click.UsageError("a worker needs --redis-url: an embedded server belongs to one process")
    from router.process import run_process

    run_on_fast_loop(run_process(settings, takes_events=False))
