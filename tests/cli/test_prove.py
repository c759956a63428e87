"""`hybrid-router prove` from the outside: exit codes, counterexamples that can be run, claims in files."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from router.cli.main import main

ROOT = Path(__file__).parent.parent.parent
CONNECTIONS = "fixtures/connections/quickstart.yaml"


@pytest.fixture(autouse=True)
def _at_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 1) -> Any:
    assert main(["prove", *arguments, "--format", "json"]) == code
    return json.loads(capsys.readouterr().out)


def explained(command: str) -> list[dict[str, Any]]:
    """What a printed command shows, run by a shell as a person would."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        f"{command} --json", shell=True, cwd=ROOT, env=environment, capture_output=True, timeout=60, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


EVERY = ("--every", "mode", "--every", "sdk", "--every", "source-type")
FALSE = [
    ["never", "path=neither and type=screen"],
    ["never", "path=device and origin=user"],
    ["always", "suppressed=no or path=neither", *EVERY],
    ["implies", "rule=device/consent", "path=neither"],
    ["never", "rule=device/consent and mode=device and sdk=web-v1.1", *EVERY],
    ["never", "returned=yes"],
    ["never", "device=deliver and sdk=flutter-ios and name=\"It's here\"", *EVERY],
    ["never", "rule=cloud/type-unsupported and type=none"],
    ["no-loss"],
    ["no-loss", "--source-type", "web", "--mode", "web=device"],
    ["equivalent", "documented", "rudderstack"],
    ["equivalent", "documented", "rudderstack", "--source-type", "iosSwift", "--mode", "iosSwift=hybrid", "--every", "sdk"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", FALSE, ids=lambda arguments: " ".join(arguments))
def test_a_counterexample_is_an_event_of_which_explain_shows_what_is_said(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (answer,) = told(capsys, *arguments, "-c", CONNECTIONS)["answers"]
    example = answer["counterexample"]
    for command, verdicts in zip(example["commands"], (example["decided"], example.get("other")), strict=False):
        assert CONNECTIONS in command
        (outcome,) = explained(command)
        assert {path: outcome[path] for path in ("device", "cloud")} == verdicts
    assert answer["failing"] > 0


def test_two_files_are_compared_and_both_commands_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other connections.yaml"
    other.write_text(Path(CONNECTIONS).read_text().replace("ios: device", "ios: hybrid"))
    (answer,) = told(capsys, "equivalent", CONNECTIONS, str(other))["answers"]
    now, later = answer["counterexample"]["commands"]
    assert [explained(command)[0]["mode"] for command in (now, later)] == ["device", "hybrid"]
    assert main(["prove", "equivalent", CONNECTIONS, str(other)]) == 1
    assert capsys.readouterr().out.count("| hybrid-router explain -c ") == 2


def test_a_connection_that_one_file_lacks_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(
        Path(CONNECTIONS).read_text().replace("  - {source: ios-app, destination: braze-eu, enabled: true}\n", "")
    )
    for pair in ((CONNECTIONS, str(other)), (str(other), CONNECTIONS)):
        assert main(["prove", "equivalent", *pair]) == 1
        assert "    no such connection\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["no-double", "-c", CONNECTIONS], 0),
        (["no-loss", "-c", CONNECTIONS, "--except", "mode=device"], 0),
        (["never", "path=both", "-c", CONNECTIONS, "--mode", "web=device"], 0),
        (["never", "source_type=amp", "-c", CONNECTIONS], 1),
        (["never", "source_type=amp and path=device", "-c", CONNECTIONS, "--every", "source-type"], 0),
        (["rules", "-c", CONNECTIONS], 0),
        (["--claims", "fixtures/claims/quickstart.yaml"], 0),
        (["equivalent", CONNECTIONS, "nowhere.yaml"], 3),
        (["equivalent", "documented", "rudderstack"], 64),
        ([], 64),
        (["nolos", "-c", CONNECTIONS], 64),
        (["no-loss"], 64),
        (["never", "-c", CONNECTIONS], 64),
        (["never", "path=both", "path=neither", "-c", CONNECTIONS], 64),
        (["never", "pth=both", "-c", CONNECTIONS], 64),
        (["never", "path=both", "-c", CONNECTIONS, "--except", "pth=both"], 64),
        (["no-loss", "--claims", "fixtures/claims/quickstart.yaml"], 64),
    ],
)
def test_the_exit_code_says_what_came_of_it(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prove", *arguments]) == code
    assert code > 1 or not capsys.readouterr().err


def test_text_says_what_was_tried_and_where_a_claim_is_false(capsys: pytest.CaptureFixture[str]) -> None:
    main(["prove", "never", "path=neither", "-c", CONNECTIONS])
    said = capsys.readouterr().out
    assert said.startswith("FALSE  never path=neither\n  false of ")
    assert "    and 1 more\n" in said
    main(["prove", "never", "source_type=amp", "-c", CONNECTIONS])
    assert "  nothing is proved: no case has `source_type=amp`\n" in capsys.readouterr().out


def test_rules_are_told_in_their_order_with_what_is_before_them(capsys: pytest.CaptureFixture[str]) -> None:
    rules = told(capsys, "rules", "-c", CONNECTIONS, code=0)["rules"]
    assert (rules[0]["rule"], rules[-1]["rule"]) == ("device/disabled", "cloud/deliver")
    main(["prove", "rules", "-c", CONNECTIONS])
    assert "device/hybrid-goes-by-cloud   settles" in capsys.readouterr().out


def test_several_claims_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    main(["prove", "--claims", "fixtures/claims/quickstart.yaml"])
    said = capsys.readouterr().out
    assert said.endswith("\n4 of 4 claims hold\n")
    assert "holds  no-loss, except mode=device\n" in said


@pytest.mark.parametrize(
    ("claims", "problem"),
    [
        (
            "claims:\n  - never: pth=both\n",
            "claims.yaml:3:12: /claims/0/never: there is no word `pth`; did you mean `path`?",
        ),
        ("claims:\n  - standing: no-los\n", "/claims/0/standing: there is no claim `no-los`; did you mean `no-loss`?"),
        (
            "claims:\n  - {never: path=both, always: path=both}\n",
            "a claim states one of never, always, implies and standing, not 2",
        ),
        ("claims:\n  - {name: nothing}\n", "not 0"),
        ("claims:\n  - {nver: path=both}\n", "unknown key `nver`; did you mean `never`?"),
        ("claims: []\n", "/claims: "),
        ("claims:\n  - implies: [path=both]\n", "/claims/0/implies: "),
    ],
)
def test_a_claims_file_that_says_nothing_clear_is_invalid(
    claims: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "claims.yaml"
    file.write_text(f"version: 1\n{claims}")
    assert main(["prove", "--claims", str(file), "-c", CONNECTIONS]) == 3
    assert problem in capsys.readouterr().err


def test_a_claims_file_without_a_connection_needs_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "claims.yaml"
    file.write_text("version: 1\nclaims: [{never: path=both}]\n")
    assert main(["prove", "--claims", str(file)]) == 64
    assert "-c FILE" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["rules"],
        ["never", 'type=track and name!="Order Completed" and user=known and device=deliver', *EVERY],
        ["no-loss"],
    ],
)
def test_what_is_no_event_and_no_command_fits_eighty_columns(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    main(["prove", *arguments, "-c", CONNECTIONS])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 5
    assert [line for line in lines if len(line) > 80 and not line.startswith(("    {", "    echo "))] == []
