"""Films made of given pictures: stills, morphs, cards."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from grok_video.backends.animatic.pictures import Cards, Morph, Still, cover, load_rgba, still_frame
from grok_video.backends.animatic.planes import Frame, picture_frame

WIDTH, HEIGHT = 320, 180
CAMERAS = ["pan_left", "pan_right", "tilt_up", "tilt_down", "zoom_in", "zoom_out", "orbit", "handheld"]
COLOURS = [(220, 30, 30), (30, 200, 40), (40, 60, 230), (230, 220, 30), (200, 40, 220), (30, 210, 220), (240, 140, 20)]

Rgb = NDArray[np.uint8]


def texture(seed: int = 1, width: int = WIDTH, height: int = HEIGHT) -> Rgb:
    """A picture with detail everywhere."""
    small = np.random.default_rng(seed).integers(30, 225, (height // 8, width // 8, 3), dtype=np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def rgba(rgb: Rgb, alpha: int = 255) -> Rgb:
    return np.dstack([rgb, np.full(rgb.shape[:2], alpha, np.uint8)])


def frame_of(rgb: Rgb) -> Frame:
    return picture_frame(rgb, rgb.shape[1], rgb.shape[0])


def distance(first: Frame, second: Frame) -> float:
    return float(cv2.absdiff(first.buffer, second.buffer).mean())


@pytest.mark.parametrize("camera", [*CAMERAS, "static"])
def test_a_still_begins_with_the_very_picture(camera: str) -> None:
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


def test_a_morph_moves_what_two_pictures_share() -> None:
    first, middle, last = (frame_of(scene(at)) for at in (148, 160, 172))
    # An odd count has a frame in the very middle.
    morph = Morph(first, last, 25).draw(12)
    average = cv2.addWeighted(first.y, 0.5, last.y, 0.5, 0)
    crossfade = float(cv2.absdiff(average, middle.y).mean())
    assert float(cv2.absdiff(morph.y, middle.y).mean()) < 0.6 * crossfade


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


def test_a_morph_of_a_picture_with_itself_stays() -> None:
    picture = frame_of(texture())
    assert distance(Morph(picture, picture, 24).draw(11), picture) < 1


def grey(width: int, height: int) -> Frame:
    frame = Frame.empty(width, height)
    frame.y[:], frame.u[:], frame.v[:] = 90, 128, 128
    return frame


def places(frame: Frame, colours: list[tuple[int, int, int]]) -> list[tuple[float, float]]:
    """Where each colour is found in the chroma, as shares of the frame (x, y)."""
    found: list[tuple[float, float]] = []
    for colour in colours:
        pure = frame_of(np.full((2, 2, 3), colour, np.uint8))
        away = np.maximum(
            np.abs(frame.u.astype(int) - int(pure.u[0, 0])), np.abs(frame.v.astype(int) - int(pure.v[0, 0]))
        )
        rows, columns = np.nonzero(away <= 4)
        assert rows.size > 0.01 * frame.u.size, f"{colour} is hardly to be seen"
        found.append((columns.mean() / frame.u.shape[1], rows.mean() / frame.u.shape[0]))
    return found


def in_reading_order(found: list[tuple[float, float]]) -> bool:
    """Left to right, line by line."""
    return all(
        y_next > y + 0.1 or (abs(y_next - y) <= 0.1 and x_next > x + 0.05)
        for (x, y), (x_next, y_next) in pairwise(found)
    )


@pytest.mark.parametrize("count", range(1, 8))
@pytest.mark.parametrize(("width", "height"), [(320, 180), (180, 320), (240, 240)])
@pytest.mark.parametrize("shape", [(60, 90), (90, 40)])
def test_every_card_is_in_sight_all_the_time(count: int, width: int, height: int, shape: tuple[int, int]) -> None:
    colours = COLOURS[:count]
    cards = Cards([rgba(np.full((*shape, 3), one, np.uint8)) for one in colours], width, height)
    for number in (0, 17, 50, 359):
        frame = grey(width, height)
        cards.lay(frame, number)
        found = places(frame, colours)
        assert in_reading_order(found), found
        if width > height and count <= 4:
            assert found == sorted(found)
            assert max(y for _, y in found) - min(y for _, y in found) < 0.1


def test_cards_sway() -> None:
    cards = Cards([rgba(texture(one)) for one in range(3)], WIDTH, HEIGHT)
    frames = [grey(WIDTH, HEIGHT) for _ in range(4)]
    for number, frame in enumerate(frames):
        cards.lay(frame, 10 * number)
    assert all(distance(first, second) > 0.5 for first, second in pairwise(frames))


def test_cards_do_not_touch_the_edge_of_the_frame() -> None:
    for count in range(1, 8):
        cards = Cards([rgba(np.full((60, 90, 3), one, np.uint8)) for one in COLOURS[:count]], WIDTH, HEIGHT)
        for number in (0, 30, 60, 90):
            frame = grey(WIDTH, HEIGHT)
            cards.lay(frame, number)
            assert all((line == 90).all() for line in (frame.y[0], frame.y[-1], frame.y[:, 0], frame.y[:, -1]))


def test_a_see_through_picture_is_cut_out_and_gets_no_card() -> None:
    picture = rgba(np.full((100, 100, 3), COLOURS[0], np.uint8))
    picture[:, :50, 3] = 0
    frame = grey(WIDTH, HEIGHT)
    Cards([picture], WIDTH, HEIGHT).lay(frame, 0)
    ((x, _),) = places(frame, COLOURS[:1])
    assert x > 0.53
    # No white paper anywhere, and the ground shows where nothing is.
    assert frame.y.max() <= 95
    assert (frame.y[60:120, 100:140] == 90).all()


def test_an_opaque_picture_gets_white_card() -> None:
    frame = grey(WIDTH, HEIGHT)
    Cards([rgba(np.full((100, 100, 3), COLOURS[0], np.uint8))], WIDTH, HEIGHT).lay(frame, 0)
    assert np.mean(frame.y > 220) > 0.01


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


def test_a_stored_picture_becomes_its_frame(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    Image.fromarray(texture()).save(path)
    assert np.array_equal(load_rgba(path)[..., :3], texture())
    assert np.array_equal(still_frame(path, WIDTH, HEIGHT).buffer, frame_of(texture()).buffer)
