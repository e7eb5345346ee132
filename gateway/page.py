"""Serves the web page: hashed assets for ever, the rest asked about each time."""

from functools import lru_cache

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.built_page import INDEX, read_page
from gateway.entity_tags import is_unchanged
from shared.errors import NotFound

FOR_EVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"
# Mantine sets sizes and colours in style attributes; scripts come from our own files only.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

router = APIRouter(include_in_schema=False)
page_files = lru_cache(maxsize=1)(read_page)


@router.get("/")
async def show_page(request: Request) -> Response:
    return send(request)


@router.get("/docs")
async def show_docs(request: Request) -> Response:
    return send(request, "docs/index.html")


@router.get("/start.js")
@router.get("/favicon.svg")
@router.get("/docs/{name}")
@router.get("/assets/{name}")
async def show_file(request: Request) -> Response:
    return send(request, request.url.path.removeprefix("/"))


def send(request: Request, name: str = INDEX) -> Response:
    """Raises NotFound."""
    file = page_files().get(name)
    if file is None:
        raise NotFound("the page has no such file; it may be newer than what you loaded: reload")
    headers = {
        "ETag": f'W/"{file.entity_tag}"',  # weak: one for all encodings
        "Vary": "Accept-Encoding",
        "Cache-Control": FOR_EVER if name.startswith("assets/") else ASK_EACH_TIME,
    }
    if name.endswith(".html"):
        headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    if is_unchanged(request.headers, file.entity_tag):
        return Response(status_code=304, headers=headers)
    content, encoding = file.encoded(request.headers.get("accept-encoding", ""))
    if encoding is not None:
        headers["Content-Encoding"] = encoding
    headers["Content-Type"] = file.media_type
    return Response(content, headers=headers)


def wants_page(request: Request) -> bool:
    """A browser goes to an address: the page knows it, or says that nothing is there."""
    return (
        request.method in ("GET", "HEAD")
        and "text/html" in request.headers.get("accept", "")
        and not request.url.path.startswith("/api/")
    )
