"""alias: one identified user is merged into another (cloud.md §9 with differences D12 and D18)."""

from router.braze.objects import Item
from router.braze.options import TransformOptions
from router.braze.transform.identity import id_of
from router.errors import InvalidEvent
from router.events import Message


def transform_alias(message: Message, _options: TransformOptions) -> list[Item]:
    """The merge of previousId into userId; both are external ids. Raise InvalidEvent."""
    user_id, previous_id = id_of(message.user_id), id_of(message.previous_id)
    if not user_id:
        raise InvalidEvent("[BRAZE]: userId is required for alias call")
    if not previous_id:
        raise InvalidEvent("[BRAZE]: previousId is required for alias call")
    if user_id == previous_id:
        raise InvalidEvent("[BRAZE]: userId and previousId are the same")
    merge = {"identifier_to_merge": {"external_id": previous_id}, "identifier_to_keep": {"external_id": user_id}}
    return [Item("merges", merge)]
