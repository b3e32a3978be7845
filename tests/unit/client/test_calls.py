"""The requests that both clients send."""

from __future__ import annotations

import pytest

from grok_video.client.calls import path_of


@pytest.mark.parametrize(
    ("video_id", "path"),
    [
        ("video_0123", "/videos/video_0123"),
        ("grok:01234567-89ab-cdef-0123-456789abcdef", "/videos/grok:01234567-89ab-cdef-0123-456789abcdef"),
        # By a bare UUID a server answers in xAI's form, which this client does not read.
        ("01234567-89ab-cdef-0123-456789abcdef", "/videos/video_0123456789abcdef0123456789abcdef"),
        ("a/../b-c", "/videos/a%2F..%2Fb-c"),
    ],
)
def test_an_id_is_one_segment_of_a_path(video_id: str, path: str) -> None:
    assert path_of(video_id) == path
