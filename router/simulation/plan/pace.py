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


def _steps(series: _ByMinute, window: Window) -> tuple[tuple[str, int, int], ...]:
    first = datetime.strptime(window.oldest, _MINUTE)
    length = max(1, -(-int(window.seconds // 60) // _STEPS))
    sums: dict[int, tuple[int, int]] = {}
    for minute, (before, after) in series.items():
        step = int((datetime.strptime(minute, _MINUTE) - first).total_seconds() // 60) // length
        so_far = sums.get(step, (0, 0))
        sums[step] = (so_far[0] + before, so_far[1] + after)
    return tuple(
        ((first + timedelta(minutes=step * length)).strftime(_MINUTE), *sums.get(step, (0, 0)))
        for step in range(max(sums, default=-1) + 1)
    )
