"""The page as built, read into memory once: no address that is asked for meets the disk."""

import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BUILT = Path(__file__).parent / "web" / "dist"
INDEX = "index.html"
NOT_BUILT = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Darkroom</title>
<h1>Darkroom runs, but its page has not been built</h1>
<p><code>make web</code> builds it. The interface for programs is there all the same.</p>
</html>
"""
NOT_AT_ALL = re.compile(r";q=0(\.0*)?$")
# Best first. Browsers take Brotli only over TLS or from this machine: a phone beside it takes gzip.
CODINGS = {".br": "br", ".gz": "gzip"}
TYPES = {".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


@dataclass(frozen=True)
class PageFile:
    content: bytes
    compressed: Mapping[str, bytes]  # by Content-Encoding, best first
    media_type: str
    entity_tag: str  # without quotes

    def encoded(self, accept_encoding: str) -> tuple[bytes, str | None]:
        """What to send, and its Content-Encoding."""
        accepted = accept_encoding.lower().replace(" ", "").split(",")
        names = {part.partition(";")[0] for part in accepted if not NOT_AT_ALL.search(part)}
        for coding, content in self.compressed.items():
            if coding in names:
                return content, coding
        return self.content, None


def read_page(directory: Path = BUILT) -> Mapping[str, PageFile]:
    """By address below `/`; where nothing was built, an index that says so."""
    paths = [path for path in directory.rglob("*") if path.is_file() and path.suffix not in CODINGS]
    files = {path.relative_to(directory).as_posix(): _read(path) for path in paths}
    return files if INDEX in files else {INDEX: _page_file(NOT_BUILT, {}, "text/html")}


def _read(path: Path) -> PageFile:
    beside = {coding: path.with_name(path.name + suffix) for suffix, coding in CODINGS.items()}
    guessed = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return _page_file(
        path.read_bytes(),
        {coding: file.read_bytes() for coding, file in beside.items() if file.exists()},
        guessed or "application/octet-stream",
    )


def _page_file(content: bytes, compressed: Mapping[str, bytes], media_type: str) -> PageFile:
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    return PageFile(content, compressed, media_type, hashlib.sha256(content).hexdigest()[:32])
