"""Whatever a file holds, reading it ends in a workspace that lint can judge, or in problems with places; never in a traceback."""

import copy
import json
from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.lint.rules import lint
from router.config.connections import workspace_of
from router.config.document import parse_document
from router.config.formats import READERS, format_of
from router.errors import ConfigInvalid

Path = tuple[str | int, ...]

OURS: dict[str, Any] = {
    "version": 1,
    "sources": [{"id": "s", "type": "iosSwift", "write_key": "w", "sdk": "iosSwift-v2"}],
    "destinations": [
        {
            "id": "d",
            "config": {
                "dataCenter": "EU-01",
                "connectionMode": {"iosSwift": "hybrid"},
                "useNativeSDK": {"iosSwift": True},
                "eventFilteringOption": "whitelistedEvents",
                "whitelistedEvents": [{"eventName": "A"}],
                "consentManagement": {"iosSwift": [{"provider": "custom", "consents": [{"consent": "x"}]}]},
                "oneTrustCookieCategories": {"iosSwift": [{"oneTrustCookieCategory": "C"}]},
                "ketchConsentPurposes": {"iosSwift": [{"purpose": "p"}]},
            },
        }
    ],
    "connections": [{"source": "s", "destination": "d"}],
}
WORKSPACE_CONFIG: dict[str, Any] = {
    "sources": [
        {
            "id": "s",
            "name": "S",
            "writeKey": "w",
            "sourceDefinition": {"name": "Javascript", "type": "web"},
            "trackingPlan": {"id": "t"},
            "geoEnrichment": {"enabled": True},
            "destinations": [
                {
                    "id": "d",
                    "name": "D",
                    "isProcessorEnabled": True,
                    "destinationDefinition": {
                        "name": "BRAZE",
                        "config": {"hybridModeCloudEventsFilter": {"web": {"messageType": ["track"]}}},
                    },
                    "config": {"dataCenter": "EU-01", "connectionMode": "hybrid", "restApiKey": "k"},
                }
            ],
        }
    ],
    "connections": {"c": {"sourceId": "s", "destinationId": "d", "enabled": True}},
    "settings": {"eventBlocking": {"events": {}}},
}
SOURCE_CONFIG: dict[str, Any] = {
    "source": {**WORKSPACE_CONFIG["sources"][0], "connections": [{"destinationId": "d", "enabled": True}]},
    "consentManagementMetadata": {},
}
CLI_SOURCE: dict[str, Any] = {
    "kind": "event-stream-source",
    "spec": {"id": "s", "type": "javascript", "governance": {"validations": {"tracking_plan": "x"}}},
}
CLI_DESTINATION: dict[str, Any] = {
    "kind": "destination",
    "spec": {
        "id": "d",
        "type": "braze",
        "config": {
            "data_center": "EU-01",
            "rest_api_key": "{{ .K }}",
            "connection_mode": {"web": "hybrid"},
            "event_filtering": {"whitelist": ["A"]},
            "consent_management": {"web": [{"provider": "custom", "consents": ["x"]}]},
        },
    },
}
CLI_CONNECTIONS: dict[str, Any] = {
    "kind": "event-stream-connections",
    "spec": {"connections": [{"source": "#event-stream-source:s", "destination": "#destination:d"}]},
}
FILES = (OURS, WORKSPACE_CONFIG, SOURCE_CONFIG, CLI_SOURCE, CLI_DESTINATION, CLI_CONNECTIONS)

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "x", "web", "BRAZE", "device", "s", "d"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "name", "web", "x/y"]), inner, max_size=2)
    ),
    max_leaves=4,
)


def paths(data: Any, at: Path = ()) -> list[Path]:
    """Every place in some data."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [at, *(path for key, value in items for path in paths(value, (*at, key)))]


def spoiled(data: Any, at: Path, value: Any) -> Any:
    """A copy with one place overwritten."""
    if not at:
        return value
    changed = copy.deepcopy(data)
    holder = changed
    for key in at[:-1]:
        holder = holder[key]
    holder[at[-1]] = value
    return changed


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_any_file_is_read_or_refused_with_reasons(draw: st.DataObject) -> None:
    data = draw.draw(st.sampled_from(FILES))
    for _ in range(draw.draw(st.integers(1, 2))):
        data = spoiled(data, draw.draw(st.sampled_from(paths(data))), draw.draw(anything))
    document = parse_document(json.dumps(data))
    with suppress(ConfigInvalid):
        workspace = workspace_of(READERS[format_of(data)]([document]).document)
        assert all(finding.pointer.startswith("/") for finding in lint(workspace))
