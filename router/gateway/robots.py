"""`/robots.txt`, byte for byte as rudder-server serves it."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response


async def robots(request: Request) -> Response:
    """Nothing here is for crawlers."""
    return PlainTextResponse("User-agent: * \nDisallow: / \n")
