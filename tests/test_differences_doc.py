"""The examples of docs/differences.md and docs/cloud-mode.md are true, and every difference has one."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from router.braze.batching import Batched, BatchSettings, batch
from router.braze.hosts import VALID_DATA_CENTERS, rest_endpoint
from router.braze.objects import Path as BrazePath
from router.braze.objects import Request
from router.braze.options import TransformOptions
from router.braze.requests import event_items, transform_events
from router.braze.responses import Answer, Misconfigured, Outcome, Processed, Retry, read_answer, read_failure
from router.braze.trait_dedup import Known, reduce
from router.braze.trait_values import fingerprint, key_of
from router.braze.transform.timestamps import MISSING
from router.errors import BrazeUnreachable
from router.events import Message, decode_message

DOCS = Path(__file__).parent.parent / "docs"
DIFFERENCES = (DOCS / "differences.md").read_text()
CLOUD_MODE = (DOCS / "cloud-mode.md").read_text()
TIMES = ("timestamp", "originalTimestamp", "receivedAt")


class Example(msgspec.Struct, frozen=True):
    """One fenced block: where it stands, and its lines as (key, value)."""

    heading: str
    lines: tuple[tuple[str, str], ...]

    def given(self, key: str) -> dict[str, Any]:
        """The JSON object of a line that may be missing."""
        found: dict[str, Any] = next((json.loads(value) for name, value in self.lines if name == key), {})
        return found

    def told(self) -> list[tuple[str, str]]:
        """What the page says comes out."""
        return [(key, value) for key, value in self.lines if key in ("out", "error", "filtered", "objects")]

    def messages(self) -> list[Message]:
        """The events, as often as the page says."""
        found: list[Message] = []
        for key, value in self.lines:
            if times := re.fullmatch(r"in(?: ×(\d+))?", key):
                event = json.loads(value)
                stamped = event if any(name in event for name in TIMES) else {**event, "timestamp": "T"}
                found += [decode_message(json.dumps(stamped).encode())] * int(times[1] or 1)
        return found


def examples(page: str) -> Iterator[Example]:
    heading = ""
    for title, block in re.findall(r"^#+ ([^\n]+)$|^```example\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        heading = title or heading
        if block:
            pairs = (line.partition(":") for line in block.splitlines())
            yield Example(heading, tuple((key.strip(), value.strip()) for key, _, value in pairs))


def comes_out(example: Example) -> list[tuple[str, str]]:
    """What our transform makes of an example, in the page's notation."""
    settings = msgspec.convert(example.given("settings"), BatchSettings)
    batched, emptied = transformed(example, settings)
    if any("×" in key for key, _ in example.lines):
        return [("objects", ", ".join(str(request.size) for request in batched.requests))]
    return [
        *(("out", f"POST {request.path} {without_partner(request)}") for request in batched.requests),
        *(("error", f"{error.status} {error.message}") for error in batched.errors),
        *(("filtered", f"event {at}") for at in emptied),
    ]


def transformed(example: Example, settings: BatchSettings) -> tuple[Batched, tuple[int, ...]]:
    options = TransformOptions.from_config(example.given("config"))
    messages, known = example.messages(), example.given("known")
    if not known:
        return transform_events(messages, options, settings=settings), ()
    items, _ = event_items(messages, options)
    values = {key_of(name): fingerprint(value) for name, value in known.items()}
    users = {message.user_id: Known(values=values) for message in messages}
    reduced = reduce(items, deduplicated=range(len(messages)), known=users)
    return batch(reduced.items, settings), reduced.emptied


def without_partner(request: Request) -> str:
    body = {key: value for key, value in request.body.items() if key != "partner"}
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def rows(page: str, heading: str) -> list[list[str]]:
    """The rows of the table under a heading that begins like this, without its head."""
    section = page.partition(f"# {heading}")[2].partition("\n#")[0]
    table = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return [[cell.replace("`", "").strip() for cell in row] for row in table[2:]]


@pytest.mark.parametrize(
    "example",
    [*examples(DIFFERENCES), *examples(CLOUD_MODE)],
    ids=lambda example: f"{example.heading} {dict(example.lines).get('in', '')[:40]}",
)
def test_what_the_page_shows_is_what_happens(example: Example) -> None:
    assert example.told()
    assert comes_out(example) == example.told()


def test_every_difference_has_its_own_heading_and_an_example_or_a_table() -> None:
    headings = re.findall(r"^### (D\d+) ", DIFFERENCES, re.MULTILINE)
    assert sorted(headings, key=lambda name: int(name[1:])) == [f"D{number}" for number in range(1, 28)]
    shown = {example.heading.split()[0] for example in examples(DIFFERENCES)}
    assert set(headings) - shown == {"D15", "D21"}


def test_the_table_of_hosts_is_complete() -> None:
    assert dict(rows(DIFFERENCES, "D15 ")) == {name: rest_endpoint(name) for name in VALID_DATA_CENTERS}


BODIES: dict[BrazePath, dict[str, Any]] = {
    "/users/track": {"events": [{"name": "Ping", "external_id": "u-1"}]},
    "/users/delete": {"external_ids": ["u-1"]},
}


def outcome_of(path: str, answer: str) -> Outcome:
    if answer.startswith("no answer"):
        return read_failure(BrazeUnreachable(answer, arrival="no"))
    request = next(
        Request.of(known, body=body, sources=dict.fromkeys(body, ((0,),)))
        for known, body in BODIES.items()
        if known == path
    )
    status, _, body = answer.partition(" ")
    return read_answer(request, Answer(status=int(status), headers={}, body=body.encode()), now=0.0)


def named(outcome: Outcome) -> str:
    if isinstance(outcome, Processed):
        return "failed" if outcome.failed else "accepted"
    return {Retry: "retried", Misconfigured: "destination held"}[type(outcome)]


@pytest.mark.parametrize("row", rows(DIFFERENCES, "D21 "), ids=lambda row: " ".join(row[:2]))
def test_answers_are_read_as_the_page_says(row: list[str]) -> None:
    path, answer, _, ours = row
    assert named(outcome_of(path, answer)) == ours


def test_every_error_of_the_transform_is_explained(fixtures: Path) -> None:
    explained = [row[0] for row in rows(CLOUD_MODE, "Why an event fails")]
    patterns = {text: re.compile(re.escape(text).replace("…", ".+")) for text in explained}
    vectors = map(json.loads, (fixtures / "conformance" / "single.jsonl").read_text().splitlines())
    errors = {vector["expected"]["error"]["message"] for vector in vectors if "error" in vector["expected"]}
    errors |= {MISSING, "[Braze] Single events item exceeds 102400 bytes (got 102401)"}
    found = {error: [text for text, pattern in patterns.items() if pattern.fullmatch(error)] for error in errors}
    assert [error for error, texts in found.items() if len(texts) != 1] == []
    assert {text for texts in found.values() for text in texts} == set(explained)
