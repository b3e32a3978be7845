"""Task ids as clients write them."""

from __future__ import annotations

from uuid import uuid4

import pytest

from grok_video.domain.errors import VideoNotFound
from grok_video.domain.request import Format
from grok_video.http.ids import format_of, parse_task_id, public_id, read_task_id


def test_ids_are_read_in_every_spelling() -> None:
    uid = uuid4()
    for value in (
        str(uid), uid.hex, f"grok:{uid}", f"grok%3A{uid}", f"video_{uid.hex}", f"task_{uid.hex}",
        f"grok-video-3:{uid}", f"grok-video-3:grok:{uid}", f"grok-video-3-pro:video_{uid.hex}", f"GROK:{uid}",
    ):  # fmt: skip
        assert parse_task_id(value) == uid, value
    for bad in ("", "extensions", "grok:", "video_123", f"{uid}x", f"../{uid}", f"grok:{uid}\n/x"):
        assert parse_task_id(bad) is None, bad


def test_ids_are_written_by_format() -> None:
    uid = uuid4()
    assert public_id(uid, Format.OPENAI) == f"video_{uid.hex}"
    assert public_id(uid, Format.UNIFIED) == f"grok:{uid}"


def test_an_unreadable_id_is_not_found() -> None:
    with pytest.raises(VideoNotFound, match="Ids look like"):
        read_task_id("video_123")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("grok:x", Format.UNIFIED), ("GROK%3Ax", Format.UNIFIED), ("grok-video-3:grok:x", Format.UNIFIED),
        ("video_x", Format.OPENAI), ("grok-video-3:x", Format.OPENAI), ("", Format.OPENAI),
    ],
)  # fmt: skip
def test_the_format_of_an_id(text: str, expected: Format) -> None:
    assert format_of(text) is expected
