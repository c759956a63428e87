"""The language of claims: what it reads, what it means, and what it refuses."""

import pytest

from policies.cases import facts_of
from policies.claims import And, Atom, Not, Or, Unclear, atoms, parse, truth_on
from policies.connection import Connection, Destination, Source, Workspace
from policies.matrix import Lane, lanes_of

CONFIG = {
    "dataCenter": "EU-01",
    "appKey": "k",
    "connectionMode": {"web": "hybrid", "ios": "device"},
    "consentManagement": {"web": [{"provider": "custom", "consents": [{"consent": "ads"}]}]},
}
SITE, APP = Source(id="site", type="web"), Source(id="app", type="ios")
BRAZE = Destination(id="braze", config=CONFIG)
WORKSPACE = Workspace(
    sources=(SITE, APP),
    destinations=(BRAZE,),
    connections=(Connection(source=SITE, destination=BRAZE), Connection(source=APP, destination=BRAZE)),
)
KNOWN_USER, BY_USER, BOTH = Atom("user", ("known",)), Atom("origin", ("user",)), Atom("path", ("both",))
LANES: tuple[Lane, ...] = tuple(lanes_of(WORKSPACE))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("device=deliver", Atom("device", ("deliver",))),
        ("type = screen,group", Atom("type", ("screen", "group"))),
        ('name!="Order Placed"', Atom("name", ("Order Placed",), negated=True)),
        ("not mode=hybrid", Not(Atom("mode", ("hybrid",)))),
        ("user=known and origin=user or path=both", Or((And((KNOWN_USER, BY_USER)), BOTH))),
        ("user=known and (origin=user or path=both)", And((KNOWN_USER, Or((BY_USER, BOTH))))),
        ("not not user=known", Not(Not(Atom("user", ("known",))))),
    ],
)  # fmt: skip
def test_an_expression_is_read_as_it_is_meant(text: str, read: object) -> None:
    assert parse(text, LANES) == read


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "here should stand a comparison such as `device=deliver`, not the end"),
        ("devise=deliver", "there is no word `devise`; did you mean `device`?"),
        ("device=delver", "`device` is never `delver`; did you mean `deliver`?"),
        ("rule=cloud/delver", "did you mean `cloud/deliver`?"),
        ("source=sit", "`source` is never `sit`; did you mean `site`?"),
        ("device", "`device` is not compared with anything; write e.g. `device=…`"),
        ("device=", "here should stand a value of `device`, not the end"),
        ("device=deliver,", "here should stand a value of `device`, not the end"),
        ("device==deliver", "not `=` at 8"),
        ("(device=deliver", "a parenthesis is not closed; add `)`"),
        ("device=deliver)", "`)` at 15 does not belong here"),
        ("device=deliver cloud=deliver", "join comparisons with `and` or `or`"),
        ('name="open', "cannot be read; put texts in double quotes"),
        ("device!deliver", "`!deliver` at 7 cannot be read"),
        ("integrations=All", "`integrations` is never `All`"),
        ('device_consent="custom: denid"', "did you mean `custom: denied`?"),
        ('"device"=deliver', "here should stand a comparison"),
        ("(" * 3000 + "device=deliver" + ")" * 3000, "more than 50 levels of `not` and parentheses"),
        ("not " * 3000 + "device=deliver", "more than 50 levels of `not` and parentheses"),
    ],
)
def test_what_cannot_be_true_or_false_is_refused_with_a_hint(text: str, why: str) -> None:
    with pytest.raises(Unclear) as refused:
        parse(text, LANES)
    assert why in str(refused.value)


SITE_LANE, APP_LANE = LANES
KNOWN = {"type": "track", "name": "Seen", "user_id": "u"}


@pytest.mark.parametrize(
    ("text", "lane", "facts", "true"),
    [
        ("path=cloud and cloud=deliver", SITE_LANE, KNOWN, True),
        ("path=device", APP_LANE, KNOWN, True),
        ("device=identity", SITE_LANE, {"type": "identify", "user_id": "u"}, True),
        ("rule=cloud/device-mode", APP_LANE, KNOWN, True),
        ("rule=device/deliver,cloud/deliver", SITE_LANE, KNOWN, True),
        ("rule=device/deliver", SITE_LANE, KNOWN, False),
        ("type=other", SITE_LANE, {"type": "reset"}, True),
        ("type=none", SITE_LANE, {"type": ""}, True),
        ("type!=none", SITE_LANE, KNOWN, True),
        ("name=Seen and named=yes", SITE_LANE, KNOWN, True),
        ("named=no", SITE_LANE, {"type": "track"}, True),
        ("user=anonymous", SITE_LANE, {"type": "track"}, True),
        ("origin=auto", SITE_LANE, {"type": "track", "origin": "auto"}, True),
        ("returned=yes", SITE_LANE, {"type": "track", "returned_from_braze": True}, True),
        ("suppressed=yes", SITE_LANE, {"type": "track", "suppressed": True}, True),
        ('integrations="All:false"', SITE_LANE, {"type": "track", "integrations": {"All": False}}, True),
        ("integrations=absent", SITE_LANE, KNOWN, True),
        ("integrations=null", SITE_LANE, {"type": "track", "integrations": {"X": 1}}, False),
        ("source=site and destination=braze", SITE_LANE, KNOWN, True),
        ("source_type=ios and sdk=ios and mode=device", APP_LANE, KNOWN, True),
        ("sdk=web", APP_LANE, KNOWN, False),
        ('device_consent="consent management off"', SITE_LANE, KNOWN, True),
        ('device_consent!="consent management off"', SITE_LANE, KNOWN, False),
        ('device_consent="custom: denied"', APP_LANE, KNOWN, False),
        ('event_consent="custom: denied"', SITE_LANE, KNOWN, False),
        ("not (user=anonymous or origin=auto)", SITE_LANE, KNOWN, True),
    ],
)  # fmt: skip
def test_every_word_is_true_of_what_it_names(text: str, lane: Lane, facts: dict[str, object], true: bool) -> None:
    event = facts_of([facts])
    assert truth_on(lane, parse(text, LANES))(event, lane.policy.decide(event)) is true


@pytest.mark.parametrize(
    "text", ["device=deliver", "type!=screen,group", 'name="Order Placed"', 'integrations="All:false Braze:true"']
)
def test_a_comparison_is_printed_as_it_can_be_read_again(text: str) -> None:
    (atom,) = atoms(parse(text, LANES))
    assert str(atom) == text
