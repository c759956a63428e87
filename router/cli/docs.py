"""`hybrid-router docs` (hidden): writes the pages that are made from the code; a test fails when they are stale."""

import sys
from pathlib import Path

import click

from policies.lint.finding import LintRule
from policies.mode_table import mode_page
from router.cli.schema import SCHEMAS, schema_text
from router.lint.pages import index_page, page_with_examples
from router.lint.reading_rules import ALL_RULES


@click.command("docs", hidden=True, epilog="Example: python -m router.cli.docs")
@click.option("--root", default=".", metavar="DIR", help="The project's folder (holds docs/ and fixtures/).")
def docs(root: str) -> None:
    """Write docs/modes.md, docs/lint/ and docs/schema/."""
    for path, text in pages(Path(root)).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def pages(root: Path) -> dict[Path, str]:
    """Every generated page by path."""
    lint = {root / "docs" / "lint" / f"{rule.id}.md": _lint_page(root, rule) for rule in ALL_RULES}
    schemas = {root / "docs" / "schema" / f"{kind}.schema.json": schema_text(kind) for kind in SCHEMAS}
    return {
        root / "docs" / "modes.md": mode_page(),
        root / "docs" / "lint" / "README.md": index_page(),
        **lint,
        **schemas,
    }


def _lint_page(root: Path, rule: LintRule) -> str:
    folder = root / "fixtures" / "lint" / rule.id
    return page_with_examples(
        rule,
        invalid=(folder / "invalid.yaml").read_text(encoding="utf-8"),
        valid=(folder / "valid.yaml").read_text(encoding="utf-8"),
    )


if __name__ == "__main__":
    sys.exit(docs())
