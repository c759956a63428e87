"""Errors of the admin API as `application/problem+json` (RFC 9457)."""

from starlette.responses import JSONResponse


def problem(status: int, title: str, detail: str = "") -> JSONResponse:
    """An error document."""
    body = {"type": "about:blank", "title": title, "status": status} | ({"detail": detail} if detail else {})
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(body, status_code=status, media_type="application/problem+json", headers=headers)
