"""The decision domain: connections and events between which some rule can tell a difference, made from data alone.

`mode_table` prints a slice of it, tests and proofs enumerate it.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Literal

from policies import decide
from policies.capabilities import MESSAGE_TYPES, SOURCE_TYPES, Mode, SourceType
from policies.client_consent import ClientConsent
from policies.connection import Connection, Destination, Ruleset, Source
from policies.facts import ORIGINS, Facts
from policies.sdks import Sdk, sdks_of

Filtering = Literal["off", "allow", "deny"]
LISTED = "Order Placed"
"""The name that the domain's filter lists hold."""
ASKED = "marketing"
"""The consent that the domain's destinations ask for."""
OTHER_TYPE = "reset"
"""Stands for every message type that is none of the six."""

_CONFIG: Mapping[str, Any] = {"dataCenter": "EU-01", "appKey": "app-key", "supportDedup": False}
_FILTERS: Mapping[Filtering, Mapping[str, Any]] = {
    "off": {},
    "allow": {"eventFilteringOption": "whitelistedEvents", "whitelistedEvents": [{"eventName": LISTED}]},
    "deny": {"eventFilteringOption": "blacklistedEvents", "blacklistedEvents": [{"eventName": LISTED}]},
}
_CONSENT = {
    "consentManagement": [{"provider": "custom", "resolutionStrategy": "and", "consents": [{"consent": ASKED}]}]
}
_CLIENTS = (
    None,
    ClientConsent(provider="custom", allowed=(ASKED,)),
    ClientConsent(provider="custom", app_consents=False),
)
_STATED_CONSENTS = (None, {"provider": "custom", "deniedConsentIds": [ASKED]})
_INTEGRATIONS: tuple[Any, ...] = (
    {"All": True},
    {"All": False},
    {"Braze": False},
    {"All": False, "Braze": {"appId": "a"}},
)
_CONTENTS: Mapping[str, tuple[tuple[str | None, Any], ...]] = {
    "track": ((LISTED, {}), ("Page Scrolled", {}), (None, {}), (LISTED, None)),
    "page": ((None, {}), (None, None)),
}
"""Name and properties where some rule reads them."""
_USERS = ("u-1", "")


def connection_in(source_type: SourceType, mode: Mode, config: Mapping[str, Any] = _CONFIG) -> Connection:
    """A connection of that source type in that mode, to a destination that every SDK can start."""
    settings = {**_CONFIG, **config, "connectionMode": mode}
    return Connection(
        source=Source(id=source_type, type=source_type), destination=Destination(id="braze", config=settings)
    )


def every_sdk() -> Iterator[tuple[SourceType, Sdk | None]]:
    """Every source type with each of its SDKs; None where no SDK carries Braze."""
    for source_type in SOURCE_TYPES:
        yield from ((source_type, sdk) for sdk in sdks_of(source_type) or (None,))


def policies_with(
    filtering: Filtering, mode: Mode, ruleset: Ruleset
) -> Iterator[tuple[SourceType, Sdk | None, decide.Policy]]:
    """The policy of every source type and SDK, with a consent to ask for and one way of filtering."""
    for source_type, sdk in every_sdk():
        connection = connection_in(source_type, mode, {**_FILTERS[filtering], **_CONSENT})
        yield source_type, sdk, decide.compile(connection, ruleset, sdk=sdk)


def every_event() -> Iterator[Facts]:
    """Every event that some rule can tell from the others: types, origins, names, users, consents, integrations, suppression."""
    for kind, (origin, returned) in product((*MESSAGE_TYPES, OTHER_TYPE, ""), _origins()):
        contents = _CONTENTS.get(kind, ((None, {}),))
        carried = product(contents, _USERS, _INTEGRATIONS, _CLIENTS, _STATED_CONSENTS, (False, True))
        for (name, properties), user_id, integrations, client, stated, suppressed in carried:
            yield Facts(
                type=kind,
                origin=origin,
                returned_from_braze=returned,
                name=name,
                properties=properties,
                user_id=user_id,
                integrations=integrations,
                client=client,
                consent_management=stated,
                suppressed=suppressed,
            )


def _origins() -> Iterator[tuple[Any, bool]]:
    yield from product(ORIGINS, (False, True))
