"""A data regulation: whose events are no longer sent on, from which sources, and where the users are deleted.

The request has the shape of RudderStack's Data Regulation API; `anonymousIds` of a user is an addition. Pure.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from policies.problems import Invalid, Problem, pointer
from router.identifiers import id_text

RegulationType = Literal["suppress", "suppress_with_delete"]

MOST_USERS = 1000
"""Users that one regulation may name."""
MOST_LINKS = 64
"""Anonymous ids that are remembered of one user; of those beyond, events without a userId are not recognised."""

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
_Number = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
_Ids = Annotated[list[_Id], msgspec.Meta(max_length=1000)]


class RegulatedUser(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A user of a request. RudderStack's other attributes (phone, email) are taken and not kept: Braze is asked by userId."""

    user_id: _Id | _Number
    anonymous_ids: Annotated[list[_Id], msgspec.Meta(max_length=MOST_LINKS)] | None = None
    """Ids of devices known to be this user's."""
    phone: Any = None
    email: Any = None


class RegulationRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What a request asks for."""

    regulation_type: RegulationType
    users: Annotated[list[RegulatedUser], msgspec.Meta(min_length=1, max_length=MOST_USERS)]
    source_ids: _Ids | None = None
    """Suppress only events of these sources; none = of all. Not with suppress_with_delete."""
    destination_ids: _Ids | None = None
    """Where the users are deleted: suppress_with_delete needs at least one."""


class Regulation(msgspec.Struct, frozen=True, kw_only=True):
    """One regulation as the store keeps it. It never changes; it can be cancelled."""

    id: str
    type: RegulationType
    source_ids: tuple[str, ...] = ()
    """Sources whose events of these users are no longer sent on; empty = all."""
    destination_ids: tuple[str, ...] = ()
    """Destinations where the users are deleted."""
    user_ids: tuple[str, ...]
    created_at: str


Links = Mapping[str, Sequence[str]]
"""Anonymous ids by user."""


def regulation_of(
    request: RegulationRequest,
    *,
    sources: Container[str],
    destinations: Container[str],
    id: str,  # noqa: A002 - the field's word
    created_at: str,
) -> tuple[Regulation, Links]:
    """The regulation that a request asks for, and the links that it states; raises Invalid with every problem found."""
    problems = [*_problems_of_lists(request, sources, destinations), *_problems_of_users(request.users)]
    if problems:
        raise Invalid(problems)
    links: dict[str, list[str]] = {}
    for user in request.users:
        stated = map(id_text, user.anonymous_ids or ())
        links.setdefault(id_text(user.user_id), []).extend(stated)
    regulation = Regulation(
        id=id,
        type=request.regulation_type,
        source_ids=tuple(dict.fromkeys(request.source_ids or ())),
        destination_ids=tuple(dict.fromkeys(request.destination_ids or ())),
        user_ids=tuple(links),
        created_at=created_at,
    )
    return regulation, links


def _problems_of_lists(
    request: RegulationRequest, sources: Container[str], destinations: Container[str]
) -> Iterator[Problem]:
    """Which list goes with which type, and whether there is what they name."""
    if request.source_ids and request.destination_ids:
        yield _problem("destinationIds", message="give sourceIds or destinationIds, never both")
    elif request.regulation_type == "suppress" and request.destination_ids:
        message = "a suppression holds for sources; suppress_with_delete deletes at destinations"
        yield _problem("destinationIds", message=message)
    elif request.regulation_type == "suppress_with_delete" and not request.destination_ids:
        yield _problem("destinationIds", message="suppress_with_delete needs the destinations where users are deleted")
    for at, name in enumerate(request.source_ids or ()):
        if name not in sources:
            yield _problem("sourceIds", at, message="there is no source of this id")
    for at, name in enumerate(request.destination_ids or ()):
        if name not in destinations:
            yield _problem("destinationIds", at, message="there is no destination of this id")


def _problems_of_users(users: Sequence[RegulatedUser]) -> Iterator[Problem]:
    """Ids of which nothing is left once they are cleaned as the gateway cleans them."""
    for at, user in enumerate(users):
        if not id_text(user.user_id):
            yield _problem("users", at, "userId", message="it has no visible character")
        for place, each in enumerate(user.anonymous_ids or ()):
            if not id_text(each):
                yield _problem("users", at, "anonymousIds", place, message="it has no visible character")


def _problem(*path: str | int, message: str) -> Problem:
    return Problem(pointer=pointer(*path), message=message)
