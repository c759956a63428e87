"""Every lint rule against its two examples, and the facts that one example cannot show."""

from pathlib import Path
from typing import Any

import pytest

from policies.lint.finding import LintRule
from policies.lint.rules import RULES, lint
from policies.workspace import parse_workspace
from router.cli.docs import pages
from router.lint.linting import lint_file
from router.lint.reading_rules import ALL_RULES

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "fixtures" / "lint"


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_a_rule_finds_its_invalid_example_and_not_the_valid_one(rule: LintRule) -> None:
    found = {
        name: [each.rule for each in lint_file(str(EXAMPLES / rule.id / f"{name}.yaml"))]
        for name in ("invalid", "valid")
    }
    assert rule.id in found["invalid"]
    assert rule.id not in found["valid"]


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.id)
def test_a_finding_has_a_place_a_quote_and_a_fix(rule: LintRule) -> None:
    found = [each for each in lint_file(str(EXAMPLES / rule.id / "invalid.yaml")) if each.rule == rule.id]
    for each in found:
        assert each.line > 0
        assert each.text
        assert each.effect
        assert each.fix or rule.id == "import/not-carried-over"
        assert each.message == each.message.rstrip(".")


def test_there_is_no_example_of_a_rule_that_does_not_exist() -> None:
    examples = {path.parent.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.yaml")}
    assert examples == {rule.id for rule in ALL_RULES}


def test_rule_ids_are_unique_and_sorted() -> None:
    ids = [rule.id for rule in ALL_RULES]
    assert ids == sorted(set(ids))


@pytest.mark.parametrize("path", sorted(pages(ROOT)), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_generated_pages_are_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == pages(ROOT)[path], "run `python -m router.cli.docs`"


def test_no_page_is_left_over() -> None:
    assert set((ROOT / "docs" / "lint").rglob("*.md")) == {
        path for path in pages(ROOT) if path.parent.name != "schema" and path.name != "modes.md"
    }


def found_in(
    source_type: str, mode: str, *, ruleset: str = "documented", source: Any = None, **config: Any
) -> dict[str, str]:
    """Rule id → pointer of what lint finds in one connection."""
    workspace = parse_workspace(
        {
            "version": 1,
            "ruleset": ruleset,
            "sources": [{"id": "s", "type": source_type, "write_key": "wk", **(source or {})}],
            "destinations": [
                {
                    "id": "d",
                    "config": {
                        "dataCenter": "EU-01",
                        "appKey": "k",
                        "restApiKey": "env.K",
                        "connectionMode": {source_type: mode},
                        **config,
                    },
                }
            ],
            "connections": [{"source": "s", "destination": "d"}],
        }
    )
    return {finding.rule: finding.pointer for finding in lint(workspace)}


CONFIG = "/destinations/0/config/"


@pytest.mark.parametrize(
    ("source_type", "mode", "config", "rule", "at"),
    [
        ("unity", "hybrid", {}, "mode/unsupported-for-source", "connectionMode/unity"),
        ("reactnative", "hybrid", {}, "mode/unsupported-for-source", "connectionMode/reactnative"),
        ("cloud", "device", {}, "mode/unsupported-for-source", "connectionMode/cloud"),
        ("ios", "device", {"dataCenter": "EU-03"}, "datacenter/unknown", "dataCenter"),
        ("iosSwift", "hybrid", {"dataCenter": "EU-03"}, "datacenter/unknown", "dataCenter"),
        ("web", "hybrid", {"dataCenter": "JP-01"}, "datacenter/unknown", "dataCenter"),
        ("web", "hybrid", {"dataCenter": "US-10"}, "datacenter/unknown", "dataCenter"),
        ("web", "hybrid", {"appKey": ""}, "key/missing-for-platform", "appKey"),
        ("ios", "device", {"appKey": "", "usePlatformSpecificApiKeys": True}, "key/missing-for-platform", "iOSApiKey"),
        ("web", "cloud", {"useNativeSDKToSend": {"web": True}}, "mode/legacy-flag-conflict", "useNativeSDKToSend/web"),
        ("web", "hybrid", {"useNativeSDK": {"web": False}}, "mode/legacy-flag-conflict", "useNativeSDK/web"),
        (
            "android",
            "hybrid",
            {"oneTrustCookieCategories": {"android": [{"oneTrustCookieCategory": "C"}]}},
            "consent/device-and-server-disagree",
            "oneTrustCookieCategories/android",
        ),
        (
            "web",
            "hybrid",
            {"ketchConsentPurposes": {"web": [{"purpose": "p"}]}},
            "consent/device-and-server-disagree",
            "ketchConsentPurposes/web",
        ),
        (
            "android",
            "device",
            {"ketchConsentPurposes": {"android": [{"purpose": "p"}]}},
            "consent/not-read-by-sdk",
            "ketchConsentPurposes/android",
        ),
        (
            "web",
            "device",
            {"consentManagement": {"web": [{"provider": "oneTrust", "consents": [{"consent": " "}]}]}},
            "consent/no-categories",
            "consentManagement/web/0",
        ),
        (
            "web",
            "device",
            {"consentManagement": {"web": [{"provider": "oneTrust"}]}},
            "consent/no-categories",
            "consentManagement/web/0",
        ),
        ("web", "device", {"eventFilteringOption": "whitelistedEvents"}, "filter/missing-list", "eventFilteringOption"),
        (
            "cloud",
            "cloud",
            {"eventFilteringOption": "whitelistedEvents", "whitelistedEvents": []},
            "hybrid/filter-affects-device-only",
            "eventFilteringOption",
        ),
        ("web", "device", {"whitelistedEvents": [{"eventName": " "}]}, "filter/broken-entry", "whitelistedEvents/0"),
        (
            "android",
            "device",
            {"trackAnonymousUser": {"android": True}},
            "device/anonymous-flag-without-effect",
            "trackAnonymousUser/android",
        ),
        ("flutter", "device", {}, "device/type-unsupported", "connectionMode/flutter"),
    ],
)
def test_a_rule_knows_more_than_its_example(
    source_type: str, mode: str, config: dict[str, Any], rule: str, at: str
) -> None:
    assert found_in(source_type, mode, **config).get(rule) == CONFIG + at


@pytest.mark.parametrize(
    ("source_type", "mode", "config", "rule"),
    [
        ("unity", "cloud", {"connectionMode": {}}, "mode/not-set"),
        ("web", "hybrid", {}, "hybrid/web-drops-group-alias-screen"),
        (
            "android",
            "hybrid",
            {"oneTrustCookieCategories": {"android": [{"oneTrustCookieCategory": "C"}]}},
            "consent/not-read-by-sdk",
        ),
        ("web", "cloud", {"dataCenter": "JP-01"}, "datacenter/unknown"),
        ("android", "cloud", {"appKey": ""}, "key/missing-for-platform"),
        ("web", "device", {"restApiKey": None}, "key/rest-api-key-missing"),
        (
            "web",
            "hybrid",
            {"useNativeSDK": {"web": True}, "useNativeSDKToSend": {"web": True}},
            "mode/legacy-flag-conflict",
        ),
        ("web", "device", {"connectionMode": {}, "useNativeSDK": {"web": True}}, "mode/legacy-flag-conflict"),
        ("web", "device", {"consentManagement": {"web": ["odd"]}}, "consent/no-categories"),
        (
            "android",
            "hybrid",
            {"consentManagement": {"android": [{"provider": "ketch", "resolutionStrategy": "or"}]}},
            "consent/strategy-ignored-on-device",
        ),
    ],
)
def test_a_rule_stays_silent_where_nothing_is_wrong(
    source_type: str, mode: str, config: dict[str, Any], rule: str
) -> None:
    assert rule not in found_in(source_type, mode, **config)


def test_the_web_hybrid_filter_is_reported_for_web_alone() -> None:
    rule = "hybrid/web-drops-group-alias-screen"
    assert rule in found_in("web", "hybrid", ruleset="rudderstack")
    assert rule not in found_in("android", "hybrid", ruleset="rudderstack")


def test_the_old_swift_plugin_is_pointed_to_at_the_source() -> None:
    found = found_in("iosSwift", "hybrid", source={"sdk": "iosSwift-v2"})
    assert found["sdk/old-swift-plugin"] == "/sources/0/sdk"


def test_connections_that_share_a_destination_report_it_once() -> None:
    sources = [{"id": f"s{number}", "type": "android", "write_key": f"wk{number}"} for number in range(2)]
    workspace = parse_workspace(
        {
            "version": 1,
            "sources": sources,
            "destinations": [{"id": "d", "config": {"dataCenter": "EU-03", "appKey": "k", "connectionMode": "device"}}],
            "connections": [{"source": source["id"], "destination": "d"} for source in sources],
        }
    )
    found = [finding.rule for finding in lint(workspace)]
    assert found.count("datacenter/unknown") == 1


def test_every_rule_about_a_workspace_is_one_that_lint_reports() -> None:
    assert set(RULES) < set(ALL_RULES)
