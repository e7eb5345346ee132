import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from deploy.comfyui_simulator.drawing import bomb_png, paint, png_bytes, preview_jpeg
from deploy.comfyui_simulator.pictures import (
    Blended,
    Dream,
    Inverted,
    Loaded,
    Picture,
    Scaled,
    Solid,
)

CAT = Dream(
    width=96, height=64, text="a cat", negative_text="", seed=1, checkpoint="m", style="euler"
)


def test_the_same_recipe_paints_the_same_picture() -> None:
    assert paint(CAT).tobytes() == paint(CAT).tobytes()


@pytest.mark.parametrize(
    "other",
    [
        replace(CAT, text="a dog"),
        replace(CAT, negative_text="blurry"),
        replace(CAT, seed=2),
        replace(CAT, checkpoint="n"),
        replace(CAT, style="heun"),
    ],
)
def test_everything_that_shapes_a_picture_changes_it(other: Dream) -> None:
    assert paint(other).tobytes() != paint(CAT).tobytes()


@pytest.mark.parametrize("text", ["", " " * 50, "x" * 10_000, "日本\n猫", "half a pair: \ud83d"])
def test_any_text_can_be_painted(text: str) -> None:
    assert paint(replace(CAT, text=text)).size == (96, 64)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (8, 2000), (2000, 8), (64, 64)])
def test_any_size_comes_out_as_asked(width: int, height: int) -> None:
    assert paint(replace(CAT, width=width, height=height)).size == (width, height)


def test_recipes_can_be_combined(tmp_path: Path) -> None:
    red, black = Solid(4, 2, 0xFF0000), Solid(9, 9, 0)
    Image.new("RGB", (4, 2), "red").save(tmp_path / "red.png")

    def color(picture: Picture) -> object:
        return paint(picture).getpixel((0, 0))

    assert color(red) == color(Loaded(tmp_path / "red.png", 4, 2)) == (255, 0, 0)
    assert color(Inverted(red)) == (0, 255, 255)
    assert color(Blended(red, black, 0.5)) == (127, 0, 0)
    assert paint(Scaled(red, 8, 6)).size == (8, 6)


def test_a_preview_is_a_jpeg_that_fits_512_pixels() -> None:
    image = Image.open(io.BytesIO(preview_jpeg(CAT, done=0.5)))

    assert (image.format, image.size) == ("JPEG", (512, 341))


def test_a_png_carries_its_texts() -> None:
    content = png_bytes(paint(CAT), texts={"prompt": "{}", "workflow": "[]"}, compression=1)

    assert Image.open(io.BytesIO(content)).info == {"prompt": "{}", "workflow": "[]"}


def test_the_bomb_is_small_on_disk_and_too_large_to_open() -> None:
    assert len(bomb_png()) < 1_000_000
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(bomb_png()))
