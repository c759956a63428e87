"""The check of one attribute object before it is accepted: every problem that Braze reports in `errors[]`."""

from __future__ import annotations

import re
from typing import Any

from router.braze_simulator.calls import JsonObject
from router.braze_simulator.config import SimulatorConfig
from router.braze_simulator.problems import (
    BAD_DEVICE_ID,
    BAD_EMAIL,
    BAD_EMAIL_STATE,
    BAD_GROUP_ARRAY,
    BAD_GROUP_HASH,
    BAD_GROUP_ID,
    BAD_GROUP_STATE,
    BAD_LOCATION,
    BAD_PUSH_STATE,
    BAD_TOKEN_APP,
    BAD_TOKEN_ARRAY,
    BAD_TOKEN_IMPORT,
    BAD_TOKEN_STRING,
    Problem,
)
from router.braze_simulator.profiles.addresses import is_email
from router.braze_simulator.profiles.identifiers import identifier_problem

_CHECKED = frozenset(
    {"email", "email_subscribe", "push_subscribe", "current_location", "push_tokens", "subscription_groups"}
)
_GLOBAL_STATES = frozenset({"opted_in", "subscribed", "unsubscribed"})
_GROUP_STATES = frozenset({"subscribed", "unsubscribed"})
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_DEVICE_ID_BYTES = range(8, 256)


def attribute_problems(entry: JsonObject, config: SimulatorConfig) -> list[Problem]:
    """Every problem of one attribute object; none when it is accepted."""
    if entry.get("push_token_import") is True:
        return _import_problems(entry, config)
    problem = identifier_problem(entry, config)
    problems = [problem] if problem else []
    if not _CHECKED.isdisjoint(entry):
        problems += _field_problems(entry, config)
    return problems


def _import_problems(entry: JsonObject, config: SimulatorConfig) -> list[Problem]:
    if not entry.get("push_tokens") or entry.get("external_id") is not None or entry.get("braze_id") is not None:
        return [BAD_TOKEN_IMPORT]
    return _field_problems(entry, config)


def _field_problems(entry: JsonObject, config: SimulatorConfig) -> list[Problem]:
    found = (
        _email(entry.get("email")),
        _state(entry.get("email_subscribe"), BAD_EMAIL_STATE),
        _state(entry.get("push_subscribe"), BAD_PUSH_STATE),
        _location(entry.get("current_location")),
        _tokens(entry.get("push_tokens"), config),
        _groups(entry.get("subscription_groups"), config),
    )
    return [problem for problem in found if problem is not None]


def _email(value: object) -> Problem | None:
    if value is None or value == "":
        return None
    return None if isinstance(value, str) and is_email(value) else BAD_EMAIL


def _state(value: object, problem: Problem) -> Problem | None:
    return None if value is None or (isinstance(value, str) and value in _GLOBAL_STATES) else problem


def _location(value: object) -> Problem | None:
    if value is None:
        return None
    fits = isinstance(value, dict) and _is_number(value.get("longitude")) and _is_number(value.get("latitude"))
    return None if fits else BAD_LOCATION


def _tokens(value: object, config: SimulatorConfig) -> Problem | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(token, dict) for token in value):
        return BAD_TOKEN_ARRAY
    return next((problem for token in value if (problem := _token(token, config))), None)


def _token(token: dict[str, Any], config: SimulatorConfig) -> Problem | None:
    if not isinstance(token.get("token"), str) or not token["token"]:
        return BAD_TOKEN_STRING
    app_id = token.get("app_id")
    if not isinstance(app_id, str) or (config.strict_app_ids and app_id not in config.apps):
        return BAD_TOKEN_APP
    device_id = token.get("device_id")
    fits = device_id is None or (isinstance(device_id, str) and len(device_id.encode()) in _DEVICE_ID_BYTES)
    return None if fits else BAD_DEVICE_ID


def _groups(value: object, config: SimulatorConfig) -> Problem | None:
    if value is None:
        return None
    if not isinstance(value, list):
        return BAD_GROUP_ARRAY
    return next((problem for group in value if (problem := _group(group, config))), None)


def _group(group: object, config: SimulatorConfig) -> Problem | None:
    if not isinstance(group, dict):
        return BAD_GROUP_HASH
    group_id = group.get("subscription_group_id")
    if not isinstance(group_id, str) or not _UUID.fullmatch(group_id):
        return BAD_GROUP_ID
    if config.strict_subscription_groups and group_id not in config.subscription_groups:
        return BAD_GROUP_ID
    return None if group.get("subscription_state") in _GROUP_STATES else BAD_GROUP_STATE


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
