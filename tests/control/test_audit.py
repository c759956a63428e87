"""No act without its entry: what the audit log cannot take down is not done."""

from typing import Any

import anyio
import pytest

from router.store import keys
from router.store.dead_letters import DeadLetters, Listed
from router.store.store import Store
from router.store.tokens import Tokens
from tests.conftest import Running
from tests.control.operating import Operator

pytestmark = pytest.mark.anyio

RECORDING = {"source": "web-shop", "count": 3, "within_seconds": 30}
SUPPRESS = {"regulationType": "suppress", "users": [{"userId": "u-1"}]}
REASON = {"reason": "x"}


async def dead_letter(running: Running) -> Listed:
    """A letter that the transform made."""
    await running.client.post("/v1/track", json={"userId": "u", "event": ""}, auth=("wk-server", ""))
    for _ in range(100):
        if found := (await DeadLetters(running.service.store).newest(count=1)).letters:
            return found[0]
        await anyio.sleep(0.05)
    raise AssertionError("no letter came")


async def break_log(store: Store) -> None:
    """From now on the log's key takes no entry."""
    await store.command("DEL", keys.AUDIT)
    await store.command("SET", keys.AUDIT, "no stream")


async def state(operator: Operator, store: Store) -> dict[str, Any]:
    """All that the acts below would change."""
    return {
        "letters": [each.id for each in (await DeadLetters(store).newest(count=10)).letters],
        "paused": await store.paused(),
        "tokens": [each.name for each in await Tokens(store).all()],
        "regulations": (await operator.get("regulations"))["regulations"],
        "recordings": await store.command("HKEYS", "hr:samples:{samples}:all"),
    }


async def test_what_cannot_be_written_down_is_not_done(running: Running, operator: Operator) -> None:
    store, letter = running.service.store, await dead_letter(running)
    token = (await operator.call("POST", "tokens", {"name": "ci", "role": "viewer"})).json()["name"]
    regulation = (await operator.call("POST", "regulations", SUPPRESS)).json()["id"]
    recording = (await operator.call("POST", "recordings", RECORDING)).json()["id"]
    before = await state(operator, store)
    await break_log(store)
    for method, path, body in (
        ("POST", f"dead-letters/{letter.id}/retry", None),
        ("POST", f"dead-letters/{letter.id}/discard", REASON),
        ("POST", "destinations/braze-eu/pause", REASON),
        ("POST", "tokens", {"name": "other", "role": "admin"}),
        ("DELETE", f"tokens/{token}", None),
        ("POST", "regulations", SUPPRESS),
        ("DELETE", f"regulations/{regulation}", None),
        ("POST", "recordings", RECORDING),
        ("DELETE", f"recordings/{recording}", None),
    ):
        assert (await operator.call(method, path, body)).status_code == 503, path
    assert await state(operator, store) == before


async def test_what_is_not_there_or_done_already_is_not_written_down(running: Running, operator: Operator) -> None:
    await operator.call("POST", "tokens", {"name": "ci", "role": "viewer"})
    regulation = (await operator.call("POST", "regulations", SUPPRESS)).json()["id"]
    await operator.call("DELETE", f"regulations/{regulation}")
    before = await operator.get("audit")
    for method, path, body, status in (
        ("POST", "dead-letters/0-1-1/retry", None, 404),
        ("POST", "tokens", {"name": "ci", "role": "admin"}, 409),
        ("DELETE", "tokens/nobody", None, 404),
        ("DELETE", "regulations/nothing", None, 404),
        ("DELETE", f"regulations/{regulation}", None, 200),
        ("DELETE", "recordings/nothing", None, 404),
    ):
        assert (await operator.call(method, path, body)).status_code == status, path
    assert await operator.get("audit") == before
