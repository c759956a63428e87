"""History, comparison and the audit log over HTTP."""

import pytest

from tests.conftest import Running
from tests.control.operating import WEB, Operator

pytestmark = pytest.mark.anyio


async def test_history_names_author_reason_and_request(operator: Operator) -> None:
    answer = await operator.switch({"web": "device"})
    newest, oldest = (await operator.get("revisions"))["revisions"]
    assert (newest["author"], newest["reason"], newest["action"]) == ("bootstrap", "a campaign", "connection.modes")
    assert newest["request_id"] == answer.headers["x-request-id"]
    assert (newest["parent"], oldest["author"]) == (oldest["revision"], "connection file")


async def test_a_connection_has_the_changes_that_concern_it(operator: Operator) -> None:
    await operator.call("POST", "connections/ios-app:braze-eu/disable", {"reason": "x"})
    await operator.switch({"web": "device"})
    web = (await operator.get(f"connections/{WEB}/revisions"))["revisions"]
    ios = (await operator.get("connections/ios-app:braze-eu/revisions"))["revisions"]
    assert [change["action"] for change in web] == ["connection.modes", "connections.read"]
    assert [change["action"] for change in ios] == ["connection.modes", "connection.disable", "connections.read"]


async def test_two_revisions_are_compared_value_by_value(operator: Operator) -> None:
    switched = (await operator.switch({"web": "device"})).json()
    await operator.call("POST", "connections/ios-app:braze-eu/disable", {"reason": "x"})
    both = await operator.get(f"revisions/{switched['from']}..current")
    assert [item["pointer"] for item in both["differences"]] == [
        "/connections/ios-app:braze-eu/enabled",
        "/destinations/braze-eu/config/connectionMode/web",
    ]
    web = await operator.get(f"connections/{WEB}/revisions/{switched['from']}..current")
    assert [item["pointer"] for item in web["differences"]] == ["/destinations/braze-eu/config/connectionMode/web"]
    assert (await operator.call("GET", "revisions/nonsense..current")).status_code == 404
    assert (await operator.call("GET", "revisions/nonsense")).status_code == 404


async def test_everything_goes_back_at_once(operator: Operator, running: Running) -> None:
    first = (await operator.switch({"web": "device"})).json()["from"]
    await operator.call("POST", "connections/ios-app:braze-eu/disable", {"reason": "x"})
    back = await operator.call("POST", "rollback", {"revision": first, "reason": "start over"}, dry_run="true")
    assert (back.json()["to"], running.service.runtime.table.revision) == (first, back.json()["from"])
    await operator.call("POST", "rollback", {"revision": first, "reason": "start over"})
    assert running.service.runtime.table.revision == first


async def test_a_destination_goes_back_without_its_sources(operator: Operator) -> None:
    first = (await operator.switch({"web": "device"})).json()["from"]
    await operator.call("POST", f"connections/{WEB}/disable", {"reason": "x"})
    back = await operator.call("POST", "connections/braze-eu/rollback", {"revision": first, "reason": "x"})
    assert [item["pointer"] for item in back.json()["differences"]] == [
        "/destinations/braze-eu/config/connectionMode/web"
    ]
    assert (await operator.get(f"connections/{WEB}"))["enabled"] is False


async def test_the_audit_log_says_who_did_what_from_where_to_where(operator: Operator) -> None:
    switched = (await operator.switch({"web": "device"})).json()
    entry = (await operator.get("audit"))["entries"][0]
    act = entry["act"]
    assert (act["who"], act["role"], act["action"], act["target"]) == ("bootstrap", "admin", "connection.modes", WEB)
    assert (act["from"], act["to"], act["reason"]) == (switched["from"], switched["to"], "a campaign")


async def test_the_audit_log_is_read_page_by_page(operator: Operator) -> None:
    for mode in ("device", "cloud", "hybrid"):
        await operator.switch({"web": mode})
    first = await operator.get("audit", count=2)
    second = await operator.get("audit", count=2, before=first["next"])
    ids = [entry["id"] for page in (first, second) for entry in page["entries"]]
    assert len(set(ids)) == 4
    assert (await operator.get("audit", count=2, before=ids[-1])) == {"entries": [], "next": ""}
    for query in ({"count": 0}, {"count": "x"}, {"before": "yesterday"}):
        assert (await operator.call("GET", "audit", **query)).status_code == 400


async def test_tokens_and_dead_letters_are_in_the_audit_log_too(operator: Operator) -> None:
    await operator.call("POST", "tokens", {"name": "ada", "role": "viewer"})
    await operator.call("DELETE", "tokens/ada")
    acts = [entry["act"] for entry in (await operator.get("audit"))["entries"]]
    assert [(act["action"], act["target"]) for act in acts[:2]] == [("token.revoke", "ada"), ("token.create", "ada")]
