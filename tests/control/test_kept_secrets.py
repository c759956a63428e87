"""What an earlier version kept under names that sound like secrets is shown to nobody, and hinders neither change nor rollback."""

from typing import Any

import anyio
import msgspec
import pytest

from policies.connection import Workspace, as_document
from router.store import keys
from router.store.store import Store
from tests.conftest import RunRouter
from tests.control.operating import WEB, Operator

pytestmark = pytest.mark.anyio

EARLIER = "0123456789ab"


async def keep(store: Store, workspace: Workspace) -> None:
    """A revision with secrets in it, as it was before they were left out."""
    document: Any = as_document(workspace)
    document["destinations"][0]["config"] |= {"apiKey": "planted", "extra": {"restApiKey": "planted", "a": 1}}
    document["destinations"][0]["config"]["eventFilteringOption"] = "blacklistedEvents"
    await store.command("SET", keys.revision(EARLIER), msgspec.json.encode(document))


async def test_a_rollback_to_such_a_revision_leaves_them_out(run_router: RunRouter, quickstart: Workspace) -> None:
    async with run_router() as running:
        operator, store = Operator(running), running.service.store
        await keep(store, quickstart)
        shown = await operator.get(f"revisions/{EARLIER}")
        assert ("planted" in str(shown), shown["document"]["destinations"][0]["config"]["extra"]) == (False, {"a": 1})
        assert "planted" not in str(await operator.get(f"revisions/current..{EARLIER}"))
        answer = await operator.call("POST", "rollback", {"revision": EARLIER, "reason": "as it was"})
        assert (answer.status_code, "planted" in answer.text) == (200, False)
        config = (await operator.get(f"connections/{WEB}"))["destination"]["config"]
        assert (config["eventFilteringOption"], config["restApiKey"]) == ("blacklistedEvents", "env.BRAZE_REST_KEY")
        kept = await store.command("GET", keys.revision(answer.json()["to"]))
        assert b"planted" not in kept


async def test_where_such_a_revision_is_in_force_it_has_its_name_and_can_be_changed(
    run_router: RunRouter, quickstart: Workspace
) -> None:
    async with run_router() as running:
        operator, store = Operator(running), running.service.store
        await keep(store, quickstart)
        await store.command("SET", keys.CURRENT_REVISION, EARLIER)
        await anyio.sleep(0.6)
        table = running.service.runtime.table
        assert table.revision == EARLIER
        await running.service.refresh()
        assert running.service.runtime.table is table
        changed = await operator.switch({"web": "cloud"})
        assert (changed.status_code, changed.json()["from"]) == (200, EARLIER)
        assert await operator.mode() == "cloud"
