"""`/health`, `/ready`, `/version`, `/metrics`."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from router import __version__
from router.errors import StoreUnavailable
from router.metrics import CONTENT_TYPE
from router.runtime import Runtime
from router.timestamps import format_time


class Probes:
    """Endpoints that say how the process is; none needs a key."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._started = format_time(runtime.now())

    async def health(self, request: Request) -> Response:
        """RudderStack's health document; 503 when the store does not answer."""
        try:
            await self._runtime.store.ping()
        except StoreUnavailable:
            return PlainTextResponse("Cannot connect to db\n", status_code=503)
        return JSONResponse(
            {
                "appType": "EMBEDDED",
                "server": "UP",
                "db": "UP",
                "acceptingEvents": "TRUE",
                "routingEvents": "TRUE",
                "mode": "NORMAL",
                "backendConfigMode": "JSON",
                "lastSync": self._started,
                "lastRegulationSync": self._regulations_known_at(),
            }
        )

    def _regulations_known_at(self) -> str:
        moment = self._runtime.watch.refreshed_at
        return format_time(datetime.fromtimestamp(moment, UTC)) if moment else ""

    async def ready(self, request: Request) -> Response:
        """200 when events would be accepted now, else 503 with the reason."""
        try:
            await self._runtime.store.ping()
        except StoreUnavailable as error:
            return JSONResponse({"ready": False, "reason": str(error)}, status_code=503)
        return JSONResponse({"ready": True, "revision": self._runtime.table.revision})

    async def version(self, request: Request) -> Response:
        """RudderStack's version document."""
        return JSONResponse(
            {
                "Version": __version__,
                "Commit": "",
                "BuildDate": "",
                "BuiltBy": "hybrid-router",
                "Features": ["gzip-req-payload"],
            }
        )

    async def metrics(self, request: Request) -> Response:
        """Prometheus exposition; 503 when the store, whose account belongs to it, does not answer."""
        try:
            account = await self._runtime.store.account()
        except StoreUnavailable as error:
            return PlainTextResponse(f"{error}\n", status_code=503)
        self._runtime.metrics.suppressed_users.set(len(self._runtime.watch.suppressions))
        return Response(self._runtime.metrics.render(account), media_type=CONTENT_TYPE)
