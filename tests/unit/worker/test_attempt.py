"""What a backend reports: previews that are images of a bearable size."""

from __future__ import annotations

import pytest

from grok_video.domain.media import MAX_PREVIEW_BYTES, image_type
from grok_video.testing import InMemoryLedger
from grok_video.worker.attempt import Attempt
from tests.factories import new_task

JPEG, PNG = b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(("image", "media_type"), [
    (JPEG, "image/jpeg"), (PNG, "image/png"), (b"RIFF\x00\x00\x00\x00WEBP", "image/webp"),
    (b"RIFF\x00\x00\x00\x00WAVE", None), (b"<svg onload=x>", None), (b"", None), (b"\xff\xd8", None),
])  # fmt: skip
def test_a_preview_is_an_image_that_browsers_show(image: bytes, media_type: str | None) -> None:
    assert image_type(image) == media_type
    attempt = Attempt(new_task(), InMemoryLedger())
    attempt.preview(image)
    assert attempt.image == (image if media_type else None)


def test_a_preview_has_a_size_that_can_be_stored_each_second() -> None:
    attempt = Attempt(new_task(), InMemoryLedger())
    attempt.preview(JPEG + bytes(MAX_PREVIEW_BYTES - 4))
    kept = attempt.image
    attempt.preview(JPEG + bytes(MAX_PREVIEW_BYTES - 3))
    assert attempt.image is kept is not None
