"""What the mobile integrations read alike in an event: the traits of its context, its external id, its user id."""

from typing import Any

from router.braze.transform.javascript import number_text
from router.devices.state import Event

Json = Any

BRAZE_EXTERNAL_ID = "brazeExternalId"


def context_of(event: Event) -> dict[str, Json]:
    """The event's context; empty where it has none."""
    context = event.get("context")
    return context if isinstance(context, dict) else {}


def traits_of(event: Event) -> dict[str, Json] | None:
    """`context.traits`, where a mobile SDK puts the user's cumulative traits; None where there are none."""
    traits = context_of(event).get("traits")
    return traits if isinstance(traits, dict) else None


def properties_of(event: Event) -> dict[str, Json] | None:
    """The properties of a track; None where it has none (an app can hand over nothing but a map)."""
    properties = event.get("properties")
    return properties if isinstance(properties, dict) else None


def name_of(event: Event) -> str | None:
    """The name of a track, which is typed as text on mobile."""
    name = event.get("event")
    return name if isinstance(name, str) else None


def user_id_of(event: Event) -> str | None:
    """The userId, typed as text on mobile; a number that another sender put there is taken as its text."""
    user_id = event.get("userId")
    if isinstance(user_id, int | float) and not isinstance(user_id, bool):
        return number_text(user_id)
    return user_id if isinstance(user_id, str) else None


def external_ids_of(event: Event) -> list[dict[str, Json]]:
    """`context.externalId` as far as it is a list of objects."""
    ids = context_of(event).get("externalId")
    return [entry for entry in ids if isinstance(entry, dict)] if isinstance(ids, list) else []


def external_id_of(event: Event) -> Json:
    """The id of the first external id of type `brazeExternalId`, as it is; None where there is none."""
    return next((entry.get("id") for entry in external_ids_of(event) if entry.get("type") == BRAZE_EXTERNAL_ID), None)
