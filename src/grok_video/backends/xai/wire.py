"""What xAI's API is told and says (wire-format.md 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path as File
from typing import Any

from ...domain.errors import (
    BackendError,
    Moderated,
    Unavailable,
    UpstreamConfused,
    UpstreamExpired,
    UpstreamFailed,
)
from ...domain.request import Mode
from ..upstream.api import MODERATION, Answer, Api
from ..upstream.media import data_uri
from ..upstream.poller import State
from .plan import NEW_MODEL, OLD_MODEL, Call

TICKS_PER_USD = 10**10
# US dollars per second of output and per picture sent, for answers that do not say what was billed.
PRICES: Mapping[str, Mapping[str, float]] = {
    OLD_MODEL: {"480p": 0.05, "720p": 0.07, "image": 0.002},
    NEW_MODEL: {"480p": 0.08, "720p": 0.14, "1080p": 0.25, "image": 0.01},
}
_TAG = re.compile(r"@(?:img|image)(\d+)", re.IGNORECASE)


def body_of(call: Call, prompt: str, pictures: Sequence[File], video: File | None, image_base: int) -> dict[str, Any]:
    """Write a call's body; media go along as data URIs, since xAI could not reach a private server."""
    body: dict[str, Any] = {"model": call.model, "prompt": tagged(prompt, image_base)}
    wishes = {"duration": call.seconds, "resolution": call.resolution, "aspect_ratio": call.ratio}
    body |= {name: value for name, value in wishes.items() if value is not None}
    sent = [{"url": data_uri(one, "image/jpeg")} for one in pictures]
    if call.pictures is Mode.REFERENCE:
        body["reference_images"] = sent
    elif sent:
        body["image"] = sent[0]
        if len(sent) > 1:
            body["last_frame"] = sent[1]
    if video is not None:
        body["video"] = {"url": data_uri(video, "video/mp4")}
    return body


def tagged(prompt: str, base: int) -> str:
    """Say pictures as xAI does: `@img1` is `<IMAGE_1>`, or `<IMAGE_0>` where it counts from 0."""
    return _TAG.sub(lambda found: f"<IMAGE_{int(found[1]) - 1 + base}>", prompt)


async def look(api: Api, upstream_id: str) -> State:
    """Look at a job: 202 is pending, with or without a body, and 200 may be any end."""
    answer = await api.get(f"/videos/{upstream_id}")
    status = answer.fields.get("status")
    progress = answer.fields.get("progress")
    percent = float(progress) if isinstance(progress, int | float) else None
    if answer.status == 202 or (answer.status == 200 and status == "pending"):
        return State(False, percent)
    if answer.status == 200 and status in ("done", "failed", "expired"):
        return State(True, 100.0, answer.fields)
    if answer.status == 404:
        raise UpstreamExpired("The upstream does not know this video any more.")
    if answer.status == 200:
        raise UpstreamConfused("The upstream's answer about the video makes no sense.")
    if answer.status == 429 or answer.status >= 500:
        raise Unavailable(f"The upstream answered {answer.status}.", retry_after=answer.retry_after)
    raise api.look_refusal(answer)


def address_of(body: Mapping[str, Any], api: Api) -> str:
    """Find the finished file's address; raise what the end means where there is none."""
    match body.get("status"):
        case "expired":
            raise UpstreamExpired
        case "failed":
            raise _failure(body, api)
        case _:
            pass
    video = body.get("video")
    facts: Mapping[str, Any] = video if isinstance(video, dict) else {}
    if facts.get("respect_moderation") is False or body.get("respect_moderation") is False:
        raise Moderated
    url = facts.get("url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise UpstreamConfused("The upstream says that the video is done but not where it is.")
    return url


def _failure(body: Mapping[str, Any], api: Api) -> BackendError:
    said = api.words_of(Answer(200, body))
    if any(word in said.lower() for word in MODERATION):
        return Moderated()
    return UpstreamFailed(f"The upstream could not make the video: {said or 'it does not say why'}")


def cost_of(
    body: Mapping[str, Any], call: Call, pictures: int, frames_asked: int, prices: Mapping[str, Mapping[str, float]]
) -> float:
    """Give what a call cost in US dollars: as billed, else by the price list; a failure costs nothing."""
    usage = body.get("usage")
    ticks: Any = usage.get("cost_in_usd_ticks") if isinstance(usage, dict) else None
    if isinstance(ticks, int | float):
        return round(ticks / TICKS_PER_USD, 6)
    if body.get("status") != "done":
        return 0.0
    price = prices.get(call.model, PRICES[NEW_MODEL])
    seconds = call.seconds if call.seconds is not None else frames_asked / 24
    return round(seconds * price.get(call.resolution or "720p", 0.0) + pictures * price.get("image", 0.0), 6)
