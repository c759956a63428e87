"""The shipped schemas describe what the readers read: every fixture fits, every unknown key is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from router.config.document import read_document
from router.schemas import connection_schema, suite_schema

ROOT = Path(__file__).parent.parent.parent
SUITES = sorted((ROOT / "fixtures").rglob("*.policy.yaml"))
CONNECTIONS = sorted(
    path
    for path in (ROOT / "fixtures").rglob("*.yaml")
    if path not in SUITES
    and path.name != "invalid.yaml"
    and {"version", "connections"} <= set(read_document(path).data)
    and read_document(path).data["version"] == 1
)
SUITE, CONNECTION = Draft202012Validator(suite_schema()), Draft202012Validator(connection_schema())


def problems(validator: Any, data: Any) -> list[str]:
    """What a validator has against some data."""
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(data)]


def test_both_are_schemas() -> None:
    Draft202012Validator.check_schema(suite_schema())
    Draft202012Validator.check_schema(connection_schema())
    assert len(SUITES) >= 3
    assert len(CONNECTIONS) > 10


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.name)
def test_every_shipped_suite_fits(path: Path) -> None:
    assert problems(SUITE, read_document(path).data) == []


@pytest.mark.parametrize("path", CONNECTIONS, ids=lambda path: str(path.relative_to(ROOT / "fixtures")))
def test_every_shipped_connection_file_fits(path: Path) -> None:
    assert problems(CONNECTION, read_document(path).data) == []


def with_unknown_keys(data: Any, schema: Any, root: Any) -> Iterator[Any]:
    """The data with one key too many, in every mapping that the schema closes."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    for variant in schema.get("anyOf", ()):
        yield from with_unknown_keys(data, variant, root)
    if isinstance(data, dict) and schema.get("additionalProperties") is False:
        yield {**data, "surplus": 1}
        for key, value in data.items():
            yield from (
                {**data, key: each} for each in with_unknown_keys(value, schema["properties"].get(key, {}), root)
            )
    elif isinstance(data, list) and data and "items" in schema:
        yield from ([each, *data[1:]] for each in with_unknown_keys(data[0], schema["items"], root))


@pytest.mark.parametrize(("path", "schema"), [(SUITES[0], suite_schema()), (CONNECTIONS[0], connection_schema())])
def test_an_unknown_key_is_refused_at_every_level(path: Path, schema: dict[str, Any]) -> None:
    validator, tried = Draft202012Validator(schema), 0
    for wrong in with_unknown_keys(read_document(path).data, schema, schema):
        assert problems(validator, wrong), msgspec.json.encode(wrong)
        tried += 1
    assert tried >= 6


@pytest.mark.parametrize(
    "expect",
    [
        {"device": "device/no-such-rule"},
        {"cloud": "identity"},
        {"never": "sometimes"},
        {"requests": "all"},
        {"device": {"verdict": "perhaps"}},
    ],
)
def test_words_that_mean_nothing_are_refused(expect: dict[str, Any]) -> None:
    tests = [{"name": "a", "event": {}, "expect": expect}]
    assert problems(SUITE, {"version": 1, "connection": "c.yaml", "tests": tests})
