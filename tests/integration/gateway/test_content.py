"""The gallery: items, their changes, and their bytes."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from shared.db.engine import Sessions
from shared.db.tables import ContentItem, ContentThumbnail, OutboxRow
from shared.media import MediaStore, thumbnail_key
from tests.factories import Token, make_content
from tests.integration.gateway.asking import CONTENT, count_rows, problem

DATA = bytes(range(256)) * 40
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
async def image(sessions: Sessions, token: Token, media: MediaStore) -> ContentItem:
    item = await make_content(sessions, token.user, data=DATA)
    await media.put(item.storage_key, DATA, mime_type="image/png")
    return item


async def listed(client: httpx.AsyncClient, **query: Any) -> list[int]:
    answer = await client.get(CONTENT, params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def announced(sessions: Sessions) -> list[dict[str, Any]]:
    async with sessions() as session:
        bodies = await session.scalars(select(OutboxRow.body).order_by(OutboxRow.id))
        return [body for body in bodies if body is not None]


async def test_the_gallery_is_paged_and_filtered(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    door = await make_content(
        sessions,
        token.user,
        title="Door",
        prompt="a red door in the rain",
        tags=["red", "wet"],
        created_at=yesterday,
    )
    wall = await make_content(
        sessions,
        token.user,
        title="Wall",
        prompt="a brick wall",
        tags=["red"],
        is_favorite=True,
        params={"checkpoint": "sd15.safetensors"},
    )

    assert await listed(client) == [wall.id, door.id]
    first = (await client.get(CONTENT, params={"limit": 1})).json()
    assert await listed(client, limit=1, cursor=first["next_cursor"]) == [door.id]
    assert await listed(client, tag="red") == [wall.id, door.id]
    both = await client.get(f"{CONTENT}?tag=red&tag=wet")
    assert [item["id"] for item in both.json()["items"]] == [door.id]
    assert await listed(client, favorite="true") == [wall.id]
    assert await listed(client, favorite="false") == [door.id]
    assert await listed(client, q="rain door") == [door.id]
    assert await listed(client, q='"brick wall" OR sea') == [wall.id]
    assert await listed(client, q="red -door") == []
    assert await listed(client, q="Wall") == [wall.id]
    assert await listed(client, q="((") == []
    assert await listed(client, checkpoint="sd15.safetensors") == [wall.id]
    assert await listed(client, job_type="audio") == []
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    assert await listed(client, created_after=an_hour_ago) == [wall.id]


async def test_an_item_names_its_neighbours_in_the_gallery(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    await make_content(sessions)  # of somebody else
    older = await make_content(sessions, token.user)
    gone = await make_content(sessions, token.user)
    item = await make_content(sessions, token.user)
    newer = await make_content(sessions, token.user)
    await client.delete(f"{CONTENT}/{gone.id}")

    shown = (await client.get(f"{CONTENT}/{item.id}")).json()
    edge = (await client.get(f"{CONTENT}/{newer.id}")).json()

    assert (shown["previous_id"], shown["next_id"]) == (newer.id, older.id)
    assert (edge["previous_id"], edge["next_id"]) == (None, item.id)
    assert set(shown["thumbnails"]) == {"small", "medium", "large"}
    assert shown["image_url"] == f"{CONTENT}/{item.id}/image?v={item.sha256[:8]}"


async def test_a_change_is_a_new_version_and_is_announced(
    client: httpx.AsyncClient, sessions: Sessions, image: ContentItem, token: Token
) -> None:
    change = {"title": "Porte", "tags": ["a", "a", "b"], "rating": 5, "is_favorite": True}

    answer = await client.patch(f"{CONTENT}/{image.id}", json=change)
    cleared = await client.patch(f"{CONTENT}/{image.id}", json={"rating": None})
    nothing = await client.patch(f"{CONTENT}/{image.id}", json={})

    shown = answer.json()
    assert (shown["title"], shown["tags"], shown["rating"]) == ("Porte", ["a", "b"], 5)
    assert (shown["is_favorite"], shown["version"]) == (True, 2)
    assert (cleared.json()["rating"], cleared.json()["title"]) == (None, "Porte")
    assert nothing.json()["version"] == 3
    told = await announced(sessions)
    assert [body["type"] for body in told] == ["content.updated"] * 2
    assert told[0]["content"] == shown
    assert told[0]["user_id"] == str(token.user.id)


async def test_a_deleted_item_is_gone_at_once_and_announced(
    client: httpx.AsyncClient, sessions: Sessions, image: ContentItem
) -> None:
    answer = await client.delete(f"{CONTENT}/{image.id}")

    assert (answer.status_code, answer.content) == (204, b"")
    for method, path in [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/image")]:
        body = {"title": "x"} if method == "PATCH" else None
        problem(await client.request(method, f"{CONTENT}/{image.id}{path}", json=body), 404)
    assert await listed(client) == []
    assert (await count_rows(sessions))["content_items"] == 1
    [told] = await announced(sessions)
    assert (told["type"], told["content_id"], told["version"]) == ("content.deleted", image.id, 2)


async def test_an_image_is_its_original_bytes_and_harmless(
    client: httpx.AsyncClient, image: ContentItem
) -> None:
    shown = (await client.get(f"{CONTENT}/{image.id}")).json()

    answer = await client.get(shown["image_url"])

    assert (answer.status_code, answer.content) == (200, DATA)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Length"] == str(len(DATA))
    assert answer.headers["ETag"] == f'"{SHA256}"'
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["Content-Disposition"] == f'inline; filename="darkroom-{image.id}.png"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_an_image_can_be_downloaded(client: httpx.AsyncClient, image: ContentItem) -> None:
    answer = await client.get(f"{CONTENT}/{image.id}/image?v=12345678&download=1")

    assert answer.headers["Content-Disposition"].startswith("attachment")


async def test_what_the_browser_has_is_not_sent_again(
    client: httpx.AsyncClient, image: ContentItem
) -> None:
    for tags in (f'"{SHA256}"', f'W/"{SHA256}"', f'"other", "{SHA256}"', "*"):
        answer = await client.get(f"{CONTENT}/{image.id}/image", headers={"If-None-Match": tags})
        assert (answer.status_code, answer.content) == (304, b""), tags
        assert answer.headers["ETag"] == f'"{SHA256}"'


async def test_a_range_is_sent_as_asked(client: httpx.AsyncClient, image: ContentItem) -> None:
    size = len(DATA)
    for asked, first, end in [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=10000-", 10000, size),
        ("bytes=-40", size - 40, size),
        ("bytes=0-999999999", 0, size),
        ("bytes=-999999999", 0, size),
    ]:
        answer = await client.get(f"{CONTENT}/{image.id}/image", headers={"Range": asked})
        assert (answer.status_code, answer.content) == (206, DATA[first:end]), asked
        assert answer.headers["Content-Range"] == f"bytes {first}-{end - 1}/{size}"
        assert answer.headers["Content-Length"] == str(end - first)


async def test_ranges_that_are_not_understood_or_of_another_image_are_passed_over(
    client: httpx.AsyncClient, image: ContentItem
) -> None:
    for headers in (
        {"Range": "bytes=0-1,5-6"},
        {"Range": "lines=0-1"},
        {"Range": "bytes=5-2"},
        {"Range": "bytes=-"},
        {"Range": "bytes=x-y"},
        {"Range": "bytes=0-1", "If-Range": '"another"'},
    ):
        answer = await client.get(f"{CONTENT}/{image.id}/image", headers=headers)
        assert (answer.status_code, answer.content) == (200, DATA), headers


async def test_a_range_beyond_the_end_is_416(client: httpx.AsyncClient, image: ContentItem) -> None:
    for asked in ("bytes=10240-", "bytes=99999-100000", "bytes=-0"):
        answer = await client.get(f"{CONTENT}/{image.id}/image", headers={"Range": asked})
        assert problem(answer, 416)["type"] == "range_not_satisfiable"
        assert answer.headers["Content-Range"] == f"bytes */{image.byte_size}"


async def test_an_image_whose_file_is_missing_says_so(
    client: httpx.AsyncClient, sessions: Sessions, token: Token, media: MediaStore
) -> None:
    lost = await make_content(sessions, token.user)
    known = await make_content(sessions, token.user, file_missing=True)
    await media.put("jobs/x/1/y.png", b"the store is there", mime_type="image/png")

    for item in (lost, known):
        answer = await client.get(f"{CONTENT}/{item.id}/image")
        assert problem(answer, 404)["type"] == "file_missing"
    shown = (await client.get(f"{CONTENT}/{known.id}")).json()
    assert (shown["file_missing"], shown["image_url"]) == (True, None)


async def test_a_thumbnail_leads_to_the_original_until_it_is_made(
    client: httpx.AsyncClient, sessions: Sessions, image: ContentItem, media: MediaStore
) -> None:
    address = f"{CONTENT}/{image.id}/thumbnail/small"

    early = await client.get(address)
    assert early.status_code == 307
    assert early.headers["Location"] == f"{CONTENT}/{image.id}/image?v={SHA256[:8]}"
    assert early.headers["Cache-Control"] == "no-store"

    key = thumbnail_key(image.id, "small")
    async with sessions.begin() as session:
        session.add(
            ContentThumbnail(
                content_id=image.id, size="small", storage_key=key, width=1, height=1, byte_size=4
            )
        )
    assert (await client.get(address)).status_code == 307  # its row is there, its file is not

    await media.put(key, b"webp", mime_type="image/webp")
    made = await client.get(address)
    assert (made.status_code, made.content) == (200, b"webp")
    assert made.headers["Content-Type"] == "image/webp"
    assert "immutable" in made.headers["Cache-Control"]
    again = await client.get(address, headers={"If-None-Match": made.headers["ETag"]})
    assert again.status_code == 304
