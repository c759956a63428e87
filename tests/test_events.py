"""Messages as SDKs send them, odd ones included."""

import pytest

from router.errors import InvalidJson
from router.events import NO_CONTEXT, Context, decode_heads, decode_message, split_batch


def test_free_form_parts_stay_plain_data() -> None:
    message = decode_message(b'{"type":"track","userId":7,"properties":{"a":[1,null]},"context":{"traits":{"b":1.5}}}')
    assert (message.type, message.user_id, message.properties) == ("track", 7, {"a": [1, None]})
    assert message.details.traits == {"b": 1.5}


@pytest.mark.parametrize("context", ["null", '"text"', "3", "[1]", "true"])
def test_a_context_that_is_no_object_counts_as_empty(context: str) -> None:
    assert decode_message(f'{{"context":{context}}}'.encode()).details == NO_CONTEXT


def test_an_object_as_context_is_typed() -> None:
    assert isinstance(decode_message(b'{"context":{}}').details, Context)


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"3", b"{", b'{"a":nan}', b"[" * 100_000, b'{"traits":' + b"[" * 5000 + b"]" * 5000 + b"}"]
)
def test_what_is_no_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidJson):
        decode_message(raw)


def test_what_is_nested_too_deep_for_the_transform_is_refused_and_brackets_in_texts_do_not_count() -> None:
    assert decode_message(b'{"traits":' + b"[" * 199 + b"]" * 199 + b"}")
    assert decode_message(b'{"event":"\\"' + b"[" * 500 + b'"}')
    assert decode_message(b'{"traits":[' + b"{}," * 500 + b"{}]}")
    with pytest.raises(InvalidJson, match="nested more than 200 deep"):
        decode_message(b'{"traits":' + b"[" * 200 + b"]" * 200 + b"}")


def test_half_a_surrogate_pair_is_read_as_an_unknown_character() -> None:
    assert decode_message(b'{"event":"\\ud83d!"}').event == "?!"
    (head,) = decode_heads(split_batch(b'{"batch":[{"event":"\\udc00","userId":"u"}]}'))
    assert head.event == "?"


@pytest.mark.parametrize(
    ("body", "elements"),
    [
        (b'{"batch":[{"a":1},2,"x"]}', [b'{"a":1}', b"2", b'"x"']),
        (b'{"sentAt":"now","batch": [ ] }', []),
        (b'{"batch":{"a":1}}', [b'{"a":1}']),
        (b'{"batch":null}', []),
        (b"{}", []),
        (b"[1]", []),
        (b"3", []),
    ],
)
def test_a_batch_is_split_without_touching_its_elements(body: bytes, elements: list[bytes]) -> None:
    assert [bytes(element) for element in split_batch(body)] == elements


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1,", b'{"batch":[1}', b'{"batch":[]} x', b'{"batch":["\xff"]}', b'{"batch":[tru]}']
)
def test_a_body_that_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidJson):
        split_batch(body)
