"""Previews in ComfyUI's binary messages, and whose they are."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from grok_video.backends.comfyui.listener import Listener, preview_in
from tests.imitations.comfyui_previews import described_event, preview_event, text_event

URL = "http://127.0.0.1:8188"
IMAGE = Image.new("RGB", (4, 2), "red")


def state(prompt_id: str) -> str:
    return json.dumps({"type": "progress_state", "data": {"prompt_id": prompt_id, "nodes": {}}})


def test_an_image_is_found_with_and_without_metadata() -> None:
    prompt_id, image = preview_in(preview_event(IMAGE))
    assert (prompt_id, image[:3]) == (None, b"\xff\xd8\xff")
    prompt_id, image = preview_in(described_event(IMAGE, {"node_id": "3", "prompt_id": "abc"}))
    assert (prompt_id, image[:3]) == ("abc", b"\xff\xd8\xff")


@pytest.mark.parametrize("message", [
    text_event("512x512", "7"), b"", b"\x00\x00\x00\x04", b"\x00\x00\x00\x04\xff\xff\xff\xffnothing",
    b"\x00\x00\x00\x04\x00\x00\x00\x02[]image", b"\x00\x00\x00\x63" + bytes(20),
])  # fmt: skip
def test_other_messages_have_no_image(message: bytes) -> None:
    assert preview_in(message) == (None, b"")


def test_only_previews_of_prompts_that_are_asked_about_are_kept() -> None:
    listener = Listener()
    listener._previews["ours"] = None
    for prompt_id in ("theirs", "ours"):
        listener._note(URL, state(prompt_id))
        listener._note_preview(URL, preview_event(IMAGE))
    assert (listener.preview("ours") or b"")[:3] == b"\xff\xd8\xff"
    assert listener.preview("ours") is None
    assert "theirs" not in listener._previews
    listener._note(URL, state("theirs"))
    listener._note_preview(URL, preview_event(IMAGE))
    assert listener.preview("ours") is None
    listener.forget("ours")
    listener._note(URL, state("ours"))
    listener._note_preview(URL, preview_event(IMAGE))
    assert listener._previews == {}
