"""
The demo's pictures: photos of the right size, one for each body style and colour.
"""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from carmarket.core.catalog.vehicle import BodyStyle, Colour
from carmarket.entrypoints.cli.demo.pictures import draw


@pytest.mark.parametrize("view", [0, 1])
@pytest.mark.parametrize("body", [*BodyStyle, None])
def test_a_picture_is_a_small_jpeg_of_1200_by_800(body, view):
    data = draw(body, Colour.BLUE, view=view)

    image = Image.open(BytesIO(data))
    image.load()
    assert (image.format, image.size, image.mode) == ("JPEG", (1200, 800), "RGB")
    assert len(data) < 60_000


def test_every_body_style_looks_different():
    assert len({draw(body, Colour.RED) for body in BodyStyle}) == len(BodyStyle)


def test_every_colour_looks_different_and_an_unknown_one_is_drawn_too():
    assert len({draw(BodyStyle.COUPE, colour) for colour in (*Colour, None)}) == len(Colour) + 1


def test_a_red_car_is_red_at_its_door():
    image = Image.open(BytesIO(draw(BodyStyle.SEDAN, Colour.RED)))

    red, green, blue = image.crop((540, 470, 541, 471)).tobytes()

    assert red > 100
    assert red > 2 * green
    assert red > 2 * blue


def test_the_two_views_differ():
    assert draw(BodyStyle.SUV, Colour.GREEN, view=0) != draw(BodyStyle.SUV, Colour.GREEN, view=1)


def test_the_same_car_gives_the_same_bytes():
    assert draw(BodyStyle.VAN, Colour.WHITE, view=1) == draw(BodyStyle.VAN, Colour.WHITE, view=1)
