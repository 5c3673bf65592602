"""
Pictures of the demo's cars: a side view of the body style in its colour, in a studio or on a road at dusk.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

from carmarket.core.catalog.vehicle import BodyStyle, Colour
from carmarket.entrypoints.cli.demo.scenery import dusk, shadow, studio
from carmarket.entrypoints.cli.demo.silhouettes import SILHOUETTES, Silhouette
from carmarket.entrypoints.cli.demo.strokes import (
    CANVAS,
    FINE,
    ROAD,
    Point,
    Rgb,
    bent,
    box_of,
    disc,
    gradient,
    lit,
    place,
    scale,
)

PAINTS: dict[Colour | None, Rgb] = {
    None: (150, 160, 170),
    Colour.BLACK: (38, 41, 46),
    Colour.WHITE: (240, 241, 241),
    Colour.SILVER: (186, 192, 198),
    Colour.GREY: (104, 110, 117),
    Colour.RED: (190, 32, 38),
    Colour.BLUE: (34, 88, 168),
    Colour.GREEN: (38, 98, 72),
    Colour.YELLOW: (242, 196, 38),
    Colour.ORANGE: (230, 108, 32),
    Colour.BROWN: (96, 66, 48),
    Colour.BEIGE: (208, 190, 160),
    Colour.GOLD: (190, 156, 88),
    Colour.PURPLE: (92, 56, 128),
    Colour.PINK: (232, 136, 166),
    Colour.TURQUOISE: (32, 160, 164),
}
RUBBER = (27, 28, 31)
PLASTIC = (46, 49, 54)


def draw(body: BodyStyle | None, colour: Colour | None, *, view: int = 0) -> bytes:
    """
    A JPEG of 1200 x 800 pixels, the same for the same car.

    Args:
        body: unknown ones are drawn as a sedan.
        colour: unknown ones are drawn in a plain grey blue.
        view: even numbers stand in a studio and face left, odd ones drive on a road and face right.
    """
    shape = SILHOUETTES[body or BodyStyle.SEDAN]
    outdoors = view % 2 == 1
    picture = (dusk() if outdoors else studio()).copy()
    shadow(picture, shape, 150 if outdoors else 120)
    car, mask = _car(shape, PAINTS[colour])
    if outdoors:
        car = car.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        mask = mask.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    picture.paste(car, (0, 0), mask)
    file = BytesIO()
    picture.reduce(FINE).save(file, "JPEG", quality=82, optimize=True)
    return file.getvalue()


def _car(shape: Silhouette, paint: Rgb) -> tuple[Image.Image, Image.Image]:
    """The car on a transparent ground: its pixels, and where they are."""
    car = Image.new("RGB", CANVAS, RUBBER)
    mask = Image.new("L", CANVAS, 0)
    if shape.is_open:
        _cockpit(car, mask, shape)
    metal = Image.new("L", CANVAS, 0)
    ImageDraw.Draw(metal).polygon(bent(shape, shape.outline), fill=255)
    car.paste(_bodywork(shape, paint), (0, 0), metal)
    mask.paste(255, (0, 0), metal)
    _glazing(car, mask, shape)
    if shape.rails:
        _rails(car, mask, shape, shape.rails)
    _mirror(car, mask, shape, paint)
    for x in shape.wheels:
        _wheel(car, mask, place(shape, x, shape.tyre), shape.tyre * scale(shape))
    return car, mask


def _bodywork(shape: Silhouette, paint: Rgb) -> Image.Image:
    """Everything within the outline: paint, light and shade, doors, lamps and wheel arches."""
    roof, road = ROAD - shape.height * scale(shape), ROAD - shape.sill * scale(shape)
    belt = ROAD - shape.belt * scale(shape)
    stops = (
        (roof / CANVAS[1], lit(paint, 0.16)),
        (belt / CANVAS[1], lit(paint, 0.10)),
        ((belt + 0.45 * (road - belt)) / CANVAS[1], paint),
        (road / CANVAS[1], lit(paint, -0.30)),
    )
    image = gradient(stops)
    pen = ImageDraw.Draw(image, "RGBA")
    _creases(pen, shape)
    _doors(pen, shape)
    if shape.has_bed:
        pen.line([place(shape, 350, 118), place(shape, 556, 118)], fill=(0, 0, 0, 60), width=5)
    pen.polygon(bent(shape, shape.headlight), fill=(226, 235, 242))
    pen.line(bent(shape, (*shape.headlight, *shape.headlight[:2])), fill=(60, 66, 74, 210), width=4)
    pen.polygon(bent(shape, shape.taillight), fill=(196, 24, 34))
    pen.line(bent(shape, (*shape.taillight, *shape.taillight[:2])), fill=(90, 8, 14, 160), width=4)
    _lower_edge(pen, shape)
    return image


def _creases(pen: ImageDraw.ImageDraw, shape: Silhouette) -> None:
    """The shoulder that catches the light, and the flank below it that does not."""
    end, middle = shape.length, (shape.belt + shape.sill) / 2
    shoulder = [(0, shape.belt - 22, 0), (end / 2, shape.belt - 11, end / 3), (end, shape.belt - 16, 0)]
    below = [(end, shape.belt - 21, 0), (end / 2, shape.belt - 17, end / 3), (0, shape.belt - 25, 0)]
    pen.polygon(bent(shape, (*shoulder, *below)), fill=(255, 255, 255, 62))
    flank = [(0, middle - 12, 0), (end / 2, middle - 6, end / 3), (end, middle + 4, 0), (end, 0, 0), (0, 0, 0)]
    pen.polygon(bent(shape, flank), fill=(0, 0, 0, 34))


def _doors(pen: ImageDraw.ImageDraw, shape: Silhouette) -> None:
    low, high = shape.sill + 9, shape.belt - 1
    for begin, end in shape.doors:
        arch = shape.wheels[1] - shape.tyre * 1.2
        foot = min(end, arch - 4)
        line = [(begin, high, 0), (begin - 3, (low + high) / 2, 12), (begin, low, 8), (foot, low, 8)]
        line += [(end if end <= arch else foot + 8, low + 18, 10), (end, high, 0)]
        if begin > max(x for x, _, _ in shape.glass):
            line = [(end, high + 62, 12), (begin, high + 62, 12), *line, (end, high + 62, 0)]
        pen.line(bent(shape, line, closed=False), fill=(0, 0, 0, 95), width=5, joint="curve")
        handle = box_of(shape, end - 29, high - 13, end - 9, high - 17.5)
        pen.rounded_rectangle(handle, 8, fill=(255, 255, 255, 120))
        pen.rounded_rectangle((handle[0], handle[3] - 6, handle[2], handle[3]), 3, fill=(0, 0, 0, 110))


def _lower_edge(pen: ImageDraw.ImageDraw, shape: Silhouette) -> None:
    depth = 11 if shape.rugged else 5
    dark = (*PLASTIC, 255) if shape.rugged else (0, 0, 0, 120)
    pen.rectangle(box_of(shape, 0, shape.sill + depth, shape.length, 0), fill=dark)
    grille = box_of(shape, -4, shape.sill + 21, 18, shape.sill + depth + 4)
    pen.rounded_rectangle(grille, 18, fill=(0, 0, 0, 110))
    for x in shape.wheels:
        if shape.rugged:
            pen.ellipse(disc(shape, x, shape.tyre + 2, shape.tyre * 1.30), fill=PLASTIC)
        pen.ellipse(disc(shape, x, shape.tyre + 1, shape.tyre * 1.13), fill=(16, 17, 19))


def _glazing(car: Image.Image, mask: Image.Image, shape: Silhouette) -> None:
    pane = Image.new("L", CANVAS, 0)
    corners = bent(shape, shape.glass)
    ImageDraw.Draw(pane).polygon(corners, fill=255)
    top = ROAD - max(y for _, y, _ in shape.glass) * scale(shape)
    belt = ROAD - shape.belt * scale(shape)
    light, dark = ((150, 172, 190), (96, 116, 134)) if shape.is_open else ((86, 104, 122), (30, 38, 48))
    glass = gradient(((top / CANVAS[1], light), (belt / CANVAS[1], dark)))
    pen = ImageDraw.Draw(glass, "RGBA")
    if not shape.is_open:
        for x in shape.seats:
            rest = box_of(shape, x + 2, shape.belt + 20, x + 17, shape.belt + 7)
            back = box_of(shape, x, shape.belt + 6, x + 22, shape.belt - 9)
            pen.rounded_rectangle(rest, 16, fill=(14, 17, 22, 150))
            pen.rounded_rectangle(back, 16, fill=(14, 17, 22, 150))
    for share, wide in ((0.32, 26), (0.40, 8), (0.72, 26)):
        left, right = shape.length * share, shape.length * share + wide
        feet = [place(shape, left, shape.belt - 4), place(shape, right, shape.belt - 4)]
        heads = [place(shape, right + 56, shape.height), place(shape, left + 56, shape.height)]
        pen.polygon([*feet, *heads], fill=(255, 255, 255, 26))
    for foot, head in shape.pillars:
        pen.line([place(shape, foot, shape.belt - 3), place(shape, head, shape.height)], fill=(15, 17, 20), width=27)
    car.paste(glass, (0, 0), pane)
    mask.paste(255, (0, 0), pane)
    frame = (20, 22, 25) if shape.is_open else (24, 27, 31)
    for layer, ink in ((car, frame), (mask, 255)):
        ImageDraw.Draw(layer).line([*corners, corners[0], corners[1]], fill=ink, width=11, joint="curve")


def _cockpit(car: Image.Image, mask: Image.Image, shape: Silhouette) -> None:
    """What stands above the doors of an open car: seats, their headrests and the steering wheel."""
    for layer, seat, wheel in ((car, (74, 58, 50), (24, 25, 28)), (mask, 255, 255)):
        pen = ImageDraw.Draw(layer)
        for x in shape.seats:
            pen.rounded_rectangle(box_of(shape, x, shape.belt + 14, x + 24, shape.belt - 10), 26, fill=seat)
            pen.rounded_rectangle(box_of(shape, x + 8, shape.belt + 27, x + 23, shape.belt + 12), 20, fill=seat)
        hood = [(306, 85, 0), (318, 97, 12), (352, 101, 20), (384, 90, 0)]
        pen.polygon(bent(shape, hood, closed=False), fill=wheel)
        pen.line([place(shape, 214, shape.belt - 6), place(shape, 222, shape.belt + 10)], fill=wheel, width=15)


def _rails(car: Image.Image, mask: Image.Image, shape: Silhouette, rails: tuple[float, float]) -> None:
    begin, end = rails
    top = shape.height
    line = [(begin, top - 12, 0), (begin + 16, top - 1, 12), (end - 22, top - 3, 12), (end, top - 14, 0)]
    for layer, ink in ((car, (52, 56, 62)), (mask, 255)):
        ImageDraw.Draw(layer).line(bent(shape, line, closed=False), fill=ink, width=11, joint="curve")


def _mirror(car: Image.Image, mask: Image.Image, shape: Silhouette, paint: Rgb) -> None:
    x = shape.glass[0][0] + 17
    for layer, ink in ((car, lit(paint, -0.12)), (mask, 255)):
        box = box_of(shape, x, shape.belt + 9, x + 18, shape.belt - 2)
        ImageDraw.Draw(layer).rounded_rectangle(box, 16, fill=ink)


def _wheel(car: Image.Image, mask: Image.Image, centre: Point, radius: float) -> None:
    def ring(share: float) -> tuple[float, float, float, float]:
        reach = radius * share
        return centre[0] - reach, centre[1] - reach, centre[0] + reach, centre[1] + reach

    ImageDraw.Draw(mask).ellipse(ring(1), fill=255)
    pen = ImageDraw.Draw(car)
    for share, ink in ((1, RUBBER), (0.90, (38, 39, 43)), (0.71, (205, 210, 215)), (0.66, (58, 62, 68))):
        pen.ellipse(ring(share), fill=ink)
    pen.ellipse(ring(0.46), fill=(92, 97, 104))
    pen.ellipse(ring(0.40), fill=(58, 62, 68))
    for spoke in range(5):
        pen.pieslice(ring(0.69), spoke * 72 - 90 - 13, spoke * 72 - 90 + 13, fill=(214, 219, 224))
        pen.pieslice(ring(0.69), spoke * 72 - 90 - 2, spoke * 72 - 90 + 2, fill=(150, 156, 163))
    pen.ellipse(ring(0.17), fill=(196, 202, 208))
    pen.ellipse(ring(0.08), fill=(88, 94, 102))
