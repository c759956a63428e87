"""The page of a lint rule, for `lint --explain` and `docs/lint`."""

from policies.lint.finding import LintRule
from router.lint.reading_rules import ALL_RULES

_INVALID_EXAMPLE = "A connection file that breaks it"
_VALID_EXAMPLE = "One that does not"


def rule_page(rule: LintRule) -> str:
    """What the rule says, in Markdown."""
    return "\n\n".join(
        (
            f"# {rule.id}",
            f"Severity: **{rule.severity}**",
            f"**What is wrong:** {rule.summary}.",
            f"**What happens to events:** {rule.effect}.",
            f"**Source of the fact:** {rule.source}.",
        )
    )


def page_with_examples(rule: LintRule, *, invalid: str, valid: str) -> str:
    """The rule's page, followed by the two example files that the tests run."""
    examples = "\n\n".join(
        f"## {title}\n\n```yaml\n{text.strip()}\n```"
        for title, text in ((_INVALID_EXAMPLE, invalid), (_VALID_EXAMPLE, valid))
    )
    return f"{rule_page(rule)}\n\n{examples}\n\n{_DISABLING.format(rule=rule.id)}\n"


def index_page() -> str:
    """The list of all rules, in Markdown."""
    rows = "\n".join(f"| [{rule.id}]({rule.id}.md) | {rule.severity} | {rule.summary} |" for rule in ALL_RULES)
    return f"# Lint rules\n\n{_INTRODUCTION}\n\n| rule | severity | what is wrong |\n|---|---|---|\n{rows}\n"


_INTRODUCTION = """`hybrid-router lint FILE…` reads a connection file (or one of RudderStack's config formats) and reports what will
surprise. It exits with 3 when it finds an error (`--fail-on warning` or `info` to be stricter), else with 0. Formats: `--format text`,
`json`, `sarif`, `github`."""
_DISABLING = """## Switching it off

On the line itself, or alone on the line above; without a reason the comment has no effect:

```yaml
# lint: disable={rule} because <reason>
```"""
