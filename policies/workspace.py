"""Build a Workspace from plain data: every problem is found, each with its JSON pointer and a way to mend it."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args

import msgspec

from policies.capabilities import SOURCE_TYPES, SourceType
from policies.connection import (
    ANY_SOURCE,
    CONFIG_KEYS,
    PER_SOURCE_KEYS,
    RULESETS,
    BrazeSettings,
    Connection,
    Destination,
    Ruleset,
    Source,
    Workspace,
    revised,
)
from policies.data_centers import DATA_CENTERS, normal_data_center
from policies.problems import Invalid, Problem, did_you_mean, pointer
from policies.sdks import sdks_of
from policies.secret import Secret, names_secret
from policies.unread_secrets import is_too_deep, unread_secrets, without_unread_secrets

_SETTING_TYPES = {field.encode_name: field.type for field in msgspec.structs.fields(BrazeSettings)}
_T = TypeVar("_T")


def parse_workspace(data: Any) -> Workspace:
    """Return the typed workspace; raise Invalid with every problem found. Unknown keys are kept and noted in `unknown`."""
    return _Reading().workspace(data)


class _Reading:
    """One pass over the data; gathers problems so that a person mends a file once, not error by error."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.unknown: list[Problem] = []
        self._told: dict[str, set[str]] = {"source": set(), "destination": set()}
        """Ids of what stands in the file and is wrong itself: whoever names it is not told that there is no such thing."""
        self._unread: set[str] = set()
        """Kinds of which there is no list: nobody is told either that one is missing from it."""

    def workspace(self, data: Any) -> Workspace:
        root = self._mapping(data, at="", what="a connection file")
        if self.problems:
            raise Invalid(self.problems)
        self._unknown_keys(root, {"version", "ruleset", "sources", "destinations", "connections"}, at="")
        self._version(root)
        ruleset = self._choice(root, "ruleset", RULESETS, default="documented", at="")
        sources = tuple(self._each(root, "sources", self._source))
        destinations = tuple(self._each(root, "destinations", self._destination))
        self._unique("source id", [(item.id, pointer("sources", n, "id")) for n, item in enumerate(sources)])
        self._unique("write key", [(item.write_key, f"{item.pointer}/write_key") for item in sources if item.write_key])
        self._unique("destination id", [(item.id, f"{item.pointer}/id") for item in destinations])
        connections = tuple(
            self._each(root, "connections", lambda item, at: self._connection(item, at, sources, destinations))
        )
        self._unique("connection", [(item.id, item.pointer) for item in connections])
        if self.problems:
            raise Invalid(self.problems)
        return revised(
            Workspace(
                sources=sources,
                destinations=destinations,
                connections=connections,
                ruleset=ruleset,
                unknown=tuple(self.unknown),
            )
        )

    def _version(self, root: Mapping[str, Any]) -> None:
        version = root.get("version")
        if version != 1 or isinstance(version, bool):
            said = "there is no version" if version is None else f"version is {_written(version)}, not 1"
            self._problem("/version", said, "write `version: 1`")

    def _source(self, item: Any, at: str) -> Source | None:
        data = self._mapping(item, at=at, what="a source")
        self._unknown_keys(data, {"id", "name", "type", "write_key", "enabled", "definition", "sdk"}, at=at)
        source_id = self._text(data, "id", at=at, required=True)
        kind = self._source_type(data, at)
        write_key = self._text(data, "write_key", at=at)
        name, definition = self._text(data, "name", at=at), self._text(data, "definition", at=at)
        enabled = self._flag(data, "enabled", at=at)
        if not source_id or kind is None:
            self._told["source"].add(source_id)
            return None
        return Source(
            id=source_id,
            type=kind,
            write_key=write_key,
            name=name,
            enabled=enabled,
            definition=definition,
            sdk=self._sdk(data, kind, at),
            pointer=at,
        )

    def _sdk(self, data: Mapping[str, Any], source_type: SourceType, at: str) -> str:
        name, known = self._text(data, "sdk", at=at), {sdk.id for sdk in sdks_of(source_type)}
        if name and name not in known:
            fix = did_you_mean(name, known) if known else "remove it: no SDK of this type carries Braze"
            self._problem(f"{at}/sdk", f"`{name}` is no SDK of source type {source_type}", fix)
        return name

    def _source_type(self, data: Mapping[str, Any], at: str) -> SourceType | None:
        value = data.get("type")
        for known in SOURCE_TYPES:
            if value == known:
                return known
        hint = _DEFINITION_NAMES.get(str(value).lower())
        fix = f"use `{hint}`" if hint else did_you_mean(str(value), SOURCE_TYPES)
        self._problem(f"{at}/type", f"`{value}` is no source type" if value else "the source has no type", fix)
        return None

    def _destination(self, item: Any, at: str) -> Destination | None:
        data = self._mapping(item, at=at, what="a destination")
        self._unknown_keys(data, {"id", "name", "type", "enabled", "config"}, at=at)
        destination_id = self._text(data, "id", at=at, required=True)
        kind = self._text(data, "type", at=at) or "BRAZE"
        if kind.upper() != "BRAZE":
            self._problem(
                f"{at}/type", f"destination type `{kind}` is out of scope", "this program delivers to BRAZE only"
            )
        config = self._shallow(
            self._mapping(data.get("config"), at=f"{at}/config", what="the destination's config"), f"{at}/config"
        )
        self._braze_config(config, f"{at}/config")
        name, enabled = self._text(data, "name", at=at), self._flag(data, "enabled", at=at)
        key = self._text(config, "restApiKey", at=f"{at}/config")
        if not destination_id:
            return None
        return Destination(
            id=destination_id,
            name=name,
            enabled=enabled,
            pointer=at,
            config={name: value for name, value in without_unread_secrets(config).items() if name != "restApiKey"},
            rest_api_key=Secret(key) if key else None,
        )

    def _shallow(self, config: Mapping[str, Any], at: str) -> Mapping[str, Any]:
        """The config without what is nested so deep that it can be no config of Braze's."""
        deep = [name for name, value in config.items() if is_too_deep(value)]
        for name in deep:
            self._problem(at + pointer(name), "this is nested too deep", "remove it: no setting has so many levels")
        return {name: value for name, value in config.items() if name not in deep}

    def _braze_config(self, config: Mapping[str, Any], at: str) -> None:
        self._unknown_keys(config, CONFIG_KEYS, at=at)
        self._nested_secrets(config, at)
        if isinstance(center := config.get("dataCenter"), str) and normal_data_center(center) in DATA_CENTERS:
            center = None
        elif config:
            fix = f"set dataCenter to one of: {', '.join(DATA_CENTERS)}"
            self._problem(
                f"{at}/dataCenter", f"`{center}` is no Braze data centre" if center else "there is no dataCenter", fix
            )
        for key, kind in _SETTING_TYPES.items():
            value = config.get(key)
            if value is None or (key == "dataCenter"):
                continue
            if key in PER_SOURCE_KEYS and isinstance(value, Mapping):
                self._per_source(key, value, kind, f"{at}/{key}")
            else:
                self._setting(value, kind, f"{at}/{key}")

    def _nested_secrets(self, config: Mapping[str, Any], at: str) -> None:
        for inside in unread_secrets(config):
            if inside.count("/") > 1:  # others are unknown keys anyway
                told = "an unknown key that sounds like a secret has no effect, and is not kept"
                self.unknown.append(Problem(pointer=at + inside, message=told, fix="remove it"))

    def _per_source(self, key: str, values: Mapping[str, Any], kind: Any, at: str) -> None:
        self._unknown_keys(values, {*SOURCE_TYPES, ANY_SOURCE}, at=at)
        for source_type, value in values.items():
            if value is not None:
                self._setting(value, kind, at + pointer(source_type))

    def _setting(self, value: Any, kind: Any, at: str) -> None:
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError:
            allowed = [
                choice for part in (kind, *get_args(kind)) for choice in get_args(part) if isinstance(choice, str)
            ]
            fix = did_you_mean(str(value), allowed) if allowed else f"give {_TYPE_NAMES.get(kind, 'a list')}"
            self._problem(at, f"`{value}` is not allowed here", fix)

    def _connection(
        self, item: Any, at: str, sources: tuple[Source, ...], destinations: tuple[Destination, ...]
    ) -> Connection | None:
        data = self._mapping(item, at=at, what="a connection")
        self._unknown_keys(data, {"id", "source", "destination", "enabled"}, at=at)
        source = self._reference(data, "source", {item.id: item for item in sources}, at)
        destination = self._reference(data, "destination", {item.id: item for item in destinations}, at)
        enabled = self._flag(data, "enabled", at=at)
        if source is None or destination is None:
            return None
        return Connection(source=source, destination=destination, enabled=enabled, pointer=at)

    def _reference(self, data: Mapping[str, Any], key: str, known: Mapping[str, _T], at: str) -> _T | None:
        name = self._text(data, key, at=at, required=True)
        if name and name not in known and name not in self._told[key] and key not in self._unread:
            self._problem(f"{at}/{key}", f"there is no {key} `{name}`", did_you_mean(name, known))
        return known.get(name)

    def _each(self, root: Mapping[str, Any], key: str, read: Any) -> Iterator[Any]:
        items = root.get(key)
        if not isinstance(items, list):
            said = f"{key} is {_written(items)}, not a list" if items is not None else f"there is no list of {key}"
            self._unread.add(key.removesuffix("s"))
            self._problem(f"/{key}", said, f"add `{key}:` with at least an empty list `[]`" if items is None else _LIST)
            return
        for number, item in enumerate(items):
            if (value := read(item, pointer(key, number))) is not None:
                yield value

    def _mapping(self, value: Any, *, at: str, what: str) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        self._problem(
            at,
            f"{what} must be a mapping, this is {_TYPE_NAMES.get(type(value), 'something else')}",
            "write `key: value` lines",
        )
        return {}

    def _text(self, data: Mapping[str, Any], key: str, *, at: str, required: bool = False) -> str:
        value = data.get(key)
        if isinstance(value, str) and (value or not required):
            return value
        if value not in (None, ""):
            shown = "" if names_secret(key) else f", not `{value}`"
            self._problem(f"{at}/{key}", f"{key} must be a text{shown}", "put it in quotes")
        elif required and data:
            self._problem(f"{at}/{key}", f"there is no {key}", f"add `{key}: …`")
        return ""

    def _flag(self, data: Mapping[str, Any], key: str, *, at: str) -> bool:
        value = data.get(key, True)
        if isinstance(value, bool):
            return value
        self._problem(
            f"{at}/{key}", f"{key} must be true or false, not `{value}`", f"write `{key}: true` or `{key}: false`"
        )
        return True

    def _choice(
        self, data: Mapping[str, Any], key: str, allowed: tuple[Ruleset, ...], *, default: Ruleset, at: str
    ) -> Ruleset:
        value = data.get(key, default)
        for known in allowed:
            if value == known:
                return known
        self._problem(f"{at}/{key}", f"`{value}` is no {key}", did_you_mean(str(value), allowed))
        return default

    def _unique(self, what: str, names: list[tuple[str, str]]) -> None:
        seen: set[str] = set()
        for name, at in names:
            if name in seen:
                self._problem(at, f"{what} `{name}` is used twice", "give each its own")
            seen.add(name)

    def _unknown_keys(self, data: Mapping[str, Any], known: set[str] | frozenset[str], *, at: str) -> None:
        for key in data:
            if key not in known:
                self.unknown.append(
                    Problem(
                        pointer=at + pointer(key),
                        message=f"unknown key `{key}` has no effect",
                        fix=did_you_mean(str(key), known, otherwise="remove it"),
                    )
                )

    def _problem(self, at: str, message: str, fix: str) -> None:
        self.problems.append(Problem(pointer=at, message=message, fix=fix))


def _written(value: Any) -> str:
    """A value as a person wrote it: a text in quotes, so that it differs from a number."""
    return f"`{msgspec.json.encode(value).decode()}`" if isinstance(value, str | int | float) else _named(value)


def _named(value: Any) -> str:
    return _TYPE_NAMES.get(type(value), "something else")


_LIST = "write a line `- …` for each"
_TYPE_NAMES = {
    bool: "true or false",
    str: "a text",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a mapping",
    type(None): "nothing",
}
_DEFINITION_NAMES: Mapping[str, SourceType] = {
    "javascript": "web",
    "js": "web",
    "android_kotlin": "androidKotlin",
    "kotlin": "androidKotlin",
    "ios_swift": "iosSwift",
    "swift": "iosSwift",
    "react_native": "reactnative",
    "react-native": "reactnative",
    "http": "cloud",
    "node": "cloud",
    "python": "cloud",
    "java": "cloud",
    "go": "cloud",
    "server": "cloud",
    "braze": "cloud",
}
