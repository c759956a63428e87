"""The simulator as the judge of what a list of requests does to profiles, without HTTP in between."""

from typing import Any

import msgspec

from router.braze.objects import Request, User
from router.braze_simulator.calls import Answer, Call
from router.braze_simulator.config import Key, SimulatorConfig
from router.braze_simulator.pipeline import respond
from router.braze_simulator.profiles.profile import Profile
from router.braze_simulator.workspace import Workspace

_HEADERS = {"content-type": "application/json"}


class Profiles:
    """One simulated workspace; requests take effect at once."""

    def __init__(self) -> None:
        self._workspace = Workspace(SimulatorConfig(rate_plan="off"))
        self._calls = 0

    def send(self, request: Request) -> None:
        """Apply one request, all of whose objects the simulator must accept."""
        answer = self.post(request.path, request.content)
        assert answer.status < 300, answer
        assert "errors" not in answer.body

    def post(self, path: str, content: bytes) -> Answer:
        """The answer to one call."""
        self._calls += 1
        call = Call(
            id=str(self._calls),
            method="POST",
            path=path,
            query="",
            headers=_HEADERS,
            key=Key(),
            client="",
            body=content,
            at=self._workspace.now(),
        )
        return respond(self._workspace, call).answer

    def attributes(self, user: User) -> dict[str, Any] | None:
        """Attributes of the profile that an object for the user reaches now; None when it would make a new one."""
        profile = self._profile(user)
        if profile is None:
            return None
        contacts = {"email": profile.email} if profile.email else {}
        return {**profile.standard, **profile.custom, **contacts}

    def everything(self) -> list[Any]:
        """All profiles: who they are, and what they have."""
        return sorted(
            msgspec.json.encode(_seen(profile), order="sorted")
            for profile in self._workspace.directory.profiles.values()
        )

    @property
    def data_points(self) -> int:
        """What it all cost."""
        return self._workspace.data_points.total

    def _profile(self, user: User) -> Profile | None:
        directory = self._workspace.directory
        return directory.by_alias.get(user) if isinstance(user, tuple) else directory.by_external_id.get(user or "")


def _seen(profile: Profile) -> dict[str, Any]:
    return {
        "external_id": profile.external_id,
        "aliases": profile.aliases,
        "email": profile.email,
        "standard": profile.standard,
        "custom": profile.custom,
        "types": profile.types,
    }
