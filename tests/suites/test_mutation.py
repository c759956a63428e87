"""Mutation score: what suites would not notice, and cases that make them."""

import json
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from router.cli.main import main
from router.suites.discovery import Collection, collect, suite_files
from router.suites.mutation import Equivalent, Killed, Score, Survivor, score_of
from router.suites.running import Result, run

ROOT = Path(__file__).parent.parent.parent
SUITES = ROOT / "fixtures" / "suites"
CONNECTION = ROOT / "fixtures" / "connections" / "quickstart.yaml"
WEAK = """version: 1
connection: {connection}
tests:
  - name: web in hybrid mode
    given: {{source: web-shop}}
    event: {{type: track, event: Seen, userId: u-1}}
    expect: {{cloud: deliver}}
"""


def ran(*paths: Path) -> tuple[Collection, list[Result]]:
    collection = collect(list(suite_files([str(path) for path in paths])))
    assert not collection.findings
    return collection, list(run(collection.trials))


def score(*paths: Path) -> Score:
    collection, results = ran(*paths)
    return score_of(collection.workspaces, results)


@pytest.fixture
def weak(tmp_path: Path) -> Path:
    suite = tmp_path / "weak.policy.yaml"
    suite.write_text(WEAK.format(connection=CONNECTION))
    return suite


def test_the_shipped_suites_notice_every_mutant_that_can_be_noticed() -> None:
    started = time.process_time()
    found = score(SUITES)
    assert time.process_time() - started < 60
    assert found.survivors == ()
    assert found.share == 100
    assert {each.mutant: each.why for each in found.equivalent} == {
        "device/disabled swapped with device/mode-unsupported": "no event makes both rules speak",
        "device/hybrid-goes-by-cloud swapped with device/hybrid-identity": "no event makes both rules speak",
        "device/hybrid-identity swapped with device/type-unsupported": "no event makes both rules speak",
        "device/type-unsupported swapped with device/anonymous-not-tracked": "wherever both rules would speak, "
        "device/mode-unsupported, device/returned-from-braze, device/sdk-not-loaded has spoken before",
        "device/nothing-to-send swapped with device/sdk-error": "no event makes both rules speak",
        "cloud/disabled swapped with cloud/mode-unsupported": "no event makes both rules speak",
    }


def test_the_quick_start_suite_notices_every_mutant_by_itself() -> None:
    assert score(SUITES / "quickstart.policy.yaml").share == 100


def test_a_weak_suite_lets_mutants_survive_and_their_cases_kill_every_one(weak: Path) -> None:
    before = score(weak)
    assert before.survivors
    assert before.share < 50
    assert all(survivor.connection == str(CONNECTION) for survivor in before.survivors)
    weak.write_text(weak.read_text() + "\n".join(survivor.case for survivor in before.survivors) + "\n")
    after = score(weak)
    assert not after.survivors
    assert after.share == 100
    assert after.equivalent == before.equivalent


TWO_SOURCES = """version: 1
sources:
  - {id: site, type: web, write_key: wk-a}
  - {id: app, type: androidKotlin, write_key: wk-b}
destinations:
  - id: bz
    config: {dataCenter: EU-01, restApiKey: env.KEY, appKey: k, connectionMode: {web: device, androidKotlin: hybrid}}
connections: [{source: site, destination: bz}, {source: app, destination: bz}]
"""
OF_OTHER_TYPES = """version: 1
connection: two.yaml
tests:
  - name: flutter has no hybrid mode
    given: {source_type: flutter, mode: hybrid}
    event: {userId: u-1, type: track, event: Product Viewed}
    expect: {device: device/mode-unsupported, cloud: cloud/mode-unsupported}
  - name: it came back
    given: {source_type: cloud, mode: cloud}
    event: {userId: u, type: track, event: Seen, context: {integration: {name: Braze}}, integrations: {Braze: false}}
    expect: {device: device/returned-from-braze}
"""
PLAIN = WEAK.format(connection="two.yaml").replace("web-shop", "site").replace("cloud: deliver", "cloud: block")


def test_a_mutant_that_a_suite_could_kill_through_another_source_type_is_not_equivalent(tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(TWO_SOURCES)
    suite = tmp_path / "two.policy.yaml"
    suite.write_text(OF_OTHER_TYPES)
    killed = {each.mutant for each in score(suite).killed}
    assert {"device/mode-unsupported dropped", "device/returned-from-braze dropped"} <= killed
    suite.write_text(PLAIN)
    before = score(suite)
    assert killed.isdisjoint(each.mutant for each in before.equivalent)
    suite.write_text(PLAIN + "\n".join(survivor.case for survivor in before.survivors) + "\n")
    assert score(suite).share == 100


def test_a_killer_is_a_test_that_fails_under_the_mutant(weak: Path) -> None:
    found = score(weak)
    assert "cloud/deliver negated" in {killed.mutant for killed in found.killed}
    assert {killed.test for killed in found.killed} == {f"{weak}::web in hybrid mode"}


def test_tests_that_fail_already_kill_nothing(weak: Path) -> None:
    weak.write_text(weak.read_text().replace("cloud: deliver", "cloud: block"))
    assert score(weak).killed == ()


def test_who_watches_hears_how_far_it_is(weak: Path) -> None:
    collection, results = ran(weak)
    heard: list[tuple[int, int]] = []
    score_of(collection.workspaces, results, lambda done, total: heard.append((done, total)))
    assert heard == [(number, len(heard)) for number in range(len(heard))]
    assert len(heard) > 60


def _score(killed: int, survive: int) -> Score:
    survivor: Any = Survivor(mutant="m", connection="c", case="", mutated=None)  # type: ignore[arg-type]
    equivalent = (Equivalent(mutant="e", why=""),)
    return Score(
        killed=(Killed(mutant="m", test="t"),) * killed, survivors=(survivor,) * survive, equivalent=equivalent, cases=1
    )


def test_the_score_is_exact_and_equivalent_mutants_do_not_count() -> None:
    assert _score(2, 1).share == Fraction(200, 3)
    assert _score(11999, 1).is_below(100)
    assert not _score(3, 0).is_below(100)
    assert _score(0, 0).share == 100


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--mutate"], 0),
        (["--mutation-fail-under", "99.9"], 4),
        (["--mutation-fail-under", "10"], 0),
    ],
)
def test_a_score_below_what_is_asked_for_exits_with_4(weak: Path, arguments: list[str], code: int) -> None:
    assert main(["test", str(weak), *arguments]) == code


def test_text_and_json_tell_score_survivors_and_equivalent_mutants(
    weak: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["test", str(weak), "--mutation-fail-under", "100"])
    said = capsys.readouterr().out
    assert "\nmutation score  " in said
    score_lines = said[said.index("mutation score") : said.index("\n# cases")].splitlines()
    assert len(score_lines) > 60
    assert max(map(len, score_lines)) <= 80
    assert "  survives  device/consent dropped: an event would be " in said
    assert "  equivalent  device/event-filter dropped: no event makes the rule speak\n" in said
    assert f"# cases that kill what survives, for `tests:` of a suite beside {CONNECTION}\n" in said
    assert said.endswith("; the mutation score is below 100 %\n")
    main(["test", str(weak), "--mutate", "--report", "json"])
    told = json.loads(capsys.readouterr().out)["mutation"]
    assert float(told["percent"]) < 50
    assert {"mutant", "case", "connection", "mutated"} == told["survivors"][0].keys()
