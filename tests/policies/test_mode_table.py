"""Who carries an event: every cell of the table that RudderStack's and Braze's sources give, under both rule sets."""

from pathlib import Path

import pytest

from policies import decide
from policies.capabilities import Mode
from policies.connection import Ruleset
from policies.domain import connection_in
from policies.facts import Facts
from policies.mode_table import cells_of, mode_page
from policies.sdks import SDKS, find_sdk

MOBILE = ("android", "ios", "androidKotlin", "iosSwift")
WRAPPERS = ("reactnative-android", "reactnative-ios", "flutter-android", "flutter-ios")
CLOUD_ONLY = ("unity", "amp", "cordova", "shopify", "cloud", "warehouse")

ROWS: tuple[tuple[Ruleset | None, tuple[str, ...], Mode, str], ...] = (
    # rule set (None = both), SDKs, mode: identify track page screen group alias auto-generated
    (None, ("web", "web-v1.1"), "device", "D D D – – – D"),
    ("documented", ("web", "web-v1.1"), "hybrid", "C+u C C C C C D"),
    ("rudderstack", ("web", "web-v1.1"), "hybrid", "C+u C C – – – D"),
    (None, ("web", "web-v1.1"), "cloud", "C C C C C C –"),
    (None, MOBILE, "device", "D D – – – – D"),
    (None, MOBILE, "hybrid", "C C C C C C D"),
    (None, MOBILE, "cloud", "C C C C C C –"),
    (None, ("iosSwift-v2",), "device", "D D – – – – D"),
    ("documented", ("iosSwift-v2",), "hybrid", "C C C C C C D"),
    ("rudderstack", ("iosSwift-v2",), "hybrid", "B B C C C C D"),
    (None, WRAPPERS, "device", "D D – – – – D"),
    (None, WRAPPERS, "cloud", "C C C C C C –"),
    (None, WRAPPERS, "hybrid", "– – – – – – –"),
    (None, CLOUD_ONLY, "cloud", "C C C C C C –"),
    (None, CLOUD_ONLY, "device", "– – – – – – –"),
    (None, CLOUD_ONLY, "hybrid", "– – – – – – –"),
)
CASES = [
    (name, mode, ruleset, cells)
    for stated, names, mode, cells in ROWS
    for name in names
    for ruleset in (("documented", "rudderstack") if stated is None else (stated,))
]


@pytest.mark.parametrize(("name", "mode", "ruleset", "cells"), CASES)
def test_each_cell_of_the_table(name: str, mode: Mode, ruleset: Ruleset, cells: str) -> None:
    sdk = find_sdk(name)
    sender = (sdk.source_type if sdk else name, sdk)
    assert cells_of(sender, mode, ruleset) == tuple(cells.split())  # type: ignore[arg-type]


def test_the_table_of_cells_names_every_sdk() -> None:
    assert {name for _, names, _, _ in ROWS for name in names} == {*SDKS, *CLOUD_ONLY}


@pytest.mark.parametrize(
    ("source_type", "mode", "kind", "device", "cloud"),
    [
        ("web", "hybrid", "identify", "device/hybrid-identity", "cloud/deliver"),
        ("web", "hybrid", "track", "device/hybrid-goes-by-cloud", "cloud/deliver"),
        ("web", "hybrid", "alias", "device/type-unsupported", "cloud/deliver"),
        ("web", "device", "track", "device/deliver", "cloud/device-mode"),
        ("web", "cloud", "track", "device/sdk-not-loaded", "cloud/deliver"),
        ("android", "device", "page", "device/type-unsupported", "cloud/device-mode"),
        ("flutter", "hybrid", "track", "device/mode-unsupported", "cloud/mode-unsupported"),
        ("unity", "device", "track", "device/mode-unsupported", "cloud/mode-unsupported"),
        ("cloud", "cloud", "reset", "device/sdk-not-loaded", "cloud/type-unsupported"),
        ("cloud", "cloud", "", "device/sdk-not-loaded", "cloud/type-unsupported"),
    ],
)
def test_the_rule_that_settles_a_cell(source_type: str, mode: Mode, kind: str, device: str, cloud: str) -> None:
    policy = decide.compile(connection_in(source_type, mode))  # type: ignore[arg-type]
    decision = policy.decide(Facts(type=kind, name="Order Placed", user_id="u-1"))
    assert (decision.device.rule, decision.cloud.rule) == (device, cloud)


def test_web_hybrid_loses_group_to_the_servers_filter_under_rudderstack() -> None:
    decision = decide.compile(connection_in("web", "hybrid"), "rudderstack").decide(Facts(type="group", user_id="u"))
    assert (decision.device.verdict, decision.cloud.rule) == ("block", "cloud/hybrid-filter")


def test_a_hybrid_identify_without_user_switches_nobody() -> None:
    decision = decide.compile(connection_in("web", "hybrid")).decide(Facts(type="identify"))
    assert (decision.device.rule, decision.cloud.rule) == ("device/hybrid-goes-by-cloud", "cloud/deliver")


@pytest.mark.parametrize(
    ("facts", "device", "cloud"),
    [
        (Facts(type="track", origin="auto"), "device/auto-generated", "cloud/auto-generated"),
        (
            Facts(type="track", origin="auto", returned_from_braze=True),
            "device/returned-from-braze",
            "cloud/auto-generated",
        ),
        (Facts(type="track", returned_from_braze=True, name="x"), "device/returned-from-braze", "cloud/auto-generated"),
    ],
)
def test_auto_generated_events_belong_to_the_device_and_never_loop(facts: Facts, device: str, cloud: str) -> None:
    decision = decide.compile(connection_in("web", "hybrid")).decide(facts)
    assert (decision.device.rule, decision.cloud.rule) == (device, cloud)


def test_auto_generated_events_pass_the_gates_that_only_rudderstack_has() -> None:
    facts = Facts(type="", origin="auto", integrations={"All": False}, properties=None)
    assert decide.compile(connection_in("web", "device")).decide(facts).device.rule == "device/auto-generated"


def test_the_page_on_modes_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "modes.md"
    assert page.read_text(encoding="utf-8") == mode_page(), "run `python -m router.cli.docs`"
