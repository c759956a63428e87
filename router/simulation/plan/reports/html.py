"""A plan as one HTML page: no script, no font, no image from elsewhere."""

import re

from router.braze_simulator.inspection.markup import Html, element, joined, table
from router.braze_simulator.inspection.markup import section as block
from router.braze_simulator.inspection.style import STYLE
from router.simulation.plan.charts import moves_chart, pace_chart, paths_chart
from router.simulation.plan.report import Plan
from router.simulation.plan.sections import Section, headline, sections, what_was_seen

_CHARTS = """
svg { display: block; width: 100%; max-width: 56rem; height: auto; margin: .2rem 0 .6rem; }
svg text { fill: var(--ink); font-size: 12px; font-variant-numeric: tabular-nums; }
.fill.device, .swatch.device { fill: var(--device); background: var(--device); }
.fill.cloud, .swatch.cloud { fill: var(--cloud); background: var(--cloud); }
.fill.both, .swatch.both { fill: var(--bad); background: var(--bad); }
.fill.neither, .swatch.neither { fill: var(--soft); background: var(--soft); }
.series { fill: none; stroke-width: 2; }
.series.now { stroke: var(--soft); stroke-dasharray: 5 3; }
.series.then { stroke: var(--accent); }
.grid { stroke: var(--line); }
.dashed { stroke-dasharray: 2 4; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; margin: 0 0 .8rem; padding: 0; list-style: none; font-size: .86rem; }
.swatch { display: inline-block; width: .75em; height: .75em; border-radius: 2px; margin-right: .45em; color: inherit; }
.line { display: inline-block; width: 1.6em; margin-right: .45em; border-top: 2px solid var(--accent); vertical-align: middle; }
.line.now { border-top: 2px dashed var(--soft); }
.alarming { border-color: var(--bad); }
.alarming h2 { color: var(--bad); }
.note { color: var(--soft); font-size: .9rem; margin: 0 0 .8rem; max-width: 60rem; }
.lead { max-width: none; margin-bottom: .4rem; }
.numbers { margin-top: 1.2rem; }
td { min-width: 4rem; overflow-wrap: anywhere; }
th.number, td.number { text-align: right; }
td.number { white-space: nowrap; }
td:last-child:not(.number) { min-width: 11rem; }
.scroll::-webkit-scrollbar { height: .6rem; }
.scroll::-webkit-scrollbar-track { background: var(--line); border-radius: 99px; }
.scroll::-webkit-scrollbar-thumb { background: var(--soft); border-radius: 99px; }
@media (max-width: 46rem) {
  header, main, footer { padding-left: .8rem; padding-right: .8rem; }
  section { padding: 1rem .9rem; }
  svg text { font-size: 20px; }
  table { font-size: .8rem; }
  th { white-space: normal; }
  th, td { padding-right: .5rem; }
}
"""
_MOMENT = re.compile(r"(\b\d{4}-\d\d-\d\dT\d\d:\d\dZ)")


def render(plan: Plan) -> str:
    """The page."""
    title = f"Plan {plan.base_revision} → {plan.target_revision}"
    head = element(
        "head",
        Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        element("title", title),
        element("style", Html(STYLE + _CHARTS)),
    )
    header = element(
        "header",
        element("h1", title),
        element("p", headline(plan), class_="lead"),
        element("p", _dated(what_was_seen(plan)), class_="lead"),
    )
    main = element("main", _numbers(plan), *_charts(plan), *(_section(each) for each in sections(plan)))
    return "<!doctype html>\n" + element("html", head, element("body", header, main, _footer(plan)), lang="en") + "\n"


def _numbers(plan: Plan) -> Html:
    summary = plan.summary
    refused = [("refused by the transform", plan.refused[1], bool(plan.refused[1]))] if plan.refused else []
    figures = (
        ("deliveries", summary.units, False),
        ("change path", summary.changed, False),
        ("lost", summary.lost, bool(summary.lost)),
        ("doubled", summary.doubled, bool(summary.doubled)),
        ("lost already", summary.lost_already, False),
        *refused,
        ("lines undecided", summary.undecided, bool(summary.undecided)),
    )
    items = (
        element("li", element("b", f"{figure:,}"), element("span", name), class_="alarm" if alarm else "plain")
        for name, figure, alarm in figures
    )
    return element("ul", *items, class_="numbers")


def _charts(plan: Plan) -> list[Html]:
    charts = [block("Deliveries by path", paths_chart(plan))] if plan.rows else []
    if plan.moved:
        charts.append(block("What changes path, coloured by the path then", moves_chart(plan.moved)))
    charts += [
        block(f"Events a minute by cloud to {pace.destination}", pace_chart(pace, plan.window))
        for pace in plan.pace
        if plan.window and len(pace.series) > 1
    ]
    return charts


def _section(section: Section) -> Html:
    parts = [element("h2", section.title)]
    parts += [element("p", section.note, class_="note")] if section.note else []
    parts += [_table(section)] if section.rows else []
    parts += (
        [element("p", f"… and {section.more:,} more; the JSON report has all", class_="note")] if section.more else []
    )
    return element("section", joined(parts), class_="alarming" if section.alarming else "plain")


def _table(section: Section) -> Html:
    columns = (*section.columns, *(("e.g. messageId",) if section.examples else ()))
    rows = [tuple(map(_dated, (*row, *section.examples[at : at + 1]))) for at, row in enumerate(section.rows)]
    return table(columns, rows, empty="", label=section.title, numeric=section.numeric)


def _dated(text: str) -> Html:
    """The text, whose moments never break over two lines."""
    parts = _MOMENT.split(text)
    return joined(element("time", part, datetime=part) if at % 2 else part for at, part in enumerate(parts))


def _footer(plan: Plan) -> Html:
    return element(
        "footer", f"Format {plan.format} {plan.version}. A preview is no census: it says what this traffic would meet."
    )
