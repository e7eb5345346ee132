"""What SaveImage writes, what may be uploaded, what this installation has (sections 7, 8)."""

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.contracts.simulator_client import (
    Comfy,
    Graph,
    file_of,
    last_message,
    simulated,
    solid,
    text_to_image,
)


async def viewed(comfy: Comfy, entry: dict[str, Any]) -> Image.Image:
    answer = await comfy.http.get("/view", params=file_of(entry))
    assert answer.status_code == 200
    image = Image.open(io.BytesIO(answer.content))
    image.load()
    return image


async def test_an_image_is_a_png_with_the_graph_inside_and_its_size_as_asked() -> None:
    graph = text_to_image(prefix="darkroom/job-1/image", side=96)
    extra = {"extra_pnginfo": {"workflow": {"é": "日本"}, "other": [1, 2]}}
    async with simulated() as comfy:
        entry = await comfy.made(graph, extra_data=extra)
        image = await viewed(comfy, entry)

        assert file_of(entry) == {
            "filename": "image_00001_.png",
            "subfolder": "darkroom/job-1",
            "type": "output",
        }
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (96, 96))
        assert json.loads(str(image.info["prompt"])) == graph
        assert str(image.info["workflow"]).isascii()
        assert json.loads(str(image.info["workflow"])) == {"é": "日本"}
        assert (comfy.simulator.output_dir / "darkroom/job-1/image_00001_.png").is_file()


async def test_words_and_seed_change_the_picture_and_the_same_again_does_not() -> None:
    async with simulated() as comfy:

        async def pixels(text: str, seed: int, prefix: str) -> bytes:
            graph = text_to_image(text, seed=seed, prefix=prefix, side=128)
            return (await viewed(comfy, await comfy.made(graph))).tobytes()

        first = await pixels("a cat", 1, "a/x")
        assert await pixels("a cat", 1, "b/x") == first
        assert await pixels("a cat", 2, "c/x") != first
        assert await pixels("a dog", 1, "d/x") != first


async def test_the_counter_goes_on_after_the_highest_file_and_reuses_a_deleted_number() -> None:
    async with simulated() as comfy:

        async def name() -> str:
            return file_of(await comfy.made(solid(prefix="sub/x")))["filename"]

        assert [await name(), await name()] == ["x_00001_.png", "x_00002_.png"]
        (comfy.simulator.output_dir / "sub/x_00002_.png").unlink()
        assert await name() == "x_00002_.png"
        (comfy.simulator.output_dir / "sub/x_00041_.png").write_bytes(b"")
        assert await name() == "x_00042_.png"


async def test_a_batch_is_one_file_an_image() -> None:
    graph = solid(prefix="batch")
    graph["1"]["inputs"]["batch_size"] = 3
    async with simulated() as comfy:
        images = (await comfy.made(graph))["outputs"]["2"]["images"]

        assert [image["filename"] for image in images] == [
            "batch_00001_.png",
            "batch_00002_.png",
            "batch_00003_.png",
        ]


@pytest.mark.parametrize(
    ("prefix", "subfolder", "filename"),
    [
        ("", "", "._00001_.png"),
        ("a/b/x_%width%x%height%", "a/b", "x_64x64_00001_.png"),
        ("triv/", "", "triv_00001_.png"),
    ],
)
async def test_odd_prefixes_are_taken_as_they_come(
    prefix: str, subfolder: str, filename: str
) -> None:
    async with simulated() as comfy:
        for _ in range(2 if prefix.endswith("/") else 1):
            found = file_of(await comfy.made(solid(prefix=prefix)))

            assert (found["subfolder"], found["filename"]) == (subfolder, filename)


@pytest.mark.parametrize("prefix", ["../evil", "/abs/evil", "a/../../evil"])
async def test_a_prefix_out_of_the_folder_is_an_execution_error(prefix: str) -> None:
    async with simulated() as comfy:
        entry = await comfy.made(solid(prefix=prefix))

        assert last_message(entry) == "execution_error"
        assert entry["outputs"] == {}
        assert list(comfy.simulator.output_dir.rglob("*.png")) == []


async def test_a_preview_goes_to_the_temp_folder_which_a_restart_empties() -> None:
    graph = solid()
    graph["2"] = {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}
    async with simulated() as comfy:
        file = file_of(await comfy.made(graph))
        assert file["type"] == "temp"
        assert (await comfy.http.get("/view", params=file)).status_code == 200

        await comfy.simulator.restart()
        assert (await comfy.http.get("/view", params=file)).status_code == 404


async def test_a_file_has_its_name_before_it_is_whole() -> None:
    async with simulated(save_seconds=0.4) as comfy:
        prompt_id = await comfy.submit(text_to_image(prefix="slow/x", side=128))
        path = comfy.simulator.output_dir / "slow/x_00001_.png"
        async with asyncio.timeout(10):
            while not path.exists() or path.stat().st_size == 0:
                await asyncio.sleep(0.002)
        file = {"filename": path.name, "subfolder": "slow"}
        early = await comfy.http.get("/view", params=file)

        entry = await comfy.entry(prompt_id)
        whole = await comfy.http.get("/view", params=file_of(entry))

        assert early.status_code == 200
        assert int(early.headers["content-length"]) == len(early.content) < len(whole.content)
        assert whole.content.startswith(early.content)


async def test_a_restart_during_a_save_leaves_a_part_and_the_next_file_has_a_new_name() -> None:
    async with simulated(save_seconds=5) as comfy:
        await comfy.submit(solid(prefix="torn/x", side=256), prompt_id="p")
        path = comfy.simulator.output_dir / "torn/x_00001_.png"
        async with asyncio.timeout(10):
            while not path.exists() or path.stat().st_size == 0:
                await asyncio.sleep(0.002)
        comfy.simulator.behave(save_seconds=0)
        await comfy.simulator.restart()

        entry = await comfy.made(solid(prefix="torn/x", side=256), prompt_id="p")

        assert file_of(entry)["filename"] == "x_00002_.png"
        with pytest.raises((OSError, SyntaxError)):
            Image.open(path).load()
        assert comfy.runs_of("p") == ["lost", "success"]


async def upload(comfy: Comfy, name: str, content: bytes, **fields: str) -> httpx.Response:
    return await comfy.http.post("/upload/image", files={"image": (name, content)}, data=fields)


async def test_an_upload_tells_the_name_that_was_used() -> None:
    async with simulated() as comfy:

        async def name(content: bytes, **fields: str) -> str:
            return str((await upload(comfy, "up.png", content, **fields)).json()["name"])

        assert await name(b"one") == "up.png"
        assert await name(b"one") == "up.png"
        assert await name(b"two") == "up (1).png"
        assert await name(b"two", overwrite="true") == "up.png"
        answer = await upload(comfy, "up.png", b"three", subfolder="a/b", type="temp")
        assert answer.json() == {"name": "up.png", "subfolder": "a/b", "type": "temp"}
        assert (await upload(comfy, "up.png", b"x", type="bogus")).status_code == 500
        assert (await upload(comfy, "up.png", b"x", subfolder="../..")).status_code == 400
        assert (await comfy.http.post("/upload/image", json={})).status_code == 400


async def test_an_uploaded_image_can_be_scaled_and_its_change_is_noticed(tmp_path: Path) -> None:
    graph: Graph = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "in.png"}},
        "2": {
            "class_type": "ImageScale",
            "inputs": {
                "image": ["1", 0],
                "upscale_method": "bilinear",
                "width": 40,
                "height": 0,
                "crop": "disabled",
            },
        },
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "s"}},
    }
    async with simulated() as comfy:
        for color, expected in (("red", "s_00001_.png"), ("blue", "s_00002_.png")):
            Image.new("RGB", (20, 10), color).save(tmp_path / "in.png")
            await upload(comfy, "in.png", (tmp_path / "in.png").read_bytes(), overwrite="1")
            entry = await comfy.made(graph)

            image = await viewed(comfy, entry)
            assert file_of(entry)["filename"] == expected
            assert image.size == (40, 20)
            assert "is_changed" in json.loads(str(image.info["prompt"]))["1"]
            assert "is_changed" not in entry["prompt"][2]["1"]

        await upload(comfy, "in.png", b"", overwrite="1")
        assert last_message(await comfy.made(graph)) == "execution_error"


async def test_models_and_nodes_are_what_the_behaviour_says() -> None:
    async with simulated(checkpoints=("a.safetensors",), loras=()) as comfy:
        assert (await comfy.http.get("/models/checkpoints")).json() == ["a.safetensors"]
        assert (await comfy.http.get("/models/loras")).json() == []
        assert "checkpoints" in (await comfy.http.get("/models")).json()
        assert (await comfy.http.get("/models/nope")).status_code == 404
        assert (await comfy.http.get("/embeddings")).json() == []
        everything = (await comfy.http.get("/object_info")).json()
        assert {"KSampler", "SaveImage", "LoraLoader", "VAELoader"} <= everything.keys()
        loader = everything["CheckpointLoaderSimple"]
        assert loader["input"]["required"]["ckpt_name"][0] == ["a.safetensors"]
        assert (await comfy.http.get("/object_info/KSampler")).json().keys() == {"KSampler"}

        comfy.simulator.behave(checkpoints=("a.safetensors", "new.safetensors"))
        assert "new.safetensors" in (await comfy.http.get("/models/checkpoints")).json()


async def test_a_folder_that_cannot_be_made_is_an_execution_error() -> None:
    async with simulated() as comfy:
        (comfy.simulator.output_dir / "full").write_text("a file in the place of the folder")

        entry = await comfy.made(solid(prefix="full/x"))

        assert last_message(entry) == "execution_error"
        assert entry["status"]["messages"][-1][1]["exception_type"] == "OSError"
