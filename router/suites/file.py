"""The shape of a suite file, `*.policy.yaml`. The JSON Schema that editors complete from is made of these Structs."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from policies.capabilities import Mode, SourceType
from policies.client_consent import ClientConsent
from policies.decision import Path
from policies.sdks import SdkId

Text = Annotated[str, Meta(min_length=1)]
VerdictName = Literal["deliver", "block", "identity"]
Event = Annotated[dict[str, Any], Meta(description="A RudderStack message as its SDK sends it.")]
Body = dict[str, Any]
PATHS: tuple[Path, ...] = ("device", "cloud")


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping of a suite file."""


class DeviceStep(_Part, frozen=True, kw_only=True):
    """Something that the device has lived through: an event, a RudderStack reset(), or a restart (new process or page)."""

    event: Event | None = None
    reset: bool = False
    restart: bool = False

    def __post_init__(self) -> None:
        if (self.event is not None) + self.reset + self.restart != 1:
            raise ValueError("a step is one event, one reset or one restart")


class Given(_Part, frozen=True, kw_only=True):
    """What holds before the event comes. What a test or a case states replaces what stands above it."""

    source: Annotated[Text, Meta(description="Id of the source that the event comes through.")] | None = None
    source_type: (
        Annotated[SourceType, Meta(description="A source of this type, connected to every destination of the file.")]
        | None
    ) = None
    destination: (
        Annotated[Text, Meta(description="Only this destination; else all that the source leads to.")] | None
    ) = None
    sdk: Annotated[SdkId, Meta(description="The SDK on the device, where a source type has several.")] | None = None
    mode: Annotated[Mode, Meta(description="Connection mode of the source's type, instead of the file's.")] | None = (
        None
    )
    modes: Annotated[dict[SourceType, Mode], Meta(description="The same by source type.")] | None = None
    consent: (
        Annotated[ClientConsent, Meta(description="The device's consents when destinations were loaded.")] | None
    ) = None
    suppressed: Annotated[bool, Meta(description="The user is under a `suppress` regulation.")] | None = None
    before: Annotated[list[DeviceStep], Meta(description="What the device lived through before the event.")] | None = (
        None
    )


class Where(_Part, frozen=True, kw_only=True):
    """Which of the recorded events are meant: all of what is stated must hold."""

    source: Text | list[Text] | None = None
    type: str | list[str] | None = None
    event: Text | list[Text] | None = None
    message_id: Text | list[Text] | None = None


class PathExpectation(_Part, frozen=True, kw_only=True):
    """What one path does with the event."""

    verdict: VerdictName | None = None
    rule: Text | None = None
    why: Annotated[Text, Meta(description="A text that the deciding rule's reason contains.")] | None = None


class RequestExpectation(_Part, frozen=True, kw_only=True):
    """A request to Braze: its path, and what its body contains."""

    path: Text
    body: Body = {}


class Requests(_Part, frozen=True, kw_only=True):
    """Requests, compared as a whole or looked for."""

    exact: list[RequestExpectation] | UnsetType = UNSET
    contains: list[RequestExpectation] | UnsetType = UNSET


CallExpectation = Text | Annotated[list[Any], Meta(min_length=1)]
"""A method of the Braze SDK with any arguments, or `[method, argument, …]`."""


class DeviceCalls(_Part, frozen=True, kw_only=True):
    """Calls of the Braze SDK, compared as a whole or looked for."""

    exact: list[CallExpectation] | UnsetType = UNSET
    contains: list[CallExpectation] | UnsetType = UNSET


class ErrorExpectation(_Part, frozen=True, kw_only=True):
    """Why the transform refuses the event."""

    rule: Text | None = None
    status: int | None = None
    message: Annotated[Text, Meta(description="A text that the error message contains.")] | None = None


class Combination(_Part, frozen=True, kw_only=True):
    """Verdicts or rules of the paths that must not come together."""

    device: Text | PathExpectation | None = None
    cloud: Text | PathExpectation | None = None


NeverItem = Text | Combination
"""`device`, `cloud` (delivered there), `doubled`, `lost`, a rule id, or a combination."""


class Expect(_Part, frozen=True, kw_only=True):
    """What must come of the event. At least one thing must be said."""

    device: (
        Annotated[Text | PathExpectation, Meta(description="A verdict, a rule id, or both as a mapping.")] | None
    ) = None
    cloud: Annotated[Text | PathExpectation, Meta(description="A verdict, a rule id, or both as a mapping.")] | None = (
        None
    )
    requests: Literal["none"] | list[RequestExpectation] | Requests | None = None
    device_calls: Literal["none"] | list[CallExpectation] | DeviceCalls | None = None
    error: Text | ErrorExpectation | UnsetType | None = UNSET
    never: NeverItem | list[NeverItem] | None = None
    events: Annotated[int, Meta(ge=1, description="How many recorded events the test must meet.")] | None = None


class Case(_Part, frozen=True, kw_only=True):
    """One row of a test's table: a test of its own that overrides parts of the test."""

    name: Text
    tags: list[Text] = []
    skip: Annotated[Text, Meta(description="Why this is not run.")] | None = None
    given: Given = Given()
    event: Event | None = None
    where: Where | None = None
    expect: Expect | None = None


class ForEach(_Part, frozen=True, kw_only=True):
    """Every combination is a test of its own."""

    source: Annotated[list[Text], Meta(min_length=1)] | None = None
    source_type: Annotated[list[SourceType], Meta(min_length=1)] | None = None
    sdk: Annotated[list[SdkId], Meta(min_length=1)] | None = None
    mode: Annotated[list[Mode], Meta(min_length=1)] | None = None


class Entry(_Part, frozen=True, kw_only=True):
    """One test: what is given, the event or the recorded events, and what is expected."""

    name: Text
    tags: list[Text] = []
    skip: Annotated[Text, Meta(description="Why this is not run.")] | None = None
    given: Given = Given()
    event: Event | None = None
    events_from: Annotated[Text, Meta(description="JSON Lines, plain or gzip, relative to this file.")] | None = None
    where: Where | None = None
    for_each: ForEach | None = None
    cases: Annotated[list[Case], Meta(min_length=1)] | None = None
    expect: Expect | None = None


class SuiteFile(_Part, frozen=True, kw_only=True):
    """A suite: tests of one connection file."""

    version: Literal[1]
    connection: Annotated[Text, Meta(description="Connection file, relative to this file.")]
    tags: list[Text] = []
    clock: Annotated[Text, Meta(description="The moment at which every event is received, ISO 8601.")] | None = None
    given: Given = Given()
    tests: Annotated[list[Entry], Meta(min_length=1)]
