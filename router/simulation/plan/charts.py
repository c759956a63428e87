"""The charts of a plan's page, as inline SVG: which path the deliveries take, what changes, and the pace of the cloud path.

Colours are the page's own, so that light and dark both work; every figure also stands in words.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from router.braze_simulator.inspection.markup import Html, element, joined
from router.simulation.plan.report import Pace, Plan, Row, Window

PATHS = ("device", "cloud", "both", "neither")
_WIDTH = 720
_LEFT = 76
_MOST_BARS = 10
_NAME_LETTERS = 60
_BAR_HEIGHT = 44
_MINUTE = "%Y-%m-%dT%H:%M"


def paths_chart(plan: Plan) -> Html:
    """Deliveries by path, now and then, as two bars of one scale."""
    now, then = (
        _by_path((row.before, row.events) for row in plan.rows),
        _by_path((row.after, row.events) for row in plan.rows),
    )
    bars = joined((_bar("now", now, 8), _bar("then", then, 44)))
    return joined(
        (_svg(bars, height=76, label=f"Deliveries by path: now {_words(now)}; then {_words(then)}"), _legend(now, then))
    )


def moves_chart(rows: Sequence[Row]) -> Html:
    """The most frequent changes of path, one bar each, coloured by the path to come."""
    shown = sorted(_moves(rows).items(), key=lambda item: (-item[1], item[0]))[:_MOST_BARS]
    most = max((events for _, events in shown), default=1)
    bars = [_move(at, name, path, events, most) for at, ((name, path), events) in enumerate(shown)]
    label = "; ".join(f"{name} to {path}: {events:,}" for (name, path), events in shown)
    return _svg(joined(bars), height=_BAR_HEIGHT * len(shown) + 4, label=f"Changes of path: {label}")


def pace_chart(pace: Pace, window: Window) -> Html:
    """Events a minute by cloud over the window, now and then."""
    most = _scale(max((max(before, after) for _, before, after in pace.series), default=0))
    height, top = 150, 10
    axis = _text(_LEFT - 8, top + 8, _tick(most), anchor="end") + _text(_LEFT - 8, height + 4, "0", anchor="end")
    grid = "".join(_line(y, dashed=y == top) for y in (top, height))
    steps = [
        _steps(list(_spans(pace, window, side)), most, (top, height), class_=class_)
        for side, class_ in ((1, "now"), (2, "then"))
    ]
    times = _text(_LEFT, height + 24, f"{window.oldest}Z") + _text(
        _WIDTH, height + 24, f"{window.newest}Z", anchor="end"
    )
    label = f"Events by cloud to {pace.destination}: now {pace.events_before:,}, then {pace.events_after:,}"
    keys = joined((_key("now", "now", pace.events_before), _key("then", "then", pace.events_after)))
    chart = _svg(Html(grid + axis + "".join(steps) + times), height=height + 32, label=label)
    return joined((chart, element("ul", keys, class_="legend")))


def _by_path(counted: Iterable[tuple[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for path, events in counted:
        total[path] += events
    return total


def _moves(rows: Iterable[Row]) -> Counter[tuple[str, str]]:
    """By what a person would call the event, and where it goes."""
    moves: Counter[tuple[str, str]] = Counter()
    for row in rows:
        name = f"{row.source} {row.type} {row.event or ''}".strip()
        moves[name, row.after] += row.events
    return moves


def _bar(name: str, by_path: Mapping[str, int], y: int) -> Html:
    total, x = sum(by_path.values()) or 1, float(_LEFT)
    parts = [_text(_LEFT - 8, y + 17, name, anchor="end")]
    for path in PATHS:
        width = (_WIDTH - _LEFT) * by_path.get(path, 0) / total
        if width:
            parts.append(_rect(x, y, width, 24, path, title=f"{name}: {by_path[path]:,} {path}"))
            x += width
    return joined(parts)


def _move(at: int, name: str, path: str, events: int, most: int) -> Html:
    """The name above its bar, so that both have room on a narrow page."""
    y = _BAR_HEIGHT * at + 2
    width = max(2.0, (_WIDTH - 90) * events / most)
    shown = name if len(name) <= _NAME_LETTERS else name[: _NAME_LETTERS - 1] + "…"
    return joined(
        (
            _text(0, y + 15, shown),
            _rect(0, y + 21, width, 16, path, title=f"{name}: {events:,} to {path}"),
            _text(width + 6, y + 35, f"{events:,}"),
        )
    )


def _scale(most: float) -> float:
    """The next 1, 2 or 5 times a power of ten: a tick that needs no rounding."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next((factor * power for factor in (1, 2, 5) if factor * power >= most), 10 * power)


def _tick(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:.2g}"


def _spans(pace: Pace, window: Window, side: int) -> Iterator[tuple[float, float, float]]:
    """(from, to, events a minute) of each step; from and to are shares of the window, whose last minute counts whole."""
    first = datetime.strptime(window.oldest, _MINUTE)
    starts = [(datetime.strptime(step[0], _MINUTE) - first).total_seconds() / window.seconds for step in pace.series]
    for step, start, end in zip(pace.series, starts, [*starts[1:], 1.0], strict=True):
        yield start, end, float(step[side])


def _steps(values: Sequence[tuple[float, float, float]], most: float, span: tuple[int, int], *, class_: str) -> Html:
    """A line that keeps each value for its step, as counts do."""
    top, bottom = span
    width = _WIDTH - _LEFT
    points: list[str] = []
    for start, end, value in values:
        y = bottom - (bottom - top) * value / most
        points += [f"{_LEFT + start * width:.1f},{y:.1f}", f"{_LEFT + end * width:.1f},{y:.1f}"]
    return element("polyline", points=" ".join(points), class_=f"series {class_}")


def _legend(now: Mapping[str, int], then: Mapping[str, int]) -> Html:
    keys = (
        joined((_swatch(path), f"{path} {now.get(path, 0):,} → {then.get(path, 0):,}"))
        for path in PATHS
        if now.get(path) or then.get(path)
    )
    return element("ul", *(element("li", key) for key in keys), class_="legend")


def _key(class_: str, name: str, events: int) -> Html:
    return element("li", element("span", class_=f"line {class_}"), f"{name}: {events:,}")


def _swatch(path: str) -> Html:
    return element("span", class_=f"swatch {path}")


def _svg(content: Html, *, height: int, label: str) -> Html:
    return element("svg", content, viewBox=f"0 0 {_WIDTH} {height}", role="img", aria_label=label)


def _rect(x: float, y: float, width: float, height: float, path: str, *, title: str) -> Html:
    shape = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}"}
    return element("rect", element("title", title), class_=f"fill {path}", **shape)


def _line(y: float, *, dashed: bool) -> Html:
    return element(
        "line", x1=str(_LEFT), x2=str(_WIDTH), y1=str(y), y2=str(y), class_="grid dashed" if dashed else "grid"
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start") -> Html:
    return element("text", text, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)


def _words(by_path: Mapping[str, int]) -> str:
    return ", ".join(f"{by_path[path]:,} {path}" for path in PATHS if by_path.get(path)) or "none"
