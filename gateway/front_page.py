"""`/` says that Darkroom runs, until there is a page; `/docs` shows the interface."""

from fastapi import APIRouter
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Darkroom</title>
<h1>Darkroom runs</h1>
<p>There is no page here yet. The interface is described at <a href="/docs">/docs</a>.</p>
</html>
"""

router = APIRouter(include_in_schema=False)


@router.get("/", response_class=HTMLResponse)
async def show_front_page() -> HTMLResponse:
    return HTMLResponse(PAGE)


@router.get("/docs", response_class=HTMLResponse)
async def show_docs() -> HTMLResponse:
    page = get_swagger_ui_html(openapi_url="/openapi.json", title="Darkroom")
    # It loads its scripts from elsewhere, and has one of its own.
    page.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
    return page
