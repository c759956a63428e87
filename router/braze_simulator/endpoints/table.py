"""Every endpoint: its path, the permission that opens it, its rate bucket, and who accepts its requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from router.braze_simulator.calls import Bucket, JsonObject
from router.braze_simulator.config import Permission
from router.braze_simulator.endpoints.aliases import accept_alias_new, accept_alias_update
from router.braze_simulator.endpoints.delete import accept_delete
from router.braze_simulator.endpoints.export import accept_export
from router.braze_simulator.endpoints.external_ids import accept_remove, accept_rename
from router.braze_simulator.endpoints.identify import accept_identify
from router.braze_simulator.endpoints.merge import accept_merge
from router.braze_simulator.endpoints.subscription_reads import accept_status_get, accept_user_status
from router.braze_simulator.endpoints.subscriptions import accept_set_v1, accept_set_v2
from router.braze_simulator.endpoints.sync import accept_sync
from router.braze_simulator.endpoints.track import accept_bulk, accept_track
from router.braze_simulator.intake import Acceptance, Intake

Accept = Callable[[Intake, JsonObject], Acceptance]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint. Any of `permissions` opens it; a GET gets its query as the document."""

    accept: Accept
    permissions: tuple[Permission, ...]
    bucket: Bucket
    method: Literal["POST", "GET"] = "POST"


ENDPOINTS: Mapping[str, Endpoint] = {
    "/users/track": Endpoint(accept=accept_track, permissions=("users.track",), bucket="track"),
    "/users/track/bulk": Endpoint(accept=accept_bulk, permissions=("users.track.bulk", "users.track"), bucket="bulk"),
    "/users/track/sync": Endpoint(accept=accept_sync, permissions=("users.track.sync",), bucket="sync"),
    "/users/identify": Endpoint(accept=accept_identify, permissions=("users.identify",), bucket="users20k"),
    "/users/alias/new": Endpoint(accept=accept_alias_new, permissions=("users.alias.new",), bucket="users20k"),
    "/users/alias/update": Endpoint(accept=accept_alias_update, permissions=("users.alias.update",), bucket="users20k"),
    "/users/merge": Endpoint(accept=accept_merge, permissions=("users.merge",), bucket="users20k"),
    "/users/delete": Endpoint(accept=accept_delete, permissions=("users.delete",), bucket="users20k"),
    "/users/external_ids/rename": Endpoint(
        accept=accept_rename, permissions=("users.external_ids.rename",), bucket="rename"
    ),
    "/users/external_ids/remove": Endpoint(
        accept=accept_remove, permissions=("users.external_ids.remove",), bucket="remove"
    ),
    "/users/export/ids": Endpoint(accept=accept_export, permissions=("users.export.ids",), bucket="export"),
    "/subscription/status/set": Endpoint(
        accept=accept_set_v1, permissions=("subscription.status.set",), bucket="subset"
    ),
    "/v2/subscription/status/set": Endpoint(
        accept=accept_set_v2, permissions=("subscription.status.set",), bucket="subset"
    ),
    "/subscription/status/get": Endpoint(
        accept=accept_status_get,
        permissions=("subscription.status.get",),
        bucket="shared250k",
        method="GET",
    ),
    "/subscription/user/status": Endpoint(
        accept=accept_user_status,
        permissions=("subscription.groups.get",),
        bucket="shared250k",
        method="GET",
    ),
}
