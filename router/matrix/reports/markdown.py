"""A page as Markdown, for a pull request or a wiki."""

from collections.abc import Iterator

from router.matrix.page import Page, Table
from router.visible import visible_lines


def render(page: Page) -> str:
    """Headings and tables."""
    return "\n\n".join(map(visible_lines, _blocks(page))) + "\n"


def _blocks(page: Page) -> Iterator[str]:
    yield f"# {page.title}"
    yield from page.notes
    if page.overview:
        yield from _table(page.overview)
    for part in page.parts:
        yield "## " + "<br>".join(part.titles)
        for table in part.tables:
            yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    yield f"**{table.heading}**"
    lines = [table.columns, ("---",) * len(table.columns), *(tuple(cell.text for cell in row) for row in table.rows)]
    yield "\n".join(f"| {' | '.join(map(_escaped, line))} |" for line in lines)


def _escaped(text: str) -> str:
    return (
        text.replace("\\", "\\\\")
        .replace("|", "\\|")
        .replace("<", "&lt;")
        .replace("*", "\\*")
        .replace("_", "\\_")
        .replace("\n", "<br>")
    )
