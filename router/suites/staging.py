"""Tests made ready: the source, SDK, mode and consents that are given are put in force, recorded events are read and chosen."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from policies.capabilities import Mode, SourceType
from policies.connection import Workspace, with_modes
from policies.facts import Facts
from policies.problems import Problem, did_you_mean
from policies.sdks import SDKS, Sdk, sdks_of
from policies.terms import Terms, terms_of
from router.classify import classify
from router.enrichment import enrich
from router.errors import RouterError, UnreadableFile
from router.events import Message, decode_message
from router.routing import Route
from router.simulation.envelopes import Envelope, read_envelopes
from router.simulation.sources import NoSource, Sources
from router.suites.file import Given, Where
from router.suites.suite import PolicyTest, Suite
from router.suites.trial import Occurrence, Trial

_Modes = tuple[tuple[SourceType, Mode], ...]


class _Unfit(Exception):
    """What a test is given does not fit its connection file."""

    def __init__(self, key: str, message: str, fix: str) -> None:
        super().__init__(message)
        self.key, self.message, self.fix = key, message, fix


def staged(suite: Suite, workspace: Workspace) -> tuple[tuple[Trial, ...], tuple[Problem, ...]]:
    """All tests of a suite, ready to run, and where something given does not fit the connection file."""
    stage, trials, problems = Stage(workspace), list[Trial](), list[Problem]()
    for test in suite.tests:
        try:
            trials.append(stage.trial(test))
        except _Unfit as unfit:
            at = f"{test.pointer}/{unfit.key}"
            problems.append(Problem(pointer=at, message=unfit.message, fix=unfit.fix))
    return tuple(trials), tuple(dict.fromkeys(problems))


class Stage:
    """One workspace under all that its tests give."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._sources: dict[tuple[_Modes, SourceType | None], Sources] = {}
        self._terms: dict[tuple[int, str], Terms] = {}
        self._recorded: dict[Path, tuple[Envelope, ...]] = {}

    def trial(self, test: PolicyTest) -> Trial:
        """One test with the events that it meets."""
        if test.skip:
            return Trial(test=test)
        occurrences = (each for found in enumerate(self._envelopes(test)) for each in self._occurrences(test, *found))
        return Trial(test=test, occurrences=tuple(occurrences))

    def _envelopes(self, test: PolicyTest) -> Iterator[Envelope]:
        if test.event is not None:
            yield Envelope(msgspec.json.encode(test.event), test.given.source)
        elif test.events_from is not None:
            yield from self._read(test.events_from)

    def _read(self, path: Path) -> tuple[Envelope, ...]:
        if path not in self._recorded:
            try:
                self._recorded[path] = tuple(envelope for _, envelope in read_envelopes(str(path)))
            except OSError as error:
                reason = f"cannot read `{path}`: {error.strerror or error}"
                raise _Unfit("events_from", reason, "the path is relative to the suite") from error
            except UnreadableFile as error:
                raise _Unfit("events_from", str(error), "the file is cut off or damaged: write it again") from error
            except RouterError as error:
                fix = 'a line is {"source": …, "message": {…}} or a bare message, as plain text or gzip'
                raise _Unfit("events_from", f"cannot read `{path}`: {error}", fix) from error
        return self._recorded[path]

    def _occurrences(self, test: PolicyTest, index: int, envelope: Envelope) -> Iterator[Occurrence]:
        try:
            message = _received(decode_message(envelope.message), test.clock)
        except RouterError as error:
            raise _Unfit("event", f"event {index + 1} cannot be read: {error}", "") from error
        route = self._route(test, envelope, message)
        facts = _facts(message, route, test.given)
        if not _is_meant(test, route, facts, message):
            return
        message = msgspec.structs.replace(message, type=facts.type)
        for terms in self._terms_of(route, test.given):
            yield Occurrence(
                index=index, message=message, facts=facts, terms=terms, before=tuple(test.given.before or ())
            )

    def _route(self, test: PolicyTest, envelope: Envelope, message: Message) -> Route:
        given = test.given
        forced = given.source_type or _type_of(given.sdk) if given.source is None else None
        if test.event is not None and not (given.source or forced) and len(self._workspace.sources) > 1:
            known = (source.id for source in self._workspace.sources)
            raise _Unfit(
                "event", "it is not said which source it comes through", f"add given: source: {', '.join(known)}"
            )
        sources = self._sources_under(self._modes(given, forced), forced)
        try:
            return sources.route(envelope if envelope.source else Envelope(envelope.message, given.source), message)
        except NoSource as error:
            raise _Unfit("given/source", str(error), "") from error

    def _modes(self, given: Given, forced: SourceType | None) -> _Modes:
        modes: dict[SourceType, Mode] = dict(given.modes or {})
        if given.mode is not None:
            sources = (each for each in self._workspace.sources if given.source in (None, each.id))
            modes.update(dict.fromkeys([forced] if forced else [each.type for each in sources], given.mode))
        return tuple(sorted(modes.items()))

    def _sources_under(self, modes: _Modes, forced: SourceType | None) -> Sources:
        if (modes, forced) not in self._sources:
            workspace = with_modes(self._workspace, dict(modes)) if modes else self._workspace
            self._sources[modes, forced] = Sources(workspace, forced)
        return self._sources[modes, forced]

    def _terms_of(self, route: Route, given: Given) -> Iterator[Terms]:
        known = [destination.id for destination in self._workspace.destinations]
        if given.destination not in (None, *known):
            message = f"there is no destination `{given.destination}` in the connection file"
            raise _Unfit("given/destination", message, did_you_mean(given.destination or "", known))
        for policy in route.policies:
            if given.destination in (None, policy.terms.connection.destination.id):
                yield self._with_sdk(policy.terms, given.sdk)

    def _with_sdk(self, terms: Terms, sdk_id: str | None) -> Terms:
        if sdk_id is None:
            return terms
        source_type = terms.connection.source.type
        sdk = SDKS[sdk_id]
        if sdk.source_type != source_type:
            known = [each.id for each in sdks_of(source_type)]
            fix = f"use one of: {', '.join(known)}" if known else "remove it: no SDK of this type carries Braze"
            raise _Unfit("given/sdk", f"`{sdk_id}` is no SDK of source type {source_type}", fix)
        return self._compiled(terms, sdk)

    def _compiled(self, terms: Terms, sdk: Sdk) -> Terms:
        """Terms are shared by all tests under the same conditions, so that a policy is compiled once for all of them."""
        known = (id(terms), sdk.id)
        if known not in self._terms:
            self._terms[known] = terms_of(terms.connection, terms.ruleset, sdk)
        return self._terms[known]


def _type_of(sdk_id: str | None) -> SourceType | None:
    return SDKS[sdk_id].source_type if sdk_id else None


def _received(message: Message, clock: str) -> Message:
    return enrich(message, received_at=None if message.received_at else clock)


def _facts(message: Message, route: Route, given: Given) -> Facts:
    return msgspec.structs.replace(
        classify(message, route.source), client=given.consent, suppressed=bool(given.suppressed)
    )


def _is_meant(test: PolicyTest, route: Route, facts: Facts, message: Message) -> bool:
    """Whether a recorded event is one of those that the test is about."""
    if test.event is not None:
        return True
    return _comes_through(route, test.given) and _is_chosen(test.where, route, facts, message)


def _comes_through(route: Route, given: Given) -> bool:
    forced = given.source_type or (_type_of(given.sdk) if given.source is None else None)
    return given.source in (None, route.source.id) and forced in (None, route.source.type)


def _is_chosen(where: Where, route: Route, facts: Facts, message: Message) -> bool:
    has: Mapping[str, object] = {
        "source": route.source.id,
        "type": facts.type,
        "event": facts.name,
        "message_id": message.message_id,
    }
    wanted = ((has[name], getattr(where, name)) for name in has)
    return all(stated is None or value in ([stated] if isinstance(stated, str) else stated) for value, stated in wanted)
