"""Connections over HTTP: shown masked, judged with pointers, changed only as revisions."""

import asyncio
from typing import Any

import anyio
import httpx
import pytest

from tests.conftest import Running, RunRouter
from tests.control.operating import ADMIN, WEB, Operator

pytestmark = pytest.mark.anyio

TV = {"id": "tv", "name": "TV app", "type": "cloud", "write_key": "wk-tv"}


async def test_connections_are_listed_with_the_mode_in_force(operator: Operator, running: Running) -> None:
    document = await operator.get("connections")
    assert document["revision"] == running.service.runtime.table.revision
    modes = {item["id"]: (item["mode"], item["supported_modes"]) for item in document["connections"]}
    assert modes[WEB] == ("hybrid", ["cloud", "device", "hybrid"])
    assert modes["shop-server:braze-eu"] == ("cloud", ["cloud"])


async def test_a_connection_is_shown_whole_with_its_key_by_name_and_the_revision_as_etag(
    operator: Operator, running: Running
) -> None:
    answer = await operator.call("GET", f"connections/{WEB}")
    assert answer.headers["etag"] == f'"{running.service.runtime.table.revision}"'
    assert answer.json()["source"]["write_key"] == "wk-web"
    assert answer.json()["destination"]["config"]["restApiKey"] == "env.BRAZE_REST_KEY"


async def test_an_unknown_connection_is_not_found_and_the_closest_one_named(operator: Operator) -> None:
    answer = await operator.call("GET", "connections/web-shop:braze-us")
    assert answer.status_code == 404
    assert WEB in answer.json()["detail"]


async def test_a_connection_is_created_with_its_source(operator: Operator, running: Running) -> None:
    answer = await operator.call("POST", "connections", {"source": TV, "destination": "braze-eu", "reason": "new app"})
    assert answer.status_code == 201, answer.text
    assert answer.json()["affects"] == ["tv:braze-eu"]
    event = {"event": "Started", "userId": "u"}
    assert (await running.client.post("/v1/track", json=event, auth=("wk-tv", ""))).text == "ok"
    again = await operator.call("POST", "connections", {"source": "tv", "destination": "braze-eu", "reason": "again"})
    assert again.status_code == 409


async def test_creating_does_not_overwrite_a_source_that_is_there(operator: Operator) -> None:
    body = {"source": {**TV, "id": "web-shop"}, "destination": "braze-us", "reason": "x"}
    assert (await operator.call("POST", "connections", body)).status_code == 409


async def test_a_connection_is_replaced_with_what_it_showed(operator: Operator) -> None:
    shown = await operator.get(f"connections/{WEB}")
    source = {**shown["source"], "name": "Web shop (new)"}
    body = {"source": source, "destination": shown["destination"], "reason": "renamed"}
    answer = await operator.call("PUT", f"connections/{WEB}", body)
    assert [item["pointer"] for item in answer.json()["differences"]] == ["/sources/web-shop/name"]
    other = await operator.call("PUT", "connections/ios-app:braze-eu", body)
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (422, "/source")


@pytest.mark.parametrize(
    ("config", "pointer"),
    [
        ({"dataCenter": "XX-01"}, "/config/dataCenter"),
        ({"connectionMode": {"web": "cloudy"}}, "/config/connectionMode/web"),
        ({"supportDedup": "yes"}, "/config/supportDedup"),
        ({"restApiKey": "planted-literal-key"}, "/config/restApiKey"),
        ({"restApiKey": "env.NOT_SET_ANYWHERE"}, "/config/restApiKey"),
        ({"restApiKey": None}, "/config/restApiKey"),
        ({"apiKey": "planted-literal-key"}, "/config/apiKey"),
        ({"secretKey": "planted-literal-key"}, "/config/secretKey"),
        ({"restApiKey ": "planted-literal-key"}, "/config/restApiKey "),
        ({"PASSWORD": "planted-literal-key"}, "/config/PASSWORD"),
        ({"auth_token": "planted-literal-key"}, "/config/auth_token"),
        ({"extra": {"restApiKey": "planted-literal-key"}}, "/config/extra/restApiKey"),
        ({"extra": [{"a": [{"client/secret": "planted-literal-key"}]}]}, "/config/extra/0/a/0/client~1secret"),
        ({"consentManagement": {"web": [{"apiKey": "planted-literal-key"}]}}, "/config/consentManagement/web/0/apiKey"),
    ],
)
async def test_a_config_that_would_not_be_valid_is_refused_with_a_pointer_into_the_body(
    operator: Operator, config: dict[str, Any], pointer: str
) -> None:
    answer = await operator.call("PATCH", f"connections/{WEB}", {"config": config, "reason": "x"})
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert "planted-literal-key" not in answer.text
    assert len((await operator.get("revisions"))["revisions"]) == 1


async def test_filter_consent_and_flags_change_value_by_value(operator: Operator) -> None:
    config = {"eventFilteringOption": "whitelistedEvents", "whitelistedEvents": [{"eventName": "Order Placed"}]}
    answer = await operator.call("PATCH", f"connections/{WEB}", {"config": config, "reason": "only orders"})
    assert answer.json()["changed"] is True
    shown = (await operator.get(f"connections/{WEB}"))["destination"]["config"]
    assert (shown["whitelistedEvents"], shown["connectionMode"]["web"]) == ([{"eventName": "Order Placed"}], "hybrid")
    removed = {"config": {"whitelistedEvents": None, "eventFilteringOption": "disable"}, "reason": "all again"}
    await operator.call("PATCH", f"connections/{WEB}", removed)
    assert "whitelistedEvents" not in (await operator.get(f"connections/{WEB}"))["destination"]["config"]


async def test_a_whole_document_is_replaced_only_where_nobody_was_faster(operator: Operator) -> None:
    current = (await operator.get("connections"))["revision"]
    document = (await operator.get(f"revisions/{current}"))["document"]
    document["destinations"][0]["config"]["connectionMode"]["web"] = "device"
    body = {"document": document, "reason": "deploy"}
    stale = await operator.call("PUT", "connections", body, if_match='"0123456789ab"')
    assert (stale.status_code, stale.headers["etag"]) == (412, f'"{current}"')
    assert (await operator.call("PUT", "connections", body, if_match=f'"{current}"')).json()["affects"] == [WEB]
    assert await operator.mode() == "device"
    assert (await operator.call("PUT", "connections", body, if_match=f'"{current}"')).status_code == 412
    bad = {"document": {**document, "sources": [{"id": "x", "type": "nonsense"}]}, "reason": "deploy"}
    assert "/document/sources/0/type" in {
        error["pointer"] for error in (await operator.call("PUT", "connections", bad)).json()["errors"]
    }


async def test_a_document_is_judged_without_being_taken_over(operator: Operator) -> None:
    current = (await operator.get("connections"))["revision"]
    document = (await operator.get(f"revisions/{current}"))["document"]
    good = (await operator.call("POST", "connections/validate", document)).json()
    assert (good["valid"], good["revision"]) == (True, current)
    document["destinations"][0]["config"]["connectionMode"]["flutter"] = "hybrid"
    document["sources"].append({"id": "f", "type": "flutter"})
    document["connections"].append({"source": "f", "destination": "braze-eu"})
    found = (await operator.call("POST", "connections/validate", document)).json()["findings"]
    assert [finding["severity"] for finding in found if finding["pointer"].endswith("/connectionMode/flutter")] == [
        "error"
    ]
    bad = await operator.call("POST", "connections/validate", {"version": 7})
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/version")
    assert (await operator.get("connections"))["revision"] == current


@pytest.mark.parametrize("reason", ["", "   ", None, 5])
async def test_a_change_needs_a_reason(operator: Operator, reason: Any) -> None:
    answer = await operator.call("PATCH", f"connections/{WEB}", {"config": {}, "reason": reason})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/reason")


async def test_switching_off_says_what_happens_to_the_backlog(operator: Operator, running: Running) -> None:
    event = {"event": "x", "userId": "u"}
    off = (await operator.call("POST", f"connections/{WEB}/disable", {"reason": "contract ended"})).json()
    assert (off["affects"], off["queued"]) == ([WEB], 0)
    assert "still delivered" in off["backlog"]
    await running.client.post("/v1/track", json=event, auth=("wk-web", ""))
    assert (await running.service.store.totals()).blocked == 1
    on = await operator.call("POST", f"connections/{WEB}/enable", {"reason": "new contract"})
    assert on.json()["to"] == off["from"], "the same content is the same revision"
    whole = (await operator.call("POST", "connections/braze-eu/disable", {"reason": "outage"})).json()
    assert len(whole["affects"]) == 4
    assert "held" in whole["backlog"]


async def test_a_pause_is_kept_with_its_reason_and_says_what_it_does(operator: Operator) -> None:
    paused = (await operator.call("POST", "destinations/braze-eu/pause", {"reason": "Braze is in trouble"})).json()
    assert (paused["paused"], paused["queued"]) == (True, 0)
    assert (await operator.get(f"connections/{WEB}"))["paused"] is True
    assert (await operator.call("POST", "destinations/braze-eu/resume")).json()["paused"] is False
    acts = [entry["act"] for entry in (await operator.get("audit"))["entries"]]
    assert [(act["action"], act.get("reason", "")) for act in acts[:2]] == [
        ("destination.resume", ""),
        ("destination.pause", "Braze is in trouble"),
    ]


async def test_of_ten_that_create_the_same_connection_at_once_one_does(run_router: RunRouter) -> None:
    body = {"source": TV, "destination": "braze-eu", "reason": "new app"}
    async with run_router() as one, run_router() as other:
        operators = [Operator(running) for running in (one, other)] * 5
        answers = await asyncio.gather(*[each.call("POST", "connections", body) for each in operators])
        assert sorted(answer.status_code for answer in answers) == [201, *[409] * 9]
        assert len((await operators[0].get("revisions"))["revisions"]) == 2


@pytest.mark.parametrize("tags", [("",), ("other",), ('""',), ("other", '"another"'), ("*, other",)])
async def test_an_if_match_that_names_nothing_in_force_refuses_also_when_it_is_empty(
    running: Running, tags: tuple[str, ...]
) -> None:
    answer = await _if_match(running, *tags)
    assert answer.status_code == 412
    assert answer.headers["etag"] == f'"{running.service.runtime.table.revision}"'


async def test_every_line_of_if_match_counts(running: Running) -> None:
    revision = running.service.runtime.table.revision
    assert (await _if_match(running, '"other"', f'"{revision}"')).status_code == 200
    assert (await _if_match(running, "*")).status_code == 200


async def _if_match(running: Running, *tags: str) -> httpx.Response:
    """A dry run of a change, with so many lines of If-Match."""
    return await running.client.patch(
        f"/admin/v1/connections/{WEB}",
        params={"dry_run": "true"},
        json={"config": {"supportDedup": True}, "reason": "x"},
        headers=[*ADMIN.items(), *[("If-Match", tag) for tag in tags]],
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", f"connections/{WEB}"), ("POST", f"connections/{WEB}/disable"), ("PUT", "connections")],
)
async def test_a_misspelt_query_parameter_changes_nothing_and_the_closest_one_is_named(
    operator: Operator, method: str, path: str
) -> None:
    answer = await operator.call(method, path, {"reason": "x", "config": {"supportDedup": True}}, dryrun="true")
    assert answer.status_code == 400
    assert "did you mean `dry_run`?" in answer.json()["detail"]
    assert len((await operator.get("revisions"))["revisions"]) == 1


async def test_a_call_without_query_parameters_takes_none(operator: Operator) -> None:
    answer = await operator.call("GET", "status", verbose="1")
    assert (answer.status_code, answer.json()["title"]) == (400, "there is no such query parameter")


async def test_what_another_process_made_a_moment_ago_is_known_to_every_call(run_router: RunRouter) -> None:
    async with run_router() as one, run_router() as other:
        await anyio.sleep(0.05)
        body = {"source": TV, "destination": "braze-eu", "reason": "new app"}
        made = (await Operator(one).call("POST", "connections", body)).json()["to"]
        assert (await Operator(other).call("GET", "connections/tv:braze-eu")).headers["etag"] == f'"{made}"'
        for number in range(3):
            source = {**TV, "id": f"tv{number}", "write_key": f"wk-{number}"}
            made = (await Operator(one).call("POST", "connections", {**body, "source": source})).json()["to"]
            name = f"tv{number}:braze-eu"
            calls: list[tuple[str, str, Any]] = [
                ("GET", "connections", None),
                ("GET", f"connections/{name}/revisions", None),
                ("POST", f"connections/{name}/disable", {"reason": "too early"}),
            ]
            method, path, asked = calls[number]
            answer = await Operator(other).call(method, path, asked)
            assert answer.status_code == 200, answer.text
            assert made in answer.text


async def test_a_destination_with_a_backlog_goes_only_by_force_and_its_queue_is_named(
    operator: Operator, running: Running
) -> None:
    source = {"id": "tv", "name": "TV app", "type": "cloud", "write_key": "wk-tv"}
    config = (await operator.get(f"connections/{WEB}"))["destination"]["config"]
    second = {"id": "braze-tv", "name": "TV", "type": "BRAZE", "config": config}
    await operator.call("POST", "connections", {"source": source, "destination": second, "reason": "new app"})
    earlier = (await operator.get("revisions"))["revisions"][-1]["revision"]
    await operator.call("POST", "destinations/braze-tv/pause")
    await running.client.post("/v1/track", json={"event": "Started", "userId": "u"}, auth=("wk-tv", ""))
    body = {"revision": earlier, "reason": "back"}
    for query in ({}, {"dry_run": "true"}):
        refused = await operator.call("POST", "rollback", body, **query)
        assert refused.status_code == 409
        assert "1 units for `braze-tv`" in refused.json()["detail"]
    made = await operator.call("POST", "rollback", body, force="true")
    assert (made.status_code, made.json()["left_behind"]) == (200, {"braze-tv": 1})
    assert (await running.service.store.account()).queued["braze-tv"] == 1
