"""Images and videos as the arguments of a pipeline, and its frames and sound as a file."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from grok_video.backends.diffusers.model_frames import UNKNOWN, arguments_of, write_video
from grok_video.media.clip import facts
from grok_video.media.encode import Mp4Writer

RED, BLUE = (200, 20, 20), (20, 20, 200)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    """Two images, and a video of two seconds whose frames get brighter."""
    for name, colour in (("red", RED), ("blue", BLUE)):
        Image.new("RGB", (160, 90), colour).save(tmp_path / f"{name}.png")
    with Mp4Writer(str(tmp_path / "grey.mp4"), 64, 48, crf=8) as writer:
        for number in range(48):
            frame = np.full((72, 64), 128, np.uint8)
            frame[:48] = 20 + 4 * number
            writer.frame(frame)
        writer.sound(np.zeros((2 * 44100, 2), np.int16))
    return {
        "red": {"image": str(tmp_path / "red.png")}, "blue": {"image": str(tmp_path / "blue.png")},
        "grey": {"video": str(tmp_path / "grey.mp4"), "frames": 5},
    }  # fmt: skip


def opened(value: Any, frames: int = 9) -> Any:
    request = {"arguments": {"it": value}, "size": [64, 48], "frames": frames, "fps": 4.0}
    return arguments_of(request)["it"]


def test_plain_values_stay_as_they_are() -> None:
    assert opened({"a": [1, "x"]}) == {"a": [1, "x"]}
    assert opened(None) is None


def test_a_video_is_sampled_at_the_rate_of_the_model(files: dict[str, Any]) -> None:
    levels = [np.asarray(frame).mean() for frame in opened(files["grey"])]
    steps = np.diff(levels)
    # Six frames of the file lie between two of the model.
    assert len(levels) == 5
    assert np.abs(steps - 6 * 4 * 255 / 219).max() < 2
    longer = [np.asarray(frame).mean() for frame in opened({**files["grey"], "frames": 12})]
    assert longer[-1] == longer[-3]


def test_frames_at_16_per_second_are_those_that_are_shown_at_their_time(files: dict[str, Any]) -> None:
    request = {"arguments": {"it": {**files["grey"], "frames": 9}}, "size": [64, 48], "frames": 9, "fps": 16.0}
    levels = [np.asarray(frame).mean() for frame in arguments_of(request)["it"]]
    steps = np.diff(levels) / (4 * 255 / 219)
    assert [round(step) for step in steps] == [2, 1, 2, 1, 2, 1, 2, 1]


def test_a_timeline_is_grey_where_frames_are_to_be_made(files: dict[str, Any]) -> None:
    frames = opened({"timeline": [files["red"], files["blue"]]})
    assert [frame.size for frame in frames] == [(64, 48)] * 9
    assert [frame.getpixel((5, 5)) for frame in frames] == [RED, *[UNKNOWN] * 7, BLUE]
    mask = opened({"mask": [files["red"], files["blue"]]})
    assert [frame.getpixel((5, 5)) for frame in mask] == [0, *[255] * 7, 0]
    assert {frame.mode for frame in mask} == {"L"}


def test_a_timeline_begins_with_what_was_before(files: dict[str, Any]) -> None:
    mask = opened({"mask": [files["grey"]]})
    assert [frame.getpixel((5, 5)) for frame in mask] == [*[0] * 5, *[255] * 4]
    assert len(opened({"timeline": [files["grey"]]})) == 9


def test_frames_and_sound_become_a_file(tmp_path: Path) -> None:
    frames = np.zeros((13, 48, 64, 3), np.float32)
    frames[:, :, :, 0] = 0.8
    frames[12] = (0, 0, 1)
    tone = np.sin(np.arange(3 * 16000, dtype=np.float32) / 8)
    made = SimpleNamespace(frames=[frames], audio=[SimpleNamespace(float=lambda: SimpleNamespace(cpu=lambda: tone))])
    pipe = SimpleNamespace(vocoder=SimpleNamespace(config=SimpleNamespace(output_sampling_rate=16000)))
    output = tmp_path / "out.mp4"
    told = write_video({"output": str(output), "fps": 4.0, "trailing": 1}, made, pipe)
    assert told == {"width": 64, "height": 48, "frames": 12, "fps": 4.0, "sound": True}
    probed = facts(str(output))
    assert {name: probed[name] for name in told} == told
    with av.open(str(output)) as container:
        last = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)][-1]
    # The blue one lies behind what is used.
    assert np.abs(last.mean((0, 1)) - (204, 0, 0)).max() < 12


def test_frames_that_are_no_numbers_are_no_video(tmp_path: Path) -> None:
    made = SimpleNamespace(frames=[np.full((5, 48, 64, 3), np.nan, np.float32)])
    with pytest.raises(ValueError, match="values that are no numbers"):
        write_video({"output": str(tmp_path / "out.mp4"), "fps": 16.0, "trailing": 0}, made, None)


def test_a_video_without_sound_is_one_without(tmp_path: Path) -> None:
    made = SimpleNamespace(frames=[np.zeros((5, 48, 64, 3), np.float32)])
    told = write_video({"output": str(tmp_path / "out.mp4"), "fps": 16.0, "trailing": 0}, made, None)
    assert told["sound"] is False
    assert facts(str(tmp_path / "out.mp4"))["frames"] == 5
