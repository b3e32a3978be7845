"""Figures that Twemoji does not have, and hats, as drawings of our own: SVG files in Twemoji's 36 x 36 units."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

PACKAGE = "grok_video.backends.animatic.figures"


@cache
def drawing_names() -> frozenset[str]:
    """Return the names of the figures that are drawings of our own."""
    return frozenset(
        path.name.removesuffix(".svg").replace("-", " ")
        for path in (files(PACKAGE) / "drawings").iterdir()
        if path.name.endswith(".svg")
    )


def drawing(name: str) -> str:
    """Return the shapes of a figure."""
    return _shapes("drawings", name)


def hat(name: str) -> str:
    """Return the shapes of a hat, to be laid over a head; those with negative rows are above it."""
    return _shapes("hats", name)


def _shapes(folder: str, name: str) -> str:
    file = files(PACKAGE) / folder / f"{name.replace(' ', '-')}.svg"
    text = file.read_text(encoding="utf-8")
    return text[text.index(">") + 1 : text.rindex("</svg>")]
