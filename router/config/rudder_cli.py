"""rudder-cli's YAML: documents of kind `event-stream-source`, `destination` and `event-stream-connections`.

Source: rudder-iac, the Braze destination definition. Its YAML has no connection mode; `config.connection_mode.<source>` is our
extension. Write keys are not part of it either.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.capabilities import SOURCE_TYPES
from policies.connection import PER_SOURCE_KEYS
from policies.problems import pointer
from router.config.document import Document
from router.config.draft import Draft, Imported, Origin

_SOURCE_NAMES = {
    **{name.lower(): name for name in SOURCE_TYPES},
    "javascript": "web",
    "android_kotlin": "androidKotlin",
    "ios_swift": "iosSwift",
    "react_native": "reactnative",
}
_SPECIAL_NAMES = {"use_native_sdk": "useNativeSDK", "ios_api_key": "iOSApiKey", "data_center": "dataCenter"}
_VARIABLE = re.compile(r"\{\{\s*\.(\w+)\s*\}\}")
_KINDS = ("event-stream-source", "destination", "event-stream-connections")


def read_rudder_cli(documents: list[Document]) -> Imported:
    """The resources of a rudder-cli project, whichever file each stands in."""
    draft = Draft(documents[0])
    for kind, read in zip(_KINDS, (_source, _destination, _connections), strict=True):
        for document in documents:
            if _object(document.data).get("kind") == kind:
                read(draft, _object(document.data.get("spec")), (document, "/spec"))
    for document in documents:
        other = _object(document.data).get("kind")
        if other not in _KINDS:
            draft.note((document, "/kind"), f"resources of kind `{other}` are out of scope and left out")
    return draft.finish()


def _source(draft: Draft, spec: Mapping[str, Any], origin: Origin) -> None:
    draft.leftovers(spec, {"id", "name", "type", "enabled", "governance"}, origin)
    if _object(_object(spec.get("governance")).get("validations")).get("tracking_plan"):
        draft.note(
            (origin[0], f"{origin[1]}/governance"),
            "tracking plans are out of scope: events are not checked against one",
        )
    stated = str(spec.get("type", ""))
    kind = _SOURCE_NAMES.get(stated.lower(), "cloud")
    if kind == "cloud" and stated.lower() != "cloud":
        draft.note((origin[0], f"{origin[1]}/type"), f"source type `{stated}` is taken for a server source (`cloud`)")
    names = {"id": spec.get("id"), "name": spec.get("name"), "definition": stated}
    draft.source({**names, "type": kind, "enabled": spec.get("enabled")}, origin, {})
    draft.note(origin, f"rudder-cli files hold no write key for source `{spec.get('id')}`", "add `write_key: …`")


def _destination(draft: Draft, spec: Mapping[str, Any], origin: Origin) -> None:
    kind, destination_id = str(spec.get("type")), spec.get("id")
    if kind.lower() != "braze" or not isinstance(destination_id, str):
        draft.note(origin, f"destination `{destination_id}` of type `{kind}` is out of scope and left out")
        return
    draft.leftovers(
        spec, {"id", "display_name", "type", "enabled", "definition_version", "transformation", "config"}, origin
    )
    if spec.get("transformation"):
        draft.note(
            (origin[0], f"{origin[1]}/transformation"),
            "user transformations are out of scope: events arrive untransformed",
        )
    draft.destination(
        {"id": destination_id, "name": spec.get("display_name"), "type": "BRAZE", "enabled": spec.get("enabled")},
        origin,
        {"name": "/display_name"},
    )
    for key, value in _object(spec.get("config")).items():
        at = (origin[0], f"{origin[1]}/config" + pointer(key))
        for ours, converted in _setting(key, value):
            draft.setting(destination_id, (ours, converted), at)


def _connections(draft: Draft, spec: Mapping[str, Any], origin: Origin) -> None:
    connections = spec.get("connections")
    for number, item in enumerate(connections if isinstance(connections, list) else []):
        at = (origin[0], origin[1] + pointer("connections", number))
        link = _object(item)
        draft.leftovers(link, {"id", "source", "destination", "enabled"}, at)
        draft.connection(
            {
                "source": _referred(link.get("source")),
                "destination": _referred(link.get("destination")),
                "enabled": link.get("enabled"),
            },
            at,
        )


def _setting(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if key == "event_filtering":
        yield from _event_filtering(_object(value))
    elif key == "consent_management":
        yield "consentManagement", {_source_name(kind): _consents(entries) for kind, entries in _object(value).items()}
    elif (ours := _camel(key)) in PER_SOURCE_KEYS and isinstance(value, Mapping):
        yield ours, {_source_name(kind): own for kind, own in value.items()}
    else:
        yield ours, _with_variable(value)


def _event_filtering(filtering: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, ours in (("whitelist", "whitelistedEvents"), ("blacklist", "blacklistedEvents")):
        if isinstance(names := filtering.get(key), list):
            yield "eventFilteringOption", ours
            yield ours, [{"eventName": name} if isinstance(name, str) else name for name in names]


def _consents(entries: Any) -> Any:
    if not isinstance(entries, list):
        return entries
    return [_consent_entry(entry) if isinstance(entry, Mapping) else entry for entry in entries]


def _consent_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    consents = entry.get("consents")
    named = (
        [{"consent": name} if isinstance(name, str) else name for name in consents]
        if isinstance(consents, list)
        else consents
    )
    return {_camel(key): value for key, value in entry.items()} | {"consents": named}


def _camel(key: str) -> str:
    first, *rest = key.split("_")
    return _SPECIAL_NAMES.get(key, first + "".join(word.capitalize() for word in rest))


def _source_name(kind: str) -> str:
    return _SOURCE_NAMES.get(kind.lower(), kind)


def _with_variable(value: Any) -> Any:
    """`{{ .NAME }}` is a variable of rudder-cli; ours are `env.NAME`."""
    found = _VARIABLE.fullmatch(value.strip()) if isinstance(value, str) else None
    return f"env.{found[1]}" if found else value


def _referred(reference: Any) -> Any:
    """`#destination:<id>` → the id."""
    return reference.partition(":")[2] if isinstance(reference, str) and reference.startswith("#") else reference


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
