"""Which video an id, its first characters or `@last` mean."""

from __future__ import annotations

import re
from itertools import islice

import typer

from ..client import GrokVideo, GrokVideoError

WHOLE = re.compile(r"(video_|grok:)?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
# A prefix is compared with the ids of so many of the newest videos.
COMPARED = 1000
SHOWN = 5


def whole_id(client: GrokVideo, text: str) -> str:
    """Return the id that a text means: a whole id, an unambiguous beginning of one, or `@last`, the newest video.

    Raises BadParameter if several ids begin so, and GrokVideoError if none does.
    """
    if text == "@last":
        newest = client.list(limit=1)
        if not newest:
            raise GrokVideoError("There is no video yet, so @last means none.")
        return newest[0].id
    beginning = _digits(text)
    if WHOLE.fullmatch(text) or not re.fullmatch(r"[0-9a-f]+", beginning):
        return text
    found = [video for video in islice(client.videos(), COMPARED) if _digits(video.id).startswith(beginning)]
    if not found:
        raise GrokVideoError(f"No id of the newest {COMPARED} videos begins with {text}.")
    if len(found) > 1:
        examples = "".join(f"\n  {video.id}  {(video.prompt or '')[:40]}" for video in found[:SHOWN])
        more = f"\n  and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise typer.BadParameter(f"{len(found)} videos begin with {text}; add characters:{examples}{more}")
    return found[0].id


def _digits(text: str) -> str:
    return re.sub(r"^(video_|grok:)", "", text.lower()).replace("-", "")
