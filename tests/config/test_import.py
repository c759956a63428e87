"""`hybrid-router import`, and which format a file is in."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from policies.connection import Workspace, as_document
from policies.document_diff import Difference, differences
from router.cli.import_ import import_
from router.config.connections import read_connections
from router.config.formats import Format, format_of
from router.errors import ConfigInvalid

WORKSPACE: dict[str, Any] = {
    "sources": [
        {
            "id": "s",
            "name": "Shop",
            "writeKey": "wk",
            "enabled": True,
            "sourceDefinition": {"name": "Javascript", "type": "web"},
            "destinations": [
                {
                    "id": "d-1",
                    "name": "Braze",
                    "enabled": True,
                    "destinationDefinition": {"name": "BRAZE"},
                    "transformations": [{"id": "t"}],
                    "config": {
                        "dataCenter": "EU-01",
                        "restApiKey": "planted-rest-key",
                        "connectionMode": "hybrid",
                        "mystery": True,
                    },
                }
            ],
        }
    ]
}
OURS = "version: 1\nsources: []\ndestinations: []\nconnections: []\n"


def run(path: Path, *options: str) -> Result:
    return CliRunner().invoke(import_, [str(path), *options], standalone_mode=False)


def written(folder: Path, data: Any, name: str = "config.json") -> Path:
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


def workspace(path: Path) -> Workspace:
    return read_connections(path)[0]


def test_the_connection_file_says_what_the_config_said(tmp_path: Path) -> None:
    path, output = written(tmp_path, WORKSPACE), tmp_path / "connections.yaml"
    result = run(path, "--output", str(output))
    assert (result.return_value, result.stdout) == (0, "")
    before, after = workspace(path), workspace(output)
    assert differences(as_document(before), as_document(after)) == [
        Difference(pointer="/destinations/d-1/config/restApiKey", after="env.BRAZE_REST_KEY_D_1")
    ]
    assert after.destinations[0].config["mystery"] is True


def test_a_rest_key_is_never_written_down(tmp_path: Path) -> None:
    result = run(written(tmp_path, WORKSPACE))
    assert "planted-rest-key" not in result.output
    assert "restApiKey: env.BRAZE_REST_KEY_D_1" in result.stdout
    assert "put its REST key into the environment variable BRAZE_REST_KEY_D_1" in result.stderr


def test_a_reference_to_a_variable_stays(tmp_path: Path) -> None:
    data = json.loads(json.dumps(WORKSPACE).replace("planted-rest-key", "env.MY_KEY"))
    result = run(written(tmp_path, data))
    assert "restApiKey: env.MY_KEY" in result.stdout
    assert "environment variable" not in result.stderr


def test_notes_name_file_line_and_pointer(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps(WORKSPACE, indent=1))
    notes = run(path).stderr.splitlines()
    assert (
        f"note: {path}:20:6: /sources/0/destinations/0/transformations: user transformations are out of scope"
        in notes[0]
    )
    assert any("unknown key `mystery` has no effect" in note for note in notes)


def test_an_invalid_config_is_refused_with_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps(WORKSPACE, indent=1).replace("EU-01", "EU-09"))
    result = run(path)
    assert (result.return_value, result.stdout) == (3, "")
    assert f"error: {path}:26:21:" in result.stderr


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (WORKSPACE, "workspaceConfig"),
        ({"source": {"id": "s"}}, "sourceConfig"),
        ({"kind": "destination", "spec": {}}, "rudder-cli"),
        ({"version": 1, "sources": []}, "connection file"),
        ({}, "connection file"),
        ([], "connection file"),
        (None, "connection file"),
    ],
)
def test_a_format_is_known_by_its_shape(data: Any, found: Format) -> None:
    assert format_of(data) == found


def test_a_folder_of_rudder_cli_files_is_one_project(tmp_path: Path) -> None:
    written(tmp_path, "kind: event-stream-source\nspec: {id: shop, type: javascript}\n", "source.yaml")
    written(tmp_path, "kind: destination\nspec: {id: d, type: braze, config: {data_center: EU-09}}\n", "dest.yml")
    with pytest.raises(ConfigInvalid) as caught:
        read_connections(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == (str(tmp_path / "dest.yml"), 2)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "there is no YAML file in this folder"),
        ({"a.yaml": f"{OURS}---\n{OURS}"}, "there are several documents, and the first is a connection file"),
    ],
)
def test_a_folder_without_one_config_is_refused(tmp_path: Path, files: dict[str, str], message: str) -> None:
    for name, text in files.items():
        written(tmp_path, text, name)
    with pytest.raises(ConfigInvalid, match=message):
        read_connections(tmp_path)


@pytest.mark.parametrize("text", ["", "---\n", "# nothing\n"])
def test_an_empty_file_is_no_connection_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigInvalid, match="must be a mapping"):
        read_connections(written(tmp_path, text, "empty.yaml"))


def test_an_empty_document_beside_another_does_not_count(tmp_path: Path) -> None:
    assert workspace(written(tmp_path, f"---\n{OURS}---\n", "c.yaml")).connections == ()
