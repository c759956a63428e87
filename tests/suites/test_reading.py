"""What a suite may say, what is refused, and how tests, rows and combinations become single tests."""

from pathlib import Path

import pytest

from policies.capabilities import MODES
from router.config.document import parse_document
from router.config.shape import shaped
from router.errors import ConfigInvalid
from router.suites.discovery import collect, suite_files
from router.suites.file import SuiteFile
from router.suites.reading import read_suite
from router.suites.selection import WrongExpression, named
from tests.suites.conftest import CONNECTION, TRACK, Suites


def problems(suites: Suites, tests: str, head: str = "") -> list[str]:
    """What is wrong with a suite: pointer and message."""
    with pytest.raises(ConfigInvalid) as raised:
        suites.collect(tests, head=head)
    assert all(problem.line for problem in raised.value.problems)
    return [f"{problem.pointer} {problem.message}" for problem in raised.value.problems]


def a(rest: str) -> str:
    """A test of a track."""
    return f"  - {{name: a, {TRACK}, {rest}}}\n"


REFUSED = [
    (a("expect: {device: {}}"), "/tests/0/expect/device nothing is expected of the device path"),
    (a("expect: {device: {verdict: deliver, rule: cloud/deliver}}"), "/tests/0/expect/device/rule `cloud/deliver` is no rule"),
    (a("expect: {cloud: {verdict: identity}}"), "/tests/0/expect/cloud/verdict `identity` is no verdict of the cloud path"),
    (a("expect: {cloud: identity}"), "/tests/0/expect/cloud `identity` is no verdict of the cloud path"),
    (a("expect: {device: deliverd}"), "/tests/0/expect/device `deliverd` is no verdict of the device path"),
    (a("expect: {requests: []}"), "/tests/0/expect/requests an empty list expects nothing"),
    (a("expect: {requests: {}}"), "/tests/0/expect/requests an empty list expects nothing"),
    (a("expect: {device_calls: {contains: []}}"), "/tests/0/expect/device_calls an empty list expects nothing"),
    (a("expect: {error: {}}"), "/tests/0/expect/error nothing is expected of the error"),
    (a("expect: {never: []}"), "/tests/0/expect/never an empty list forbids nothing"),
    (a("expect: {never: {}}"), "/tests/0/expect/never nothing is forbidden"),
    (a("expect: {never: dubbled}"), "/tests/0/expect/never `dubbled` is nothing that can happen"),
    (a("expect: {never: {cloud: delivr}}"), "/tests/0/expect/never `delivr` is no verdict of the cloud path"),
    (a("expect: {device: block, events: 3}"), "/tests/0/expect/events `events` counts recorded events"),
    (a("where: {type: page}, expect: {device: block}"), "/tests/0/where `where` chooses from recorded events"),
    (a("events_from: x.jsonl, expect: {device: block}"), "/tests/0/event `event` and `events_from` exclude each other"),
    (a("given: {source: shop, source_type: web}, expect: {device: block}"), "/tests/0/given `source` and `source_type` exclude"),
    (a("given: {destination: brase}, expect: {device: block}"), "/tests/0/given/destination there is no destination `brase`"),
    (a("given: {sdk: android, source: shop}, expect: {device: block}"), "/tests/0/given/sdk `android` is no SDK of source type web"),
    (a("given: {before: [{}]}, expect: {device: block}"), "/tests/0/given/before/0 a step is one event, one reset or one restart"),
    (a("given: {modes: {webb: cloud}}, expect: {device: block}"), "/tests/0/given/modes/webb `webb` is not allowed here"),
    (a("given: {consent: {alowed: [x]}}, expect: {device: block}"), "/tests/0/given/consent/alowed unknown key `alowed`"),
    (a("skip: '', expect: {device: block}"), "/tests/0/skip expected `str` of length >= 1"),
    (a("for_each: {mode: []}, expect: {device: block}"), "/tests/0/for_each/mode expected `array` of length >= 1"),
    (a("cases: [{name: x, expect: {}}, {name: x}], expect: {device: block}"), "/tests/0/cases/1/name the name `a / x` is used twice"),
    (a("cases: [{name: x}]"), "/tests/0 nothing is expected"),
]  # fmt: skip


@pytest.mark.parametrize(("tests", "said"), REFUSED, ids=[row[1] for row in REFUSED])
def test_what_means_nothing_is_refused_with_its_place(suites: Suites, tests: str, said: str) -> None:
    assert any(each.startswith(said) for each in problems(suites, tests)), problems(suites, tests)


def test_an_event_that_may_come_from_several_sources_must_say_which(suites: Suites) -> None:
    suites.connection(CONNECTION.replace("write_key: wk}", "write_key: wk}\n  - {id: app, type: ios}"))
    assert problems(suites, a("expect: {device: block}")) == [
        "/tests/0/event it is not said which source it comes through"
    ]
    assert len(suites.collect(a("given: {source: app}, expect: {device: block}")).trials) == 1


@pytest.mark.parametrize(
    ("head", "said"), [("clock: soon\n", "/clock `soon` is no moment"), ("nonsense: 1\n", "/nonsense unknown key")]
)
def test_wrong_heads_are_refused(suites: Suites, head: str, said: str) -> None:
    assert problems(suites, a("expect: {device: block}"), head)[0].startswith(said)


def test_a_missing_connection_file_is_a_problem_of_the_suite(suites: Suites) -> None:
    (suites.folder / "connection.yaml").unlink()
    assert "there is no file" in problems(suites, a("expect: {device: block}"))[0]


def test_recorded_events_that_cannot_be_read_are_a_problem_of_the_suite(suites: Suites) -> None:
    (suites.folder / "bad.jsonl").write_text('{"type":"page"}\n{oops\n')
    test = "  - {name: a, events_from: bad.jsonl, expect: {device: block}}\n"
    assert "bad.jsonl:2" in problems(suites, test)[0]


def test_what_stands_further_in_wins(suites: Suites) -> None:
    tests = """\
  - name: table
    tags: [inner]
    given: {mode: device, suppressed: true}
    event: {type: track, event: A, userId: u, context: {a: 1, b: {c: 2}}}
    expect: {device: block, cloud: block}
    cases:
      - {name: as it is}
      - name: overridden
        tags: [row]
        given: {mode: cloud}
        event: {event: B, userId: null, context: {b: {d: 3}}}
        expect: {device: deliver}
"""
    path = suites.write(tests, head="tags: [outer]\ngiven: {mode: hybrid, sdk: web-v1.1}\n")
    plain, row = read_suite(path).tests
    assert (plain.name, plain.tags) == ("table / as it is", frozenset({"outer", "inner"}))
    assert (plain.given.mode, plain.given.sdk, plain.given.suppressed) == ("device", "web-v1.1", True)
    assert row.tags == {"outer", "inner", "row"}
    assert (row.given.mode, row.given.suppressed) == ("cloud", True)
    assert row.event == {"type": "track", "event": "B", "userId": None, "context": {"a": 1, "b": {"c": 2, "d": 3}}}
    assert (row.expect.device, row.expect.cloud) == ("deliver", "block")
    assert (plain.line, row.line) == (12, 13)


def test_a_source_and_a_source_type_replace_each_other(suites: Suites) -> None:
    tests = a("given: {source: shop}, for_each: {source_type: [web, ios]}, expect: {cloud: deliver}")
    found = read_suite(suites.write(tests)).tests
    assert [(test.given.source, test.given.source_type) for test in found] == [(None, "web"), (None, "ios")]


def test_combinations_are_the_product_of_all_lists(suites: Suites) -> None:
    tests = a(f"for_each: {{source_type: [web, android], mode: [{', '.join(MODES)}]}}, expect: {{never: doubled}}")
    names = [test.name for test in read_suite(suites.write(tests)).tests]
    assert names == [f"a [{source}, {mode}]" for source in ("web", "android") for mode in MODES]


def test_suites_are_found_below_folders_once_and_not_in_hidden_ones(tmp_path: Path) -> None:
    for name in ("a.policy.yaml", "b/c.policy.yml", ".venv/d.policy.yaml", "b/other.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    found = list(suite_files([tmp_path, tmp_path / "a.policy.yaml"]))
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.policy.yaml", "b/c.policy.yml"]


def test_recorded_events_are_chosen_by_source_type_name_and_id(suites: Suites) -> None:
    suites.connection(CONNECTION.replace("write_key: wk}", "write_key: wk}\n  - {id: app, type: ios}"))
    lines = [
        '{"source":"shop","message":{"type":"page","userId":"u","messageId":"m1"}}',
        '{"source":"shop","message":{"type":"Track","event":"A","userId":"u","messageId":"m2"}}',
        '{"source":"app","message":{"type":"track","event":"B","userId":"u","messageId":"m3"}}',
        '{"type":"track","event":"A","userId":"u","messageId":"m4","channel":"web"}',
    ]
    (suites.folder / "day.jsonl").write_text("\n".join(lines))

    def met(rest: str) -> list[object]:
        (result,) = suites.run(f"  - {{name: a, events_from: day.jsonl, expect: {{never: doubled}}, {rest}}}\n")
        return [occurrence.message.message_id for occurrence in result.trial.occurrences]

    suites.connection(CONNECTION.replace("connections:\n", "connections:\n  - {source: app, destination: braze}\n").replace(
        "write_key: wk}", "write_key: wk}\n  - {id: app, type: ios}"))  # fmt: skip
    assert met("where: {type: track}") == ["m2", "m3", "m4"]
    assert met("where: {event: [A, C], source: shop}") == ["m2", "m4"]
    assert met("where: {message_id: m1}") == ["m1"]
    assert met("given: {source: app}") == ["m3", "m4"], "a message without a source is taken for one of that source"
    assert met("given: {source_type: ios}") == ["m3", "m4"]


EXPRESSIONS = [
    ("web", True), ("WEB and hybrid", True), ("not web", False), ("cloud or hybrid", True), ("not (cloud or hybrid)", False),
    ("shop.policy", True), ("web and not hybrid or track", True), ("not not web", True),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "fits"), EXPRESSIONS)
def test_expressions_choose_by_file_name_and_name(suites: Suites, expression: str, fits: bool) -> None:
    test = read_suite(suites.write(f"  - {{name: 'web hybrid / track', {TRACK}, expect: {{device: block}}}}\n")).tests[
        0
    ]
    assert named(expression)(test) is fits


@pytest.mark.parametrize("expression", ["(web", "web)", "and", "web or", "not", "()", "web track"])
def test_expressions_that_cannot_be_read_are_refused(expression: str) -> None:
    with pytest.raises(WrongExpression, match="cannot read `-k"):
        named(expression)


@pytest.mark.parametrize("expression", ["(" * 3000 + "web" + ")" * 3000, "not " * 3000 + "web"])
def test_expressions_nested_too_deeply_to_follow_are_refused(expression: str) -> None:
    with pytest.raises(WrongExpression, match="more than 50 levels") as refused:
        named(expression)
    assert len(str(refused.value)) < 400
    named("not (" * 25 + "web" + ")" * 25)


def test_all_unknown_keys_come_in_one_go() -> None:
    text = "version: 1\nconection: x\ntests:\n  - {nam: a, expect: {devise: block, requests: {exakt: []}}}\n"
    with pytest.raises(ConfigInvalid) as raised:
        shaped(parse_document(text), SuiteFile)
    fixes = [problem.fix for problem in raised.value.problems]
    assert fixes == [f"did you mean `{word}`?" for word in ("connection", "name", "device", "exact")]


@pytest.mark.parametrize("text", ["", "[]", "3", "version: 1", "tests: {}"])
def test_what_is_no_suite_at_all_is_refused(text: str) -> None:
    with pytest.raises(ConfigInvalid):
        shaped(parse_document(text), SuiteFile)


def test_all_mistakes_of_a_suite_come_in_one_round_by_line(suites: Suites) -> None:
    tests = f"""\
  - name: a
    given: {{source: shop, mood: hybrid}}
    {TRACK}
    expect: {{device: delivered}}
    extra: 1
  - name: a
    given: {{source: shp}}
    {TRACK}
    expect: {{cloud: cloud/device-mod}}
  - {{nme: c, {TRACK}, expect: {{}}, tags: 4}}
  - 7
"""
    with pytest.raises(ConfigInvalid) as raised:
        suites.collect(tests)
    assert [(problem.line, problem.pointer) for problem in raised.value.problems] == [
        (5, "/tests/0/given/mood"),
        (7, "/tests/0/expect/device"),
        (8, "/tests/0/extra"),
        (9, "/tests/1/name"),
        (10, "/tests/1/given/source"),
        (12, "/tests/1/expect/cloud"),
        (13, "/tests/2/nme"),
        (13, "/tests/2/expect"),
        (13, "/tests/2/tags"),
        (14, "/tests/3"),
    ]
    assert all(problem.fix or "did you mean `shop`?" in problem.message for problem in raised.value.problems)


def test_a_wrong_version_hides_neither_a_missing_connection_file_nor_a_wrong_shape(suites: Suites) -> None:
    path = suites.write(a("given: [x], expect: {device: block}"))
    path.write_text(path.read_text().replace("version: 1", "version: 2").replace("connection.yaml", "gone.yaml"))
    with pytest.raises(ConfigInvalid) as raised:
        collect([path])
    assert [problem.pointer for problem in raised.value.problems] == ["/version", "/connection", "/tests/0/given"]
