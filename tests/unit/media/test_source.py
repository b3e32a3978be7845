"""Source videos from strangers."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from grok_video.domain.errors import InvalidImage
from grok_video.media import clip
from grok_video.media.encode import Mp4Writer
from tests.unit.media.helpers import movie


def admit(path: Path) -> tuple[int, int, int]:
    """Admit a source video, and check that what is stored is what was told of it."""
    target = path.with_name(f"{path.stem}-stored.mp4")
    facts = clip.admit_source(str(path), str(target), "video")
    match = clip.probe(str(target))
    assert (match.width, match.height, match.frames, match.fps) == (*facts, 24.0)
    return facts


def levels(path: Path) -> list[int]:
    """The middle pixel's brightness in every frame."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="yuv420p") for frame in container.decode(video=0)]
    return [int(frame[frame.shape[0] // 3, frame.shape[1] // 2]) for frame in frames]


def slides(path: Path, rate: int, lights: list[int], width: int = 64, height: int = 48) -> Path:
    """A silent video of flat images at some rate."""
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
        sound: Any = container.streams.audio[0]
        assert float(sound.duration * sound.time_base) == pytest.approx(1.5, abs=0.03)


@pytest.mark.parametrize("rate", [1, 8, 12, 24, 25, 30, 48, 60])
def test_a_source_of_any_rate_keeps_its_length_and_its_pace(tmp_path: Path, rate: int) -> None:
    lights = [round(20 + 200 * number / (2 * rate)) for number in range(2 * rate)]
    assert admit(slides(tmp_path / "a.mp4", rate, lights)) == (64, 48, 48)
    observed = levels(tmp_path / "a-stored.mp4")
    # An image stands until the next one comes, and the last one as long as the others.
    step = 200 / (2 * min(rate, 24))
    for number, light in enumerate(observed):
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
    first, two, three, four = (part << 16 for part in matrix)
    data[at : at + 36] = struct.pack(">9i", first, two, 0, three, four, 0, 0, 0, 1 << 30)
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


def test_an_error_names_no_path_of_the_server(tmp_path: Path) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 500)
    with pytest.raises(InvalidImage) as caught:
        clip.admit_source(str(path), str(tmp_path / "out.mp4"), "video")
    assert str(tmp_path) not in caught.value.message


def noise(path: Path, frames: int) -> Path:
    """Two frames of noise in turn: nearly nothing in a file with two reference frames, everything in one without."""
    pictures = [np.random.default_rng(seed).integers(16, 235, (540, 640), dtype=np.uint8) for seed in (1, 2)]
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(
            "libx264", rate=24, options={"crf": "30", "x264-params": "ref=4:bframes=0:scenecut=0:keyint=9999"}
        )
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pictures[number % 2], format="yuv420p")))
        container.mux(stream.encode(None))
    return path


def test_a_small_file_stays_small(tmp_path: Path) -> None:
    path = noise(tmp_path / "a.mp4", 24 * 8)
    assert admit(path) == (640, 360, 24 * 8)
    stored = (tmp_path / "a-stored.mp4").stat().st_size
    # 6 Mbit/s of video, and sound that there is none of.
    assert stored < 8 * 6_000_000 / 8 * 1.2
    assert path.stat().st_size < stored / 4


@pytest.mark.parametrize(("codec", "pixels"), [("mjpeg", "yuvj420p"), ("ffv1", "yuv420p")])
def test_only_listed_decoders_are_reached(tmp_path: Path, codec: str, pixels: str) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
        for _ in range(24):
            frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame.reformat(format=pixels)))
        container.mux(stream.encode(None))
    with pytest.raises(InvalidImage, match=f"encoded as {codec}; send H.264"):
        admit(path)


def test_endless_silence_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with Mp4Writer(str(path), 64, 48) as writer:
        for _ in range(24):
            writer.frame(np.full((72, 64), 128, np.uint8))
        writer.sound(np.zeros((44100 * 600, 2), np.int16))
    tracemalloc.start()
    try:
        assert admit(path) == (64, 48, 24)
        # A minute of sound is 11 MB, and is joined once.
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()
