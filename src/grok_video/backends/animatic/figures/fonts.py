"""Fonts of the system for what Pillow's own font cannot write."""

from __future__ import annotations

from pathlib import Path

# Where fonts with Chinese and Japanese characters are, if a system has one; Pillow's own font has basic Latin alone.
WIDE_FONTS = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/fonts-japanese-gothic.ttf",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
)


def wide_font() -> str | None:
    """Return the path of a font with Chinese and Japanese characters, or None."""
    return next((path for path in WIDE_FONTS if Path(path).is_file()), None)
