"""A plan as Markdown, for the comment on a pull request."""

from router.simulation.plan.report import Plan
from router.simulation.plan.sections import Section, headline, sections, what_was_seen
from router.visible import visible


def render(plan: Plan) -> str:
    """Headline first; what is alarming stands open, the rest folds."""
    parts = [
        f"### Connection mode plan `{plan.base_revision}` → `{plan.target_revision}`",
        f"**{headline(plan)}** {what_was_seen(plan)}",
        *map(_section, sections(plan)),
    ]
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> str:
    body = "\n\n".join(part for part in (visible(section.note), _table(section), _more(section)) if part)
    if section.alarming:
        return f"#### ⚠ {section.title}\n\n{body}"
    return f"<details><summary>{section.title}</summary>\n\n{body}\n\n</details>"


def _table(section: Section) -> str:
    if not section.rows:
        return ""
    columns = (*section.columns, *(("e.g. messageId",) if section.examples else ()))
    rows = [(*row, *each) for row, each in zip(section.rows, _examples(section), strict=True)]
    rule = "|".join("---:" if column in section.numeric else "---" for column in columns)
    lines = [f"| {' | '.join(columns)} |", f"|{rule}|"]
    return "\n".join([*lines, *(f"| {' | '.join(map(_cell, row))} |" for row in rows)])


def _examples(section: Section) -> list[tuple[str, ...]]:
    return [(each,) for each in section.examples] or [()] * len(section.rows)


def _more(section: Section) -> str:
    return f"… and {section.more:,} more" if section.more else ""


def _cell(text: str) -> str:
    """What clients sent stays one cell and no markup."""
    text = visible(text)
    for mark in "\\`*_[]<>|":
        text = text.replace(mark, "\\" + mark)
    return " ".join(text.split())
