"""Whatever a recording holds, there is a report, and it accounts for every event."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.capabilities import CAPABILITIES
from policies.workspace import parse_workspace
from router.simulation.envelopes import Envelope
from router.simulation.through_braze.lines import lines
from router.simulation.through_braze.simulation import run_through_braze
from tests.simulation.through_braze_story import moment, workspace_document

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
IDS = st.sampled_from(["a-1", "a-2", "u-1"]) | JSON
NAMES = st.sampled_from(["Order Completed", "Application Opened", "Application Backgrounded", "Hello"]) | JSON
TIMES = st.integers(0, 9_000).map(lambda tenths: moment(tenths)) | JSON
PRODUCTS = st.fixed_dictionaries({"product_id": JSON, "price": JSON, "quantity": JSON})
PROPERTIES = JSON | st.fixed_dictionaries({"products": st.lists(PRODUCTS, max_size=2), "currency": JSON})
CONTEXTS = JSON | st.fixed_dictionaries(
    {}, optional={"traits": JSON, "origin": st.just("auto"), "device": JSON | st.just({"id": "phone"})}
)
MESSAGES = st.fixed_dictionaries(
    {"type": st.sampled_from(["identify", "track", "page", "screen", "group", "alias"]) | JSON},
    optional={
        "anonymousId": IDS,
        "userId": IDS,
        "event": NAMES,
        "name": NAMES,
        "properties": PROPERTIES,
        "traits": JSON,
        "context": CONTEXTS,
        "messageId": IDS,
        "originalTimestamp": TIMES,
        "sentAt": TIMES,
        "timestamp": TIMES,
    },
)
DEVICE_TYPES = sorted(source_type for source_type, known in CAPABILITIES.items() if known.device_types)


@pytest.mark.parametrize("source_type", DEVICE_TYPES)
@settings(max_examples=15, deadline=None)
@given(
    mode=st.sampled_from(["cloud", "device", "hybrid"]),
    dedup=st.booleans(),
    messages=st.lists(MESSAGES, min_size=1, max_size=5),
)
def test_any_recording_is_accounted_for(
    source_type: str, mode: str, dedup: bool, messages: list[dict[str, Any]]
) -> None:
    workspace = parse_workspace(workspace_document(mode, source_type, supportDedup=dedup))
    events = [Envelope(json.dumps(message).encode(), "app") for message in messages]
    (report,) = asyncio.run(run_through_braze(workspace, events))
    assert sum(report.carried.by.values()) + report.carried.repeated == report.carried.recorded == len(messages)
    assert sum(user.data_points["cloud"] for user in report.users) == report.totals.data_points["cloud"]
    assert all(json.loads(line)["record"] for line in lines(report))
