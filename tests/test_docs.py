"""Documentation is part of the program: what is not documented fails here."""

import re
from pathlib import Path

import msgspec
import pytest

from router.cli.exit_codes import ExitCode
from router.cli.main import COMMANDS
from router.config.settings import Settings
from router.metrics import Metrics

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert f"| `{command}` |" in README


@pytest.mark.parametrize("code", [code for code in ExitCode if code is not ExitCode.INTERRUPTED])
def test_every_exit_code_is_in_the_readme(code: ExitCode) -> None:
    assert f"| {code.value} |" in README


@pytest.mark.parametrize("field", msgspec.structs.fields(Settings), ids=lambda field: str(field.name))
def test_every_setting_is_documented_with_its_default(field: msgspec.structs.FieldInfo) -> None:
    default = "empty" if field.default == "" else f"`{field.default}`"
    assert f"| `{field.name}` | {default} |" in CONFIGURATION


@pytest.mark.parametrize("metric", sorted(Metrics().registry._names_to_collectors))
def test_every_metric_is_documented(metric: str) -> None:
    family = re.sub(r"_(bucket|count|sum|created)$", "", metric)
    assert f"`{family}`" in CONFIGURATION or f"`{family}_total`" in CONFIGURATION


@pytest.mark.parametrize(
    "document", sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]), ids=lambda path: path.name
)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []
