"""
R21: hostile files are refused before anything of them is decoded; what is shown carries nothing but its picture.
"""

from __future__ import annotations

import asyncio
import json
import resource
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from time import perf_counter
from typing import Any

import pytest
from PIL import Image, ImageFile, PngImagePlugin

from carmarket.adapters.pillow import PillowPhotoLab
from carmarket.core.errors import InvalidError
from carmarket.ports.pictures import MOST_BYTES, PUBLIC_SIZES, Developed, PhotoLab

LATITUDE, MAKER, GPS = 2, 0x010F, 0x8825
MOST_MEMORY_MB = 64
KINDS = ["JPEG", "PNG", "WEBP"]


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def a_png(width: int, height: int, data: bytes = b"") -> bytes:
    """What its header claims, with whatever data."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def a_jpeg(width: int, height: int) -> bytes:
    """A small JPEG whose header claims another size."""
    small = BytesIO()
    Image.new("RGB", (16, 16)).save(small, "JPEG")
    data = bytearray(small.getvalue())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def hostile() -> dict[str, bytes]:
    """Files that are to be refused without a look at their pixels."""
    bomb = zlib.compress(bytes(50_000_000), 9)
    tiff = BytesIO()
    Image.new("RGB", (4, 4)).save(tiff, "TIFF")
    return {
        "a bomb of a PNG": a_png(50_000, 50_000, bomb),
        "41 megapixels": a_png(8_200, 5_000, bomb),
        "a JPEG of 65,000 by 65,000": a_jpeg(65_000, 65_000),
        "one byte too many": b"\xff\xd8\xff" + bytes(MOST_BYTES - 2),
        "SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "HTML that begins as a GIF": b"GIF89a/*<script>alert(1)</script>*/",
        "a PDF": b"%PDF-1.7\n%\xff\xd8\xff",
        "a TIFF": tiff.getvalue(),
        "a ZIP behind blanks": b"  PK\x03\x04" + bytes(100),
        "nothing": b"",
        "wrong magic": b"\xff\xd8\x00" + bytes(1_000),
        "a RIFF that is no WebP": b"RIFF\x00\x00\x00\x00WAVE" + bytes(100),
        "a PNG with the magic of a JPEG": b"\xff\xd8\xff" + a_png(10, 10)[3:],
    }


def told_pictures() -> Iterator[tuple[str, bytes]]:
    """Pictures that say who took them, and where."""
    exif = Image.Exif()
    exif[MAKER] = "Secret Camera"
    exif.get_ifd(GPS)[LATITUDE] = (28.0, 32.0, 18.0)
    for kind in KINDS:
        said: dict[str, Any] = {"exif": exif}
        if kind == "PNG":
            said["pnginfo"] = PngImagePlugin.PngInfo()
            said["pnginfo"].add_text("Comment", "Secret Camera at home")
        if kind == "JPEG":
            said["comment"] = "Secret Camera at home"
        kept = BytesIO()
        Image.new("RGB", (900, 600), "red").save(kept, kind, **said)
        yield kind, kept.getvalue() + b"PK\x03\x04 Secret Camera in an archive behind the picture"


@contextmanager
def decoding(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What has its pixels decoded meanwhile."""
    seen: list[str] = []
    load = ImageFile.ImageFile.load

    def noted(self: Any) -> Any:
        seen.append(self.format)
        return load(self)

    with monkeypatch.context() as patched:
        patched.setattr(ImageFile.ImageFile, "load", noted)
        yield seen


async def decoded_and_taken(lab: PhotoLab, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of hostile files whose pixels were looked at, or that came through."""
    guilty = []
    for name, original in hostile().items():
        with decoding(monkeypatch) as seen:
            with suppress(InvalidError):
                await lab.develop(original)
                guilty.append(name)
            if seen:
                guilty.append(name)
    return guilty


async def secrets_shown(lab: PhotoLab) -> list[str]:
    """Kinds of pictures whose public sizes tell more than the picture."""
    guilty = []
    for kind, original in told_pictures():
        developed = await lab.develop(original)
        for data in developed.sizes.values():
            shown = Image.open(BytesIO(data))
            if b"Secret" in data or shown.getexif() or shown.info.get("comment") or shown.info.get("exif"):
                guilty.append(kind)
    return guilty


@pytest.mark.promise("R21")
async def test_hostile_files_are_refused_before_their_pixels_are_looked_at(monkeypatch, record_property):
    record_property("on", "pillow")
    record_property("figure", f"{len(hostile())} hostile files refused undecoded")

    assert await decoded_and_taken(PillowPhotoLab(), monkeypatch) == []


@pytest.mark.promise("R21")
async def test_public_pictures_say_nothing_of_who_took_them_and_where(record_property):
    record_property("on", "pillow")

    assert await secrets_shown(PillowPhotoLab()) == []


@pytest.mark.promise("R21")
def test_refusing_costs_next_to_nothing(record_property):
    """In a process of its own, for memory that was used once is counted for good."""
    done = subprocess.run([sys.executable, "-m", __name__], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    record_property("on", "pillow")
    record_property("figure", f"slowest refusal {told['slowest_ms']:.1f} ms, {told['memory_mb']:.0f} MB more")

    assert told["memory_mb"] <= MOST_MEMORY_MB


@pytest.mark.promise("R21")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
async def test_a_picture_that_breaks_off_is_refused_or_shown_as_far_as_it_goes(kind, share):
    whole = BytesIO()
    Image.effect_noise((400, 300), 50).convert("RGB").save(whole, kind)
    original = whole.getvalue()

    developing = PillowPhotoLab().develop(original[: int(len(original) * share)])
    (outcome,) = await asyncio.gather(developing, return_exceptions=True)

    if isinstance(outcome, InvalidError):
        assert "broken" in outcome.message
    else:
        assert isinstance(outcome, Developed)
        assert outcome.sizes.keys() == PUBLIC_SIZES.keys()


class DecodesFirst(PhotoLab):
    """A mutant: opens whatever Pillow can, looks at the pixels, and passes on what it finds."""

    async def develop(self, original: bytes) -> Developed:
        try:
            with Image.open(BytesIO(original)) as opened:
                opened.load()
                kept = BytesIO()
                opened.convert("RGB").save(kept, "JPEG", exif=opened.getexif())
                return Developed(
                    width=opened.width, height=opened.height, sizes=dict.fromkeys(PUBLIC_SIZES, kept.getvalue())
                )
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as broken:
            raise InvalidError("No picture.", field="photo") from broken


@pytest.mark.mutant("R21")
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
async def test_a_lab_that_decodes_first_and_keeps_what_it_finds_is_caught(monkeypatch):
    assert await decoded_and_taken(DecodesFirst(), monkeypatch)
    assert await secrets_shown(DecodesFirst())


def refuse_all(develop: Callable[[bytes], Any]) -> dict[str, float]:
    """How long the slowest refusal took, and how much more memory the process used for all of them."""
    asyncio.run(PillowPhotoLab().develop(next(told_pictures())[1]))
    files = hostile()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest = 0.0
    for original in files.values():
        begun = perf_counter()
        try:
            develop(original)
        except InvalidError:
            slowest = max(slowest, perf_counter() - begun)
        else:
            raise AssertionError
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"slowest_ms": slowest * 1_000, "memory_mb": used / 1_024}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(refuse_all(lambda original: asyncio.run(PillowPhotoLab().develop(original)))))
