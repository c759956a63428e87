"""`GET /sourceConfig`: where SDKs fetch what they must do on the device. Compiled once per revision, revalidated by ETag.

An unknown key is 400 here, as on RudderStack's control plane (Kotlin then shuts itself down), and 401 on the data plane.
"""

import hashlib
from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from router.gateway.answers import Rejected
from router.gateway.auth import key_in_either
from router.routing import RoutingTable
from router.runtime import Runtime
from router.source_config.contents import encode, source_config


class Document(msgspec.Struct, frozen=True):
    """One source config, ready to send."""

    body: bytes
    etag: str


def source_config_routes(runtime: Runtime) -> list[BaseRoute]:
    """Mobile SDKs ask without the slash, the web SDK with it."""
    api = SourceConfigApi(runtime)
    return [Route(path, api.serve, methods=["GET"]) for path in ("/sourceConfig", "/sourceConfig/")]


class SourceConfigApi:
    """The endpoint, and the documents of the routing table of the moment."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._table = runtime.table
        self._documents = documents_of(runtime.table)

    async def serve(self, request: Request) -> Response:
        """The source config of the key's source; a disabled source's too, because that is how SDKs learn of it."""
        document = self._document(request)
        if document is None:
            return PlainTextResponse("Invalid write key", status_code=400)
        headers = {"ETag": document.etag, "Cache-Control": "private, no-cache"}
        if _matches(request.headers.get("if-none-match", ""), document.etag):
            return Response(status_code=304, headers=headers)
        return Response(document.body, media_type="application/json", headers=headers)

    def _document(self, request: Request) -> Document | None:
        if self._table is not self._runtime.table:
            self._table = self._runtime.table
            self._documents = documents_of(self._table)
        try:
            return self._documents.get(key_in_either(request))
        except Rejected:
            return None


def documents_of(table: RoutingTable) -> Mapping[str, Document]:
    """The source config of every write key."""
    bodies = {key: encode(source_config(route)) for key, route in table.by_write_key.items()}
    return {key: Document(body, f'"{hashlib.sha256(body).hexdigest()[:20]}"') for key, body in bodies.items()}


def _matches(asked: str, etag: str) -> bool:
    """Whether an If-None-Match names the document we have; weak marks, which proxies add, do not matter (RFC 9110, 13.1.2)."""
    return asked.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in asked.split(","))
