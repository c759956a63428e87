"""Revisions in the store: immutable, one current, every change on record."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from policies.connection import Workspace, with_modes
from router.store.audit import Act, AuditLog
from router.store.connections import Connections, Moved
from router.store.keys import CONNECTION_FILES
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


async def test_hosts_with_different_files_undo_neither_each_other_nor_operators_when_they_start_again(
    store: Store, quickstart: Workspace
) -> None:
    connections, other = Connections(store), with_modes(quickstart, {"web": "cloud"})
    assert await connections.adopt(quickstart, place="a:/c.yaml") == quickstart.revision
    assert await connections.adopt(other, place="b:/c.yaml") == other.revision
    switched = with_modes(other, {"android": "device"})
    await connections.commit(switched, ACT)
    for file, place in ((quickstart, "a:/c.yaml"), (other, "b:/c.yaml")) * 2:
        assert await connections.adopt(file, place=place) == switched.revision
    edited = with_modes(quickstart, {"android": "cloud"})
    assert await connections.adopt(edited, place="a:/c.yaml") == edited.revision, "a file that was edited"
    assert await connections.adopt(quickstart, place="a:/c.yaml") == quickstart.revision, "and edited back"
    assert len(await connections.history()) == 5


async def test_a_new_place_with_an_earlier_file_keeps_what_is_in_force_and_says_how_to_change_that(
    store: Store, quickstart: Workspace
) -> None:
    connections, newer = Connections(store), changed(quickstart)
    await connections.adopt(quickstart, place="a:/c.yaml")
    await connections.adopt(newer, place="a:/c.yaml")
    with capture_logs() as logs:
        assert await connections.adopt(newer, place="b:/c.yaml") == newer.revision
        assert logs == [], "every place of a deployment has the same file"
        assert await connections.adopt(quickstart, place="c:/c.yaml") == newer.revision
    (line,) = logs
    assert (line["log_level"], line["place"]) == ("warning", "c:/c.yaml")
    assert "admin connections replace FILE" in line["fix"]


async def test_a_file_that_a_router_of_an_earlier_version_has_read_is_known(
    store: Store, quickstart: Workspace
) -> None:
    connections = Connections(store)
    await connections.commit(quickstart, ACT)
    await connections.commit(changed(quickstart), ACT)
    await store.command("SET", CONNECTION_FILES, quickstart.revision)
    assert await connections.adopt(quickstart) == changed(quickstart).revision


async def test_a_file_follows_in_history_what_was_current_at_that_very_moment(
    store: Store, quickstart: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections, edited = Connections(store), with_modes(quickstart, {"web": "cloud"})
    await connections.adopt(quickstart)
    run = store.run

    async def late(calls: Any) -> list[Any]:
        monkeypatch.setattr(store, "run", run)
        await connections.commit(changed(quickstart), ACT)  # an operator is a moment faster
        return await run(calls)

    monkeypatch.setattr(store, "run", late)
    await connections.adopt(edited)
    newest, *_ = await connections.history()
    assert (newest.revision, newest.parent) == (edited.revision, changed(quickstart).revision)
    entry, *_ = await AuditLog(store).newest(count=1)
    assert (entry.act.before, entry.act.after) == (changed(quickstart).revision, edited.revision)


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
