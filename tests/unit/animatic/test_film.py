"""Rendering small videos."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from grok_video.backends.animatic.film import make_film
from grok_video.backends.animatic.pictures.grade import source_frames
from grok_video.backends.animatic.pictures.load import still_frame
from grok_video.backends.animatic.plan import Film
from grok_video.domain.request import Mode, Operation
from grok_video.domain.task import Task
from grok_video.media import footage as existing
from grok_video.media.encode import SAMPLE_RATE, Mp4Writer
from tests.factories import new_task
from tests.unit.animatic.helpers import (
    FPS,
    HEIGHT,
    WIDTH,
    Picture,
    distance,
    drawn,
    picture,
    planned,
    psnr,
    task,
    with_facts,
)


@dataclass(frozen=True)
class Seen:
    """A decoded file."""

    frames: list[Picture]
    stream: dict[str, Any]
    sound: NDArray[np.float64]
    sound_seconds: float


def decode(path: Path | str) -> Seen:
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        frames = [frame.to_ndarray(format="yuv420p") for frame in container.decode(video)]
        context = video.codec_context
        facts = {
            "codec": context.name, "pix_fmt": context.pix_fmt, "size": (context.width, context.height),
            "rate": video.average_rate, "colours": (context.color_primaries, context.color_trc, context.colorspace),
            "seconds": float((video.duration or 0) * (video.time_base or 0)),
        }  # fmt: skip
    with av.open(str(path)) as container:
        (audio,) = container.streams.audio
        facts |= {"sound": audio.codec_context.name, "sound_rate": audio.rate, "channels": audio.channels}
        parts = [frame.to_ndarray() for frame in container.decode(audio)]
        seconds = float((audio.duration or 0) * (audio.time_base or 0))
    return Seen(frames, facts, np.concatenate(parts, axis=1).T.astype(float), seconds)


def render(film: Film) -> Seen:
    """Create a video and look at it; its first frame is shown at once, and its progress must rise to 100."""
    messages: list[Any] = []
    make_film(messages.append, film)
    result = decode(film.output)
    shown = [message for message in messages if isinstance(message, str)]
    assert messages[0] == shown[0]
    preview = cv2.imdecode(np.frombuffer(b64decode(shown[0]), np.uint8), cv2.IMREAD_COLOR)
    assert preview.shape[:2] == (film.height, film.width)
    first: Any = av.VideoFrame.from_ndarray(result.frames[0], format="yuv420p")
    drawn = first.reformat(format="bgr24", src_colorspace="ITU709", dst_colorspace="DEFAULT").to_ndarray()
    assert np.abs(preview.astype(float) - drawn).mean() < 6
    messages = [message for message in messages if not isinstance(message, str)]
    assert messages == sorted(messages)
    assert (messages[0], messages[-1]) == (0, 100)
    assert len(messages) > film.frames // 10
    assert len(result.frames) == film.frames
    assert result.stream["size"] == (film.width, film.height)
    return result


def boxes(path: str) -> list[bytes]:
    """The top-level boxes of an MP4 file, in order."""
    data, at, names = Path(path).read_bytes(), 0, []
    while at < len(data):
        names.append(data[at + 4 : at + 8])
        at += int.from_bytes(data[at : at + 4], "big")
    return names


@pytest.mark.parametrize("frames", [24, 25, 36])
@pytest.mark.parametrize("size", [(320, 180), (180, 320), (240, 160), (200, 200)])
def test_every_video_is_a_proper_mp4(tmp_path: Path, size: tuple[int, int], frames: int) -> None:
    film, _ = planned(tmp_path, task(frames=frames, width=size[0], height=size[1]))
    result = render(film)
    assert result.stream == {
        "codec": "h264", "pix_fmt": "yuv420p", "size": size, "rate": Fraction(FPS), "colours": (1, 1, 1),
        "seconds": pytest.approx(frames / FPS, abs=1e-3), "sound": "aac", "sound_rate": SAMPLE_RATE, "channels": 2,
    }  # fmt: skip
    # Within one AAC frame, and a sample of rounding.
    assert abs(result.sound_seconds - frames / FPS) <= 1025 / SAMPLE_RATE
    assert abs(len(result.sound) / SAMPLE_RATE - frames / FPS) <= 2048 / SAMPLE_RATE
    order = boxes(film.output)
    assert order.index(b"moov") < order.index(b"mdat")
    assert result.sound.std() > 0.005


def test_the_file_says_that_it_is_no_generative_ai(tmp_path: Path) -> None:
    film, _ = planned(tmp_path, task(frames=24))
    make_film(lambda _: None, film)
    with av.open(film.output) as container:
        assert "not generative AI" in container.metadata["comment"]


def test_what_is_encoded_is_what_was_drawn(tmp_path: Path) -> None:
    film, _ = planned(tmp_path, task(frames=24))
    result = render(film)
    for shown, plain in zip(result.frames, drawn(film), strict=True):
        assert psnr(shown, plain) > 32


@pytest.mark.parametrize("mode", Mode)
def test_the_same_seed_draws_the_same_frames(tmp_path: Path, mode: Mode) -> None:
    images = (picture(tmp_path), picture(tmp_path, 2))
    example = task("a cat in the rain by a lake", mode=mode, frames=24)
    film, _ = planned(tmp_path, example, images=images)
    again, _ = planned(tmp_path, replace(example, id=new_task().id), images=images)
    other, _ = planned(tmp_path, replace(example, seed=8), images=images)
    frames = drawn(film)
    assert all(np.array_equal(*pair) for pair in zip(frames, drawn(again), strict=True))
    assert not all(np.array_equal(*pair) for pair in zip(frames, drawn(other), strict=True))


def test_every_video_moves(tmp_path: Path) -> None:
    images = (picture(tmp_path), picture(tmp_path, 2))
    for mode in Mode:
        film, _ = planned(tmp_path, task("a cat", mode=mode, frames=24), images=images)
        frames = drawn(film)
        assert distance(frames[0], frames[-1]) > 1
        assert all(distance(first, second) > 0 for first, second in pairwise(frames)), mode


def test_references_are_seen_in_every_frame(tmp_path: Path) -> None:
    path = tmp_path / "pink.png"
    Image.new("RGB", (80, 80), (255, 20, 200)).save(path)
    example = task("@img1 in the forest", mode=Mode.REFERENCE, frames=24)
    for frame in render(planned(tmp_path, example, images=(path,))[0]).frames:
        red = frame.reshape(-1)[-WIDTH * HEIGHT // 4 :]
        assert np.mean(red > 190) > 0.02


@pytest.mark.parametrize("prompt", ["a cat", "a cat in the rain, zoom in", "storm, handheld", "fog, tilt up"])
def test_a_first_frame_video_begins_with_the_image(tmp_path: Path, prompt: str) -> None:
    image = picture(tmp_path)
    film, _ = planned(tmp_path, task(prompt, mode=Mode.FIRST_FRAME, frames=30), images=(image,))
    result = render(film)
    assert psnr(result.frames[0], still_frame(image, WIDTH, HEIGHT).buffer) >= 34
    assert distance(result.frames[-1], result.frames[0]) > 1


def test_weather_over_an_image_comes_in(tmp_path: Path) -> None:
    image = picture(tmp_path)
    dry, wet = (
        drawn(planned(tmp_path, task(prompt, mode=Mode.FIRST_FRAME, frames=30), images=(image,))[0])
        for prompt in ("a cat", "a cat in the rain")
    )
    gaps = [distance(*pair) for pair in zip(dry, wet, strict=True)]
    assert gaps[0] == 0
    assert gaps[6] < gaps[-1]
    assert gaps[-1] > 0.5


@pytest.mark.parametrize("prompt", ["a cat", "a cat in the snow", "storm"])
def test_a_video_between_two_images_keeps_both(tmp_path: Path, prompt: str) -> None:
    images = (picture(tmp_path), picture(tmp_path, 2, (300, 400)))
    film, _ = planned(tmp_path, task(prompt, mode=Mode.FIRST_LAST_FRAME, frames=36), images=images)
    result = render(film)
    first, last = (still_frame(image, WIDTH, HEIGHT).buffer for image in images)
    assert psnr(result.frames[0], first) >= 34
    assert psnr(result.frames[-1], last) >= 34
    assert distance(result.frames[18], first) > 3
    assert distance(result.frames[18], last) > 3


@pytest.fixture
def rendered(tmp_path: Path) -> tuple[Path, Task, Seen]:
    """A finished task of ours with its file."""
    example = task(seed=5, frames=36)
    film, facts = planned(tmp_path, example)
    return Path(film.output), with_facts(example, facts), render(film)


def test_a_remix_differs_and_keeps_the_shapes(tmp_path: Path, rendered: tuple[Path, Task, Seen]) -> None:
    path, before, original = rendered
    example = task("something new", operation=Operation.REMIX, seed=99, frames=36)
    result = render(planned(tmp_path, example, source=path, source_task=before)[0])
    for shown, was in zip(result.frames, original.frames, strict=True):
        assert distance(shown, was) > 2
    edges = [cv2.GaussianBlur(cv2.Canny(video.frames[20][:HEIGHT], 60, 120), (0, 0), 2) for video in (result, original)]
    assert np.corrcoef(*(edge.ravel() for edge in edges))[0, 1] > 0.6


@pytest.mark.parametrize("seed", [1, 2, 500, 777])
def test_a_remix_of_other_footage_differs_and_keeps_its_sound(
    tmp_path: Path, rendered: tuple[Path, Task, Seen], seed: int
) -> None:
    path, _, original = rendered
    example = task("something new", operation=Operation.REMIX, seed=seed, frames=36)
    result = render(planned(tmp_path, example, source=path)[0])
    for shown, was in zip(result.frames, original.frames, strict=True):
        assert distance(shown, was) > 2
    assert alike(result.sound, original.sound)


@pytest.mark.parametrize("place", ["on the beach at sunset", "in space", "underwater", "in the desert at sunset"])
@pytest.mark.parametrize(("seed", "again"), [(35, 999), (60, 995), (500, 0), (250, 250)])
def test_a_remix_of_a_remix_differs_from_both(tmp_path: Path, place: str, seed: int, again: int) -> None:
    films: list[Film] = []
    before = None
    for number, (operation, example) in enumerate([("create", 5), ("remix", seed), ("remix", again)]):
        made_of = task(
            f"a cat {place}" if number == 0 else "again", operation=Operation(operation), seed=example, frames=1
        )
        film, facts = planned(tmp_path, made_of, source=tmp_path / "source.mp4", source_task=before)
        before = with_facts(made_of, facts)
        films.append(film)
    first, second, third = (drawn(film)[0] for film in films)
    assert distance(first, second) > 2
    assert distance(second, third) > 2


def alike(first: NDArray[np.float64], second: NDArray[np.float64]) -> bool:
    """Check whether two sounds are the same sound, encoded twice."""
    most = min(len(first), len(second)) - 3000
    return float(np.corrcoef(first[2000:most, 0], second[2000:most, 0])[0, 1]) > 0.8


def assert_smooth_at(cut: int, frames: list[Picture]) -> None:
    """The step at the cut is like the steps around it, give or take what coding does to them, or too small to see."""
    steps = [distance(first, second) for first, second in pairwise(frames)]
    around = steps[max(0, cut - 9) : cut - 1] + steps[cut : cut + 8]
    assert steps[cut - 1] <= max(1.2 * max(around), 0.5), (steps[cut - 1], around)


@pytest.mark.parametrize("cut", [20, 24, 36])
def test_an_extension_keeps_the_source_and_goes_on_without_a_jump(
    tmp_path: Path, rendered: tuple[Path, Task, Seen], cut: int
) -> None:
    path, before, original = rendered
    example = task(operation=Operation.EXTEND, start_frame=cut, frames=cut + FPS, seed=99)
    result = render(planned(tmp_path, example, source=path, source_task=before)[0])
    for shown, was in zip(result.frames, original.frames[:cut], strict=False):
        assert psnr(shown, was) >= 34
    assert_smooth_at(cut, result.frames)
    # It equals the video of the whole length.
    whole = drawn(planned(tmp_path, task(seed=5, frames=cut + FPS))[0])
    for shown, plain in zip(result.frames[cut:], whole[cut:], strict=True):
        assert psnr(shown, plain) > 32
    assert alike(result.sound[: cut * SAMPLE_RATE // FPS], original.sound[: cut * SAMPLE_RATE // FPS])
    assert result.sound[cut * SAMPLE_RATE // FPS + 3000 :].std() > 0.005
    assert abs(result.sound_seconds - (cut + FPS) / FPS) <= 1025 / SAMPLE_RATE


def test_an_extension_that_changes_the_scene_fades_over(tmp_path: Path, rendered: tuple[Path, Task, Seen]) -> None:
    path, before, _ = rendered
    example = task("night", operation=Operation.EXTEND, start_frame=30, frames=66, seed=99)
    result = render(planned(tmp_path, example, source=path, source_task=before)[0])
    steps = [distance(first, second) for first, second in pairwise(result.frames)]
    assert steps[29] <= max(2 * float(np.median(steps[:29])), 0.5)
    assert max(steps) < 12
    assert distance(result.frames[29], result.frames[-1]) > 15


def test_an_extension_at_an_earlier_cut_does_not_jump(tmp_path: Path, rendered: tuple[Path, Task, Seen]) -> None:
    path, before, _ = rendered
    example = task("night", operation=Operation.EXTEND, start_frame=24, frames=48, seed=99)
    film, facts = planned(tmp_path, example, source=path, source_task=before)
    make_film(lambda _: None, film)
    again = task("go on", operation=Operation.EXTEND, start_frame=24, frames=48, seed=3)
    result = render(planned(tmp_path, again, source=Path(film.output), source_task=with_facts(example, facts))[0])
    assert_smooth_at(24, result.frames)


def foreign(path: Path, *, rate: int = FPS, size: tuple[int, int] = (320, 180), frames: int = 36) -> Path:
    """A silent video from elsewhere: an image that slides by two pixels per frame."""
    small = np.random.default_rng(8).integers(40, 216, (12, 60, 3), dtype=np.uint8)
    wide = cv2.resize(small, (size[0] * 3, size[1]), interpolation=cv2.INTER_CUBIC)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=rate, options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(frames):
            shown = np.ascontiguousarray(wide[:, 2 * number : 2 * number + size[0]])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shown, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def decoded(path: Path) -> list[Picture]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="yuv420p") for frame in container.decode(video=0)]


@pytest.mark.parametrize("prompt", ["a cat", "a cat in the rain, zoom in", "pan left"])
def test_an_extension_of_other_footage_does_not_jump(tmp_path: Path, prompt: str) -> None:
    path = foreign(tmp_path / "foreign.mp4")
    example = task(prompt, operation=Operation.EXTEND, start_frame=30, frames=54)
    result = render(planned(tmp_path, example, source=path)[0])
    for shown, was in zip(result.frames, decoded(path)[:30], strict=False):
        assert psnr(shown, was) >= 34
    assert_smooth_at(30, result.frames)
    assert distance(result.frames[30], result.frames[-1]) > 1


def test_a_silent_source_gets_a_sound(tmp_path: Path) -> None:
    path = foreign(tmp_path / "foreign.mp4")
    regraded = render(planned(tmp_path, task("night", operation=Operation.REMIX, frames=36), source=path)[0])
    assert regraded.sound.std() > 0.005
    example = task("go on", operation=Operation.EXTEND, start_frame=30, frames=54)
    assert render(planned(tmp_path, example, source=path)[0]).sound[60_000:].std() > 0.005


@pytest.mark.parametrize(
    ("rate", "size"), [(24, (320, 180)), (30, (320, 180)), (12, (320, 180)), (60, (200, 200)), (25, (180, 320))]
)
def test_footage_of_any_rate_and_shape_fits(tmp_path: Path, rate: int, size: tuple[int, int]) -> None:
    path = foreign(tmp_path / "foreign.mp4", rate=rate, size=size, frames=rate)
    frames = [frame.buffer.copy() for frame in source_frames(path, WIDTH, HEIGHT, 30)]
    assert {frame.shape for frame in frames} == {(HEIGHT * 3 // 2, WIDTH)}
    assert len(frames) == 30
    # It lasts a second; then its last frame stays.
    assert all(np.array_equal(frame, frames[-1]) for frame in frames[24:])
    assert not np.array_equal(frames[0], frames[23])
    if size == (WIDTH, HEIGHT):
        originals = decoded(path)
        for number in (0, 7, 12, 23):
            assert np.array_equal(frames[number], originals[min(rate - 1, number * rate // FPS)])


def test_footage_can_be_read_from_a_point_where_timestamps_do_not_begin_at_zero(tmp_path: Path) -> None:
    path = tmp_path / "late.mp4"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(24):
            frame = av.VideoFrame.from_ndarray(np.full((HEIGHT, WIDTH, 3), 8 * number, np.uint8), format="rgb24")
            frame.pts, frame.time_base = number + 100, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    frames = [frame.y.copy() for frame in source_frames(path, WIDTH, HEIGHT, 24)]
    assert len({float(frame.mean()) for frame in frames}) == 24


def steady(seconds: float) -> Iterator[NDArray[np.int16]]:
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    yield (9000 * np.sin(2 * np.pi * 440 * t)[:, None].repeat(2, axis=1)).astype(np.int16)


def test_the_sound_of_footage_is_cut_or_padded(tmp_path: Path) -> None:
    path = tmp_path / "tone.mp4"
    with Mp4Writer(str(path), WIDTH, HEIGHT) as writer:
        for _ in range(24):
            writer.frame(np.full((HEIGHT * 3 // 2, WIDTH), 100, np.uint8))
        for part in steady(1.0):
            writer.sound(part)
    for samples in (1000, SAMPLE_RATE, 2 * SAMPLE_RATE):
        sound = existing.sound(path, samples)
        assert sound is not None
        assert (sound.shape, sound.dtype) == ((samples, 2), np.int16)
    assert sound[10_000:40_000].std() > 5000
    assert np.abs(sound[SAMPLE_RATE + 3000 :]).max() == 0
    assert existing.sound(foreign(tmp_path / "silent.mp4"), 100) is None
