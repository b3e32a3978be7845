"""Thumbnails in terminals that can show images."""

from __future__ import annotations

import base64
import io
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ..client import GrokVideo, GrokVideoError, Video

KITTY_CHUNK = 4096
ROWS = 12


def protocol(environment: Mapping[str, str]) -> str | None:
    """Return the image protocol that a terminal supports: `kitty`, `iterm` or None."""
    program = environment.get("TERM_PROGRAM", "")
    if environment.get("KITTY_WINDOW_ID") or environment.get("TERM") == "xterm-kitty" or program == "ghostty":
        return "kitty"
    return "iterm" if program in ("iTerm.app", "WezTerm") else None


def show_thumbnail(client: GrokVideo, video: Video) -> None:
    """Show a finished video's thumbnail on stderr if it is such a terminal."""
    supported = protocol(os.environ) if sys.stderr.isatty() else None
    if supported is None or video.status != "completed":
        return
    with tempfile.TemporaryDirectory(prefix="grok-video-") as folder:
        try:
            path = client.download(video.id, Path(folder) / "thumbnail.webp", variant="thumbnail")
        except GrokVideoError:
            # The thumbnail is optional; the video itself exists.
            return
        sys.stderr.write(escape(_as_png(path.read_bytes()), supported))
        sys.stderr.flush()


def escape(png: bytes, protocol_name: str) -> str:
    """Return a PNG as the escape sequence of a terminal's protocol."""
    data = base64.b64encode(png).decode()
    if protocol_name == "iterm":
        return f"\x1b]1337;File=inline=1;height={ROWS};preserveAspectRatio=1:{data}\a\n"
    chunks = [data[start : start + KITTY_CHUNK] for start in range(0, len(data), KITTY_CHUNK)]
    parts = [
        f"\x1b_G{f'a=T,f=100,r={ROWS},' if number == 0 else ''}m={int(number < len(chunks) - 1)};{chunk}\x1b\\"
        for number, chunk in enumerate(chunks)
    ]
    return "".join(parts) + "\n"


def _as_png(content: bytes) -> bytes:
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        buffer = io.BytesIO()
        image.convert("RGB").save(buffer, format="PNG")
    return buffer.getvalue()
