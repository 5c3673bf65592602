"""
Where the demo's cars stand: a bright studio, or a road before hills at dusk.
"""

from __future__ import annotations

from functools import cache

from PIL import Image, ImageDraw, ImageFilter

from carmarket.entrypoints.cli.demo.silhouettes import Silhouette
from carmarket.entrypoints.cli.demo.strokes import CANVAS, ROAD, bezier, gradient, scale

STUDIO = ((0.0, (196, 204, 212)), (0.63, (232, 236, 239)), (0.67, (208, 212, 216)), (1.0, (168, 173, 179)))
DUSK = ((0.0, (38, 50, 92)), (0.3, (112, 92, 140)), (0.5, (222, 138, 124)), (0.62, (250, 200, 140)))


@cache
def studio() -> Image.Image:
    image = gradient(STUDIO)
    glow = Image.new("L", (60, 40), 0)
    ImageDraw.Draw(glow).ellipse((8, 3, 52, 30), fill=120)
    soft = glow.filter(ImageFilter.GaussianBlur(6)).resize(CANVAS, Image.Resampling.BICUBIC)
    image.paste((250, 251, 252), (0, 0), soft)
    return image


@cache
def dusk() -> Image.Image:
    image = gradient(DUSK)
    pen = ImageDraw.Draw(image, "RGBA")
    for reach, strength in ((210, 30), (150, 50), (96, 255)):
        pen.ellipse((430 - reach, 640 - reach, 430 + reach, 640 + reach), fill=(255, 224, 170, strength))
    for height, ink, peaks in (
        (960, (150, 108, 132), (0, 120, 60, 190, 110, 210, 70, 150, 40)),
        (1010, (98, 80, 112), (90, 40, 130, 50, 100, 30, 120, 150, 80)),
        (1060, (60, 62, 84), (30, 70, 20, 60, 40, 90, 50, 20, 60)),
    ):
        ridge = [(index * CANVAS[0] / 8, height - peak, 140.0) for index, peak in enumerate(peaks)]
        line = bezier([(-10, height, 0), *ridge, (CANVAS[0] + 10, height, 0)], closed=False)
        pen.polygon([(-10, CANVAS[1]), *line, (CANVAS[0] + 10, CANVAS[1])], fill=ink)
    pen.rectangle((0, 1090, *CANVAS), fill=(70, 70, 80))
    pen.rectangle((0, 1090, CANVAS[0], 1104), fill=(112, 104, 108))
    pen.rectangle((0, 1330, *CANVAS), fill=(62, 62, 71))
    for x in range(-120, CANVAS[0], 560):
        pen.polygon([(x, 1450), (x + 320, 1450), (x + 300, 1478), (x - 40, 1478)], fill=(206, 196, 176))
    return image


def shadow(picture: Image.Image, shape: Silhouette, strength: int) -> None:
    """A soft shadow under the car; a blurred thumbnail is enough for that."""
    small = Image.new("L", (CANVAS[0] // 16, CANVAS[1] // 16), 0)
    half, row = shape.length * scale(shape) / 32, ROAD / 16
    pen, middle = ImageDraw.Draw(small), CANVAS[0] / 32
    pen.ellipse((middle - half * 1.02, row - 4, middle + half * 1.02, row + 3), fill=strength)
    pen.rectangle((middle - half * 0.9, row - 2, middle + half * 0.9, row), fill=min(strength + 80, 255))
    soft = small.filter(ImageFilter.GaussianBlur(1.6)).resize(CANVAS, Image.Resampling.BICUBIC)
    picture.paste((14, 16, 22), (0, 0), soft)
