"""Connection files: problems with their places, and the secrets that delivery needs."""

from pathlib import Path

import pytest

from router.config.connections import read_connections, require_secrets
from router.errors import ConfigInvalid

FILE = """version: 1
sources:
  - {{id: shop, type: web}}
destinations:
  - id: braze
    config: {{dataCenter: EU-01, connectionMode: {{web: {mode}}}{key}}}
connections:
  - {{source: shop, destination: braze}}
"""


def written(folder: Path, *, mode: str, key: str = "") -> Path:
    path = folder / "connections.yaml"
    path.write_text(FILE.format(mode=mode, key=key))
    return path


def test_a_problem_names_file_line_column_and_pointer(tmp_path: Path) -> None:
    path = written(tmp_path, mode="hybird")
    with pytest.raises(ConfigInvalid) as caught:
        read_connections(path)
    place = f"{path}:6:55: /destinations/0/config/connectionMode/web"
    assert str(caught.value) == f"{place}: `hybird` is not allowed here; did you mean `hybrid`?"


@pytest.mark.parametrize(
    ("mode", "key", "environment", "message"),
    [
        ("hybrid", "", {}, "there is no restApiKey, and events go to Braze by cloud"),
        ("cloud", ", restApiKey: env.KEY", {}, "the environment variable `KEY` is not set"),
        ("cloud", ", restApiKey: env.KEY", {"KEY": ""}, "the environment variable `KEY` is not set"),
        ("cloud", ", restApiKey: env.KEY", {"KEY": "k"}, None),
        ("cloud", ", restApiKey: literal", {}, None),
        ("device", "", {}, None),
        ("device", ", restApiKey: env.KEY", {}, None),
    ],
)
def test_delivery_needs_a_key_where_events_go_by_cloud(
    tmp_path: Path, mode: str, key: str, environment: dict[str, str], message: str | None
) -> None:
    workspace, document = read_connections(written(tmp_path, mode=mode, key=key))
    if message is None:
        require_secrets(workspace, document, environment)
        return
    with pytest.raises(ConfigInvalid, match=message) as caught:
        require_secrets(workspace, document, environment)
    assert caught.value.problems[0].line == 6
