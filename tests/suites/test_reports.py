"""Every report says the same: which test, where it stands, what was expected, what came, and why."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.suites.conftest import TRACK, Suites
from tests.suites.test_command import run_test

TESTS = f"""\
  - {{name: goes by cloud, tags: [web], {TRACK}, expect: {{device: block, cloud: deliver}}}}
  - {{name: later, skip: "the app, version 5", {TRACK}, expect: {{device: block}}}}
  - name: rows
    {TRACK}
    expect: {{device: {{verdict: block, rule: device/hybrid-goes-by-cloud}}}}
    cases:
      - {{name: right}}
      - {{name: "wrong: 50 % & <more>", expect: {{device: {{verdict: deliver}}, requests: none}}}}
"""


@pytest.fixture
def suite(suites: Suites) -> Path:
    """A suite of which one row fails and one test is skipped."""
    return suites.write(TESTS)


def test_json_has_a_version_every_test_and_everything_about_a_failure(suite: Path) -> None:
    done = run_test(suite, "--report", "json")
    report = json.loads(done.stdout)
    assert (report["version"], report["exit_code"], done.returncode) == (1, 1, 1)
    assert report["counts"] == {"passed": 2, "failed": 1, "skipped": 1, "deselected": 0}
    assert [(test["name"], test["line"], test["status"]) for test in report["tests"]] == [
        ("goes by cloud", 4, "passed"),
        ("later", 5, "skipped"),
        ("rows / right", 10, "passed"),
        ("rows / wrong: 50 % & <more>", 11, "failed"),
    ]
    assert report["tests"][0]["tags"] == ["web"]
    assert report["tests"][1]["reason"] == "the app, version 5"
    (failure,) = report["tests"][3]["failures"]
    assert failure["event"]["mode"] == "hybrid"
    first = failure["differences"][0]
    assert (first["what"], first["expected"], first["got"]) == ("device", "deliver", "block")
    assert first["rule"] == "device/hybrid-goes-by-cloud"
    assert first["place"].endswith("connection.yaml:10:29")
    assert failure["corrected"]["device"] == {"verdict": "block", "rule": "device/hybrid-goes-by-cloud"}
    assert failure["steps"][0]["rule"] == "device/disabled"
    assert report["coverage"] is None


def test_json_carries_coverage(suite: Path) -> None:
    report = json.loads(run_test(suite, "--report", "json", "--coverage").stdout)
    cells = next(each for each in report["coverage"]["figures"] if each["kind"] == "cells")
    assert (cells["covered"], cells["total"], cells["percent"]) == (1, 42, "2.38")
    assert len(cells["missing"]) == 41
    assert all("expect:" in case for cases in report["coverage"]["cases"].values() for case in cases)


def test_junit_has_a_case_per_row_with_file_and_line(suite: Path) -> None:
    root = ElementTree.fromstring(run_test(suite, "--report", "junit").stdout.encode())
    assert root.tag == "testsuites"
    (only,) = root.findall("testsuite")
    for element in (root, only):
        assert {key: element.get(key) for key in ("tests", "failures", "skipped", "errors")} == {
            "tests": "4",
            "failures": "1",
            "skipped": "1",
            "errors": "0",
        }
    cases = {case.get("name"): case for case in only.findall("testcase")}
    assert list(cases) == ["goes by cloud", "later", "rows / right", "rows / wrong: 50 % & <more>"]
    wrong = cases["rows / wrong: 50 % & <more>"]
    assert (wrong.get("file"), wrong.get("line")) == (str(suite), "11")
    failure = wrong.find("failure")
    assert failure is not None
    assert failure.get("message") == "device: expected deliver, got block"
    assert "device/hybrid-goes-by-cloud" in (failure.text or "")
    skipped = cases["later"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "the app, version 5"


def test_junit_of_a_run_of_nothing_holds_a_failure(suite: Path) -> None:
    root = ElementTree.fromstring(run_test(suite, "--report", "junit", "-k", "nothing").stdout.encode())
    assert [case.get("name") for case in root.iter("testcase") if case.find("failure") is not None] == ["a test runs"]


def test_tap_has_a_plan_and_a_point_per_row(suite: Path) -> None:
    lines = run_test(suite, "--report", "tap").stdout.splitlines()
    assert lines[:2] == ["TAP version 14", "1..4"]
    points = [line for line in lines if line.startswith(("ok", "not ok"))]
    assert points == [
        f"ok 1 - {suite}: goes by cloud",
        f"ok 2 - {suite}: later # SKIP the app, version 5",
        f"ok 3 - {suite}: rows / right",
        f"not ok 4 - {suite}: rows / wrong: 50 % & <more>",
    ]
    block = lines[lines.index("  ---") : lines.index("  ...")]
    assert any("expected: deliver" in line for line in block)


def test_tap_of_a_run_of_nothing_bails_out(suite: Path) -> None:
    assert run_test(suite, "--report", "tap", "-k", "nothing").stdout.splitlines()[-1] == "Bail out! no test ran"


def test_github_annotates_the_line_of_each_failure(suite: Path) -> None:
    lines = run_test(suite, "--report", "github").stdout.splitlines()
    (error,) = [line for line in lines if line.startswith("::error")]
    assert error.startswith(f"::error file={suite},line=11,col=16,title=rows / wrong%3A 50 %25 & <more>::")
    assert "%0A" in error
    assert next(line for line in lines if line.startswith("::notice")).endswith("::skipped: the app, version 5")
    assert lines[-1] == "2 passed, 1 failed, 1 skipped"


@pytest.mark.parametrize("format_", ["json", "junit", "tap", "github"])
def test_with_output_the_report_goes_to_the_file_and_text_to_stdout(suite: Path, format_: str) -> None:
    written = suite.parent / "report"
    done = run_test(suite, "--report", format_, "--output", written)
    assert "2 passed, 1 failed, 1 skipped" in done.stdout
    assert written.read_text() == run_test(suite, "--report", format_).stdout


def test_an_output_that_cannot_be_written_is_wrong_usage(suite: Path) -> None:
    assert run_test(suite, "--output", suite.parent / "no" / "report").returncode == 64


def test_quiet_shows_failures_and_the_last_line(suite: Path) -> None:
    shown = run_test(suite, "-q").stdout
    assert "ok goes by cloud" not in shown
    assert "skip later" not in shown
    assert "FAIL rows / wrong" in shown
    assert shown.splitlines()[-1] == "2 passed, 1 failed, 1 skipped"


def test_text_has_no_colours_where_it_is_no_terminal(suite: Path) -> None:
    assert "\x1b" not in run_test(suite).stdout
