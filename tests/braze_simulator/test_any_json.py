"""Whatever JSON comes in: an answer comes out, everything can still be shown, and nothing is counted wrongly."""

import json
from typing import Any

import anyio
import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.braze_simulator.app import READERS, create_app
from router.braze_simulator.config import DEFAULT_KEY, config_from
from router.braze_simulator.endpoints.table import ENDPOINTS
from router.braze_simulator.workspace import Workspace

WORDS = st.sampled_from(
    [
        "u1",
        "anon",
        "a@x.io",
        "+4940123456",
        "2026-01-02T10:00:00Z",
        "2026-01-02",
        "USD",
        "ecommerce.order_placed",
        "",
        "$x",
    ]
)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS | st.text()
)
_KEYS = (
    "external_id user_alias alias_name alias_label braze_id email phone name time properties product_id currency price"
    " quantity push_tokens token subscription_groups subscription_group_id subscription_state country add remove inc"
    " $add $remove $update $identifier_key $identifier_value $new_object $time prioritization current_location"
)
_ARRAYS = (
    "attributes events purchases aliases_to_identify emails_to_identify phone_numbers_to_identify user_aliases"
    " alias_updates merge_updates external_ids user_aliases braze_ids email_addresses phone_numbers"
    " external_id_renames fields_to_export subscription_groups"
)
KEYS = st.sampled_from(_KEYS.split()) | st.text()
ARRAYS = st.sampled_from(_ARRAYS.split())
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=12
)
NAMED = st.fixed_dictionaries(
    {}, optional={"external_id": WORDS, "email": WORDS, "phone": WORDS, "time": WORDS, "name": WORDS, "currency": WORDS}
)
OBJECTS = st.tuples(NAMED, st.dictionaries(KEYS, JSON, max_size=5)).map(lambda parts: {**parts[1], **parts[0]})
BODIES = JSON | st.dictionaries(ARRAYS, st.lists(OBJECTS | JSON, max_size=4) | JSON, max_size=3)
POSTS = sorted(path for path, endpoint in ENDPOINTS.items() if endpoint.method == "POST")


async def play(calls: list[tuple[str, Any]]) -> Workspace:
    """Send the calls, then look at everything."""
    app = create_app(config_from({"rate_plan": "off", "clock": {"mode": "virtual"}}))
    workspace: Workspace = app.state.workspace
    headers = {"Authorization": f"Bearer {DEFAULT_KEY}"}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://braze", headers=headers) as client:
        for path, body in calls:
            answer = await client.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})
            assert answer.status_code in {200, 201, 202, 400}
            assert isinstance(answer.json(), dict)
        shown = [
            *(path for path in READERS if "{" not in path),
            *(f"/users/{key}" for key in workspace.directory.profiles),
        ]
        for path in (*shown, "/"):
            assert (await client.get(f"/_sim{path}")).status_code == 200
        snapshot = (await client.get("/_sim/snapshot")).content
        assert (await client.post("/_sim/snapshot", content=snapshot)).status_code == 200
        assert (await client.get("/_sim/snapshot")).content == snapshot
    return workspace


@given(calls=st.lists(st.tuples(st.sampled_from(POSTS), BODIES), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_json_gets_an_answer_and_leaves_a_state_that_can_be_shown(calls: list[tuple[str, Any]]) -> None:
    workspace = anyio.run(play, calls)
    directory = workspace.directory
    profiles = directory.profiles
    for index in (directory.by_external_id, directory.by_alias, directory.by_token):
        assert all(profile.braze_id in profiles for profile in index.values())
    for profile in profiles.values():
        for kind, tallies in (("event", profile.events), ("session", profile.sessions)):
            logged = sum(occurrence.kind == kind for occurrence in profile.log)
            assert sum(entry.count for entry in tallies.values()) == logged
    assert workspace.data_points.total == sum(row.points for row in workspace.data_points.rows())
