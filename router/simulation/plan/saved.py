"""A plan in a file: what was counted, and the config to apply. `admin apply` takes it only while the base revision still holds."""

from pathlib import Path
from typing import Any

import msgspec

from policies.connection import Workspace, as_document
from router.errors import RouterError
from router.simulation.plan.report import FORMAT, VERSION, ModeChange, Plan


class SavedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan file. `document` is the connection document to come, without secrets (`policies.workspace.parse_workspace` reads it)."""

    format: str
    version: int
    base_revision: str
    target_revision: str
    modes: tuple[ModeChange, ...]
    document: dict[str, Any]
    plan: Plan


class _Header(msgspec.Struct, frozen=True):
    format: Any = None
    version: Any = None


class PlanFileInvalid(RouterError):
    """A plan file cannot be read: it is none, or another version's."""


def saved_plan(plan: Plan, new: Workspace) -> SavedPlan:
    """The file of a plan that leads to the workspace `new`."""
    return SavedPlan(
        format=FORMAT,
        version=VERSION,
        base_revision=plan.base_revision,
        target_revision=plan.target_revision,
        modes=plan.modes,
        document=as_document(new),
        plan=plan,
    )


def write_plan(path: str | Path, plan: Plan, new: Workspace) -> None:
    """Write the plan file; the same plan gives the same bytes."""
    content = msgspec.json.encode(saved_plan(plan, new), order="deterministic")
    Path(path).write_bytes(msgspec.json.format(content, indent=1) + b"\n")


def read_plan(path: str | Path) -> SavedPlan:
    """Read a plan file; raises PlanFileInvalid for what is none, and for a format version that this program does not know."""
    try:
        return parse_plan(Path(path).read_bytes())
    except OSError as error:
        raise PlanFileInvalid(f"cannot read the plan `{path}`: {error.strerror}") from error
    except PlanFileInvalid as error:
        raise PlanFileInvalid(f"{path}: {error}") from error


def parse_plan(content: bytes) -> SavedPlan:
    """The plan in the bytes of a file; raises PlanFileInvalid."""
    try:
        header = msgspec.json.decode(content, type=_Header)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PlanFileInvalid(f"this is no plan file: {error}") from error
    if header.format != FORMAT:
        raise PlanFileInvalid("this is no plan file; `hybrid-router plan … --out FILE` writes one")
    if header.version != VERSION:
        raise PlanFileInvalid(
            f"the plan has format version {header.version}, this program reads version {VERSION}: plan again with it"
        )
    try:
        return msgspec.json.decode(content, type=SavedPlan)
    except (msgspec.DecodeError, RecursionError) as error:
        raise PlanFileInvalid(f"the plan file is damaged: {error}") from error
