"""Coverage counts what an expectation has asserted, is never rounded up, and prints cases that cover the rest."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.suites.coverage import Coverage, Figure, coverage_of, percent
from router.suites.discovery import collect, suite_files
from router.suites.running import run
from tests.suites.conftest import CONNECTION, TRACK, Suites

ROOT = Path(__file__).parent.parent.parent
HYBRID_TRACK = "shop:braze web hybrid track"


def measured(suites: Suites, tests: str) -> Coverage:
    """Coverage of the connection file by these tests."""
    collection = suites.collect(tests)
    return coverage_of(collection.workspaces, list(run(collection.trials)))


def figure(coverage: Coverage, kind: str) -> Figure:
    """The figure of one kind."""
    return next(figure for figure in coverage.figures if figure.kind == kind)


def is_covered(coverage: Coverage, name: str) -> bool:
    """Whether something that can be covered is."""
    return all(name not in figure.missing for figure in coverage.figures)


def case(name: str, rest: str) -> str:
    """A test of the same track."""
    return f"  - {{name: {name}, {TRACK}, {rest}}}\n"


def test_a_cell_is_covered_when_both_its_verdicts_are_asserted(suites: Suites) -> None:
    device, cloud = case("a", "expect: {device: block}"), case("b", "expect: {cloud: deliver}")
    assert not is_covered(measured(suites, device), HYBRID_TRACK)
    assert not is_covered(measured(suites, cloud), HYBRID_TRACK)
    assert is_covered(measured(suites, device + cloud), HYBRID_TRACK)


def test_what_merely_ran_covers_nothing(suites: Suites) -> None:
    ran = measured(suites, case("a", "expect: {requests: [{path: /users/track}], never: [doubled, lost]}"))
    assert [(each.kind, each.covered) for each in ran.figures] == [("rules", 0), ("cells", 0), ("branches", 0)]


def test_a_failing_test_and_a_skipped_one_cover_nothing(suites: Suites) -> None:
    failing = case("a", "expect: {device: deliver, cloud: deliver}")
    skipped = case("b", "skip: later, expect: {device: block, cloud: deliver}")
    assert not is_covered(measured(suites, failing + skipped), HYBRID_TRACK)


def test_a_verdict_alone_does_not_cover_its_rule(suites: Suites) -> None:
    rule = "device/hybrid-goes-by-cloud"
    assert not is_covered(measured(suites, case("a", "expect: {device: block}")), rule)
    assert is_covered(measured(suites, case("a", f"expect: {{device: {rule}}}")), rule)


def test_a_cell_belongs_to_a_source_an_sdk_a_mode_and_a_type(suites: Suites) -> None:
    other_mode = measured(suites, case("a", "given: {mode: device}, expect: {device: deliver, cloud: block}"))
    assert not is_covered(other_mode, HYBRID_TRACK)
    assert is_covered(other_mode, "shop:braze web device track")
    old_sdk = measured(
        suites, case("a", "given: {sdk: web-v1.1, source: shop}, expect: {device: block, cloud: deliver}")
    )
    assert not is_covered(old_sdk, HYBRID_TRACK)
    assert is_covered(old_sdk, "shop:braze web-v1.1 hybrid track")


def test_only_what_the_sources_can_reach_is_counted(suites: Suites) -> None:
    cells = figure(measured(suites, case("a", "expect: {device: block}")), "cells")
    assert cells.total == 2 * 3 * 7, "two web SDKs, three modes, six types and auto-generated"
    suites.connection(CONNECTION.replace("type: web,", "type: flutter,").replace("{web: hybrid}", "device"))
    cells = figure(measured(suites, case("a", "expect: {cloud: block}")), "cells")
    assert cells.total == 2 * 2 * 7, "two SDKs of Flutter, device and cloud mode"
    suites.connection(CONNECTION.replace("type: web,", "type: web, sdk: web,"))
    assert figure(measured(suites, case("a", "expect: {device: block}")), "cells").total == 3 * 7


def test_rules_of_the_other_rule_set_are_out_of_reach(suites: Suites) -> None:
    one = case("a", "expect: {device: block}")
    assert is_covered(measured(suites, one), "cloud/hybrid-filter")
    suites.connection(CONNECTION.replace("version: 1", "version: 1\nruleset: rudderstack"))
    assert not is_covered(measured(suites, one), "cloud/hybrid-filter")


LISTED = CONNECTION.replace("{web: hybrid}", "{web: device}")
FILTER = """\
      eventFilteringOption: blacklistedEvents
      blacklistedEvents: [{eventName: Debug Ping}, {eventName: Page Scrolled}]
      consentManagement:
        web: [{provider: custom, resolutionStrategy: and, consents: [{consent: marketing}, {consent: analytics}]}]
connections:
"""
AT = "/destinations/0/config"


@pytest.mark.parametrize(
    ("event", "given", "covers"),
    [
        ("event: Debug Ping", "{}", f"{AT}/blacklistedEvents/0"),
        ("event: Debug Ping", "{}", f"{AT}/eventFilteringOption"),
        ("event: Page Scrolled", "{}", f"{AT}/blacklistedEvents/1"),
        ("event: Other", "{consent: {provider: custom, allowed: [analytics]}}", f"{AT}/consentManagement/web/0"),
        (
            "event: Other",
            "{consent: {provider: custom, allowed: [analytics]}}",
            f"{AT}/consentManagement/web/0/consents/0",
        ),
        (
            "event: Other",
            "{consent: {provider: custom, allowed: [marketing]}}",
            f"{AT}/consentManagement/web/0/consents/1",
        ),
        ("event: Other", "{}", f"{AT}/connectionMode/web"),
    ],
)
def test_a_config_branch_is_covered_by_an_event_whose_verdict_hangs_on_it(
    suites: Suites, event: str, given: str, covers: str
) -> None:
    suites.connection(LISTED.replace("connections:\n", FILTER))
    verdict = "deliver" if event == "event: Other" and given == "{}" else "block"
    test = (
        f"  - {{name: a, given: {given}, event: {{type: track, userId: u, {event}}}, expect: {{device: {verdict}}}}}\n"
    )
    coverage = measured(suites, test)
    assert is_covered(coverage, covers)
    assert not is_covered(
        measured(suites, test.replace(event, "event: Unrelated").replace("block", "deliver")), covers
    ) or (covers.endswith("connectionMode/web"))


def test_switching_a_source_off_is_a_branch(suites: Suites) -> None:
    suites.connection(CONNECTION.replace("write_key: wk", "write_key: wk, enabled: false"))
    coverage = measured(suites, case("a", "expect: {cloud: block}"))
    assert is_covered(coverage, "/sources/0/enabled")
    assert figure(coverage, "branches").total == 1


def test_a_branch_is_covered_by_what_is_expected_and_not_by_what_else_comes(suites: Suites) -> None:
    """In cloud mode, which is what no mode at all means, the device blocks as well, by another rule."""
    mode = f"{AT}/connectionMode/web"
    blocked = {
        "block": False,
        "device/hybrid-goes-by-cloud": True,
        "{verdict: block}": False,
        "{verdict: block, rule: device/hybrid-goes-by-cloud}": True,
        "{why: cloud}": False,
    }
    for expected, covers in blocked.items():
        coverage = measured(suites, case("a", f"expect: {{device: {expected}}}"))
        assert is_covered(coverage, mode) is covers, expected


def test_a_test_that_gives_another_mode_does_not_cover_the_mode_of_the_file(suites: Suites) -> None:
    given = measured(suites, case("a", "given: {mode: device}, expect: {device: deliver}"))
    assert not is_covered(given, f"{AT}/connectionMode/web")


CONNECTIONS = [
    "connections/quickstart.yaml",
    "suites/consent.yaml",
    "suites/rudderstack.yaml",
    *(f"lint/{kind}/valid.yaml" for kind in ("consent/no-categories", "filter/empty-allowlist-drops-all")),
    *(path.relative_to(ROOT / "fixtures").as_posix() for path in (ROOT / "fixtures/lint/source").rglob("valid.yaml")),
]


@pytest.mark.parametrize("file", CONNECTIONS)
def test_the_printed_cases_pass_when_pasted_and_cover_everything(suites: Suites, file: str) -> None:
    suites.connection((ROOT / "fixtures" / file).read_text())
    _assert_pasting_covers(suites)


def _assert_pasting_covers(suites: Suites) -> None:
    start = "  - {name: a, given: {source_type: web}, event: {type: page}, expect: {never: doubled}}\n"
    cases = measured(suites, start).cases[str(suites.folder / "connection.yaml")]
    collection = suites.collect("\n".join(cases) + "\n")
    results = list(run(collection.trials))
    assert [(result.test.name, result.failures) for result in results if result.status != "passed"] == []
    full = coverage_of(collection.workspaces, results)
    assert [(each.kind, each.missing) for each in full.figures] == [("rules", ()), ("cells", ()), ("branches", ())]
    assert full.cases == {}


def test_two_destinations_of_one_source_are_covered_one_by_one(suites: Suites) -> None:
    second = "  - {source: shop, destination: braze}\n  - {source: shop, destination: other}\n"
    config = "{dataCenter: US-01, restApiKey: env.KEY, appKey: k, connectionMode: {web: device}}"
    text = CONNECTION.replace("  - {source: shop, destination: braze}\n", second)
    suites.connection(text.replace("connections:", f"  - {{id: other, config: {config}}}\nconnections:"))
    _assert_pasting_covers(suites)


@pytest.mark.parametrize("suites_of", ["quickstart.policy.yaml", "."], ids=["quick start alone", "all"])
def test_the_shipped_suites_cover_every_cell_rule_and_branch_of_their_connection_files(suites_of: str) -> None:
    collection = collect(suite_files([ROOT / "fixtures" / "suites" / suites_of]))
    coverage = coverage_of(collection.workspaces, list(run(collection.trials)))
    assert [(each.kind, each.missing, each.total >= 5) for each in coverage.figures] == [
        ("rules", (), True),
        ("cells", (), True),
        ("branches", (), True),
    ] * len(collection.workspaces)


def test_a_share_is_cut_and_never_rounded_up() -> None:
    almost = Figure(connection="c", kind="cells", covered=31_589, total=31_590, missing=("one",))
    assert percent(almost.share) == "99.99"
    assert Coverage(figures=(almost,), cases={}).is_below(100)
    assert not Coverage(figures=(almost,), cases={}).is_below(99.99)
    assert [percent(Fraction(each)) for each in (100, 0, Fraction(175, 2), Fraction(200, 3))] == [
        "100",
        "0",
        "87.5",
        "66.66",
    ]


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_no_printed_share_is_more_than_the_share(total: int, covered: int) -> None:
    covered = min(covered, total)
    printed = Fraction(percent(Fraction(100 * covered, total)))
    assert printed <= Fraction(100 * covered, total) < printed + Fraction(1, 100)
    assert (printed == 100) is (covered == total)


def test_nothing_to_cover_is_covered() -> None:
    assert Figure(connection="c", kind="branches", covered=0, total=0, missing=()).share == 100
