"""What one process did lately."""

from router.delivery.activity import Activity


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_what_was_delivered_counts_for_a_minute() -> None:
    clock = Clock()
    activity = Activity(clock)
    activity.delivered(3)
    clock.now += 0.5
    activity.delivered(4)
    clock.now += 30
    activity.delivered(5)
    assert activity.last_minute() == 12
    clock.now += 29.5
    assert activity.last_minute() == 5
    clock.now += 60
    assert activity.last_minute() == 0


def test_memory_is_bounded_by_the_minute() -> None:
    clock = Clock()
    activity = Activity(clock)
    for _ in range(1000):
        clock.now += 1
        activity.delivered(1)
    assert len(activity._seconds) == activity.last_minute() == 60


def test_the_last_failure_is_kept_and_cut() -> None:
    clock = Clock()
    activity = Activity(clock)
    activity.failed(path="/users/track", outcome="connection", message="first")
    activity.failed(path="/users/track", outcome="server", message="x" * 1000)
    failure = activity.last_failure
    assert failure is not None
    assert (failure.at, failure.outcome, len(failure.message)) == (clock.now, "server", 300)
