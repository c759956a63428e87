"""`hybrid-router lint`: what in a connection file will surprise, and what it does to events."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import click

from policies.lint.finding import SEVERITIES, Severity
from policies.problems import did_you_mean
from router.lint.linting import at_least, lint_file
from router.lint.located import LocatedFinding
from router.lint.pages import rule_page
from router.lint.reading_rules import ALL_RULES, find_rule
from router.lint.reports import github, json, sarif, text

_EXAMPLE = """\b
Example:
  hybrid-router lint fixtures/connections/quickstart.yaml
"""
_INVALID = 3
Format = Literal["text", "json", "sarif", "github"]
_REPORTS: Mapping[str, Callable[[Sequence[LocatedFinding]], str]] = {
    "text": text.render,
    "json": json.render,
    "sarif": sarif.render,
    "github": github.render,
}


@click.command("lint", epilog=_EXAMPLE)
@click.argument("files", nargs=-1, metavar="FILE…")
@click.option("--format", "format_", type=click.Choice(tuple(_REPORTS)), default="text", help="How to print findings.")
@click.option("--fail-on", type=click.Choice(SEVERITIES), default="error", help="Mildest severity that exits with 3.")
@click.option("--list-rules", is_flag=True, help="Print every rule with its severity and exit.")
@click.option("--explain", metavar="RULE", help="Print what a rule is about and exit.")
def lint(files: tuple[str, ...], format_: Format, fail_on: Severity, list_rules: bool, explain: str | None) -> int:
    """Lint connection files (ours, or RudderStack's workspaceConfig, sourceConfig or rudder-cli YAML).

    A comment `# lint: disable=RULE because REASON` on a line, or alone above it, switches a rule off there.
    """
    if list_rules:
        click.echo("\n".join(f"{rule.id:<42} {rule.severity:<8} {rule.summary}" for rule in ALL_RULES))
        return 0
    if explain is not None:
        click.echo(_page(explain))
        return 0
    if not files:
        raise click.UsageError("give at least one FILE, or --list-rules, or --explain RULE")
    found = [each for file in files for each in lint_file(file)]
    click.echo(_REPORTS[format_](found), nl=False)
    return _INVALID if at_least(fail_on, found) else 0


def _page(rule_id: str) -> str:
    rule = find_rule(rule_id)
    if rule is None:
        raise click.BadParameter(
            f"there is no rule `{rule_id}`; {did_you_mean(rule_id, (rule.id for rule in ALL_RULES))}",
            param_hint="--explain",
        )
    return rule_page(rule)


if __name__ == "__main__":
    sys.exit(lint(standalone_mode=False))
