"""From bills to what a plan says of cost."""

from policies.connection import Workspace
from router.simulation.plan.bill import Bill, Bills
from router.simulation.plan.question import Question
from router.simulation.plan.report import Cost, RequestPeak, SideCost

LIMITS = {
    "/users/track": 60_000,
    "/users/identify": 20_000,
    "/users/merge": 20_000,
    "/users/alias/new": 20_000,
    "/users/delete": 20_000,
    "/v2/subscription/status/set": 5_000,
}
"""Requests a minute (braze.com/docs, rate limits); those of 20,000 share one limit."""

_MOST_NAMES = 20


def costs_of(question: Question, bills: Bills) -> tuple[Cost, ...]:
    """One for each destination that was billed."""
    destinations = sorted({destination for _, destination in bills})
    return tuple(
        Cost(
            destination=destination,
            before=_side(bills.get(("old", destination), Bill()), question.old, destination),
            after=_side(bills.get(("new", destination), Bill()), question.new, destination),
        )
        for destination in destinations
    )


def _side(bill: Bill, workspace: Workspace, destination: str) -> SideCost:
    return SideCost(
        objects=dict(sorted(bill.objects.items())),
        requests=tuple(_peak(path, minutes) for path, minutes in sorted(bill.requests.items())),
        refused=bill.refused,
        sdk_errors=bill.sdk_errors,
        filtered=bill.filtered,
        cloud_points=bill.cloud_points,
        device_points=bill.device_points,
        updates=bill.updates,
        repeats=sum(bill.repeats.values()),
        repeat_points=bill.repeat_points,
        deduplicated=any(
            bool(item.config.get("supportDedup")) for item in workspace.destinations if item.id == destination
        ),
        top_repeats=tuple(sorted(bill.repeats.items(), key=lambda item: (-item[1], item[0]))[:_MOST_NAMES]),
    )


def _peak(path: str, minutes: dict[str, int]) -> RequestPeak:
    most = max(minutes.values())
    limit = LIMITS[path]
    return RequestPeak(
        path=path,
        requests=sum(minutes.values()),
        minute=min(minute for minute, count in minutes.items() if count == most),
        peak=most,
        limit_per_minute=limit,
        exceeded=most > limit,
    )
