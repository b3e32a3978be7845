"""Images from strangers."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from grok_video.domain.errors import InvalidImage
from grok_video.media import images
from grok_video.media.images import decode_image
from tests.factories import image_bytes

KINDS = ["JPEG", "PNG", "WEBP", "GIF", "AVIF"]


def stored(folder: Path, data: bytes) -> Image.Image:
    """Decode bytes as intake does and read the result back."""
    (folder / "in").write_bytes(data)
    size = decode_image(str(folder / "in"), str(folder / "out.png"), "images[0]")
    with Image.open(folder / "out.png") as result:
        result.load()
        assert result.format == "PNG"
        assert result.size == size
        return result.copy()


def refused(folder: Path, data: bytes) -> InvalidImage:
    (folder / "in").write_bytes(data)
    with pytest.raises(InvalidImage) as caught:
        decode_image(str(folder / "in"), str(folder / "out.png"), "images[0]")
    assert not (folder / "out.png").exists()
    assert (caught.value.code, caught.value.param) == ("invalid_image", "images[0]")
    assert "images[0]" in caught.value.message
    return caught.value


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_is_stored_as_the_same_image(tmp_path: Path, kind: str) -> None:
    original = np.asarray(Image.open(io.BytesIO(image_bytes(96, 64))).convert("RGB")).astype(int)
    result = stored(tmp_path, image_bytes(96, 64, kind=kind))
    assert (result.mode, result.size) == ("RGB", (96, 64))
    assert np.abs(np.asarray(result).astype(int) - original).mean() < (8 if kind == "GIF" else 3)


def test_an_animation_gives_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
    for kind in ("GIF", "WEBP", "PNG"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        assert stored(tmp_path, data).convert("RGB").getpixel((20, 15)) == pytest.approx((255, 0, 0), abs=4)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_an_image_is_turned_by_its_exif(tmp_path: Path, kind: str, orientation: int) -> None:
    image = Image.new("RGB", (60, 30), "white")
    image.paste("red", (0, 0, 20, 30))
    exif = Image.Exif()
    exif[0x0112] = orientation
    result = stored(tmp_path, encoded(image, kind, exif=exif))
    assert result.size == ((60, 30) if orientation in (1, 3) else (30, 60))
    red = {1: (5, 15), 3: (55, 15), 6: (15, 5), 8: (15, 55)}[orientation]
    assert result.getpixel(red) == pytest.approx((254, 0, 0), abs=6)
    assert not result.getexif()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "AVIF"])
def test_transparency_is_kept(tmp_path: Path, kind: str) -> None:
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    image.paste((200, 30, 40, 255), (20, 0, 40, 40))
    result = stored(tmp_path, encoded(image, kind))
    assert result.mode == "RGBA"
    clear: Any = result.getpixel((5, 20))
    assert clear[3] < 10
    assert result.getpixel((30, 20)) == pytest.approx((200, 30, 40, 255), abs=8)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "CMYK"])
def test_every_colour_mode_is_stored(tmp_path: Path, mode: str) -> None:
    image = Image.linear_gradient("L").resize((32, 32)).convert("RGB").convert(mode)
    result = np.asarray(stored(tmp_path, encoded(image, "JPEG" if mode == "CMYK" else "PNG")).convert("L"))
    assert result[2].mean() < 60 < 190 < result[-2].mean()


def test_sixteen_bits_keep_their_tones(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (32, 1))
    row = np.asarray(stored(tmp_path, encoded(Image.fromarray(ramp), "PNG")).convert("L"))[5].astype(int)
    assert row == pytest.approx(np.linspace(0, 255, 64), abs=3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_huge_image_is_shrunk_once(tmp_path: Path, kind: str) -> None:
    assert stored(tmp_path, encoded(Image.new("RGB", (4000, 3000), "teal"), kind)).size == (2560, 1920)


@pytest.mark.parametrize("kind", KINDS)
def test_a_torn_image_is_refused(tmp_path: Path, kind: str) -> None:
    data = image_bytes(200, 150, kind=kind)
    refused(tmp_path, data[: len(data) // 2])
    refused(tmp_path, data[:40])


@pytest.mark.parametrize(
    "data", [b"", b"hello, I am a text", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"BM" + bytes(60)]
)
def test_what_is_not_an_image_is_refused(tmp_path: Path, data: bytes) -> None:
    assert "not an image" in refused(tmp_path, data).message


def test_formats_beyond_the_five_are_refused(tmp_path: Path) -> None:
    for kind in ("BMP", "TIFF", "PPM", "ICO"):
        refused(tmp_path, encoded(Image.new("RGB", (32, 32)), kind))


def flat_png(width: int, height: int) -> bytes:
    """A tiny file that says it is huge."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1 << 16))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [6400, 12_000, 20_000, 100_000])
def test_a_bomb_is_refused_by_its_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: int) -> None:
    def decoded(*_: Any) -> None:
        raise AssertionError("pixels were decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
    refused(tmp_path, flat_png(side, side))


# 12000x12000 white pixels in 36 bytes, as Pillow writes them.
WEBP_BOMB = bytes.fromhex("524946461c000000574542505650384c0f0000002fdfeeb70b07104d88fe0722a2ff0100")


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_whole_bomb_is_refused(tmp_path: Path, kind: str) -> None:
    data = WEBP_BOMB if kind == "WEBP" else encoded(Image.new("1", (12_000, 12_000)), "PNG", compress_level=1)
    assert "12000x12000" in refused(tmp_path, data).message


@pytest.mark.parametrize("size", [(4, 4), (7, 100), (100, 7), (800, 90)])
def test_unusable_sizes_are_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    assert f"{size[0]}x{size[1]}" in refused(tmp_path, encoded(Image.new("RGB", size), "PNG")).message


def test_the_smallest_and_the_longest_usable_are_taken(tmp_path: Path) -> None:
    assert stored(tmp_path, encoded(Image.new("RGB", (8, 8)), "PNG")).size == (8, 8)
    assert stored(tmp_path, encoded(Image.new("RGB", (800, 100)), "PNG")).size == (800, 100)


def test_more_than_twenty_megabytes_are_refused(tmp_path: Path) -> None:
    data = image_bytes(96, 64)
    # A PNG may be followed by anything.
    assert stored(tmp_path, data + bytes(images.MAX_IMAGE_BYTES - len(data))).size == (96, 64)
    (tmp_path / "out.png").unlink()
    too_much = data + bytes(images.MAX_IMAGE_BYTES + 1 - len(data))
    assert str(images.MAX_IMAGE_BYTES) in refused(tmp_path, too_much).message


SMALL = {kind: image_bytes(40, 30, kind=kind) for kind in KINDS}


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, derandomize=True)
@given(st.sampled_from(KINDS), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=8))
def test_damaged_images_are_decoded_or_refused(tmp_path: Path, kind: str, damage: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL[kind])
    for at, value in damage:
        data[at % min(len(data), 400)] = value
    (tmp_path / "in").write_bytes(data)
    with suppress(InvalidImage):
        decode_image(str(tmp_path / "in"), str(tmp_path / "out.png"), "images[0]")


def test_an_avif_with_damaged_planes_is_refused(tmp_path: Path) -> None:
    data = SMALL["AVIF"]
    # The boxes stay whole, so that only the decoder can notice.
    body = data.index(b"mdat") + 4
    refused(tmp_path, data[: body + 12] + bytes(len(data) - body - 12))
