"""JSON Schemas of suite and connection files, made of the same Structs and tables that read them, so that editors complete."""

from collections.abc import Mapping
from typing import Any

import msgspec

from policies.capabilities import SOURCE_TYPES
from policies.connection import ANY_SOURCE, PER_SOURCE_KEYS, RULESETS, BrazeSettings
from policies.data_centers import DATA_CENTERS
from policies.sdks import SDKS
from router.suites.expectation import NEVER_WORDS, RULES, VERDICTS
from router.suites.file import PATHS, SuiteFile
from router.suites.reading import NEVER_HAPPEN

Schema = dict[str, Any]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT: Schema = {"type": "string", "minLength": 1}
_SWITCH: Schema = {"type": "boolean", "default": True}


def suite_schema() -> Schema:
    """The schema of `*.policy.yaml`: no key but those that are read, no rule id but those there are."""
    schema = _strict(msgspec.json.schema(SuiteFile))
    parts = schema["$defs"]
    for path in PATHS:
        _choose(parts["Expect"]["properties"][path], [*VERDICTS[path], *RULES[path]])
        _choose(parts["Combination"]["properties"][path], [*VERDICTS[path], *RULES[path]])
    every_rule = [rule for path in PATHS for rule in RULES[path]]
    _choose(parts["PathExpectation"]["properties"]["rule"], every_rule)
    _choose(parts["Expect"]["properties"]["never"], [*NEVER_WORDS, *every_rule, *NEVER_HAPPEN])
    return {"$schema": _DIALECT, "title": "hybrid-router policy suite", **schema}


def connection_schema() -> Schema:
    """The schema of connection files."""
    return {
        "$schema": _DIALECT,
        "title": "hybrid-router connection file",
        **_mapping(
            {
                "version": {"const": 1},
                "ruleset": {"enum": list(RULESETS), "default": RULESETS[0]},
                "sources": {"type": "array", "items": _source()},
                "destinations": {"type": "array", "items": _destination()},
                "connections": {"type": "array", "items": _connection()},
            },
            required=["version", "sources", "destinations", "connections"],
        ),
    }


def _source() -> Schema:
    keys = {
        "id": _TEXT,
        "name": {"type": "string"},
        "type": {"enum": list(SOURCE_TYPES), "description": "RudderStack source definition type."},
        "write_key": {"type": "string", "description": "What SDKs send as the Basic user name."},
        "enabled": _SWITCH,
        "definition": {"type": "string", "description": "Source definition name, where the type does not tell."},
        "sdk": {"enum": list(SDKS), "description": "The SDK, where it is not the default one of the type."},
    }
    return _mapping(keys, required=["id", "type"])


def _destination() -> Schema:
    keys = {
        "id": _TEXT,
        "name": {"type": "string"},
        "type": {"type": "string", "pattern": "^[Bb][Rr][Aa][Zz][Ee]$", "default": "BRAZE"},
        "enabled": _SWITCH,
        "config": _config(),
    }
    return _mapping(keys, required=["id", "config"])


def _connection() -> Schema:
    keys = {"id": {"type": "string"}, "source": _TEXT, "destination": _TEXT, "enabled": _SWITCH}
    return _mapping(keys, required=["source", "destination"])


def _config() -> Schema:
    settings = msgspec.json.schema(BrazeSettings)["$defs"]["BrazeSettings"]["properties"]
    keys: dict[str, Schema] = {
        **settings,
        "useNativeSDKToSend": {"type": "boolean"},
        "restApiKey": {"type": "string", "description": "`env.NAME` reads it from the environment."},
        "dataCenter": {"enum": list(DATA_CENTERS)},
    }
    return _mapping(
        {key: _by_source(value) if key in PER_SOURCE_KEYS else _plain(value) for key, value in keys.items()},
        required=["dataCenter"],
    )


def _by_source(value: Schema) -> Schema:
    """The value itself, or a map from source type to value."""
    plain = _plain(value)
    types = dict.fromkeys((*SOURCE_TYPES, ANY_SOURCE), plain)
    return {"anyOf": [plain, {"type": "object", "properties": types, "additionalProperties": False}]}


def _plain(value: Schema) -> Schema:
    return {key: item for key, item in value.items() if key != "default"}


def _mapping(properties: Mapping[str, Schema], *, required: list[str]) -> Schema:
    return {"type": "object", "properties": dict(properties), "required": required, "additionalProperties": False}


def _strict(schema: Schema) -> Schema:
    """The same with every mapping closed to keys that it does not name, and without defaults that say nothing."""
    for part in schema["$defs"].values():
        if "properties" in part:
            part["additionalProperties"] = False
            part["properties"] = {key: _plain(value) for key, value in part["properties"].items()}
    return schema


def _choose(schema: Schema, choices: list[str]) -> None:
    """Where the schema takes any text, only these."""
    if schema.get("type") == "string":
        schema["enum"] = choices
    for inner in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        _choose(inner, choices)
