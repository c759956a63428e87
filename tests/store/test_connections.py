"""Revisions in the store: immutable, one current, every change on record."""

import asyncio

import pytest

from policies.connection import Workspace, with_modes
from router.store.audit import Act, AuditLog
from router.store.connections import Connections, Moved
from router.store.store import Store

pytestmark = pytest.mark.anyio

ACT = Act(who="ada", role="operator", action="connection.modes", target="web-shop:braze-eu", reason="campaign")


def changed(workspace: Workspace) -> Workspace:
    """The workspace with web in device mode."""
    return with_modes(workspace, {"web": "device"})


async def test_a_file_read_for_the_first_time_becomes_the_current_revision(store: Store, quickstart: Workspace) -> None:
    connections = Connections(store)
    assert await connections.current() == ""
    assert await connections.adopt(quickstart) == quickstart.revision
    assert await connections.current() == quickstart.revision
    (change,) = await connections.history()
    assert (change.revision, change.parent, change.author) == (quickstart.revision, "", "connection file")


async def test_a_file_that_has_not_changed_does_not_undo_what_operators_switched(
    store: Store, quickstart: Workspace
) -> None:
    connections, switched = Connections(store), changed(quickstart)
    await connections.adopt(quickstart)
    await connections.commit(switched, ACT)
    assert await connections.adopt(quickstart) == switched.revision
    assert len(await connections.history()) == 2


async def test_a_file_that_has_changed_comes_into_force(store: Store, quickstart: Workspace) -> None:
    connections = Connections(store)
    await connections.adopt(quickstart)
    await connections.commit(changed(quickstart), ACT)
    edited = with_modes(quickstart, {"web": "cloud"})
    assert await connections.adopt(edited) == edited.revision
    assert await connections.current() == edited.revision
    newest, *_ = await connections.history()
    assert newest.parent == changed(quickstart).revision


async def test_a_file_that_says_what_is_in_force_already_is_no_change(store: Store, quickstart: Workspace) -> None:
    connections = Connections(store)
    await connections.adopt(quickstart)
    await connections.commit(changed(quickstart), ACT)
    assert await connections.adopt(changed(quickstart)) == changed(quickstart).revision
    assert len(await connections.history()) == 2
    assert await connections.adopt(quickstart) == quickstart.revision, "the file was changed back after it was read"


async def test_a_change_for_a_revision_that_is_not_current_does_nothing(store: Store, quickstart: Workspace) -> None:
    connections = Connections(store)
    await connections.adopt(quickstart)
    await connections.commit(changed(quickstart), ACT, expected=quickstart.revision)
    with pytest.raises(Moved) as moved:
        await connections.commit(quickstart, ACT, expected=quickstart.revision)
    assert moved.value.current == changed(quickstart).revision
    assert len(await connections.history()) == len(await AuditLog(store).newest(count=10)) == 2


async def test_of_many_changes_for_one_revision_one_gets_through(store: Store, quickstart: Workspace) -> None:
    connections = Connections(store)
    await connections.adopt(quickstart)
    outcomes = await asyncio.gather(
        *[connections.commit(changed(quickstart), ACT, expected=quickstart.revision) for _ in range(10)],
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Moved) for outcome in outcomes) == 9


async def test_documents_are_kept_as_they_were_and_without_literal_keys(store: Store, quickstart: Workspace) -> None:
    connections = Connections(store)
    await connections.adopt(quickstart)
    await connections.commit(changed(quickstart), ACT)
    document = await connections.document(quickstart.revision)
    assert document is not None
    assert document["destinations"][0]["config"]["connectionMode"]["web"] == "hybrid"
    assert document["destinations"][0]["config"]["restApiKey"] == "env.BRAZE_REST_KEY"
    assert await connections.document("unknown") is None


async def test_changes_and_acts_are_paged_newest_first(store: Store, quickstart: Workspace) -> None:
    connections, log = Connections(store), AuditLog(store)
    await connections.adopt(quickstart)
    await connections.commit(changed(quickstart), ACT)
    first, second = await connections.history()
    assert await connections.history(before=first.id) == [second]
    assert await connections.history(count=1) == [first]
    newest, oldest = await log.newest(count=10)
    assert await log.newest(count=10, before=newest.id) == [oldest]
    assert (newest.act.who, newest.act.reason, newest.at[-1]) == ("ada", "campaign", "Z")
