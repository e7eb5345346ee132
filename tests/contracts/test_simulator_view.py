"""/view: which file, which part of it, and which answer where there is none (section 7)."""

import io

import httpx
from PIL import Image

from tests.contracts.simulator_client import file_of, simulated, solid

VIEWS: list[tuple[dict[str, str], int]] = [
    ({"filename": "x_00001_.png", "subfolder": "v"}, 200),
    ({"filename": "x_00001_.png", "subfolder": "v/../v"}, 200),
    ({"filename": "x_00001_.png [output]", "subfolder": "v", "type": "input"}, 200),
    ({"filename": "elsewhere/x_00001_.png", "subfolder": "v"}, 200),
    ({"filename": "x_00001_.png"}, 404),
    ({"filename": "v/x_00001_.png"}, 404),
    ({"filename": "x_00001_.png", "subfolder": "v", "type": "input"}, 404),
    ({"filename": "v"}, 404),
    ({}, 404),
    ({"filename": ""}, 400),
    ({"filename": "/etc/passwd"}, 400),
    ({"filename": "../secret"}, 400),
    ({"filename": "a..b.png"}, 400),
    ({"filename": "x_00001_.png", "subfolder": "v", "type": "bogus"}, 400),
    ({"filename": "passwd", "subfolder": "../../../etc"}, 403),
    ({"filename": "passwd", "subfolder": "/etc"}, 403),
]


async def test_view_answers_every_question_like_the_real_one() -> None:
    async with simulated() as comfy:
        await comfy.made(solid(prefix="v/x"))

        for query, status in VIEWS:
            answer = await comfy.http.get("/view", params=query)
            assert (query, answer.status_code) == (query, status)
            assert status == 200 or answer.content == b""


async def test_view_serves_parts_and_knows_what_the_client_has() -> None:
    async with simulated() as comfy:
        file = file_of(await comfy.made(solid(prefix="v/x")))

        async def view(**headers: str) -> httpx.Response:
            return await comfy.http.get("/view", params=file, headers=headers)

        whole = await view()
        part = await view(Range="bytes=0-9")
        assert (part.status_code, part.content) == (206, whole.content[:10])
        assert part.headers["content-range"] == f"bytes 0-9/{len(whole.content)}"
        assert (await view(Range="bytes=10-")).content == whole.content[10:]
        assert (await view(**{"If-None-Match": whole.headers["etag"]})).status_code == 304
        assert (await comfy.http.head("/view", params=file)).headers["content-type"] == "image/png"


async def test_a_preview_or_a_channel_is_encoded_anew_without_the_graph() -> None:
    async with simulated() as comfy:
        file = file_of(await comfy.made(solid(prefix="v/x")))

        for more, media_type in [
            ({"preview": "webp"}, "image/webp"),
            ({"preview": "jpeg;10"}, "image/jpeg"),
            ({"preview": "png"}, "image/webp"),
            ({"channel": "rgb"}, "image/png"),
            ({"channel": "a"}, "image/png"),
        ]:
            answer = await comfy.http.get("/view", params={**file, **more})
            assert answer.headers["content-type"] == media_type
            assert "prompt" not in Image.open(io.BytesIO(answer.content)).info
