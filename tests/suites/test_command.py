"""`hybrid-router test` as a contract: what each run prints, and the exit code that says what kind of run it was."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.suites.conftest import CONNECTION, TRACK, Suites

ROOT = Path(__file__).parent.parent.parent
GOOD = f"  - {{name: goes by cloud, {TRACK}, expect: {{device: block, cloud: deliver}}}}\n"
BAD = f"  - {{name: stays on the device, {TRACK}, expect: {{device: deliver}}}}\n"


def run_test(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "router.cli.main", "test", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)


def test_the_shipped_suites_pass() -> None:
    done = run_test("fixtures/suites", "-q")
    assert done.returncode == 0, done.stdout
    assert " 0 failed" in done.stdout


def test_all_tests_passing_exits_with_0(suites: Suites) -> None:
    done = run_test(suites.write(GOOD))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 passed, 0 failed")


def test_a_failing_test_exits_with_1_and_says_expected_got_rule_why_and_where(suites: Suites) -> None:
    done = run_test(suites.write(GOOD + BAD))
    assert done.returncode == 1
    for said in (
        "FAIL stays on the device",
        "shop.policy.yaml:5:12",
        "expected  deliver",
        "got       block",
        "rule      device/hybrid-goes-by-cloud: hybrid mode: a user-generated track goes by cloud",
        "connection.yaml:10:29 /destinations/0/config/connectionMode/web",
        "1 passed, 1 failed",
    ):
        assert said in done.stdout


def test_traces_come_for_failures_only_and_on_stderr_while_the_report_stays_on_stdout(suites: Suites) -> None:
    good, both = run_test(suites.write(GOOD)), run_test(suites.write(GOOD + BAD))
    assert good.stderr == ""
    assert "trace of" in both.stderr
    assert "device/mode-unsupported" in both.stderr
    assert "trace of" not in both.stdout
    assert "goes by cloud, event" not in both.stderr


def test_the_corrected_expectation_makes_the_test_pass_when_pasted(suites: Suites) -> None:
    block = f"  - name: to be corrected\n    {TRACK}\n    "
    failed = run_test(suites.write(f"{block}expect: {{device: deliver, requests: none, never: cloud}}\n"))
    lines = failed.stdout.split("what came, as an expectation:\n")[1].split("\n\n")[0]
    pasted = "\n    ".join(line[9:] for line in lines.splitlines())
    assert run_test(suites.write(f"{block}{pasted}\n")).returncode == 0, pasted


INVALID = [
    ("an unknown key", f"  - {{name: a, {TRACK}, expects: {{device: block}}}}\n", "unknown key `expects`; did you mean `expect`?"),
    ("an unknown rule", f"  - {{name: a, {TRACK}, expect: {{device: device/hybrid}}}}\n", "`device/hybrid` is no rule of"),
    ("an empty expect", f"  - {{name: a, {TRACK}, expect: {{}}}}\n", "nothing is expected"),
    ("no expect", f"  - {{name: a, {TRACK}}}\n", "nothing is expected"),
    ("no event", "  - {name: a, expect: {device: block}}\n", "there is no event"),
    ("a repeated name", GOOD + GOOD, "the name `goes by cloud` is used twice"),
    ("no tests", "  []\n", "expected `array` of length >= 1"),
    ("an unknown source", f"  - {{name: a, {TRACK}, given: {{source: shp}}, expect: {{device: block}}}}\n", "there is no source `shp`"),
    ("a file that is not there", "  - {name: a, events_from: no.jsonl, expect: {device: block}}\n", "cannot read"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "tests", "said"), INVALID, ids=[row[0] for row in INVALID])
def test_an_invalid_suite_exits_with_3_and_says_where(suites: Suites, what: str, tests: str, said: str) -> None:
    done = run_test(suites.write(tests))
    assert done.returncode == 3, what
    assert said in done.stderr
    assert "shop.policy.yaml:" in done.stderr
    assert ": /tests" in done.stderr


WHOLE_FILES = [
    ("", ":1:1: /: the file is empty; start with `version:`, `connection:`, `tests:`", None),
    ("# nothing yet\n", ":1:1: /: the file is empty; start with", None),
    ("version: 1\nconnection: connection.yaml\ntests: []\n", ":3:1: /tests: expected `array` of length >= 1; put at", "    3 | tests: []"),
    ("version: 2\nconnection: connection.yaml\n", ":1:10: /version: `2` is not allowed here; use one of: 1", "    1 | version: 2"),
    ("version: 1\nconnection: connection.yaml\n", ":1:1: /: object missing required field `tests`; add `tests:`", "    1 | version: 1"),
    ("version: 1\nconnection: connection.yaml\ntests: x\n", ":3:8: /tests: expected `array`, got `str`; write a list", "    3 | tests: x"),
    ("- version: 1\n", ":1:1: /: expected `object`, got `array`; write a mapping", "    1 | - version: 1"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "said", "quoted"), WHOLE_FILES)
def test_a_file_that_is_no_suite_is_told_with_line_fix_and_the_line_quoted(
    suites: Suites, content: str, said: str, quoted: str | None
) -> None:
    path = suites.write("")
    path.write_text(content)
    done = run_test(path)
    assert done.returncode == 3
    assert f"shop.policy.yaml{said}" in done.stderr
    assert quoted is None or f"\n{quoted}\n      | " in done.stderr
    assert (quoted is not None) == ("^" in done.stderr) or content.startswith("#")


def test_recorded_events_that_are_none_are_told_with_what_a_line_is(suites: Suites) -> None:
    (suites.folder / "noise.jsonl.gz").write_bytes(bytes(range(128, 256)) * 4)
    done = run_test(suites.write("  - {name: a, events_from: noise.jsonl.gz, expect: {device: block}}\n"))
    assert done.returncode == 3
    assert "noise.jsonl.gz:1: " in done.stderr
    assert 'a line is {"source": …, "message": {…}} or a bare message' in done.stderr
    assert "check the path" not in done.stderr


def test_a_connection_file_with_lint_errors_exits_with_3_before_any_test_runs(suites: Suites) -> None:
    suites.connection(CONNECTION.replace("dataCenter: EU-01", "dataCenter: EU-01\n      conectionMode: cloud"))
    done = run_test(suites.write(GOOD))
    assert done.returncode == 3
    assert "config/misspelt-key" in done.stderr
    assert done.stdout == ""


def test_no_suite_at_all_exits_with_1(tmp_path: Path) -> None:
    done = run_test(tmp_path)
    assert done.returncode == 1
    assert "there is no *.policy.yaml" in done.stderr
    assert "no test ran" in done.stdout


def test_choosing_no_test_exits_with_1(suites: Suites) -> None:
    for chosen in (["-k", "nothing"], ["--tag", "nothing"]):
        done = run_test(suites.write(GOOD), *chosen)
        assert done.returncode == 1, chosen
        assert "1 deselected: no test ran" in done.stdout


def test_a_run_in_which_everything_is_skipped_exits_with_1(suites: Suites) -> None:
    done = run_test(suites.write(GOOD.replace("{name", "{skip: later, name")))
    assert done.returncode == 1
    assert "skip goes by cloud: later" in done.stdout


def test_coverage_below_the_threshold_exits_with_4(suites: Suites) -> None:
    done = run_test(suites.write(GOOD), "--fail-under", "100")
    assert done.returncode == 4
    assert "coverage is below 100 %" in done.stdout


def test_wrong_usage_exits_with_64(suites: Suites) -> None:
    assert run_test().returncode == 64
    assert run_test("nowhere").returncode == 64
    assert run_test(suites.write(GOOD), "-k", "(a").returncode == 64


def test_fail_fast_stops_at_the_first_failure(suites: Suites) -> None:
    done = run_test(suites.write(BAD + GOOD), "--fail-fast")
    assert "0 passed, 1 failed" in done.stdout


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_colours_unless_no_color_is_set(
    suites: Suites, environment: dict[str, str], coloured: bool
) -> None:
    terminal, end = os.openpty()
    command = [sys.executable, "-m", "router.cli.main", "test", str(suites.write(GOOD))]
    plain = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    done = subprocess.run(command, stdout=end, cwd=ROOT, env={**plain, **environment}, timeout=60, check=False)
    os.close(end)
    shown = os.read(terminal, 10_000)
    os.close(terminal)
    assert done.returncode == 0
    assert b"goes by cloud" in shown
    assert (b"\x1b[" in shown) is coloured


def test_results_come_as_tests_end_and_not_at_the_end(suites: Suites) -> None:
    day = suites.folder / "day.jsonl"
    day.write_text('{"type":"track","event":"A","userId":"u"}\n' * 30_000)
    slow = "  - {name: slow, events_from: day.jsonl, expect: {never: doubled}}\n"
    command = [sys.executable, "-m", "router.cli.main", "test", str(suites.write(GOOD + slow))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as running:
        assert running.stdout is not None
        running.stdout.readline()
        assert running.stdout.readline().strip() == "ok goes by cloud"
        assert running.poll() is None
        running.communicate(timeout=120)
    assert running.returncode == 0
