"""A page for a terminal of 80 columns or more; colours say what words say too, and NO_COLOR switches them off."""

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table as RichTable
from rich.text import Text

from router.matrix.page import Cell, Page, Part, Table
from router.visible import visible, visible_lines

_WRAPPED = ("when", "source")
_STYLES = {
    "deliver": "green",
    "device": "green",
    "cloud": "blue",
    "block": "yellow",
    "neither": "yellow",
    "identity": "cyan",
    "both": "bold red",
    "lost": "bold red",
    "doubled": "bold red",
    "moved": "cyan",
    "gained": "green",
    "no longer doubled": "green",
}


def render(page: Page) -> str:
    """All of it, wrapped to the terminal's width, or 80 columns."""
    console = Console(highlight=False)
    with console.capture() as captured:
        _print_page(page, console)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _print_page(page: Page, console: Console) -> None:
    console.print(Text(visible(page.title), "bold"))
    for note in page.notes:
        console.print(Text(visible(note), "dim"))
    if page.overview:
        console.print()
        _print_table(page.overview, console)
    for part in page.parts:
        _print_part(part, console)


def _print_part(part: Part, console: Console) -> None:
    console.print()
    for title in part.titles:
        console.print(Rule(Text(visible(title), "bold"), align="left", style="dim"))
    for table in part.tables:
        _print_table(table, console)


def _print_table(table: Table, console: Console) -> None:
    console.print(Text(visible(table.heading), "italic"))
    drawn = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in table.columns:
        drawn.add_column(name, overflow="fold", no_wrap=name not in _WRAPPED)
    for row in table.rows:
        drawn.add_row(*_texts(row))
    console.print(Padding(drawn, (0, 0, 1, 2)))


def _texts(row: Iterable[Cell]) -> Iterable[Text]:
    """A line break is ours: names that have one are escaped before they stand in a condition."""
    return (Text(visible_lines(cell.text), _STYLES.get(cell.tone, "")) for cell in row)
