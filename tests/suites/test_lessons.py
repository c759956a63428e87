"""What other policy testers were burned by: it cannot happen here. `LESSONS` says which test holds which lesson.

Those that belong to no single part of the program are below; the others are where their part is tested.
"""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from policies.connection import Workspace
from policies.decide import Policy
from policies.rules import CLOUD, DEVICE
from router.config.connections import read_connections
from router.config.settings import Settings
from router.simulation.envelopes import read_envelopes
from router.simulation.outcome import Outcome
from router.simulation.simulate import Simulation
from router.suites.running import Result, run
from router.suites.staging import Stage
from router.suites.trial import Trial
from tests.conftest import RunRouter
from tests.suites.conftest import TRACK, Suites
from tests.suites.test_command import run_test
from tests.suites.test_every_rule import failing, shipped

LESSONS: dict[str, tuple[str, ...]] = {
    "one engine decides everywhere": (
        "suites/test_lessons.py::test_only_policies_decide_and_everything_else_asks_them",
        "suites/test_lessons.py::test_a_suite_sees_the_outcomes_that_simulate_prints_event_for_event",
        "suites/test_lessons.py::test_a_live_router_logs_the_decisions_that_a_suite_sees",
    ),
    "no vacuous green": (
        "suites/test_every_rule.py::test_a_device_path_without_the_rule_fails_the_shipped_suites",
        "suites/test_every_rule.py::test_a_cloud_path_without_the_rule_fails_the_shipped_suites",
        "suites/test_lessons.py::test_without_rules_the_shipped_suites_are_red",
        "suites/test_lessons.py::test_an_expectation_that_met_no_event_fails",
        "suites/test_command.py::test_an_invalid_suite_exits_with_3_and_says_where",
        "suites/test_command.py::test_choosing_no_test_exits_with_1",
        "cli/test_plan.py::test_a_plan_that_saw_nothing_says_so_and_passes_no_check",
    ),
    "reasons are asserted, not only verdicts": (
        "suites/test_lessons.py::test_the_right_verdict_for_a_wrong_reason_fails",
        "suites/test_lessons.py::test_a_rule_that_settles_the_same_verdict_in_the_place_of_another_is_noticed",
    ),
    "what must never be can be said": ("suites/test_lessons.py::test_what_must_never_be_can_be_said",),
    "traces come for failures, on stderr": (
        "suites/test_command.py::test_traces_come_for_failures_only_and_on_stderr_while_the_report_stays_on_stdout",
    ),
    "coverage is never rounded up": (
        "suites/test_coverage.py::test_a_share_is_cut_and_never_rounded_up",
        "suites/test_coverage.py::test_no_printed_share_is_more_than_the_share",
    ),
    "each row of a table is a test": (
        "suites/test_lessons.py::test_every_row_and_combination_counts_and_can_be_chosen",
        "suites/test_reports.py::test_junit_has_a_case_per_row_with_file_and_line",
        "suites/test_pytest_plugin.py::test_suites_are_collected_and_each_row_is_a_test",
    ),
    "the exit code says what kind of end it is": (
        "suites/test_command.py::test_all_tests_passing_exits_with_0",
        "suites/test_command.py::test_a_failing_test_exits_with_1_and_says_expected_got_rule_why_and_where",
        "cli/test_plan.py::test_the_exit_code_says_what_came_of_it",
        "suites/test_command.py::test_an_invalid_suite_exits_with_3_and_says_where",
        "suites/test_command.py::test_coverage_below_the_threshold_exits_with_4",
        "cli/test_main.py::test_wrong_use_exits_with_its_code_and_says_what_is_wrong",
        "cli/test_main.py::test_a_defect_of_ours_exits_with_70_and_shows_where_it_is",
        "cli/test_record.py::test_a_router_that_does_not_answer_is_said_so_and_leaves_the_file_of_before",
        "test_docs.py::test_every_exit_code_is_in_the_readme",
    ),
    "a plan is data": (
        "cli/test_plan.py::test_the_json_report_has_a_format_version_and_the_same_figures",
        "simulation/plan/test_saved.py::test_a_plan_file_gives_the_plan_back",
        "simulation/plan/test_saved.py::test_the_same_plan_gives_the_same_file",
    ),
    "a preview is not a census": (
        "cli/test_plan.py::test_the_text_report_fits_80_columns_and_says_what_is_lost",
        "simulation/plan/test_planning.py::test_the_window_runs_from_the_oldest_minute_to_the_newest",
        "simulation/plan/test_planning.py::test_what_the_traffic_did_not_hold_is_named",
        "cli/test_prove.py::test_text_says_what_was_tried_and_where_a_claim_is_false",
    ),
    "a share is chosen by a stable hash": (  # of a recording: modes are not rolled out by user, docs/decisions/0012
        "recording/test_recorder.py::test_a_rate_takes_whole_devices",
        "recording/test_recorder.py::test_a_greater_rate_drops_no_device_that_a_smaller_one_took",
        "recording/test_recorder.py::test_a_device_whose_user_becomes_known_stays_in_with_its_whole_story",
    ),
    "an error says where, and how to mend it": (
        "suites/test_lessons.py::test_a_wrong_suite_says_file_line_column_pointer_and_what_was_meant",
        "suites/test_lessons.py::test_all_mistakes_of_all_suites_come_in_one_go",
        "lint/test_rules.py::test_a_finding_has_a_place_a_quote_and_a_fix",
        "lint/test_reports.py::test_text_quotes_the_line_with_a_caret",
    ),
}
"""Lesson → the tests that hold it."""

ROOT = Path(__file__).parent.parent.parent
CONNECTION = ROOT / "fixtures" / "connections" / "quickstart.yaml"
EVENTS = ROOT / "fixtures" / "events" / "shop.jsonl"


def statuses(results: list[Result]) -> dict[str, str]:
    """How each test ended."""
    return {result.test.name: result.status for result in results}


@pytest.mark.parametrize("test", sorted({test for tests in LESSONS.values() for test in tests}))
def test_what_holds_a_lesson_is_there(test: str) -> None:
    file, _, name = test.partition("::")
    assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8")


# One engine.


def test_only_policies_decide_and_everything_else_asks_them() -> None:
    files = [path for folder in ("policies", "router") for path in (ROOT / folder).rglob("*.py")]
    sources = {path.relative_to(ROOT): path.read_text() for path in files}
    deciding = [path.name for path, text in sources.items() if re.search(r"^    def decide\(", text, re.MULTILINE)]
    assert deciding == ["decide.py"]
    walking = {path for path, text in sources.items() if "rule.judge(" in text}
    assert {path.parts[0] for path in walking} == {"policies"}, "only policies ask a rule"
    suites = [text for path, text in sources.items() if "suites" in path.parts]
    assert not any(re.search(r"CAPABILITIES\[.*\]\.device_types|HYBRID_TYPES", text) for text in suites)


def recorded() -> Trial:
    """A test of all recorded events of the quickstart."""
    workspace, _ = read_connections(CONNECTION)
    (some,) = [
        trial for trial in shipped().trials if trial.test.name == "no event of a recorded day is delivered twice"
    ]
    return Stage(workspace).trial(some.test)


def test_a_suite_sees_the_outcomes_that_simulate_prints_event_for_event() -> None:
    workspace, _ = read_connections(CONNECTION)
    met = [occurrence.met(Policy(occurrence.terms)).outcome for occurrence in recorded().occurrences]
    simulated = list(Simulation(workspace).run(envelope for _, envelope in read_envelopes(str(EVENTS))))
    assert len(met) == 75
    assert list(map(_timeless, met)) == list(map(_timeless, simulated))


def _timeless(outcome: Outcome) -> Any:
    """An outcome without times: a suite says when events are received, simulate takes the time that they bear."""
    data = msgspec.json.encode(outcome).decode()
    return json.loads(re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)", "TIME", data))


@pytest.mark.anyio
async def test_a_live_router_logs_the_decisions_that_a_suite_sees(
    run_router: RunRouter, quickstart: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = {source.id: source.write_key for source in quickstart.sources}
    async with run_router(settings=Settings(partitions=4, decision_log="all")) as running:
        for _, envelope in read_envelopes(str(EVENTS)):
            body = b'{"batch":[' + envelope.message + b"]}"
            answer = await running.client.post("/v1/batch", content=body, auth=(keys[envelope.source or ""], ""))
            assert answer.status_code == 200, answer.text
    live = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    seen = {}
    for occurrence in recorded().occurrences:
        decision = Policy(occurrence.terms).decide(occurrence.facts)
        verdicts = {path: msgspec.to_builtins(getattr(decision, path)) for path in ("device", "cloud")}
        seen[occurrence.message.message_id] = verdicts
    assert len(live) == 75
    assert {line["message_id"]: {path: line[path] for path in ("device", "cloud")} for line in live} == seen


# No vacuous green.


def test_without_rules_the_shipped_suites_are_red() -> None:
    assert failing(lambda terms: Policy(terms, device=DEVICE[-1:], cloud=CLOUD[-1:]))


@pytest.mark.parametrize(
    ("what", "test"),
    [
        (
            "no recorded event is of that name",
            "events_from: day.jsonl, where: {event: Nothing}, expect: {never: doubled}",
        ),
        ("the file is empty", "events_from: empty.jsonl, expect: {never: doubled}"),
        ("fewer events than expected", "events_from: day.jsonl, expect: {never: doubled, events: 3}"),
        ("the source leads nowhere", f"given: {{source: lonely}}, {TRACK}, expect: {{device: block}}"),
    ],
)
def test_an_expectation_that_met_no_event_fails(suites: Suites, what: str, test: str) -> None:
    (suites.folder / "day.jsonl").write_text('{"type":"page","userId":"u"}\n{"type":"page","userId":"v"}\n')
    (suites.folder / "empty.jsonl").write_text("")
    path = suites.folder / "connection.yaml"
    suites.connection(path.read_text().replace("write_key: wk}", "write_key: wk}\n  - {id: lonely, type: web}"))
    (result,) = suites.run(
        f"  - {{name: a, given: {{source: shop}}, {test}}}\n" if "given" not in test else f"  - {{name: a, {test}}}\n"
    )
    assert result.status == "failed", what
    assert result.failures[0].mismatches[0].what == "events"


# Reasons, not only verdicts.


def test_the_right_verdict_for_a_wrong_reason_fails(suites: Suites) -> None:
    expects = {
        "verdict": "block",
        "rule": "device/hybrid-goes-by-cloud",
        "wrong rule": "device/consent",
        "wrong why": "{verdict: block, why: consent}",
    }
    tests = "".join(f"  - {{name: {name}, {TRACK}, expect: {{device: {said}}}}}\n" for name, said in expects.items())
    ended = statuses(suites.run(tests))
    assert ended == {"verdict": "passed", "rule": "passed", "wrong rule": "failed", "wrong why": "failed"}


def test_a_rule_that_settles_the_same_verdict_in_the_place_of_another_is_noticed() -> None:
    lacking = tuple(rule for rule in DEVICE if rule.id != "device/sdk-error")
    failed = failing(lambda terms: Policy(terms, device=lacking))
    assert {result.failures[0].mismatches[0].what for result in failed} == {"device rule"}


# Negative assertions.


@pytest.mark.parametrize(
    ("never", "mode", "status"),
    [
        ("device", "hybrid", "passed"),
        ("device", "device", "failed"),
        ("cloud", "device", "passed"),
        ("cloud", "hybrid", "failed"),
        ("[doubled, lost]", "hybrid", "passed"),
        ("device/hybrid-goes-by-cloud", "hybrid", "failed"),
        ("device/hybrid-goes-by-cloud", "device", "passed"),
        ("{device: block, cloud: deliver}", "hybrid", "failed"),
        ("{device: deliver, cloud: deliver}", "hybrid", "passed"),
        ("{cloud: {verdict: deliver, rule: cloud/deliver}}", "cloud", "failed"),
    ],
)
def test_what_must_never_be_can_be_said(suites: Suites, never: str, mode: str, status: str) -> None:
    test = f"  - {{name: a, given: {{mode: {mode}}}, {TRACK}, expect: {{never: {never}}}}}\n"
    assert statuses(suites.run(test)) == {"a": status}


def test_what_neither_path_delivers_is_lost_and_so_is_what_the_transform_refuses(suites: Suites) -> None:
    rows = {
        "filtered": "{type: screen, userId: u}, given: {mode: device}",
        "nameless": "{type: track, userId: u}",
        "fine": "{type: page, userId: u}",
    }
    tests = "".join(f"  - {{name: {name}, event: {row}, expect: {{never: lost}}}}\n" for name, row in rows.items())
    assert statuses(suites.run(tests)) == {"filtered": "failed", "nameless": "failed", "fine": "passed"}


# Each table row is a test.


def test_every_row_and_combination_counts_and_can_be_chosen(suites: Suites) -> None:
    rows = "cases: [{name: first}, {name: second}], for_each: {mode: [cloud, hybrid]}"
    suite = suites.write(f"  - {{name: table, {TRACK}, expect: {{cloud: deliver}}, {rows}}}\n")
    done = run_test(suite)
    assert done.stdout.count("  ok ") == 4
    assert "4 passed" in done.stdout
    assert "1 passed, 0 failed, 3 deselected" in run_test(suite, "-k", "second and hybrid").stdout


# An error says where, and how to mend it.


def test_a_wrong_suite_says_file_line_column_pointer_and_what_was_meant(suites: Suites) -> None:
    path = suites.write(f"  - name: a\n    {TRACK}\n    expect:\n      device: block\n      clod: deliver\n")
    done = run_test(path)
    assert done.returncode == 3
    said = f"error: {path}:8:13: /tests/0/expect/clod: unknown key `clod`; did you mean `cloud`?"
    assert said in done.stderr.splitlines()


def test_all_mistakes_of_all_suites_come_in_one_go(suites: Suites) -> None:
    suites.write(f"  - {{name: a, {TRACK}, expct: {{}}, skp: x}}\n", name="one")
    suites.write(f"  - {{name: a, {TRACK}, expect: {{device: deliver, cloud: maybe, never: often}}}}\n", name="two")
    done = run_test(suites.folder)
    assert done.returncode == 3
    assert sum(line.startswith("error: ") for line in done.stderr.splitlines()) == 4


# A frozen clock.


def test_the_clock_of_a_suite_is_the_time_of_events_without_one(suites: Suites) -> None:
    expect = "expect: {requests: [{path: /users/track, body: {events: [{time: '2026-05-04T09:00:00.000Z'}]}}]}"
    test = f"  - {{name: a, {TRACK}, {expect}}}\n"
    assert statuses(suites.run(test, head="clock: 2026-05-04T09:00:00Z\n")) == {"a": "passed"}
    assert statuses(suites.run(test)) == {"a": "failed"}
    without = "2026-01-01T00:00:00.000Z"
    assert statuses(suites.run(test.replace("2026-05-04T09:00:00.000Z", without))) == {"a": "passed"}


def test_recorded_events_may_be_compressed(suites: Suites) -> None:
    (suites.folder / "day.jsonl.gz").write_bytes(gzip.compress(b'{"type":"page","userId":"u"}\n'))
    test = "  - {name: a, events_from: day.jsonl.gz, expect: {cloud: deliver, events: 1}}\n"
    assert statuses(suites.run(test)) == {"a": "passed"}


def test_results_are_the_same_however_often_they_are_asked_for() -> None:
    first, second = (statuses(list(run(shipped().trials))) for _ in range(2))
    assert first == second
