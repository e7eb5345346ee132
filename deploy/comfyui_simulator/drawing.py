"""Paints a picture from its recipe: soft colours and shapes drawn from a hash of words and seed.

Everything here is CPU work for a thread, not for the event loop."""

import colorsys
import hashlib
import io
import textwrap
import unicodedata
from functools import lru_cache
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, PngImagePlugin

from deploy.comfyui_simulator.pictures import (
    Blended,
    Dream,
    Inverted,
    Loaded,
    Picture,
    Scaled,
    Solid,
)

CANVAS = 192  # shapes are drawn this small and enlarged, which is soft to look at and quick


Color = tuple[int, int, int]


def paint(picture: Picture) -> Image.Image:
    match picture:
        case Solid(width, height, color):
            return Image.new(
                "RGB", (width, height), (color >> 16 & 255, color >> 8 & 255, color & 255)
            )
        case Dream():
            return _paint_dream(picture)
        case Loaded(path):
            with Image.open(path) as image:
                return image.convert("RGB")
        case Scaled(source, width, height):
            return paint(source).resize((width, height), Image.Resampling.BILINEAR)
        case Inverted(source):
            return ImageChops.invert(paint(source))
        case Blended(first, second, factor):
            other = paint(second).resize((first.width, first.height))
            return Image.blend(paint(first), other, factor)


def png_bytes(image: Image.Image, *, texts: dict[str, str], compression: int) -> bytes:
    info = PngImagePlugin.PngInfo()
    for key, text in texts.items():
        info.add_text(key, text)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", pnginfo=info, compress_level=compression)
    return buffer.getvalue()


def preview_jpeg(picture: Picture, *, done: float) -> bytes:
    """The picture coming out of the noise; `done` is between 0 and 1."""
    image = paint(picture)
    image.thumbnail((CANVAS, CANVAS))
    noise = Image.effect_noise(image.size, 90).convert("RGB")
    image = Image.blend(noise, image, done)
    factor = 512 / max(image.size)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    buffer = io.BytesIO()
    image.resize(size).save(buffer, format="JPEG", quality=80)
    return buffer.getvalue()


def _paint_dream(dream: Dream) -> Image.Image:
    identity = "\n".join((dream.text, dream.negative_text, dream.checkpoint, dream.style))
    # Words choose the colours, words and seed the shapes: seeds of one prompt look like siblings.
    colors, shapes = _random(identity), _random(f"{identity}\n{dream.seed}")
    palette = _palette(colors)
    image = _sky(palette, shapes)
    _draw_shapes(image, palette, shapes)
    image = image.filter(ImageFilter.GaussianBlur(1.1))
    image = image.resize((dream.width, dream.height), Image.Resampling.BICUBIC)
    if min(dream.width, dream.height) >= 64:
        _write(image, dream)
    return image


def _random(seed: str) -> Random:
    # A text from JSON may hold half a surrogate pair, which Random itself cannot take.
    return Random(hashlib.sha256(seed.encode("utf-8", "replace")).digest())  # noqa: S311


def _palette(random: Random) -> list[Color]:
    """Five colours: neighbours on the wheel, and one from the other side."""
    hue = random.random()
    hues = [hue + random.uniform(-0.09, 0.09) for _ in range(4)] + [hue + 0.5]
    return [_color(hue % 1, random.uniform(0.3, 0.8), random.uniform(0.4, 1)) for hue in hues]


def _color(hue: float, saturation: float, value: float) -> Color:
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _sky(palette: list[Color], random: Random) -> Image.Image:
    corners = Image.new("RGB", (3, 3))
    corners.putdata([random.choice(palette) for _ in range(9)])
    return corners.resize((CANVAS, CANVAS), Image.Resampling.BICUBIC)


def _draw_shapes(image: Image.Image, palette: list[Color], random: Random) -> None:
    draw = ImageDraw.Draw(image, "RGBA")
    for _ in range(random.randrange(7, 13)):
        x, y = random.randrange(CANVAS), random.randrange(CANVAS)
        size = random.randrange(6, CANVAS // 2)
        color = (*random.choice(palette), random.randrange(60, 170))
        match random.randrange(3):
            case 0:
                draw.ellipse((x - size, y - size, x + size, y + size), fill=color)
            case 1:
                points = [
                    (x + random.randrange(-size, size), y + random.randrange(-size, size))
                    for _ in range(3)
                ]
                draw.polygon(points, fill=color)
            case _:
                draw.arc(
                    (x - size, y - size, x + size, y + size),
                    random.randrange(360),
                    random.randrange(360),
                    fill=color,
                    width=CANVAS // 40,
                )


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _write(image: Image.Image, dream: Dream) -> None:
    size = max(9, dream.width // 22)
    per_line = max(6, int(dream.width / size * 1.7))
    # Pillow's own font has no accents and no ellipsis.
    text = unicodedata.normalize("NFKD", dream.text).encode("ascii", "ignore").decode()
    words = textwrap.shorten(text, per_line * 2, placeholder=" ...")
    lines = [*textwrap.wrap(words, per_line)[:2], f"seed {dream.seed} - simulated"]
    draw = ImageDraw.Draw(image)
    draw.multiline_text(
        (size, dream.height - size * (1.35 * len(lines) + 0.8)),
        "\n".join(lines),
        font=_font(size),
        fill="white",
        stroke_width=max(1, size // 12),
        stroke_fill="black",
        spacing=size // 4,
    )


@lru_cache(maxsize=1)
def bomb_png() -> bytes:
    """Small on disk, 268 million pixels when decoded: beyond what Pillow agrees to open."""
    return png_bytes(Image.new("1", (16_384, 16_384)), texts={}, compression=1)
