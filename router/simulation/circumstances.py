"""What an event does not say of itself: the SDK that sends it, the device's consents, whether its user is suppressed."""

import msgspec

from policies.client_consent import ClientConsent
from policies.facts import Facts
from policies.sdks import Sdk


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """Taken as given for every event of a simulation. `sdk` None = the one that a source names, or its type's default."""

    sdk: Sdk | None = None
    client: ClientConsent | None = None
    suppressed: bool = False

    def of(self, facts: Facts) -> Facts:
        """The facts of an event under these circumstances."""
        return msgspec.structs.replace(facts, client=self.client, suppressed=self.suppressed)


NONE = Circumstances()
"""Consent management off, nobody suppressed: what is taken where nothing is said."""
