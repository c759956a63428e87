"""The question a plan answers: the workspace of now and the one to come, fit to be sent to another process."""

import msgspec

from policies.capabilities import Mode, SourceType
from policies.connection import Workspace
from policies.decision import Decision, Verdict


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Two workspaces without secrets; `source_type` stands for the source of bare messages, as for `simulate`."""

    old: Workspace
    new: Workspace
    source_type: SourceType | None = None


def ask(old: Workspace, new: Workspace, *, source_type: SourceType | None = None) -> Question:
    """The question without the Braze keys of either workspace: it may travel to other machines."""
    return Question(old=without_keys(old), new=without_keys(new), source_type=source_type)


def without_keys(workspace: Workspace) -> Workspace:
    """The same workspace, revision included, without its Braze keys."""
    bare = {item.id: msgspec.structs.replace(item, rest_api_key=None) for item in workspace.destinations}
    return msgspec.structs.replace(
        workspace,
        destinations=tuple(bare.values()),
        connections=tuple(
            msgspec.structs.replace(item, destination=bare[item.destination.id]) for item in workspace.connections
        ),
    )


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What one workspace does with an event for one destination; both verdicts None where nothing joins the two."""

    mode: Mode | None = None
    device: Verdict | None = None
    cloud: Verdict | None = None

    @property
    def by_device(self) -> bool:
        """Whether the SDK hands the event to Braze. A mere switch of the user (`identity`) carries nothing."""
        return self.device is not None and self.device.verdict == "deliver"

    @property
    def by_cloud(self) -> bool:
        """Whether the router hands the event to Braze."""
        return self.cloud is not None and self.cloud.verdict == "deliver"

    @property
    def path(self) -> str:
        """`device`, `cloud`, `both` or `neither`."""
        return path_of(device=self.by_device, cloud=self.by_cloud)

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that settled it, device first."""
        return tuple(verdict.rule for verdict in (self.device, self.cloud) if verdict is not None)


NOT_CONNECTED = Side()


def path_of(*, device: bool, cloud: bool) -> str:
    """The name of a pair of open and closed paths."""
    return {(True, True): "both", (True, False): "device", (False, True): "cloud"}.get((device, cloud), "neither")


def side_of(mode: Mode, decision: Decision) -> Side:
    """One decision as a side."""
    return Side(mode=mode, device=decision.device, cloud=decision.cloud)
