"""Who reaches the admin API of a real `serve`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.conftest import free_port


def ended(
    *arguments: str, environment: dict[str, str], folder: Path, fixtures: Path
) -> subprocess.CompletedProcess[str]:
    """A `serve` that is expected to end by itself."""
    connections = fixtures / "connections" / "quickstart.yaml"
    command = [
        sys.executable,
        "-m",
        "router.cli.main",
        "serve",
        "--connections",
        str(connections),
        "--port",
        str(free_port()),
    ]
    environment = {**os.environ, "BRAZE_REST_KEY": "k", **environment}
    return subprocess.run(
        [*command, "--data-dir", str(folder), *arguments],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (["--host", "0.0.0.0"], {}, "set HYBRID_ROUTER_ADMIN_TOKEN"),
        (["--host", "::"], {}, "or listen on 127.0.0.1"),
        (["--admin-token", "env.NOT_SET_ANYWHERE"], {}, "the environment variable `NOT_SET_ANYWHERE` is not set"),
        (["--admin-token", "env.EMPTY"], {"EMPTY": " "}, "the environment variable `EMPTY` is not set"),
    ],
)
def test_serve_does_not_start_without_the_admin_token_it_needs(
    arguments: list[str], environment: dict[str, str], told: str, tmp_path: Path, fixtures: Path
) -> None:
    process = ended(*arguments, environment=environment, folder=tmp_path, fixtures=fixtures)
    assert (process.returncode, told in process.stderr) == (3, True), process.stderr
    assert "Traceback" not in process.stderr
