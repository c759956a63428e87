"""The check that every object of /users/track gets first: does it name one user, and by a legal name?"""

from __future__ import annotations

from typing import Any

from router.braze_simulator.config import SimulatorConfig
from router.braze_simulator.problems import (
    ALIAS_TOO_LARGE,
    BAD_ALIAS,
    EXTERNAL_ID_BLOCKED,
    EXTERNAL_ID_TOO_LARGE,
    NO_IDENTIFIER,
    TWO_IDENTIFIERS,
    Problem,
)

EXTERNAL_ID_BYTES = 987
ALIAS_BYTES = 236


def identifier_problem(entry: dict[str, Any], config: SimulatorConfig) -> Problem | None:
    """What is wrong with the identifiers of one object; None when they name exactly one user."""
    external_id = entry.get("external_id")
    alias = entry.get("user_alias")
    braze_id = entry.get("braze_id")
    if (external_id is not None) + (alias is not None) + (braze_id is not None) > 1:
        return TWO_IDENTIFIERS
    if external_id is not None:
        return external_id_problem(external_id, config)
    if alias is not None:
        return alias_problem(alias)
    if isinstance(braze_id, str) and braze_id:
        return None
    return None if _has_contact(entry) else NO_IDENTIFIER


def external_id_problem(external_id: object, config: SimulatorConfig) -> Problem | None:
    """What is wrong with an external id. A number is none: Braze wants text."""
    if not isinstance(external_id, str) or not external_id:
        return NO_IDENTIFIER
    if len(external_id) > EXTERNAL_ID_BYTES // 4 and len(external_id.encode()) > EXTERNAL_ID_BYTES:
        return EXTERNAL_ID_TOO_LARGE
    return EXTERNAL_ID_BLOCKED if external_id in config.blocklist.external_ids else None


def alias_problem(alias: object) -> Problem | None:
    """What is wrong with an object that has `alias_name` and `alias_label`."""
    if not isinstance(alias, dict):
        return BAD_ALIAS
    name, label = alias.get("alias_name"), alias.get("alias_label")
    if not (isinstance(name, str) and name and isinstance(label, str) and label):
        return BAD_ALIAS
    too_large = max(len(name.encode()), len(label.encode())) > ALIAS_BYTES
    return ALIAS_TOO_LARGE if too_large else None


def _has_contact(entry: dict[str, Any]) -> bool:
    email, phone = entry.get("email"), entry.get("phone")
    return bool((isinstance(email, str) and email) or (isinstance(phone, str) and phone))
