"""`hybrid-router matrix` from the outside: formats, scope, exit codes."""

import json
from pathlib import Path

import pytest

from router.cli.main import main

CONNECTIONS = "fixtures/connections/quickstart.yaml"
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def _at_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize("format_", ["text", "csv", "markdown", "json", "html"])
def test_every_format_tells_a_matrix_and_a_change(format_: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matrix", "-c", CONNECTIONS, "--format", format_]) == 0
    assert "device/hybrid-goes-by-cloud" in capsys.readouterr().out.replace("\\_", "_")
    assert main(["matrix", "-c", CONNECTIONS, "--to", "web=cloud", "--format", format_]) == 0
    assert "device/sdk-not-loaded" in capsys.readouterr().out


def test_json_names_connections_and_can_be_narrowed_down(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(
            [
                "matrix",
                "-c",
                CONNECTIONS,
                "--connection-id",
                "ios-app:braze-eu",
                "--mode",
                "ios=hybrid",
                "--format",
                "json",
            ]
        )
        == 0
    )
    (section,) = json.loads(capsys.readouterr().out)["sections"]
    assert section["carriers"] == [
        {"source": "ios-app", "destination": "braze-eu", "source_type": "ios", "sdk": "ios", "mode": "hybrid"}
    ]


def test_a_source_type_can_be_asked_about_that_the_file_does_not_have(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matrix", "-c", CONNECTIONS, "--source-type", "iosSwift", "--every", "sdk", "--format", "json"]) == 0
    carriers = [
        carrier for section in json.loads(capsys.readouterr().out)["sections"] for carrier in section["carriers"]
    ]
    assert {(carrier["source"], carrier["sdk"]) for carrier in carriers} == {
        ("any-iosSwift", "iosSwift"),
        ("any-iosSwift", "iosSwift-v2"),
    }


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--diff", CONNECTIONS, CONNECTIONS, "--detailed-exitcode"], 0),
        (["-c", CONNECTIONS, "--to", "web=hybrid", "--detailed-exitcode"], 0),
        (["-c", CONNECTIONS, "--to", "web=device", "--detailed-exitcode"], 2),
        (["-c", CONNECTIONS, "--to", "web=device"], 0),
        (["-c", CONNECTIONS, "--to", "web=device", "--source", "ios-app", "--detailed-exitcode"], 0),
        (["--diff", CONNECTIONS, CONNECTIONS, "-c", CONNECTIONS], 64),
        ([], 64),
        (["-c", CONNECTIONS, "--source", "web-shp"], 64),
        (["-c", "nowhere.yaml"], 3),
    ],
)
def test_the_exit_code_says_what_came_of_it(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["matrix", *arguments]) == code
    assert code != 0 or not capsys.readouterr().err


def test_an_unknown_id_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    main(["matrix", "-c", CONNECTIONS, "--source", "web-shp"])
    assert "did you mean `web-shop`?" in capsys.readouterr().err


def test_a_file_without_connections_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "empty.yaml"
    file.write_text("version: 1\nsources: []\ndestinations: []\nconnections: []\n")
    assert main(["matrix", "-c", str(file)]) == 64
    assert "--source-type T" in capsys.readouterr().err


def test_two_files_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(Path(CONNECTIONS).read_text().replace("ios: device", "ios: hybrid"))
    assert main(["matrix", "--diff", CONNECTIONS, str(other), "--detailed-exitcode", "--format", "json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert [section["before"][0]["mode"] for section in told["sections"]] == ["device"]
    assert {row["effect"] for row in told["sections"][0]["effects"]} >= {"moved", "gained"}
