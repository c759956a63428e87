"""Comments that switch lint rules off."""

from pathlib import Path

import pytest

from router.lint.disabling import Disable, disables_in
from router.lint.linting import lint_file

FILE = """version: 1
sources:
  - {{id: shop, type: web, write_key: wk-1}}{source}
destinations:
  - id: braze
    config:
      dataCenter: EU-01
{above}
      restApiKey: plain{beside}
      connectionMode: {{web: cloud}}
connections:
  - {{source: shop, destination: braze}}
"""
RULE = "key/rest-api-key-in-clear"


def rules_in(folder: Path, *, above: str = "", beside: str = "", source: str = "") -> list[str]:
    path = folder / "connections.yaml"
    path.write_text(FILE.format(above=above, beside=beside, source=source))
    return [found.rule for found in lint_file(str(path))]


@pytest.mark.parametrize(
    ("above", "beside", "found"),
    [
        ("", "", [RULE]),
        ("", f"  # lint: disable={RULE} because it is a local key", []),
        (f"      # lint: disable={RULE} because it is a local key", "", []),
        (f"      # lint: disable={RULE} because it is a local key\n      # see above", "", []),
        ("", f"  # lint: disable=mode/not-set,{RULE} because both", ["lint/unused-disable"]),
        ("", f"  # lint: disable={RULE}", ["lint/disable-without-reason", RULE]),
        ("", f"  # lint: disable={RULE} because ", ["lint/disable-without-reason", RULE]),
        ("", "  # lint: disable=source/unconnected because it is so", ["lint/unused-disable", RULE]),
        ("", "  # lint is fine", [RULE]),
    ],
)
def test_a_comment_with_a_reason_switches_a_rule_off_for_its_line(
    tmp_path: Path, above: str, beside: str, found: list[str]
) -> None:
    assert sorted(rules_in(tmp_path, above=above, beside=beside)) == sorted(found)


def test_a_comment_on_another_line_switches_nothing_off(tmp_path: Path) -> None:
    assert rules_in(tmp_path, source=f"  # lint: disable={RULE} because wrong line") == ["lint/unused-disable", RULE]


def test_a_comment_at_the_end_of_a_file_applies_to_itself() -> None:
    assert disables_in(["a: 1", "# lint: disable=x/y because z", ""]) == [Disable("x/y", "z", 2, 1, 2)]
