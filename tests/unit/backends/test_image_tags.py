"""Image tags in prompts, as the upstreams write them."""

from __future__ import annotations

from typing import Any

import pytest

from grok_video.backends.relay.wire import prompt_of
from grok_video.backends.xai.wire import tagged
from grok_video.domain.request import Mode
from grok_video.domain.task import StoredInput
from tests.factories import new_task


@pytest.mark.parametrize(
    ("frames", "base", "expected"),
    [
        (0, 1, "<IMAGE_1>, <IMAGE_2>, <IMAGE_3>"),
        (0, 0, "<IMAGE_0>, <IMAGE_1>, <IMAGE_2>"),
        (1, 1, "the first frame, <IMAGE_1>, <IMAGE_2>"),
        (2, 1, "the first frame, the last frame, <IMAGE_1>"),
    ],
)
def test_xai_counts_references_behind_the_frames(frames: int, base: int, expected: str) -> None:
    assert tagged("@img1, @image2, @IMG3", base, frames) == expected


@pytest.mark.parametrize(
    ("mode", "images", "prompt", "expected"),
    [
        (Mode.TEXT, 0, "a cat", "a cat"),
        (Mode.REFERENCE, 1, "a cat", "a cat @img1"),
        (Mode.REFERENCE, 2, "@img2 runs", "@img2 runs @img1"),
        (Mode.REFERENCE, 3, "a cat", "a cat"),
        (Mode.FIRST_FRAME, 1, "@img1 runs", "the first frame runs"),
        (Mode.FIRST_LAST_FRAME, 2, "from @img1 to @img2", "from the first frame to the last frame"),
    ],
)
def test_the_relays_prompt_says_what_images_are_for(mode: Mode, images: int, prompt: str, expected: str) -> None:
    inputs: Any = tuple(StoredInput(f"{number}.png", 64, 36) for number in range(images))
    assert prompt_of(new_task(mode=mode, prompt=prompt, inputs=inputs)) == expected
