"""Videos made of given images: stills, morphs, cut-outs."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from grok_video.backends.animatic.figures.cutout import figure_of
from grok_video.backends.animatic.pictures.load import cover, load_rgba, still_frame
from grok_video.backends.animatic.pictures.morph import Morph
from grok_video.backends.animatic.pictures.still import Still
from grok_video.backends.animatic.planes import Frame, image_frame

WIDTH, HEIGHT = 320, 180
CAMERAS = ["pan_left", "pan_right", "tilt_up", "tilt_down", "zoom_in", "zoom_out", "orbit", "handheld"]
COLOURS = [(220, 30, 30), (30, 200, 40), (40, 60, 230), (230, 220, 30), (200, 40, 220), (30, 210, 220), (240, 140, 20)]

Rgb = NDArray[np.uint8]


def texture(seed: int = 1, width: int = WIDTH, height: int = HEIGHT) -> Rgb:
    """An image with detail everywhere."""
    small = np.random.default_rng(seed).integers(30, 225, (height // 8, width // 8, 3), dtype=np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def rgba(rgb: Rgb, alpha: int = 255) -> Rgb:
    return np.dstack([rgb, np.full(rgb.shape[:2], alpha, np.uint8)])


def frame_of(rgb: Rgb) -> Frame:
    return image_frame(rgb, rgb.shape[1], rgb.shape[0])


def distance(first: Frame, second: Frame) -> float:
    return float(cv2.absdiff(first.buffer, second.buffer).mean())


@pytest.mark.parametrize("camera", [*CAMERAS, "static"])
def test_a_still_begins_with_the_very_image(camera: str) -> None:
    picture = frame_of(texture())
    still = Still(picture, camera)
    assert np.array_equal(still.draw(0).buffer, picture.buffer)


@pytest.mark.parametrize("camera", CAMERAS)
def test_a_still_moves_on_and_shows_no_border(camera: str) -> None:
    picture = frame_of(texture())
    still = Still(picture, camera)
    before = picture
    for number in (24, 60, 120, 359, 1439):
        frame = still.draw(number).copy()
        if number < 200:
            assert distance(before, frame) > 1
        assert distance(picture, frame) > 3
        for line, inner in ((0, 1), (-1, -2)):
            assert not np.array_equal(frame.y[line], frame.y[inner])
            assert not np.array_equal(frame.y[:, line], frame.y[:, inner])
        before = frame


def test_a_static_camera_stays_and_other_moves_differ() -> None:
    picture = frame_of(texture())
    assert distance(Still(picture, "static").draw(100), picture) == 0
    ends = {camera: Still(picture, camera).draw(72).copy() for camera in CAMERAS if not camera.startswith("zoom")}
    for name, frame in ends.items():
        assert all(distance(frame, other) > 1 for each, other in ends.items() if each != name), name


def test_a_still_has_no_jerk() -> None:
    still = Still(frame_of(texture()), "pan_right")
    frames = [still.draw(number).copy() for number in range(48)]
    steps = [distance(first, second) for first, second in pairwise(frames)]
    assert max(steps) < 4 * np.median(steps)
    assert steps[0] < np.median(steps)


def test_a_still_can_begin_anywhere() -> None:
    picture = frame_of(texture())
    later, usual = Still(picture, "orbit", first=30), Still(picture, "orbit")
    assert np.array_equal(later.draw(42).buffer, usual.draw(12).buffer)
    assert np.array_equal(later.draw(30).buffer, picture.buffer)


def scene(left: int) -> Rgb:
    """A bright textured disk on a soft ground."""
    ground = cv2.GaussianBlur(texture(3), (0, 0), 25)
    disk = texture(4)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(mask, (left, 90), 40, 255, -1, cv2.LINE_AA)
    moved = np.roll(disk, left, axis=1) // 2 + 127
    share = mask[..., None] / 255
    return (ground * (1 - share) + moved * share).astype(np.uint8)


def test_a_morph_moves_what_two_images_share() -> None:
    first, middle, last = (frame_of(scene(at)) for at in (148, 160, 172))
    # An odd count has a frame in the very middle.
    morph = Morph(first, last, 25).draw(12)
    average = cv2.addWeighted(first.y, 0.5, last.y, 0.5, 0)
    crossfade = float(cv2.absdiff(average, middle.y).mean())
    assert float(cv2.absdiff(morph.y, middle.y).mean()) < 0.6 * crossfade


def test_a_camera_that_moves_moves_the_whole_image() -> None:
    """Half of a turn and a zoom is what a camera shows there: no part is bent on its own."""
    large = cv2.resize(texture(5), (WIDTH * 2, HEIGHT * 2), interpolation=cv2.INTER_CUBIC)

    def seen(share: float) -> Frame:
        turn = cv2.getRotationMatrix2D((WIDTH, HEIGHT), 3 * share, 1 + 0.1 * share)
        whole = cv2.warpAffine(large, turn, (WIDTH * 2, HEIGHT * 2), flags=cv2.INTER_LINEAR)
        return frame_of(whole[HEIGHT // 2 : HEIGHT // 2 + HEIGHT, WIDTH // 2 : WIDTH // 2 + WIDTH])

    middle = Morph(seen(0), seen(1), 25).draw(12)
    inside = np.s_[20:-20, 20:-20]
    off = float(cv2.absdiff(middle.y, seen(0.5).y)[inside].mean())
    plain = float(cv2.absdiff(seen(0).y, seen(0.5).y)[inside].mean())
    assert off < 0.05 * plain


def test_a_morph_is_exact_at_both_ends_and_between_neither() -> None:
    first, last = frame_of(texture(1)), frame_of(texture(2))
    morph = Morph(first, last, 24)
    assert np.array_equal(morph.draw(0).buffer, first.buffer)
    assert np.array_equal(morph.draw(23).buffer, last.buffer)
    for number in range(1, 23):
        frame = morph.draw(number).copy()
        assert distance(frame, first) > 0.05
        assert distance(frame, last) > 0.05
    assert distance(morph.draw(12), first) > 5
    assert distance(morph.draw(12), last) > 5


def test_a_morph_of_an_image_with_itself_stays() -> None:
    picture = frame_of(texture())
    assert distance(Morph(picture, picture, 24).draw(11), picture) < 1


def disc(background: Rgb, colour: tuple[int, int, int] = (220, 30, 30)) -> Rgb:
    """An image of one object on a plain background."""
    picture = background.copy()
    cv2.circle(picture, (picture.shape[1] // 2, picture.shape[0] // 2), picture.shape[0] // 4, colour, -1, cv2.LINE_AA)
    return picture


def test_a_thing_is_cut_out_of_its_ground() -> None:
    ground = cv2.GaussianBlur(texture(3, 240, 240) // 4 + 110, (0, 0), 9)
    figure = figure_of(rgba(disc(ground)))
    rows, columns = figure.shape[:2]
    assert 110 < rows < 132
    assert 110 < columns < 132
    assert figure[rows // 2, columns // 2, 3] == 255
    assert figure[2, 2, 3] == 0
    # No rim of the old ground comes along.
    observed = figure[figure[..., 3] > 128]
    assert np.mean(np.abs(observed[:, :3].astype(int) - (220, 30, 30)).max(1) > 60) < 0.02


def test_an_image_without_one_thing_gets_white_card() -> None:
    for plain in (texture(1, 200, 150), np.full((150, 200, 3), 90, np.uint8), texture(2, 40, 20)):
        figure = figure_of(rgba(plain))
        rows, columns = figure.shape[:2]
        assert rows > plain.shape[0]
        assert figure[rows // 2, columns // 2, 3] == 255
        assert (figure[2, columns // 2, :3] > 230).all()
        assert figure[0, 0, 3] == 0
        inner = figure[(rows - plain.shape[0]) // 2 :][: plain.shape[0], (columns - plain.shape[1]) // 2 :]
        assert np.array_equal(inner[:, : plain.shape[1], :3], plain)


def test_a_see_through_image_is_what_is_seen_of_it() -> None:
    picture = rgba(np.full((100, 100, 3), COLOURS[0], np.uint8))
    picture[:, :50, 3] = 0
    assert figure_of(picture).shape == (100, 50, 4)


def test_cutting_out_is_the_same_every_time() -> None:
    picture = rgba(disc(cv2.GaussianBlur(texture(3), (0, 0), 9)))
    assert np.array_equal(figure_of(picture), figure_of(picture))


@pytest.mark.parametrize(("x", "y", "radius"), [(240, 180, 120), (240, 225, 130), (240, 180, 168), (300, 240, 118)])
def test_a_round_thing_keeps_its_whole_edge(x: int, y: int, radius: int) -> None:
    image = np.full((360, 480, 3), (228, 230, 234), np.uint8)
    cv2.circle(image, (x, y), radius, (210, 60, 40), -1, cv2.LINE_AA)
    grain = np.random.default_rng(1).normal(0, 4, image.shape)
    figure = figure_of(rgba(np.clip(image + grain, 0, 255).astype(np.uint8)))
    high, wide = figure.shape[:2]
    assert abs(high - 2 * radius) <= 6
    assert abs(wide - 2 * radius) <= 6
    disc = np.zeros((high, wide), np.uint8)
    cv2.circle(disc, (wide // 2, high // 2), min(high, wide) // 2, 255, -1)
    assert np.mean((disc > 128) != (figure[..., 3] > 128)) < 0.02


def test_a_huge_image_is_kept_small() -> None:
    assert max(figure_of(rgba(texture(1, 3000, 2000))).shape[:2]) < 900


@pytest.mark.parametrize(("rows", "columns"), [(180, 640), (640, 180), (50, 300), (300, 50), (180, 320)])
def test_covering_fills_the_frame_and_crops_the_middle(rows: int, columns: int) -> None:
    ends = np.zeros((rows, columns, 3), np.uint8)
    long = columns / rows > WIDTH / HEIGHT
    span = columns if long else rows
    marks = (0, span // 2 - 3, span - 6)
    for channel, at in enumerate(marks):
        if long:
            ends[:, at : at + 6, channel] = 255
        else:
            ends[at : at + 6, :, channel] = 255
    covered = cover(rgba(ends), WIDTH, HEIGHT)
    assert covered.shape == (HEIGHT, WIDTH, 3)
    bright = covered[..., 1] > 128
    middle = np.argwhere(bright).mean(axis=0)
    assert middle == pytest.approx([(HEIGHT - 1) / 2, (WIDTH - 1) / 2], abs=2)
    if (rows, columns) != (180, 320):
        assert covered[..., 0].max() < 60
        assert covered[..., 2].max() < 60


def test_covering_puts_the_see_through_on_white() -> None:
    assert (cover(rgba(texture(), alpha=0), WIDTH, HEIGHT) == 255).all()


def test_a_stored_image_becomes_its_frame(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    Image.fromarray(texture()).save(path)
    assert np.array_equal(load_rgba(path)[..., :3], texture())
    assert np.array_equal(still_frame(path, WIDTH, HEIGHT).buffer, frame_of(texture()).buffer)
