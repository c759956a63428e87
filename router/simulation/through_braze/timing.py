"""How long things take on a device. Flushes and session timeouts are facts; the time until an SDK is ready is a plausible middle."""

import msgspec

from policies.sdks import Code

CLOUD_LATENCY = 0.2
"""Seconds from an event's arrival at the router to Braze when nothing is wrong."""

VISIT_GAP = 1800.0
"""Seconds without an event after which the person has left (as for the Braze Web SDK's sessions; braze.com/docs, tracking sessions)."""

SESSION = 10.0
"""Seconds in the background after which an app's session is over (braze.com/docs, tracking sessions)."""

START_WINDOW = 10.0
"""Seconds within which what an app records of its start belongs to one start."""

QUEUE = 100
"""Events that a RudderStack SDK holds for an integration that is not ready; the oldest give way (rudder-sdk-js)."""

BEFORE = 60.0
"""Seconds before its first recorded event at which a device does what it must have done before the recording."""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """One platform's seconds."""

    batch: float
    """How long an event waits before it goes to the data plane, where the recording does not say."""
    session: float
    """From leaving to the end of the session."""
    ready: float = 1.0
    """From the first sign of life until the Braze SDK takes calls: source config, integration and Braze SDK have to be loaded."""
    flush: float = 10.0
    """From flush to flush of the Braze SDK (rudder-sdk-js#2487, braze-swift-sdk#149)."""


_WEB = Timing(batch=0.0, session=VISIT_GAP)
_MOBILE = Timing(batch=10.0, session=SESSION)


def timing_of(code: Code) -> Timing:
    """The seconds of the SDKs that run this code."""
    return _WEB if is_web(code) else _MOBILE


def is_web(code: Code) -> bool:
    """Whether this code runs in a browser, where every visit loads everything anew."""
    return code in ("web", "web-v1.1")
