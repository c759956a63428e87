"""The plan file: written, read back, refused."""

from pathlib import Path

import msgspec
import pytest

from policies.connection import Workspace, with_destinations, with_modes
from policies.secret import Secret
from policies.workspace import parse_workspace
from router.simulation.plan.planning import plan
from router.simulation.plan.report import Plan
from router.simulation.plan.saved import PlanFileInvalid, read_plan, write_plan

LINES = [b'{"source":"web-shop","message":{"type":"track","event":"Ping","userId":"u-1","messageId":"m-1"}}']


@pytest.fixture
def switched(quickstart: Workspace) -> Workspace:
    return with_modes(quickstart, {"web": "device"})


@pytest.fixture
def made(quickstart: Workspace, switched: Workspace) -> Plan:
    return plan(quickstart, switched, LINES)


def test_a_plan_file_gives_the_plan_back(made: Plan, switched: Workspace, tmp_path: Path) -> None:
    write_plan(tmp_path / "plan.json", made, switched)
    assert read_plan(tmp_path / "plan.json").plan == made


def test_a_plan_file_holds_the_config_to_come_and_both_revisions(
    quickstart: Workspace, switched: Workspace, made: Plan, tmp_path: Path
) -> None:
    write_plan(tmp_path / "plan.json", made, switched)
    saved = read_plan(tmp_path / "plan.json")
    assert (saved.base_revision, saved.target_revision) == (quickstart.revision, switched.revision)
    assert parse_workspace(saved.document).revision == switched.revision
    assert [(each.source_type, each.before, each.after) for each in saved.modes] == [("web", "hybrid", "device")]


def test_a_plan_file_holds_no_secret(quickstart: Workspace, tmp_path: Path) -> None:
    keyed = with_destinations(
        quickstart, [msgspec.structs.replace(item, rest_api_key=Secret("s3cret")) for item in quickstart.destinations]
    )
    write_plan(tmp_path / "plan.json", plan(keyed, with_modes(keyed, {"web": "device"}), LINES), keyed)
    assert b"s3cret" not in (tmp_path / "plan.json").read_bytes()


def test_the_same_plan_gives_the_same_file(made: Plan, switched: Workspace, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_plan(tmp_path / name, made, switched)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


REFUSED = [
    (b"{", "this is no plan file"),
    (b"[]", "this is no plan file"),
    (b'{"version": 1}', "this is no plan file; `hybrid-router plan … --out FILE` writes one"),
    (b'{"format":"hybrid-router-plan","version":2}', "format version 2, this program reads version 1"),
    (b'{"format":"hybrid-router-plan","version":1}', "the plan file is damaged"),
]


@pytest.mark.parametrize(("content", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_is_no_plan_file_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(PlanFileInvalid, match=message.replace("`", ".").replace("…", ".")) as refused:
        read_plan(path)
    assert str(path) in str(refused.value)


def test_a_missing_plan_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(PlanFileInvalid, match="No such file"):
        read_plan(tmp_path / "none.json")


def test_a_damaged_document_says_where(made: Plan, switched: Workspace, tmp_path: Path) -> None:
    write_plan(tmp_path / "plan.json", made, switched)
    data = msgspec.json.decode((tmp_path / "plan.json").read_bytes())
    data["plan"]["summary"]["lost"] = "many"
    (tmp_path / "plan.json").write_bytes(msgspec.json.encode(data))
    with pytest.raises(PlanFileInvalid, match=r"plan\.summary\.lost"):
        read_plan(tmp_path / "plan.json")
