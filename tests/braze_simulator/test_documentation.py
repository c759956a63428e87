"""docs/braze-simulator.md names everything that there is."""

import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from router.braze_simulator.app import CHANGERS, READERS
from router.braze_simulator.config import Limits, Retention, SimulatorConfig, config_from
from router.braze_simulator.endpoints.table import ENDPOINTS
from router.braze_simulator.faults.actions import Action
from router.braze_simulator.faults.rules import Match, Window, read_rules
from router.braze_simulator.ledgers.discards import Reason
from router.config.document import parse_document

TEXT = (Path(__file__).parents[2] / "docs" / "braze-simulator.md").read_text()
ACTIONS = get_args(Action)


@pytest.mark.parametrize("field", msgspec.structs.fields(SimulatorConfig), ids=lambda field: str(field.name))
def test_every_setting_is_documented_with_its_default(field: msgspec.structs.FieldInfo) -> None:
    simple = isinstance(field.default, bool | int | str)
    default = f"`{str(field.default).lower()}`" if simple else r"[^|]+"
    assert re.search(rf"^\| `{field.name}` \| {default} \|", TEXT, re.MULTILINE)


@pytest.mark.parametrize("part", [Limits, Retention])
def test_every_limit_is_documented_with_its_value(part: type[msgspec.Struct]) -> None:
    for field in msgspec.structs.fields(part):
        default = f"{field.default:,}" if isinstance(field.default, int) else str(field.default)
        assert f"`{field.name}` {default}" in TEXT


@pytest.mark.parametrize("reason", get_args(Reason))
def test_every_reason_for_a_discard_is_documented(reason: str) -> None:
    assert re.search(rf"^\|[^|]*`{reason}`", TEXT, re.MULTILINE)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: str(action.__struct_config__.tag))
def test_every_action_is_documented_with_its_fields(action: Any) -> None:
    row = re.search(rf"^\|[^|]*`{action.__struct_config__.tag}`.*$", TEXT, re.MULTILINE)
    assert row
    assert all(f"`{field}" in row[0] for field in action.__struct_fields__)


@pytest.mark.parametrize("field", [*Match.__struct_fields__, *Window.__struct_fields__])
def test_every_condition_of_a_rule_is_documented(field: str) -> None:
    assert f"`{field}`" in TEXT


@pytest.mark.parametrize("path", ENDPOINTS)
def test_every_endpoint_is_documented(path: str) -> None:
    assert f"`{path}`" in TEXT


@pytest.mark.parametrize(
    "call", [*(f"GET /_sim{path}" for path in READERS), *(f"POST /_sim{path}" for path in CHANGERS)]
)
def test_every_view_and_control_is_documented(call: str) -> None:
    assert f"`{call}`" in TEXT


def test_the_examples_are_valid() -> None:
    settings, faults = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert config_from(parse_document(settings).data).track_limit_model == "legacy75x3"
    assert len(read_rules(parse_document(faults).data)) == 2
