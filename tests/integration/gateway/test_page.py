"""The page's files: right types and caching, nothing from elsewhere, never a path on the disk."""

from pathlib import Path

import httpx
import pytest

from gateway import page
from gateway.built_page import read_page
from tests.integration.gateway.asking import problem

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page of three files, one of them compressed."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Page</title>")
    (tmp_path / "assets" / "main-abc123.js").write_text("console.log(1)")
    (tmp_path / "assets" / "main-abc123.js.br").write_bytes(b"brotli")
    (tmp_path / "assets" / "main-abc123.js.gz").write_bytes(b"gzip")
    (tmp_path / "secret.txt").write_text("not a page's file that has an address")
    files = read_page(tmp_path)
    monkeypatch.setattr(page, "page_files", lambda: files)
    return tmp_path


@pytest.mark.usefixtures("built")
async def test_a_browser_gets_the_page_at_every_address_of_it(anonymous: httpx.AsyncClient) -> None:
    for address in ("/", "/generate", "/generate/history", "/gallery?q=fog", "/42", "/nowhere"):
        answer = await anonymous.get(address, headers=BROWSER)

        assert answer.status_code == 200, address
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "<title>Page</title>" in answer.text
        assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.usefixtures("built")
async def test_no_script_but_our_own_files_may_run(anonymous: httpx.AsyncClient) -> None:
    policy = (await anonymous.get("/", headers=BROWSER)).headers["content-security-policy"]

    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["script-src"] == "'self'"
    assert rules["default-src"] == rules["frame-ancestors"] == "'none'"
    assert "http" not in policy


@pytest.mark.usefixtures("built")
async def test_a_program_at_a_wrong_address_gets_a_problem(anonymous: httpx.AsyncClient) -> None:
    problem(await anonymous.get("/nowhere"), 404)
    problem(await anonymous.get("/api/v1/nowhere", headers=BROWSER), 404)
    problem(await anonymous.post("/nowhere", headers=BROWSER), 404)


@pytest.mark.usefixtures("built")
async def test_hashed_assets_are_kept_for_ever_and_compressed(anonymous: httpx.AsyncClient) -> None:
    address = "/assets/main-abc123.js"
    small = await anonymous.get(address, headers={"Accept-Encoding": "identity"})

    assert small.text == "console.log(1)"
    assert small.headers["content-type"] == "text/javascript; charset=utf-8"
    assert small.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert small.headers["vary"] == "Accept-Encoding"
    assert small.headers["etag"].startswith('W/"')  # the same for all encodings
    for accepted, coding, content in (
        ("gzip, br", "br", b"brotli"),
        ("gzip", "gzip", b"gzip"),
        ("br;q=0, gzip; q=0.5", "gzip", b"gzip"),
    ):
        async with anonymous.stream("GET", address, headers={"Accept-Encoding": accepted}) as coded:
            assert coded.headers["content-encoding"] == coding
            assert b"".join([part async for part in coded.aiter_raw()]) == content


@pytest.mark.usefixtures("built")
async def test_what_has_not_changed_is_not_sent_again(anonymous: httpx.AsyncClient) -> None:
    tag = (await anonymous.get("/", headers=BROWSER)).headers["etag"]

    for known in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = await anonymous.get("/", headers=BROWSER | {"If-None-Match": known})
        assert again.status_code == 304
        assert again.content == b""


@pytest.mark.usefixtures("built")
async def test_only_the_page_s_own_files_have_an_address(anonymous: httpx.AsyncClient) -> None:
    for address in (
        "/assets/..%2findex.html",
        "/assets/..%2fsecret.txt",
        "/assets/none.js",
        "/docs/..%2f..%2f..%2fbuilt_page.py",
        "/secret.txt",
    ):
        problem(await anonymous.get(address), 404)


async def test_without_a_built_page_it_says_how_to_build_one(tmp_path: Path) -> None:
    files = read_page(tmp_path / "nothing")

    assert list(files) == ["index.html"]
    assert b"make web" in files["index.html"].content


@pytest.mark.usefixtures("built")
async def test_a_bad_link_leads_a_browser_to_the_page_and_a_program_to_a_problem(
    anonymous: httpx.AsyncClient,
) -> None:
    browser = await anonymous.get("/login?token=dk_wrong", headers=BROWSER)
    page_itself = await anonymous.get("/login", headers=BROWSER)

    assert (browser.status_code, browser.headers["location"]) == (303, "/login#refused")
    assert "set-cookie" not in browser.headers
    assert page_itself.status_code == 200
    problem(await anonymous.get("/login?token=dk_wrong"), 401)
