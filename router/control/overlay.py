"""Connections as they might be: what a what-if lays over those in force. Nothing of it is kept."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from policies import edits
from policies.capabilities import MODES, SOURCE_TYPES, Mode, SourceType
from policies.connection import Ruleset, Workspace, as_document, with_modes
from policies.problems import Invalid, did_you_mean, pointer
from policies.workspace import parse_workspace
from router.control.problem_json import FieldError, Refused, field_errors

_AT = "/overlay"
_C = TypeVar("_C", bound=str)


class Overlay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What should be different. Everything is optional."""

    revision: str = ""
    """Start from this revision instead of the one in force."""
    ruleset: Ruleset | None = None
    config: dict[str, dict[str, Any]] = {}
    """Destination id → merge patch (RFC 7396) of its config."""
    modes: dict[str, str] = {}
    """Source type → connection mode, in every destination. One that the type does not support is looked at all the same."""


def laid_over(workspace: Workspace, overlay: Overlay) -> Workspace:
    """The workspace with an overlay; raises Refused (422) with a pointer to each thing that cannot be."""
    modes = _modes(overlay.modes)
    changed = _patched(workspace, overlay) if overlay.config else workspace
    if overlay.ruleset is not None:
        changed = msgspec.structs.replace(changed, ruleset=overlay.ruleset)
    return with_modes(changed, modes) if modes else changed


def _modes(wanted: Mapping[str, str]) -> dict[SourceType, Mode]:
    found: dict[SourceType, Mode] = {}
    errors: list[FieldError] = []
    for name, word in wanted.items():
        source_type, mode = _known(name, SOURCE_TYPES), _known(word, MODES)
        at = f"{_AT}/modes{pointer(name)}"
        if source_type is None:
            errors.append(_unknown(at, name, "source type", SOURCE_TYPES))
        elif mode is None:
            errors.append(_unknown(at, word, "connection mode", MODES))
        else:
            found[source_type] = mode
    if errors:
        raise Refused(422, "the overlay is not valid", errors[0].detail, errors=errors)
    return found


def _patched(workspace: Workspace, overlay: Overlay) -> Workspace:
    document: Mapping[str, Any] = as_document(workspace)
    known = [destination.id for destination in workspace.destinations]
    for name, patch in overlay.config.items():
        if name not in known:
            error = _unknown(f"{_AT}/config{pointer(name)}", name, "destination", known)
            raise Refused(422, "the overlay is not valid", error.detail, errors=[error])
        document = edits.patch_config(document, name, patch)
    try:
        return parse_workspace(document)
    except Invalid as invalid:
        places = {problem: edits.by_id(problem.pointer, document) for problem in invalid.problems}
        errors = field_errors(
            msgspec.structs.replace(problem, pointer=_in_overlay(at)) for problem, at in places.items()
        )
        raise Refused(422, "the overlay is not valid", errors[0].detail, errors=errors) from invalid


def _in_overlay(at: str) -> str:
    """`/destinations/<id>/config/appKey` → `/overlay/config/<id>/appKey`."""
    kind, name, _, rest = [*at.removeprefix("/").split("/", 3), "", "", ""][:4]
    return f"{_AT}/config/{name}" + (f"/{rest}" if rest else "") if kind == "destinations" else _AT


def _known(word: str, choices: tuple[_C, ...]) -> _C | None:
    return next((choice for choice in choices if choice == word), None)


def _unknown(at: str, word: str, what: str, known: tuple[str, ...] | list[str]) -> FieldError:
    return FieldError(pointer=at, detail=f"`{word}` is no {what}; {did_you_mean(word, known)}")
