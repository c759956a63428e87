"""Claims that most connections should meet, with the exceptions that are part of them."""

from collections.abc import Mapping

import msgspec


class StandingClaim(msgspec.Struct, frozen=True, kw_only=True):
    """`never` is true of no case, apart from those that `but` is true of; `reasons` say why each of these is no defect."""

    about: str
    never: str
    but: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


_EXCEPTIONS: Mapping[str, str] = {
    "rule=device/disabled,cloud/disabled": "source, destination or connection is switched off",
    "rule=device/integrations-object,cloud/integrations-object": "the event's own integrations object keeps it from Braze",
    "rule=device/consent,cloud/consent": "the user has not consented",
    "rule=cloud/suppressed-user": "the user is suppressed by a regulation",
    "rule=device/event-filter": "the connection's own list stops the name on the device",
    "returned=yes": "it came from Braze, and would go round in a loop",
    "type=other,none": "Braze takes none but the six message types",
    "type=track and named=no": "Braze takes no event without a name",
    "origin=auto and mode=cloud": "the Braze SDK is not loaded in cloud mode, so it makes no events",
}

STANDING_CLAIMS: Mapping[str, StandingClaim] = {
    "no-loss": StandingClaim(
        about="nothing goes by neither path, unless there is a reason that somebody chose",
        never="path=neither",
        but=tuple(_EXCEPTIONS),
        reasons=tuple(_EXCEPTIONS.values()),
    ),
    "no-double": StandingClaim(about="nothing is delivered by both paths", never="path=both"),
}
