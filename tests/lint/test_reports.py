"""What `lint` prints, in each of its formats."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from router.cli.lint import lint
from router.lint.located import LocatedFinding
from router.lint.reading_rules import ALL_RULES
from router.lint.reports import github, sarif, text

FILE = """version: 1
sources:
  - {id: app, type: flutter, write_key: wk-1}
destinations:
  - id: braze
    config:
      dataCenter: EU-01
      appKey: k
      restApiKey: env.BRAZE_REST_KEY
      connectionMode: {flutter: hybrid}
connections:
  - {source: app, destination: braze}
"""
TEXT = """{file}:10:33: error mode/unsupported-for-source: flutter does not support hybrid mode
   10 |       connectionMode: {{flutter: hybrid}}
      |                                 ^^^^^^
  at      /destinations/0/config/connectionMode/flutter
  effect  nothing travels this connection: both paths block with `…/mode-unsupported`
  fix     use cloud or device

1 error, 0 warnings, 0 info
"""
GITHUB = (
    "::error file={file},line=10,col=33,endColumn=39,title=mode/unsupported-for-source::"
    "flutter does not support hybrid mode; nothing travels this connection: both paths block with `…/mode-unsupported`; "
    "fix: use cloud or device\n"
)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "connections.yaml"
    path.write_text(FILE)
    return str(path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(lint, arguments, standalone_mode=False)


def test_text_quotes_the_line_with_a_caret(file: str) -> None:
    result = run(file)
    assert click.unstyle(result.output) == TEXT.format(file=file)
    assert result.return_value == 3


def test_github_gets_an_annotation(file: str) -> None:
    assert run(file, "--format", "github").output == GITHUB.format(file=file)


def test_json_has_every_field(file: str) -> None:
    report = json.loads(run(file, "--format", "json").output)
    assert (report["version"], report["counts"]) == (1, {"error": 1, "warning": 0, "info": 0})
    (found,) = report["findings"]
    assert {key: found[key] for key in ("rule", "severity", "file", "line", "column", "pointer")} == {
        "rule": "mode/unsupported-for-source",
        "severity": "error",
        "file": file,
        "line": 10,
        "column": 33,
        "pointer": "/destinations/0/config/connectionMode/flutter",
    }


def test_sarif_names_rules_levels_and_regions(file: str) -> None:
    (sarif_run,) = json.loads(run(file, "--format", "sarif").output)["runs"]
    assert [rule["id"] for rule in sarif_run["tool"]["driver"]["rules"]] == [rule.id for rule in ALL_RULES]
    (result,) = sarif_run["results"]
    assert (result["ruleId"], result["level"]) == ("mode/unsupported-for-source", "error")
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 10, "startColumn": 33, "endColumn": 39}


ODD = LocatedFinding(
    rule="a/b",
    severity="info",
    file="a,b: c.yaml",
    line=0,
    column=0,
    pointer="",
    message="100% odd\nthing",
    effect="none",
    fix="",
)


def test_a_finding_without_a_place_is_printed_without_one() -> None:
    assert click.unstyle(text.render([ODD])).splitlines()[:2] == ["a,b: c.yaml: info a/b: 100% odd", "thing"]
    location = json.loads(sarif.render([ODD]))["runs"][0]["results"][0]["locations"][0]
    assert location["physicalLocation"] == {"artifactLocation": {"uri": "a%2Cb%3A%20c.yaml"}}


def test_github_texts_are_escaped() -> None:
    assert github.render([ODD]) == "::notice file=a%2Cb%3A c.yaml,title=a/b::100%25 odd%0Athing; none\n"


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 0), ("info", 3)])
def test_the_exit_code_depends_on_the_worst_finding(tmp_path: Path, fail_on: str, code: int) -> None:
    path = tmp_path / "connections.yaml"
    path.write_text(FILE.replace("flutter", "web"))
    assert run(str(path), "--fail-on", fail_on).return_value == code


def test_an_unreadable_file_is_an_error_finding(tmp_path: Path) -> None:
    result = run(str(tmp_path / "missing.yaml"), "--format", "json")
    (found,) = json.loads(result.output)["findings"]
    assert (found["rule"], result.return_value) == ("config/invalid", 3)
    assert "cannot read the file" in found["message"]


def test_a_broken_file_is_quoted_where_it_breaks(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("version: 1\nsources: [\n")
    found = json.loads(run(str(path), "--format", "json").output)["findings"][0]
    assert (found["rule"], found["line"]) == ("config/invalid", 3)


def test_rules_are_listed_and_explained() -> None:
    assert len(run("--list-rules").output.splitlines()) == len(ALL_RULES)
    page = run("--explain", "alias/not-in-device").output
    assert page.startswith("# alias/not-in-device")
    assert "profiles are not merged" in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((), "give at least one FILE"), (("--explain", "alias/not-in-devise"), "did you mean `alias/not-in-device`?")],
)
def test_a_wrong_call_says_what_is_right(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, click.UsageError)
    assert message in str(result.exception)


def test_the_quickstart_file_has_no_errors_or_warnings() -> None:
    quickstart = Path(__file__).parents[2] / "fixtures" / "connections" / "quickstart.yaml"
    assert run(str(quickstart), "--fail-on", "warning").return_value == 0
