"""Values that break careless programs."""

from __future__ import annotations

from typing import Any

TEXTS = (
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\ufeff", "\u202e", "💥" * 2000, "x" * 5000, "x" * 200_000,
    "' OR 1=1 --", "\"; DROP TABLE task; --", "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://127.0.0.1/a}",
    "../../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "/etc/passwd", "%00", "%ff%fe", "\r\nSet-Cookie: a=b", "nan",
    "inf", "-0", "1e308", "1e999", "0x10", "１２", "9" * 400, "1_000", "true", "null", "undefined", "@img1", "@img99",
    "@img" + "9" * 50, "720p", "1280" + " " * 9000 + "x720", "99999x99999", "0x0", "-1x-1", "16:9:4", "::",
    "http://[", "http://]", "//[", "http://a[b]", "http://127.0.0.1:22/", "http://localhost/x.png", "https://0/",
    "http://169.254.169.254/latest/", "http://[::ffff:127.0.0.1]/", "http://2130706433/", "file:///etc/passwd",
    "gopher://127.0.0.1/", "data:", "data:,", "data:image/png;base64,", "data:image/png;base64,####",
    "data:image/png;base64," + "A" * 5000, "data:video/mp4;base64,AAAA", "video_", "video_" + "0" * 32,
    "grok:00000000-0000-0000-0000-000000000000", "grok:", "video_" + "g" * 32, "VIDEO_" + "0" * 31,
)  # fmt: skip
OTHERS: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 15, 16, 2**31, 2**63, 2**64, -(2**63), 10**40, 0.1, 1e308, -1e308, 5e-324, [], {},
    [[]],
    [None], [True], [1, 2, 3], ["x"] * 50, [{}] * 8, [[["x"]]], {"a": "b"}, {"": ""}, {"url": "http://["}, {"url": {}},
    {"image_url": {"url": {"url": "x"}}}, {"file_id": "f"}, {"id": "video_x"}, {"b64_json": "x"},
    {"a": {"b": {"c": []}}},
    {"a" * 100: "b"}, {"k": "v" * 600}, {str(number): "v" for number in range(20)}, {"a": "\x00"}, {"a": "\ud800"},
    {"__proto__": {"a": 1}},
)  # fmt: skip
FIELDS = (
    "model", "prompt", "seconds", "duration", "video_length", "size", "resolution", "aspect_ratio", "images",
    "input_reference", "image", "image_url", "reference_images", "seed", "metadata", "start_time", "upscale", "video",
    "video_id", "task_id", "id", "video_url", "parent_post_id", "n", "user", "stream", "file_id", "preset", "name",
    "keep", "rpm", "concurrency", "expires_at", "overlap_hours", "key", "ticket",
)  # fmt: skip


def values() -> list[Any]:
    """Return all of them."""
    return [*TEXTS, *OTHERS]
