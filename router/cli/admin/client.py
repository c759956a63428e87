"""Calls of the admin API from the command line."""

import json
import ssl
import sys
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from router.errors import RouterError, ServiceUnreachable
from router.visible import visible_json

if TYPE_CHECKING:
    import httpx

URL_VARIABLE = "HYBRID_ROUTER_ADMIN_URL"
TOKEN_VARIABLE = "HYBRID_ROUTER_ADMIN_TOKEN"
CA_VARIABLE = "HYBRID_ROUTER_ADMIN_CA_CERTS"


class NotThere(RouterError):
    """What a call is about is not there (404), or not any more."""


class AdminClient:
    """Calls of the admin API that raise errors a person can act on."""

    def __init__(self, url: str, token: str, *, ca_certs: str = "") -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._ca_certs = ca_certs

    @cached_property
    def _http(self) -> "httpx.Client":
        """One connection for all calls of a command: there may be thousands."""
        import httpx

        verify = ssl.create_default_context(cafile=self._ca_certs) if self._ca_certs else True
        return httpx.Client(timeout=30.0, trust_env=False, verify=verify)

    def change(
        self,
        method: str,
        path: str,
        body: dict[str, Any],
        *,
        dry_run: bool,
        if_match: str | None,
        force: bool,
        **_: Any,
    ) -> dict[str, Any]:
        """A change of the connections: made only if `if_match` is in force, or only tried."""
        headers = {"If-Match": f'"{if_match}"'} if if_match is not None else {}
        query = {name: "true" for name, asked in (("dry_run", dry_run), ("force", force)) if asked}
        return self._request(method, path, body, query, headers)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, **query: Any) -> dict[str, Any]:
        """The answer's document; raises RouterError with the API's own words, ServiceUnreachable when nobody answers."""
        return self._request(method, path, body, query, {})

    def _request(
        self, method: str, path: str, body: Any, query: Mapping[str, Any], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        import httpx

        if not self._token:
            raise RouterError(f"no token: set {TOKEN_VARIABLE} or give --token")
        try:
            answer = self._http.request(
                method,
                f"{self._url}/admin/v1/{quote(path, safe='/:.')}",
                headers={"Authorization": f"Bearer {self._token}", **headers},
                json=body,
                params=query,
            )
            document: dict[str, Any] = answer.json()
        except ssl.SSLError as error:
            raise RouterError(f"`{self._ca_certs}` holds no certificates: {error.reason}") from error
        except httpx.TransportError as error:
            raise ServiceUnreachable(f"no answer from `{self._url}`: {error}") from error
        except ValueError as error:
            raise RouterError(f"`{self._url}` is no admin API: {answer.status_code}") from error
        if answer.is_error:
            raise (NotThere if answer.status_code == 404 else RouterError)(_told(document, answer.status_code))
        return document


def _told(document: dict[str, Any], status: int) -> str:
    """A problem document on one line, with the fields that are wrong."""
    fields = [f"{error['pointer'] or '/'}: {error['detail']}" for error in document.get("errors", ())]
    told = "; ".join(fields) or document.get("detail")
    return f"{document.get('title', status)}" + (f": {told}" if told else "")


def print_json(document: dict[str, Any]) -> None:
    """The API's document on one line of stdout."""
    sys.stdout.write(visible_json(json.dumps(document, ensure_ascii=False)) + "\n")
