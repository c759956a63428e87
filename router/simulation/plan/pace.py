"""How many requests a minute the cloud path would send to Braze, beside Braze's limit for /users/track.

Braze: 75 objects a request, 3,000 requests in 3 seconds (braze.com/docs, rate limits). Without transforming the events only bounds
are known: full batches at the least, a request for each event at the most.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from router.braze.packing import MAX_OBJECTS
from router.simulation.plan.report import Pace, Peak, Window
from router.simulation.plan.tally import Flow

LIMIT_PER_MINUTE = 60_000
LIMIT = "/users/track: 3,000 requests in 3 seconds (data-point contracts; others have it in the contract)"
_STEPS = 60
_MINUTE = "%Y-%m-%dT%H:%M"

_ByMinute = dict[str, tuple[int, int]]


def paces(minutes: Mapping[str, Mapping[tuple[Flow, ...], int]], window: Window | None) -> tuple[Pace, ...]:
    """One for each destination that the traffic reaches, by id."""
    by_destination: dict[str, _ByMinute] = {}
    for minute, destination, before, after in _by_cloud(minutes):
        series = by_destination.setdefault(destination, {})
        so_far = series.get(minute, (0, 0))
        series[minute] = (so_far[0] + before, so_far[1] + after)
    return tuple(_pace(destination, series, window) for destination, series in sorted(by_destination.items()))


def _by_cloud(minutes: Mapping[str, Mapping[tuple[Flow, ...], int]]) -> Iterator[tuple[str, str, int, int]]:
    for minute, flows in minutes.items():
        for each, events in flows.items():
            for flow in each:
                yield minute, flow.destination, events * flow.before, events * flow.after


def _pace(destination: str, series: _ByMinute, window: Window | None) -> Pace:
    peak_after = _peak({minute: after for minute, (_, after) in series.items()})
    return Pace(
        destination=destination,
        events_before=sum(before for before, _ in series.values()),
        events_after=sum(after for _, after in series.values()),
        peak_before=_peak({minute: before for minute, (before, _) in series.items()}),
        peak_after=peak_after,
        limit_per_minute=LIMIT_PER_MINUTE,
        limit=LIMIT,
        exceeded=peak_after is not None and peak_after.requests_least > LIMIT_PER_MINUTE,
        series=_steps(series, window) if window else (),
    )


def _peak(events: Mapping[str, int]) -> Peak | None:
    """The first of the busiest minutes; None where nothing goes by cloud."""
    most = max(events.values(), default=0)
    if not most:
        return None
    minute = min(each for each, count in events.items() if count == most)
    return Peak(minute=minute, events=most, requests_least=-(-most // MAX_OBJECTS), requests_most=most)


def _steps(series: _ByMinute, window: Window) -> tuple[tuple[str, float, float], ...]:
    """Events a minute; the last step may be shorter than the others."""
    first = datetime.strptime(window.oldest, _MINUTE)
    minutes = round(window.seconds / 60)
    length = -(-minutes // _STEPS)
    sums: dict[int, tuple[int, int]] = {}
    for minute, (before, after) in series.items():
        if not window.oldest <= minute <= window.newest:
            continue
        step = int((datetime.strptime(minute, _MINUTE) - first).total_seconds() // 60) // length
        so_far = sums.get(step, (0, 0))
        sums[step] = (so_far[0] + before, so_far[1] + after)
    steps: list[tuple[str, float, float]] = []
    for at, start in enumerate(range(0, minutes, length)):
        before, after = sums.get(at, (0, 0))
        lasts = min(length, minutes - start)
        steps.append(((first + timedelta(minutes=start)).strftime(_MINUTE), before / lasts, after / lasts))
    return tuple(steps)
