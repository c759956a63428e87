"""From recorded events to a report, one run for each destination that they are connected to."""

from collections.abc import Callable, Iterable, Sequence

from policies.capabilities import SourceType
from policies.connection import Workspace
from router.simulation.envelopes import Envelope
from router.simulation.through_braze.devices import devices_of
from router.simulation.through_braze.lives import live
from router.simulation.through_braze.play import play
from router.simulation.through_braze.recording import Recorded, read_recording
from router.simulation.through_braze.report import Report, Run, report
from router.simulation.through_braze.timeline import Happening, timeline
from router.simulation.through_braze.timing import CLOUD_LATENCY

Watch = Callable[[Sequence[Happening]], Iterable[Happening]]
"""Passes on what happens, and may show how far it has come."""


async def run_through_braze(
    workspace: Workspace,
    envelopes: Iterable[Envelope],
    *,
    source_type: SourceType | None = None,
    cloud_latency: float = CLOUD_LATENCY,
    watch: Watch = iter,
) -> list[Report]:
    """Run the events through both paths; raises InvalidJson for what is no event of this workspace."""
    recordings = read_recording(workspace, envelopes, source_type=source_type)
    return [
        await _run(destination, recording, cloud_latency=cloud_latency, watch=watch)
        for destination, recording in recordings.items()
    ]


async def _run(destination: str, recording: Sequence[Recorded], *, cloud_latency: float, watch: Watch) -> Report:
    lives = [live(device) for device in devices_of(recording)]
    happenings = timeline(recording, lives, cloud_latency=cloud_latency)
    played = await play(watch(happenings), start=happenings[0].at if happenings else 0.0)
    modes = {event.source.id: event.policy.terms.mode for event in recording}
    run = Run(destination=destination, modes=dict(sorted(modes.items())), cloud_latency=cloud_latency)
    return report(run, recording, lives, played)
