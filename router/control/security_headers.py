"""Headers that keep what operators see out of caches, frames and other sites' scripts."""

from collections.abc import Mapping

from starlette.requests import Request

DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""Content-Security-Policy of answers that are no page: a browser that is made to show one as a page runs nothing of it."""
_HSTS_SECONDS = 31_536_000


def security_headers(request: Request, *, policy: str = DATA_POLICY) -> Mapping[str, str]:
    """What every answer to an operator carries; `policy` is its Content-Security-Policy."""
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    if request.url.scheme == "https":
        headers["Strict-Transport-Security"] = f"max-age={_HSTS_SECONDS}"
    return headers
