"""Running tests: what a result holds, what a device remembers, and that a corrected expectation is right."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.decide import Policy
from policies.rules import DEVICE
from router.config.document import parse_document
from router.config.shape import shaped
from router.suites.expectation import corrected
from router.suites.file import Entry, Expect
from router.suites.pasting import case_text, expect_text, flow
from router.suites.running import Policies, judge, run
from tests.suites.conftest import CONNECTION, TRACK, Suites
from tests.suites.test_every_rule import shipped

WRONG = msgspec.convert(
    {
        "device": {"verdict": "block", "rule": "device/consent", "why": "x"},
        "cloud": "block",
        "requests": "none",
        "device_calls": "none",
        "error": "x",
        "never": ["device", "cloud", "doubled", "lost", {"device": "identity"}],
    },
    Expect,
)


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    [
        "yes",
        "Null",
        "1e3",
        "0x1",
        "?a",
        "- a",
        "a: b",
        "a #b",
        "~",
        "*a",
        "&a",
        "!a",
        "2026-01-01",
        "1:30",
        " a",
        "a ",
        "<<",
        "=",
    ]
)


class Pasted(msgspec.Struct):
    """A file that holds one expectation."""

    expect: Expect


def test_whatever_came_its_corrected_expectation_holds_when_it_is_pasted() -> None:
    policies = Policies()
    for trial in shipped().trials:
        for occurrence in trial.occurrences:
            right = corrected(WRONG, occurrence.met(policies.of(occurrence.terms)))
            pasted = shaped(parse_document(expect_text(right)), Pasted).expect
            test = msgspec.structs.replace(trial.test, expect=pasted)
            again = msgspec.structs.replace(trial, test=test, occurrences=(occurrence,))
            assert judge(again, policies).failures == (), right


def test_a_test_of_many_events_shows_three_that_are_wrong_and_counts_the_others(suites: Suites) -> None:
    (suites.folder / "day.jsonl").write_text('{"type":"page","userId":"u"}\n' * 10)
    (result,) = suites.run("  - {name: a, events_from: day.jsonl, expect: {device: deliver}}\n")
    assert (len(result.failures), result.unshown, len(result.decisions)) == (3, 7, 10)


def test_every_destination_of_a_source_must_be_as_expected(suites: Suites) -> None:
    second = "{dataCenter: US-01, restApiKey: env.KEY, appKey: k, connectionMode: {web: device}}"
    text = CONNECTION.replace("connections:", f"  - {{id: other, config: {second}}}\nconnections:")
    suites.connection(text + "  - {source: shop, destination: other}\n")
    tests = "".join(
        f"  - {{name: {name}, {given}{TRACK}, expect: {{cloud: deliver}}}}\n"
        for name, given in {
            "all": "",
            "one": "given: {destination: braze}, ",
            "other": "given: {destination: other}, ",
        }.items()
    )
    assert [result.status for result in suites.run(tests)] == ["failed", "passed", "failed"]


IDENTIFY = "{type: identify, userId: u-1, context: {traits: {email: a@example.com}}}"
PASTS = [
    ("[]", "[changeUser, user.setEmail]"),
    ("[{event: %s}]", "none"),
    ("[{event: %s}, {reset: true}]", "none"),
    ("[{event: {type: track, event: A, userId: u-1}}]", "[changeUser, user.setEmail]"),
]


@pytest.mark.parametrize(("before", "calls"), PASTS)
def test_a_web_device_remembers_what_it_lived_through(suites: Suites, before: str, calls: str) -> None:
    suites.connection(CONNECTION.replace("connectionMode", "supportDedup: true\n      connectionMode"))
    past = before.replace("%s", IDENTIFY)
    test = f"  - {{name: a, given: {{mode: device, before: {past}}}, event: {IDENTIFY}, expect: {{device_calls: {calls}}}}}\n"
    (result,) = suites.run(test)
    assert result.failures == ()


def test_a_mobile_device_forgets_with_its_process(suites: Suites) -> None:
    text = CONNECTION.replace("type: web,", "type: android,").replace("{web: hybrid}", "{android: device}")
    suites.connection(text.replace("connectionMode", "supportDedup: true\n      connectionMode"))
    steps = {"warm": f"[{{event: {IDENTIFY}}}]", "cold": f"[{{event: {IDENTIFY}}}, {{restart: true}}]"}
    tests = "".join(
        f"  - {{name: {name}, given: {{before: {before}}}, event: {IDENTIFY}, expect: {{device_calls: none}}}}\n"
        for name, before in steps.items()
    )
    assert [result.status for result in suites.run(tests)] == ["passed", "failed"]


def test_what_the_sdk_threw_at_leaves_no_memory(suites: Suites) -> None:
    thrown = "{type: track, userId: u-1, event: 42}"
    given = f"given: {{mode: device, before: [{{event: {thrown}}}]}}"
    (result,) = suites.run(f"  - {{name: a, {given}, event: {IDENTIFY}, expect: {{device_calls: [changeUser]}}}}\n")
    assert result.failures == ()


def test_another_policy_is_judged_without_reading_anything_again(suites: Suites) -> None:
    trials = suites.collect(f"  - {{name: a, {TRACK}, expect: {{device: block}}}}\n").trials
    for file in suites.folder.iterdir():
        file.unlink()
    without = tuple(rule for rule in DEVICE if rule.id != "device/hybrid-goes-by-cloud")
    assert [result.status for result in run(trials)] == ["passed"]
    assert [result.status for result in run(trials, lambda terms: Policy(terms, device=without))] == ["failed"]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)))  # fmt: skip
def test_what_is_printed_on_one_line_reads_back(value: object) -> None:
    assert parse_document(f"value: {flow(value)}\n").data == {"value": value}


def test_a_case_is_printed_on_short_lines_and_reads_back() -> None:
    case = {
        "name": "a: long # one",
        "given": {"source": "shop"},
        "event": {
            "type": "track",
            "event": "Übergröße: yes",
            "properties": {"text": "x" * 120, "list": [1, None, True, "no"]},
        },
        "expect": {
            "device": "block",
            "requests": [{"path": "/users/track", "body": {"events": [{"name": "y" * 100}]}}],
        },
    }
    text = f"tests:\n{case_text(case)}\n"
    assert parse_document(text).data == {"tests": [case]}
    assert flow({"a": [1, "b: c", "d e"]}) == '{a: [1, "b: c", d e]}'
    assert msgspec.convert(parse_document(text).data["tests"][0], Entry).name == "a: long # one"
