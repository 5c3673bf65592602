"""
Lines, bends and blends of the demo's drawings, from centimetres of a car to drawn pixels.
"""

from __future__ import annotations

from collections.abc import Iterable

from PIL import Image, ImageDraw

from carmarket.entrypoints.cli.demo.silhouettes import Corner, Silhouette

Rgb = tuple[int, int, int]
Point = tuple[float, float]

SIZE = (1200, 800)
FINE = 2
"""How much finer it is drawn than shown, so that edges come out smooth."""
CANVAS = (SIZE[0] * FINE, SIZE[1] * FINE)
LONGEST, LARGEST = 2120, 4.65
"""A car fills at most so many drawn pixels, and a centimetre of it at most so many."""
ROAD = 1200
"""The drawn row on which the tyres stand."""


def gradient(stops: Iterable[tuple[float, Rgb]]) -> Image.Image:
    """Colours blended from row to row; a stop is a share of the height and its colour."""
    rows, marks = Image.new("RGB", (1, CANVAS[1])), sorted(stops)
    pen = ImageDraw.Draw(rows)
    for row in range(CANVAS[1]):
        pen.point((0, row), _between(marks, row / CANVAS[1]))
    return rows.resize(CANVAS, Image.Resampling.NEAREST)


def _between(marks: list[tuple[float, Rgb]], share: float) -> Rgb:
    above = [mark for mark in marks if mark[0] <= share] or marks[:1]
    below = [mark for mark in marks if mark[0] > share] or marks[-1:]
    (start, one), (stop, other) = above[-1], below[0]
    part = (share - start) / (stop - start) if stop > start else 0
    return mixed(one, other, part)


def mixed(one: Rgb, other: Rgb, part: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def lit(paint: Rgb, amount: float) -> Rgb:
    """The paint in more light, or in less for a negative amount."""
    return mixed(paint, (255, 255, 255) if amount > 0 else (0, 0, 0), abs(amount))


def scale(shape: Silhouette) -> float:
    """Drawn pixels a centimetre."""
    return min(LARGEST, LONGEST / shape.length)


def place(shape: Silhouette, x: float, y: float) -> Point:
    return CANVAS[0] / 2 + (x - shape.length / 2) * scale(shape), ROAD - y * scale(shape)


def box_of(
    shape: Silhouette, left: float, top: float, right: float, bottom: float
) -> tuple[float, float, float, float]:
    return (*place(shape, left, top), *place(shape, right, bottom))


def disc(shape: Silhouette, x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return box_of(shape, x - radius, y + radius, x + radius, y - radius)


def bent(shape: Silhouette, corners: Iterable[Corner], *, closed: bool = True) -> list[Point]:
    return bezier([(*place(shape, x, y), bend * scale(shape)) for x, y, bend in corners], closed=closed)


def bezier(corners: list[Corner], *, closed: bool) -> list[Point]:
    """The line through the corners, each cut short by a curve (a quadratic Bezier) of its own reach."""
    line: list[Point] = []
    for index, (x, y, bend) in enumerate(corners):
        if not bend or (not closed and index in (0, len(corners) - 1)):
            line.append((x, y))
            continue
        start = _towards((x, y), corners[index - 1], bend)
        stop = _towards((x, y), corners[(index + 1) % len(corners)], bend)
        for step in range(13):
            part = step / 12
            a, b, c = (1 - part) ** 2, 2 * part * (1 - part), part**2
            line.append((a * start[0] + b * x + c * stop[0], a * start[1] + b * y + c * stop[1]))
    return line


def _towards(here: Point, there: Corner, reach: float) -> Point:
    across, down = there[0] - here[0], there[1] - here[1]
    share = min(0.5, reach / ((across**2 + down**2) ** 0.5 or 1))
    return here[0] + across * share, here[1] + down * share
