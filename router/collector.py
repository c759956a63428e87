"""The garbage collector, tuned for a process that makes many short-lived dicts and hardly any cycles.

Measured with `bench transform`: about 5 % less CPU an event.
"""

import gc


def tune_collector() -> None:
    """Leave what start-up made out of collections, and collect less often. Call once, when everything is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
