"""Whatever an SDK sends, the transform gives objects or refuses the event; it never crashes and never changes its input."""

import copy
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from router.braze.objects import Item
from router.braze.options import TransformOptions
from router.braze.transform import transform
from router.errors import InvalidEvent
from router.events import Context, Message, decode_message

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["u-1", "0x1F", "7€", " 5 ", "woman", "subscribed", "brazeExternalId", "id", "EUR"])
)
keys = st.text(max_size=4) | st.sampled_from(
    [
        "id",
        "type",
        "email",
        "phone",
        "gender",
        "firstName",
        "address",
        "address.city",
        "city",
        "groupId",
        "subscriptionState",
        "name",
        "source",
        "time",
        "timestamp",
        "products",
        "product_id",
        "sku",
        "price",
        "quantity",
        "currency",
        "update",
        "remove",
        "add",
        "identifier",
        "$add",
        "mergeObjectsUpdateOperation",
        "Braze",
        "BRAZE",
        "appId",
        "alias",
        "alias_name",
        "alias_label",
        "external_id",
        "user_alias",
    ]
)
json = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5), max_leaves=20
)
objects = st.dictionaries(keys, json, max_size=6)

types = st.sampled_from(["identify", "track", "page", "screen", "group", "alias", "Track", "record"]) | json
names = st.sampled_from(["Ping", "Order Completed", "Product Viewed", "Product Added", "Order Cancelled"]) | json
operations = st.fixed_dictionaries(
    {}, optional={name: st.lists(objects, max_size=3) | json for name in ("add", "update", "remove")}
)
traits = st.dictionaries(keys, json | operations, max_size=6) | json
products = st.lists(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("product_id", "sku", "price", "quantity", "currency", "name"), json)
    )
    | json,
    max_size=3,
)
properties = st.fixed_dictionaries({}, optional={"products": products | json, "currency": json, "total": json}) | json
external_ids = st.lists(
    st.fixed_dictionaries({"type": st.just("brazeExternalId") | json, "id": json}) | json, max_size=2
)
contexts = st.fixed_dictionaries(
    {},
    optional={
        "traits": traits,
        "externalId": external_ids | json,
        "mappedToDestination": json,
        "channel": st.just("mobile") | json,
        "os": objects | json,
    },
)
events = st.fixed_dictionaries(
    {"type": types},
    optional={
        "event": names,
        "name": json,
        "userId": json,
        "anonymousId": json,
        "previousId": json,
        "groupId": json,
        "channel": st.sampled_from(["sources", "web"]) | json,
        "context": contexts | json,
        "integrations": objects | json,
        "traits": traits,
        "properties": properties,
        "timestamp": st.just("T") | json,
        "originalTimestamp": json,
        "receivedAt": json,
    },
)
options = st.builds(
    TransformOptions,
    subscription_groups=st.booleans(),
    nested_arrays=st.booleans(),
    purchase_properties=st.booleans(),
    recommended_events=st.booleans(),
)


def _decoded(event: dict[str, Any]) -> Message:
    return decode_message(msgspec.json.encode(event))


def _copied(message: Message) -> Message:
    """A copy that shares nothing with the message (Structs of messages are frozen, what they hold is not)."""
    fields = {name: copy.deepcopy(getattr(message, name)) for name in message.__struct_fields__}
    if isinstance(message.context, Context):
        context = {name: copy.deepcopy(getattr(message.context, name)) for name in message.context.__struct_fields__}
        fields["context"] = Context(**context)
    return Message(**fields)


def _outcome(message: Message, chosen: TransformOptions) -> list[Item] | tuple[int, str]:
    try:
        return transform(message, chosen)
    except InvalidEvent as error:
        return error.status, error.message


@settings(deadline=None, max_examples=400)
@given(events, options)
@example({"type": "group", "groupId": "g", "userId": 10**30, "traits": {}}, TransformOptions())
def test_any_event_gives_objects_or_is_refused(event: dict[str, Any], chosen: TransformOptions) -> None:
    message = _decoded(event)
    before = _copied(message)
    first = _outcome(message, chosen)
    assert message == before, "the event was changed"
    assert _outcome(message, chosen) == first, "the same event came to something else"
    if isinstance(first, tuple):
        assert first[0] == 400
        assert first[1]
    else:
        assert first
        assert all(msgspec.json.decode(msgspec.json.encode(item.body)) == item.body for item in first)


@settings(deadline=None, max_examples=200)
@given(events, options)
def test_every_object_names_exactly_one_user(event: dict[str, Any], chosen: TransformOptions) -> None:
    outcome = _outcome(_decoded(event), chosen)
    for item in outcome if isinstance(outcome, list) else ():
        if item.kind in ("events", "purchases"):
            assert ("external_id" in item.body) != ("user_alias" in item.body)
            assert item.body.get("external_id", "x") != ""
            assert item.body["time"]
