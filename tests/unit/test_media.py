"""Pictures and videos of strangers, finished files, children, downloads."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
import cv2
import httpcore2
import numpy as np
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from grok_video.domain import errors
from grok_video.domain.errors import FetchFailed, InvalidImage, InvalidValue, Rejected
from grok_video.media import clip, images
from grok_video.media.clip import WrongOutput
from grok_video.media.encode import SAMPLE_RATE, Mp4Writer
from grok_video.media.fetch import Fetcher
from grok_video.media.images import decode_picture
from grok_video.media.sandbox import Limits, Sandbox, SandboxFailed
from tests.conftest import picture

KINDS = ["JPEG", "PNG", "WEBP", "GIF", "AVIF"]


# Pictures


def stored(folder: Path, data: bytes) -> Image.Image:
    """Decode bytes as intake does and read the result back."""
    (folder / "in").write_bytes(data)
    size = decode_picture(str(folder / "in"), str(folder / "out.png"), "images[0]")
    with Image.open(folder / "out.png") as result:
        result.load()
        assert result.format == "PNG"
        assert result.size == size
        return result.copy()


def refused(folder: Path, data: bytes) -> InvalidImage:
    (folder / "in").write_bytes(data)
    with pytest.raises(InvalidImage) as caught:
        decode_picture(str(folder / "in"), str(folder / "out.png"), "images[0]")
    assert not (folder / "out.png").exists()
    assert (caught.value.code, caught.value.param) == ("invalid_image", "images[0]")
    assert "images[0]" in caught.value.message
    return caught.value


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_is_stored_as_the_same_picture(tmp_path: Path, kind: str) -> None:
    original = np.asarray(Image.open(io.BytesIO(picture(96, 64))).convert("RGB")).astype(int)
    result = stored(tmp_path, picture(96, 64, kind=kind))
    assert (result.mode, result.size) == ("RGB", (96, 64))
    assert np.abs(np.asarray(result).astype(int) - original).mean() < (8 if kind == "GIF" else 3)


def test_an_animation_gives_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
    for kind in ("GIF", "WEBP", "PNG"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        assert stored(tmp_path, data).convert("RGB").getpixel((20, 15)) == pytest.approx((255, 0, 0), abs=4)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_picture_is_turned_by_its_exif(tmp_path: Path, kind: str, orientation: int) -> None:
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
    assert result.getpixel((5, 20))[3] < 10
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
def test_a_huge_picture_is_shrunk_once(tmp_path: Path, kind: str) -> None:
    assert stored(tmp_path, encoded(Image.new("RGB", (4000, 3000), "teal"), kind)).size == (2560, 1920)


@pytest.mark.parametrize("kind", KINDS)
def test_a_torn_picture_is_refused(tmp_path: Path, kind: str) -> None:
    data = picture(200, 150, kind=kind)
    refused(tmp_path, data[: len(data) // 2])
    refused(tmp_path, data[:40])


@pytest.mark.parametrize(
    "data", [b"", b"hello, I am a text", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"BM" + bytes(60)]
)
def test_what_is_no_picture_is_refused(tmp_path: Path, data: bytes) -> None:
    assert "not a picture" in refused(tmp_path, data).message


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
    data = picture(96, 64)
    # A PNG may be followed by anything.
    assert stored(tmp_path, data + bytes(images.MAX_BYTES - len(data))).size == (96, 64)
    (tmp_path / "out.png").unlink()
    assert str(images.MAX_BYTES) in refused(tmp_path, data + bytes(images.MAX_BYTES + 1 - len(data))).message


SMALL = {kind: picture(40, 30, kind=kind) for kind in KINDS}


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, derandomize=True)
@given(st.sampled_from(KINDS), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=8))
def test_damaged_pictures_are_decoded_or_refused(tmp_path: Path, kind: str, damage: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL[kind])
    for at, value in damage:
        data[at % min(len(data), 400)] = value
    (tmp_path / "in").write_bytes(data)
    with suppress(InvalidImage):
        decode_picture(str(tmp_path / "in"), str(tmp_path / "out.png"), "images[0]")


def test_an_avif_with_damaged_planes_is_refused(tmp_path: Path) -> None:
    data = SMALL["AVIF"]
    # The boxes stay whole, so that only the decoder can notice.
    body = data.index(b"mdat") + 4
    refused(tmp_path, data[: body + 12] + bytes(len(data) - body - 12))


# Finished files


def movie(path: Path, *, frames: int = 30, width: int = 320, height: int = 180) -> Path:
    """A video that turns from black to white, with sound."""
    with Mp4Writer(str(path), width, height) as writer:
        for number in range(frames):
            plane = np.full((height * 3 // 2, width), 128, np.uint8)
            plane[:height] = 16 + round(219 * number / max(1, frames - 1))
            writer.frame(plane)
        writer.sound(np.zeros((frames * SAMPLE_RATE // 24, 2), np.int16))
    return path


def finish(path: Path, expected: tuple[int, int, int]) -> Any:
    return clip.finish(str(path), str(path.with_suffix(".webp")), str(path.with_suffix(".jpg")), expected)


@pytest.mark.parametrize(("frames", "width", "height"), [(30, 320, 180), (1, 180, 320), (24, 200, 200)])
def test_a_finished_file_tells_its_own_facts(tmp_path: Path, frames: int, width: int, height: int) -> None:
    path = movie(tmp_path / "a.mp4", frames=frames, width=width, height=height)
    facts = finish(path, (width, height, frames))
    assert (facts.width, facts.height, facts.frames, facts.fps) == (width, height, frames, 24.0)
    assert facts.bytes == path.stat().st_size
    assert clip.probe(str(path)) == facts


def test_the_stills_of_a_finished_file(tmp_path: Path) -> None:
    path = movie(tmp_path / "a.mp4", frames=48, width=1280, height=720)
    finish(path, (1280, 720, 48))
    with Image.open(path.with_suffix(".webp")) as poster:
        assert (poster.format, poster.size) == ("WEBP", (640, 360))
        # A third into the clip it is a third as bright.
        assert np.asarray(poster.convert("L")).mean() == pytest.approx(255 / 3, abs=12)
    with Image.open(path.with_suffix(".jpg")) as sheet:
        assert (sheet.format, sheet.size) == ("JPEG", (1600, 900))
        light = np.asarray(sheet.convert("L")).astype(float)
    cells = [light[row * 180 : row * 180 + 180, x * 320 : x * 320 + 320] for row in range(5) for x in range(5)]
    steps = np.diff([cell.mean() for cell in cells])
    assert (steps > 2).all()
    assert all(cell.std() < 3 for cell in cells)
    assert cells[0].mean() < 10
    assert cells[-1].mean() > 245


def test_a_sheet_of_a_clip_shorter_than_its_cells_has_no_hole(tmp_path: Path) -> None:
    path = movie(tmp_path / "a.mp4", frames=3, width=180, height=320)
    finish(path, (180, 320, 3))
    with Image.open(path.with_suffix(".jpg")) as sheet:
        assert sheet.size == (900, 1600)
        light = np.asarray(sheet.convert("L"))
    assert [round(float(light[row * 320 + 160, 90]) / 128) for row in range(5)] == [0, 0, 1, 1, 2]


@pytest.mark.parametrize("expected", [(322, 180, 30), (180, 320, 30), (320, 180, 29), (320, 180, 31)])
def test_a_file_that_differs_from_what_was_asked_is_refused(tmp_path: Path, expected: tuple[int, int, int]) -> None:
    path = movie(tmp_path / "a.mp4")
    with pytest.raises(WrongOutput, match="320x180, 30 frames") as caught:
        finish(path, expected)
    assert caught.value.code == "wrong_output"
    assert not path.with_suffix(".webp").exists()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95])
def test_a_torn_file_is_refused(tmp_path: Path, share: float) -> None:
    path = movie(tmp_path / "a.mp4", frames=60)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(WrongOutput):
        finish(path, (320, 180, 60))


def test_a_missing_or_soundy_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongOutput):
        clip.probe(str(tmp_path / "none.mp4"))
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(WrongOutput):
        clip.probe(str(tmp_path / "a.mp4"))


def admit(path: Path) -> tuple[int, int, int]:
    """Admit a source video, and check that what is stored is what was told of it."""
    target = path.with_name(f"{path.stem}-stored.mp4")
    facts = clip.admit_source(str(path), str(target), "video")
    found = clip.probe(str(target))
    assert (found.width, found.height, found.frames, found.fps) == (*facts, 24.0)
    return facts


def levels(path: Path) -> list[int]:
    """The middle pixel's brightness in every frame."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="yuv420p") for frame in container.decode(video=0)]
    return [int(frame[frame.shape[0] // 3, frame.shape[1] // 2]) for frame in frames]


def slides(path: Path, rate: int, lights: list[int], width: int = 64, height: int = 48) -> Path:
    """A silent video of flat pictures at some rate."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=rate, options={"crf": "5"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for light in lights:
            plane = np.full((height * 3 // 2, width), 128, np.uint8)
            plane[:height] = light
            container.mux(stream.encode(av.VideoFrame.from_ndarray(plane, format="yuv420p")))
        container.mux(stream.encode(None))
    return path


def test_a_source_video_is_admitted(tmp_path: Path) -> None:
    path = movie(tmp_path / "a.mp4", frames=36)
    assert admit(path) == (320, 180, 36)
    assert levels(tmp_path / "a-stored.mp4") == pytest.approx(levels(path), abs=3)
    with av.open(str(tmp_path / "a-stored.mp4")) as container:
        assert float(container.streams.audio[0].duration * container.streams.audio[0].time_base) == pytest.approx(
            1.5, abs=0.03
        )
    found = clip.stored_video("inputs/x/source", (320, 180, 36))
    assert (found.key, found.width, found.height, found.frames, found.seconds) == ("inputs/x/source", 320, 180, 36, 1.5)


@pytest.mark.parametrize("rate", [1, 8, 12, 24, 25, 30, 48, 60])
def test_a_source_of_any_rate_keeps_its_length_and_its_pace(tmp_path: Path, rate: int) -> None:
    lights = [round(20 + 200 * number / (2 * rate)) for number in range(2 * rate)]
    assert admit(slides(tmp_path / "a.mp4", rate, lights)) == (64, 48, 48)
    seen = levels(tmp_path / "a-stored.mp4")
    # A picture stands until the next one comes, and the last one as long as the others.
    step = 200 / (2 * min(rate, 24))
    for number, light in enumerate(seen):
        assert light == pytest.approx(lights[int(number * rate / 24 + 1e-6)], abs=3 + (step if rate > 24 else 0))


def test_a_turned_source_is_stored_upright(tmp_path: Path) -> None:
    path = movie(tmp_path / "phone.mp4", frames=24)
    data = bytearray(path.read_bytes())
    # The display matrix of the first track: a quarter turn clockwise, as phones write it.
    at = data.index(b"tkhd") + 44
    data[at : at + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 180 << 16, 0, 1 << 30)
    path.write_bytes(data)
    assert admit(path) == (180, 320, 24)


@pytest.mark.parametrize(
    ("matrix", "bright"), [((0, 1, -1, 0), "top"), ((-1, 0, 0, -1), "right"), ((0, -1, 1, 0), "bottom")]
)
def test_a_turned_source_is_turned_the_right_way(tmp_path: Path, matrix: tuple[int, ...], bright: str) -> None:
    path = tmp_path / "phone.mp4"
    with Mp4Writer(str(path), 320, 180) as writer:
        plane = np.full((270, 320), 128, np.uint8)
        plane[:180, :160], plane[:180, 160:] = 220, 30
        for _ in range(24):
            writer.frame(plane)
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 44
    one, two, three, four = (part << 16 for part in matrix)
    data[at : at + 36] = struct.pack(">9i", one, two, 0, three, four, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    admit(path)
    with av.open(str(tmp_path / "phone-stored.mp4")) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="gray").astype(int)
    halves = {"top": picture[:40], "bottom": picture[-40:], "left": picture[:, :40], "right": picture[:, -40:]}
    assert max(halves, key=lambda name: halves[name].mean()) == bright


def test_a_webm_of_odd_size_is_admitted(tmp_path: Path) -> None:
    path = tmp_path / "a.webm"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP80"), 24, (161, 91))
    for number in range(24):
        writer.write(np.full((91, 161, 3), 5 * number, np.uint8))
    writer.release()
    assert admit(path) == (160, 90, 24)


@pytest.mark.parametrize("data", [b"", b"hello, I am a text", b"\x00\x00\x00\x18ftypisom" + bytes(200), bytes(5000)])
def test_what_is_no_video_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    with pytest.raises(InvalidImage) as caught:
        admit(path)
    assert (caught.value.code, caught.value.param) == ("invalid_image", "video")


def test_a_playlist_is_no_video_whatever_it_points_to(tmp_path: Path) -> None:
    movie(tmp_path / "secret.mp4")
    for text in ("#EXTM3U\n#EXTINF:1,\nsecret.mp4\n", "ffconcat version 1.0\nfile secret.mp4\n"):
        (tmp_path / "list").write_text(text)
        with pytest.raises(InvalidImage, match="send MP4"):
            admit(tmp_path / "list")


def test_too_long_and_too_small_sources_are_refused(tmp_path: Path) -> None:
    assert admit(slides(tmp_path / "a.mp4", 24, [99] * 60 * 24, 32, 32))[2] == 1440
    with pytest.raises(InvalidImage, match="up to 60"):
        admit(slides(tmp_path / "b.mp4", 24, [99] * 61 * 24, 32, 32))
    with pytest.raises(InvalidImage, match="320x8"):
        admit(movie(tmp_path / "c.mp4", width=320, height=8))


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7])
def test_a_torn_source_is_refused(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.mp4"
    with Mp4Writer(str(path), 320, 180) as writer:
        for number in range(72):
            noise = np.random.default_rng(number).integers(16, 235, (270, 320), dtype=np.uint8)
            writer.frame(noise)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InvalidImage):
        admit(path)


# Children; what they run must be importable


def add(first: int, second: int) -> tuple[int, int]:
    return first + second, os.getpid()


def chatter(send: Callable[[Any], None], count: int) -> str:
    for number in range(count):
        send({"number": number})
    return "done"


def fail(kind: str) -> None:
    raise getattr(errors, kind)("no good", param="images[2]", code="odd_code")


def wrong_output() -> None:
    raise WrongOutput("too short")


def trip() -> None:
    raise KeyError("a key")


def hoard() -> int:
    return sum(len(bytearray(64 << 20)) for _ in [bytearray(64 << 20) for _ in range(64)])


def hoard_in_numpy() -> float:
    return float(np.ones((1 << 30,), np.float64).sum())


def abort() -> None:
    os.abort()


def doze(seconds: float) -> None:
    time.sleep(seconds)


def doze_aloud(send: Callable[[Any], None]) -> None:
    send(os.getpid())
    time.sleep(600)


def fill(size: int) -> bytes:
    return bytes(size)


async def run(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    sandbox = Sandbox()
    await sandbox.start()
    return await sandbox.run(function, *args, **options)


@pytest.mark.anyio
async def test_a_child_answers() -> None:
    total, pid = await run(add, 2, 3)
    assert total == 5
    assert pid != os.getpid()
    # More than a pipe holds.
    assert await run(fill, 5_000_000) == bytes(5_000_000)


@pytest.mark.anyio
async def test_a_child_sends_messages_in_order() -> None:
    heard: list[Any] = []
    assert await run(chatter, 200, sends=True, on_message=heard.append) == "done"
    assert heard == [{"number": number} for number in range(200)]
    assert await run(chatter, 3, sends=True) == "done"


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["InvalidImage", "InvalidValue", "Rejected", "Unavailable"])
async def test_an_error_comes_back_as_it_was(kind: str) -> None:
    with pytest.raises(errors.GrokVideoError) as caught:
        await run(fail, kind)
    assert type(caught.value) is getattr(errors, kind)
    assert (caught.value.message, caught.value.param, caught.value.code) == ("no good", "images[2]", "odd_code")


@pytest.mark.anyio
async def test_an_error_of_another_module_comes_back_as_its_kind() -> None:
    with pytest.raises(Rejected, match="too short") as caught:
        await run(wrong_output)
    assert caught.value.code == "wrong_output"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("function", "limits", "code"),
    [
        (hoard, Limits(memory_mib=256), "render_out_of_memory"),
        (hoard_in_numpy, Limits(memory_mib=256), "render_out_of_memory"),
        (abort, Limits(), "render_crashed"),
        (trip, Limits(), "render_crashed"),
    ],
)
async def test_a_child_that_ends_badly_says_how(function: Callable[[], Any], limits: Limits, code: str) -> None:
    with pytest.raises(SandboxFailed) as caught:
        await run(function, limits=limits)
    assert caught.value.code == code


@pytest.mark.anyio
async def test_a_child_that_takes_too_long_is_ended() -> None:
    pids: list[int] = []
    with pytest.raises(SandboxFailed) as caught:
        await run(doze_aloud, sends=True, on_message=pids.append, limits=Limits(seconds=1.5))
    assert caught.value.code == "render_timed_out"
    assert await gone(pids[0])


async def gone(pid: int) -> bool:
    """Whether a process ends soon."""
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        await asyncio.sleep(0.1)
    return False


@pytest.mark.anyio
async def test_cancelling_ends_the_child() -> None:
    told: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    work = asyncio.create_task(run(doze_aloud, sends=True, on_message=told.set_result))
    pid = await asyncio.wait_for(told, 60)
    assert psutil.pid_exists(pid)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert await gone(pid)


@pytest.mark.anyio
async def test_cancelling_a_child_that_is_just_starting_leaves_none() -> None:
    me = psutil.Process()
    await run(add, 1, 1)
    before = {one.pid for one in me.children(recursive=True)}
    for delay in (0.0, 0.001, 0.005, 0.02):
        work = asyncio.create_task(run(doze, 600.0))
        await asyncio.sleep(delay)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
    for one in me.children(recursive=True):
        assert one.pid in before or await gone(one.pid)


@pytest.mark.anyio
async def test_children_work_side_by_side() -> None:
    answers = await asyncio.gather(*(run(add, number, 1) for number in range(4)))
    assert [total for total, _ in answers] == list(range(1, 5))
    assert len({pid for _, pid in answers}) == 4


PARENT = """
import asyncio
from grok_video.media.sandbox import Sandbox
from tests.unit.test_media import doze_aloud

async def main():
    sandbox = Sandbox()
    await sandbox.start()
    await sandbox.run(doze_aloud, sends=True, on_message=lambda pid: print(pid, flush=True))

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.anyio
async def test_a_child_ends_with_its_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
    with subprocess.Popen(
        [sys.executable, str(script)], cwd=root, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        pid = int(await asyncio.to_thread(parent.stdout.readline))
        helpers = [one.pid for one in psutil.Process(parent.pid).children(recursive=True)]
        assert pid in helpers
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        for one in [pid, *helpers]:
            assert await gone(one)


# Downloads; nothing here ever leaves this process


class Inner(httpcore2.AsyncNetworkBackend):
    """Answers every connection with the next of some scripted responses, and notes who was dialled."""

    def __init__(self, *responses: bytes, refuse: Iterable[str] = ()) -> None:
        self.responses = list(responses)
        self.refuse = set(refuse)
        self.dialled: list[tuple[str, int]] = []
        self.sent: list[bytes] = []

    async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        self.dialled.append((host, port))
        if host in self.refuse:
            raise httpcore2.ConnectError("refused")
        return Stream(self, self.responses.pop(0))

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        raise AssertionError("a unix socket was dialled")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class Stream(httpcore2.AsyncMockStream):
    """Plays one response in pieces and keeps what was written."""

    def __init__(self, inner: Inner, response: bytes) -> None:
        super().__init__([response[at : at + 1000] for at in range(0, len(response), 1000)])
        self._inner = inner

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.sent.append(buffer)


PUBLIC = "93.184.216.34"
HOSTS = {"good.example": [PUBLIC], "two.example": ["93.184.216.35", PUBLIC], "evil.example": ["10.0.0.7"]}


def resolver(hosts: dict[str, list[str]] = HOSTS) -> Callable[..., list[Any]]:
    """A `socket.getaddrinfo` that knows a few names; numbers it reads as the system does."""

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        try:
            found = hosts.get(host) or [socket.inet_ntoa(socket.inet_aton(host))]
        except OSError:
            found = [host.strip("[]")] if ":" in host else []
        if not found:
            raise socket.gaierror(f"{host} is unknown")
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port, 0, 0) if family == socket.AF_INET6 else (address, port))
            for address in found
            for family in [socket.AF_INET6 if ":" in address else socket.AF_INET]
        ]

    return look_up


def response(body: bytes = b"a picture", status: str = "200 OK", **headers: str) -> bytes:
    lines = {"Content-Length": str(len(body)), "Connection": "close"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def redirect(target: str, status: str = "302 Found") -> bytes:
    return response(b"", status, Location=target)


async def fetch(
    url: str, folder: Path, inner: Inner, hosts: dict[str, list[str]] = HOSTS, **options: Any
) -> bytes | FetchFailed:
    """Download; give the file's content, or the error, after which there must be no file."""
    fetcher = Fetcher(resolver=resolver(hosts), inner=inner, **options)
    target = folder / "file"
    try:
        await fetcher.download(url, target, max_bytes=5000, param="images[0]")
        return target.read_bytes()
    except FetchFailed as caught:
        error = caught
    finally:
        await fetcher.close()
    assert not target.exists()
    assert (error.code, error.param) == ("image_fetch_failed", "images[0]")
    assert "images[0]" in error.message
    return error


@pytest.mark.anyio
async def test_a_public_answer_is_dialled_at_the_checked_address(tmp_path: Path) -> None:
    inner = Inner(response())
    assert await fetch("http://good.example/a.png?x=1", tmp_path, inner) == b"a picture"
    assert inner.dialled == [(PUBLIC, 80)]
    sent = b"".join(inner.sent)
    assert b"GET /a.png?x=1 HTTP/1.1" in sent
    assert b"Host: good.example" in sent
    for secret in (b"cookie", b"authorization", b"referer"):
        assert secret not in sent.lower()


@pytest.mark.anyio
async def test_a_name_is_looked_up_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def rebinding(host: str, *rest: Any) -> list[Any]:
        asked.append(host)
        # Private from the second question on.
        return resolver({"good.example": [PUBLIC if len(asked) == 1 else "10.0.0.1"]})(host, *rest)

    inner = Inner(response())
    fetcher = Fetcher(resolver=rebinding, inner=inner)
    await fetcher.download("http://good.example/", tmp_path / "file", max_bytes=100, param="x")
    assert (asked, inner.dialled) == (["good.example"], [(PUBLIC, 80)])
    await fetcher.close()


@pytest.mark.anyio
async def test_tls_goes_to_the_checked_address_too(tmp_path: Path) -> None:
    inner = Inner(response())
    assert await fetch("https://good.example/", tmp_path, inner) == b"a picture"
    assert inner.dialled == [(PUBLIC, 443)]


@pytest.mark.anyio
async def test_another_answer_is_tried_when_one_is_away(tmp_path: Path) -> None:
    inner = Inner(response(), refuse=["93.184.216.35"])
    assert await fetch("http://two.example/", tmp_path, inner) == b"a picture"
    assert inner.dialled == [("93.184.216.35", 80), (PUBLIC, 80)]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.7", "172.16.4.4", "192.168.1.1", "127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.1.1", "169.254.169.254",
        "100.64.0.1", "100.100.100.200", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "::1", "::",
        "fc00::1", "fd12:3456::1", "fe80::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    ],
)  # fmt: skip
async def test_no_address_inside_is_ever_dialled(tmp_path: Path, address: str) -> None:
    inner = Inner(response())
    named = await fetch("http://evil.example/", tmp_path, inner, {"evil.example": [address]})
    literal = await fetch(f"http://[{address}]/" if ":" in address else f"http://{address}/", tmp_path, inner)
    assert isinstance(named, FetchFailed)
    assert isinstance(literal, FetchFailed)
    assert inner.dialled == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/", "http://0x7f000001/", "http://017700000001/", "http://127.1/", "http://localhost/",
        "http://①②⑦.0.0.1/", "http://good.example@127.0.0.1/", "http://user:pass@good.example/", "http://good.example:22/",
        "http://good.example:6379/", "https://good.example:8443/", "file:///etc/passwd", "ftp://good.example/a.png",
        "gopher://good.example/", "data:image/png;base64,AAAA", "http:///a", "http://", "//good.example/", "",
        "good.example", "http://good.example\\@127.0.0.1/", "http://127.0.0.1#@good.example/", "http://[::ffff:7f00:1]/",
        "http://evil.example./", "http://unknown.example/", "http://good.example:99999/", "http://[::1",
        "http://good.example/\r\nHost: x", "javascript:alert(1)",
    ],
)  # fmt: skip
async def test_tricky_urls_dial_nobody(tmp_path: Path, url: str) -> None:
    inner = Inner(response())
    hosts = {**HOSTS, "localhost": ["127.0.0.1"], "evil.example.": ["10.0.0.7"]}
    assert isinstance(await fetch(url, tmp_path, inner, hosts), FetchFailed)
    assert inner.dialled == []


@pytest.mark.anyio
@pytest.mark.parametrize("answers", [[PUBLIC, "10.0.0.1"], ["10.0.0.1", PUBLIC], [PUBLIC, "::1"]])
async def test_one_private_answer_spoils_all(tmp_path: Path, answers: list[str]) -> None:
    inner = Inner(response())
    assert isinstance(await fetch("http://mixed.example/", tmp_path, inner, {"mixed.example": answers}), FetchFailed)
    assert inner.dialled == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/", "http://evil.example/", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd",
        "http://good.example:22/", "http://user@good.example/", "//10.0.0.1/x",
    ],
)  # fmt: skip
async def test_a_redirect_inside_is_not_followed(tmp_path: Path, target: str) -> None:
    inner = Inner(redirect(target), response())
    assert isinstance(await fetch("http://good.example/", tmp_path, inner), FetchFailed)
    assert inner.dialled == [(PUBLIC, 80)]


@pytest.mark.anyio
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Again", "308 Moved"])
async def test_a_redirect_outside_is_followed(tmp_path: Path, status: str) -> None:
    inner = Inner(redirect("/there", status), redirect("https://two.example/end", status), response(b"the end"))
    assert await fetch("http://good.example/", tmp_path, inner) == b"the end"
    assert inner.dialled == [(PUBLIC, 80), (PUBLIC, 80), ("93.184.216.35", 443)]
    assert b"GET /there" in b"".join(inner.sent)


@pytest.mark.anyio
async def test_three_redirects_are_enough(tmp_path: Path) -> None:
    around = redirect("http://good.example/again")
    assert await fetch("http://good.example/", tmp_path, Inner(*[around] * 3, response())) == b"a picture"
    inner = Inner(*[around] * 4, response())
    error = await fetch("http://good.example/", tmp_path, inner)
    assert isinstance(error, FetchFailed)
    assert "redirects" in error.message
    assert len(inner.dialled) == 4


@pytest.mark.anyio
async def test_a_redirect_to_nowhere_is_refused(tmp_path: Path) -> None:
    assert isinstance(
        await fetch("http://good.example/", tmp_path, Inner(*[response(b"", "302 Found")] * 5)), FetchFailed
    )


@pytest.mark.anyio
async def test_a_file_may_be_as_large_as_allowed_and_no_larger(tmp_path: Path) -> None:
    assert await fetch("http://good.example/", tmp_path, Inner(response(bytes(5000)))) == bytes(5000)
    assert isinstance(await fetch("http://good.example/", tmp_path, Inner(response(bytes(5001)))), FetchFailed)
    endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + bytes(9000)
    assert isinstance(await fetch("http://good.example/", tmp_path, Inner(endless)), FetchFailed)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "answer",
    [
        response(status="404 Not Found"), response(status="500 Broken"), response(b"", "204 No Content"),
        response(status="206 Partial Content"), response(Content_Encoding="gzip"), response(Content_Encoding="br"),
        response(Content_Length="100"), b"", b"SSH-2.0-OpenSSH\r\n",
    ],
)  # fmt: skip
async def test_other_answers_are_refused(tmp_path: Path, answer: bytes) -> None:
    assert isinstance(await fetch("http://good.example/", tmp_path, Inner(answer)), FetchFailed)


@pytest.mark.anyio
async def test_a_file_that_was_there_does_not_stay(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    assert isinstance(await fetch("http://good.example/", tmp_path, Inner(response(status="404 No"))), FetchFailed)


@pytest.mark.anyio
async def test_a_slow_answer_is_given_up(tmp_path: Path) -> None:
    class Slow(Inner):
        async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
            await asyncio.sleep(60)
            raise AssertionError

    error = await fetch("http://good.example/", tmp_path, Slow(), seconds=0.2)
    assert isinstance(error, FetchFailed)
    assert "too long" in error.message


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("http://good.example/图片.png?名=猫", b"GET /%E5%9B%BE%E7%89%87.png?%E5%90%8D=%E7%8C%AB HTTP/1.1"),
        ("http://good.example/a%20b.png#part", b"GET /a%20b.png HTTP/1.1"),
        ("http://bücher.example/", b"Host: xn--bcher-kva.example"),
    ],
)
async def test_urls_as_people_write_them(tmp_path: Path, url: str, line: bytes) -> None:
    inner = Inner(response())
    hosts = {**HOSTS, "xn--bcher-kva.example": [PUBLIC]}
    assert await fetch(url, tmp_path, inner, hosts) == b"a picture"
    assert line in b"".join(inner.sent)


@pytest.mark.anyio
async def test_the_operator_lets_a_private_network_in(tmp_path: Path) -> None:
    for url in ("http://10.1.2.3:9000/a.png", "http://evil.example:9000/a.png"):
        inner = Inner(response())
        assert await fetch(url, tmp_path, inner, allow=["10.0.0.0/8"]) == b"a picture"
        assert inner.dialled[0][1] == 9000
    inner = Inner(response())
    for url in ("http://192.168.0.1/", "http://127.0.0.1/", "http://169.254.169.254/"):
        assert isinstance(await fetch(url, tmp_path, inner, allow=["10.0.0.0/8"]), FetchFailed)
    assert inner.dialled == []


@pytest.mark.anyio
async def test_opening_a_private_network_opens_no_ports_outside(tmp_path: Path) -> None:
    inner = Inner(response())
    assert isinstance(await fetch("http://good.example:22/", tmp_path, inner, allow=["10.0.0.0/8"]), FetchFailed)
    assert inner.dialled == []


@pytest.mark.anyio
async def test_no_proxy_of_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://10.0.0.9:3128")
    inner = Inner(response())
    assert await fetch("http://good.example/", tmp_path, inner) == b"a picture"
    assert inner.dialled == [(PUBLIC, 80)]


def test_a_network_that_is_none_is_refused_at_once() -> None:
    with pytest.raises((ValueError, InvalidValue)):
        Fetcher(allow=["10.0.0.0/99"])
