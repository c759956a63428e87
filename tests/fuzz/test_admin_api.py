"""The admin API is what its OpenAPI document says, whatever is sent to it: a real `serve`, requests made by schemathesis.

No status that the document does not name, no body of another shape, no 5xx but the documented 503, no traceback.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.end_to_end.conftest import free_port
from tests.survival.scene import wait_for

ADMIN = {"authorization": "Bearer fuzz-token"}
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
"""`not_a_server_error` is left to `status_code_conformance`: 503 is the only 5xx of the document."""
REAL: dict[str, list[str]] = {
    "id": ["web-shop:braze-eu", "braze-eu", "ios-app:braze-eu", "0-1-1"],
    "name": ["fuzz", "bootstrap"],
    "revision": ["current"],
    "before": ["current"],
    "after": ["current"],
}
"""Names that exist, so that the fuzzer does not only meet 404."""


_AS_IT_COMES = hypothesis.settings(
    deadline=None,
    database=None,
    phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)
BRIEF = hypothesis.settings(_AS_IT_COMES, max_examples=20, derandomize=True)
LONG = hypothesis.settings(_AS_IT_COMES, max_examples=250)


class Target:
    """A running router, and how many requests it got."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self.log = log
        self.session = requests.Session()
        self.session.trust_env = False
        self.requests = 0
        self.statuses: dict[int, int] = {}

    def send(self, case: Any) -> None:
        """Send a case and hold the answer against the document."""
        answer = case.call(base_url=self.url, headers=ADMIN, session=self.session, timeout=20)
        self.requests += 1
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
        case.validate_response(answer, checks=CHECKS)


@pytest.fixture
def target(tmp_path: Path, fixtures: Path, valkey_url: str) -> Iterator[Target]:
    """`serve` in a process of its own."""
    port, log = free_port(), tmp_path / "serve.log"
    command = [sys.executable, "-m", "router.cli.main", "serve", "--port", str(port), "--redis-url", valkey_url]
    command += ["--connections", str(fixtures / "connections" / "quickstart.yaml"), "--partitions", "4"]
    command += ["--braze-url", f"http://127.0.0.1:{free_port()}", "--log-level", "error"]
    environment = {**os.environ, "BRAZE_REST_KEY": "k", "HYBRID_ROUTER_ADMIN_TOKEN": "fuzz-token"}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: httpx.get(f"{url}/ready", timeout=1).status_code == 200, log)
        yield Target(url, log)
    finally:
        process.kill()
        process.wait()


def fuzz(target: Target, settings: hypothesis.settings) -> None:
    """Requests to each operation, half of them made to be wrong, half of them about names that exist."""
    schema = schemathesis.openapi.from_url(f"{target.url}/admin/v1/openapi.json", headers=ADMIN)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation: Any = found.ok()
        for mode in GenerationMode:
            probe(target, operation.as_strategy(mode), settings)


def probe(target: Target, cases: st.SearchStrategy[Any], settings: hypothesis.settings) -> None:
    """The cases of one operation."""

    @settings
    @hypothesis.given(case=cases, data=st.data())
    def send(case: Any, data: st.DataObject) -> None:
        about_something_real = data.draw(st.booleans())
        if about_something_real:
            for name in case.path_parameters:
                case.path_parameters[name] = data.draw(st.sampled_from(REAL[name]))
        target.send(case)

    send()


def require_clean(target: Target) -> None:
    """Nothing unexpected in what the router wrote."""
    written = target.log.read_text()
    assert "Traceback" not in written
    assert "unexpected error" not in written


def test_the_admin_api_keeps_to_its_document(target: Target) -> None:
    fuzz(target, BRIEF)
    assert target.requests >= 1000
    assert {200, 400, 404, 422} <= set(target.statuses)
    require_clean(target)


@pytest.mark.soak
def test_the_admin_api_keeps_to_its_document_for_long(target: Target) -> None:
    fuzz(target, LONG)
    assert target.requests >= 10_000
    require_clean(target)
