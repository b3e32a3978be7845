"""Finished files and their stills."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from grok_video.domain.errors import WrongOutput
from grok_video.media import clip
from tests.unit.media.helpers import movie


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


def test_a_list_of_files_under_a_video_s_name_is_not_followed(tmp_path: Path) -> None:
    movie(tmp_path / "secret.mp4", frames=5, width=64, height=64)
    path = tmp_path / "result.mp4"
    path.write_text("ffconcat version 1.0\nfile secret.mp4\n")
    with pytest.raises(WrongOutput, match="cannot be read"):
        clip.probe(str(path))
