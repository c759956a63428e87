"""A page as one self-contained HTML file: no script, no font, nothing to load; light and dark."""

from collections.abc import Iterable, Iterator
from html import escape

from router.matrix.page import Cell, Page, Part, Table
from router.matrix.phrases import EVERYTHING_ELSE

_STYLE = """
:root { color-scheme: light dark; --paper: #fbfbf9; --card: #fff; --ink: #1d2327; --soft: #5d6870; --line: #e2e4e0;
  --green: #1a7f4b; --green-bg: #e3f4ea; --blue: #1d5fae; --blue-bg: #e4eefa; --amber: #8a5a00; --amber-bg: #faf0d9;
  --cyan: #0d6f7d; --cyan-bg: #def3f5; --red: #b3261e; --red-bg: #fce6e4; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181b; --card: #1c2125; --ink: #e6e9eb; --soft: #9aa6ae;
  --line: #30373c; --green: #6fd39d; --green-bg: #143325; --blue: #8dbdf5; --blue-bg: #17304f; --amber: #e5bd68;
  --amber-bg: #3a2e12; --cyan: #74d2de; --cyan-bg: #11363b; --red: #ff9d94; --red-bg: #47201d; } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 76rem; padding: 2.5rem 1.5rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: 0 0 .4rem; overflow-wrap: anywhere }
h2 { font-size: 1.05rem; margin: 0; font-weight: 650 }
h3 { font-size: .8rem; margin: 1.4rem 0 .4rem; color: var(--soft); font-weight: 600; letter-spacing: .02em }
p { margin: 0 0 .2rem; color: var(--soft) }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.2rem 1.4rem 1.4rem;
  margin-top: 1.4rem; overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th { text-align: left; font-size: .75rem; font-weight: 600; color: var(--soft); padding: .2rem .9rem .3rem 0 }
td { border-top: 1px solid var(--line); padding: .42rem .9rem .42rem 0; vertical-align: top }
td { white-space: nowrap } td:last-child { width: 100%; padding-right: 0; white-space: normal }
h3:first-child { margin-top: 0 }
.overview td, .overview th { width: auto; white-space: nowrap }
.mark { display: inline-block; white-space: nowrap; padding: 0 .55em; border-radius: 1em; font-size: .86em; font-weight: 600 }
.rule { font-family: ui-monospace, monospace; font-size: .86em; white-space: nowrap }
.else { color: var(--soft); font-style: italic }
.deliver, .device, .gained, .no-longer-doubled { color: var(--green); background: var(--green-bg) }
.cloud { color: var(--blue); background: var(--blue-bg) }
.block, .neither { color: var(--amber); background: var(--amber-bg) }
.identity, .moved { color: var(--cyan); background: var(--cyan-bg) }
.both, .lost, .doubled { color: var(--red); background: var(--red-bg) }
nav { margin-top: 1rem; display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; font-size: .9rem }
a { color: var(--blue); text-decoration: none } a:hover { text-decoration: underline }
@media print { body { padding: 0 } section { break-inside: avoid } }
"""


def render(page: Page) -> str:
    """The whole file."""
    return "".join(_lines(page))


def _lines(page: Page) -> Iterator[str]:
    yield f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{escape(page.title)}</title>\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<style>{_STYLE}</style>\n<h1>{escape(page.title)}</h1>\n"
    yield from (f"<p>{escape(note)}</p>\n" for note in page.notes)
    if len(page.parts) > 1:
        links = (
            f'<a href="#part-{at}">{escape(title)}</a>' for at, part in enumerate(page.parts) for title in part.titles
        )
        yield f"<nav>{' '.join(links)}</nav>\n"
    if page.overview:
        yield f'<section class="overview">{_table(page.overview)}</section>\n'
    yield from (_section(at, part) for at, part in enumerate(page.parts))
    yield "</html>\n"


def _section(at: int, part: Part) -> str:
    titles = "".join(f"<h2>{escape(title)}</h2>" for title in part.titles)
    return f'<section id="part-{at}">{titles}{"".join(map(_table, part.tables))}</section>\n'


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in table.columns)
    rows = "".join(f"<tr>{_cells(row)}</tr>\n" for row in table.rows)
    return f"<h3>{escape(table.heading)}</h3>\n<table><tr>{head}</tr>\n{rows}</table>\n"


def _cells(row: Iterable[Cell]) -> str:
    return "".join(f"<td>{_cell(cell)}</td>" for cell in row)


def _cell(cell: Cell) -> str:
    text = escape(cell.text).replace("\n", "<br>")
    if "\n" in cell.text:
        return f'<span class="rule">{text}</span>'
    if cell.tone:
        return f'<span class="mark {cell.tone.replace(" ", "-")}">{text}</span>'
    kind = "rule" if cell.text.startswith(("device/", "cloud/")) else "else" if cell.text == EVERYTHING_ELSE else ""
    return f'<span class="{kind}">{text}</span>' if kind else text
