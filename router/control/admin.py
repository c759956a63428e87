"""`/admin/v1`: what operators see and do. Each noun has a module of its own, which says what it offers."""

from starlette.routing import BaseRoute

from router.config.networks import networks_of
from router.control.admin_app import guarded_routes
from router.control.audit import AuditApi
from router.control.connections import ConnectionsApi
from router.control.dead_letters import DeadLettersApi
from router.control.destinations import DestinationsApi
from router.control.enabling import EnablingApi
from router.control.failure_limit import FailureLimit
from router.control.guard import Guard
from router.control.keyring import Keyring
from router.control.mode_switch import ModeSwitchApi
from router.control.openapi import OpenApi
from router.control.operation import Operation
from router.control.recordings import RecordingsApi
from router.control.regulations import RegulationsApi
from router.control.revisions import RevisionsApi
from router.control.status import StatusApi
from router.control.tokens import TokensApi
from router.control.what_if import WhatIfApi
from router.runtime import Runtime


def admin_routes(runtime: Runtime) -> list[BaseRoute]:
    """Routes under /admin."""
    keyring = Keyring(runtime.store, bootstrap=lambda: runtime.admin_digest, clock=runtime.clock)
    guard = Guard(keyring, FailureLimit(), trusted_proxies=networks_of(runtime.settings.trusted_proxies))
    return guarded_routes(guard, admin_operations(runtime, keyring))


def admin_operations(runtime: Runtime, keyring: Keyring) -> list[Operation]:
    """Everything that the admin API can do."""
    operations = [
        *StatusApi(runtime).operations(),
        *WhatIfApi(runtime).operations(),
        *ConnectionsApi(runtime).operations(),
        *ModeSwitchApi(runtime).operations(),
        *EnablingApi(runtime).operations(),
        *RevisionsApi(runtime).operations(),
        *AuditApi(runtime).operations(),
        *DeadLettersApi(runtime).operations(),
        *DestinationsApi(runtime).operations(),
        *RegulationsApi(runtime).operations(),
        *RecordingsApi(runtime).operations(),
        *TokensApi(runtime, keyring).operations(),
    ]
    return [*operations, *OpenApi(operations).operations()]
