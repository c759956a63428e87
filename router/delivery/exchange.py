"""One request and its answer, read; what the answer says about Braze's limits goes to the pacer."""

from router.braze.objects import Request
from router.braze.responses import Outcome, Retry, read_answer, read_failure
from router.delivery.outlet import Outlet
from router.errors import BrazeUnreachable


async def exchange(outlet: Outlet, request: Request) -> Outcome:
    """Send a request once; what becomes of it then is the caller's business."""
    try:
        answer = await outlet.client.send(request)
    except BrazeUnreachable as error:
        return read_failure(error)
    outcome = read_answer(request, answer, now=outlet.clock())
    if isinstance(outcome, Retry) and outcome.cause == "throttled":
        await outlet.pacer.throttled(request.path, outcome.delay)
    else:
        await outlet.pacer.answered(request.path, answer.headers)
    return outcome
