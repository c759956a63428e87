"""POST /users/external_ids/rename and /remove (Braze docs: external id migration).

Both answer with what became of each id, so they are applied at once. The inner shape of `rename_errors` and
`removal_errors` is not documented: [index, message] is assumed.
"""

from __future__ import annotations

from typing import Any

from router.braze_simulator.calls import JsonObject
from router.braze_simulator.config import SimulatorConfig
from router.braze_simulator.intake import TOO_MANY_IDS, Acceptance, Intake, refused
from router.braze_simulator.profiles.identifiers import external_id_problem
from router.braze_simulator.workspace import Workspace

IN_USE = "new_external_id is already in use"


def accept_rename(intake: Intake, document: JsonObject) -> Acceptance:
    """At most 50 renames, each on its own."""
    renames = document.get("external_id_renames")
    if not isinstance(renames, list) or not renames:
        return refused(400, "'external_id_renames' must be an array of objects")
    if len(renames) > intake.config.limits.entries:
        return refused(400, TOO_MANY_IDS)
    errors: list[list[Any]] = []
    renamed: list[str] = []
    for index, entry in enumerate(renames):
        error = rename(intake.workspace, entry, intake.config)
        if error is None:
            renamed.append(entry["new_external_id"])
        else:
            errors.append([index, error])
    return Acceptance(answer=intake.success({"external_ids": renamed, "rename_errors": errors}))


def accept_remove(intake: Intake, document: JsonObject) -> Acceptance:
    """At most 50 deprecated ids."""
    external_ids = document.get("external_ids")
    if not isinstance(external_ids, list) or not external_ids:
        return refused(400, "'external_ids' must be an array of strings")
    if len(external_ids) > intake.config.limits.entries:
        return refused(400, TOO_MANY_IDS)
    removed: list[str] = []
    errors: list[list[Any]] = []
    for index, external_id in enumerate(external_ids):
        if isinstance(external_id, str) and _remove_deprecated(intake.workspace, external_id):
            removed.append(external_id)
        else:
            errors.append([index, "external_id is not deprecated"])
    return Acceptance(answer=intake.success({"removed_ids": removed, "removal_errors": errors}))


def rename(workspace: Workspace, entry: Any, config: SimulatorConfig) -> str | None:
    """Rename one user; the reason when that is not allowed."""
    if not isinstance(entry, dict):
        return "current_external_id is required"
    current, new = entry.get("current_external_id"), entry.get("new_external_id")
    if not isinstance(current, str) or not current:
        return "current_external_id is required"
    problem = external_id_problem(new, config)
    if problem is not None or not isinstance(new, str):
        return problem.text(config.error_style) if problem else "new_external_id is required"
    profile = workspace.directory.by_external_id.get(current)
    if profile is None or profile.external_id != current:
        return "current_external_id must be the primary id of an existing user"
    if current == new:
        return "new_external_id must differ from current_external_id"
    if new in workspace.directory.by_external_id:
        return IN_USE
    workspace.directory.rename(profile, new)
    workspace.directory.touch(profile, workspace.now())
    return None


def _remove_deprecated(workspace: Workspace, external_id: str) -> bool:
    profile = workspace.directory.by_external_id.get(external_id)
    if profile is None or external_id not in profile.deprecated_ids:
        return False
    workspace.directory.drop_deprecated_id(profile, external_id)
    return True
