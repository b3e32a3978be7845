"""The requests and responses of xAI's API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path as File
from typing import Any

from ...domain.errors import (
    BackendError,
    InvalidUpstreamResponse,
    Moderated,
    Unavailable,
    UpstreamExpired,
    UpstreamFailed,
)
from ...domain.prompt import name_of_frame, renamed_references
from ...domain.request import FPS, Mode
from ..upstream.api import MODERATION, Api, UpstreamResponse
from ..upstream.poller import JobState
from ..upstream.preparation import data_uri
from .call_plan import LITE_MODEL, NEW_MODEL, OLD_MODEL, Call

TICKS_PER_USD = 10**10
# US dollars per second of output and per image sent, for responses that do not say what was billed.
PRICES: Mapping[str, Mapping[str, float]] = {
    OLD_MODEL: {"480p": 0.05, "720p": 0.07, "image": 0.002},
    NEW_MODEL: {"480p": 0.08, "720p": 0.14, "1080p": 0.25, "image": 0.01},
    LITE_MODEL: {"480p": 0.02, "720p": 0.03, "1080p": 0.14, "image": 0.01},
}


def body_of(
    call: Call, prompt: str, images: Sequence[File], still: File | None, video: File | None, image_base: int
) -> dict[str, Any]:
    """Return a call's body; media are sent as data URIs, because xAI cannot reach a private server.

    `still` is a first frame beside `images`; behind a first frame of the images there may be references, which xAI
    counts alone.
    """
    frames = {Mode.FIRST_FRAME: 1, Mode.FIRST_LAST_FRAME: 2}.get(call.images, 0)
    body: dict[str, Any] = {"model": call.model, "prompt": tagged(prompt, image_base, frames)}
    options = {"duration": call.seconds, "resolution": call.resolution, "aspect_ratio": call.ratio}
    body |= {name: value for name, value in options.items() if value is not None}
    sent = [_image(image) for image in images]
    if call.images is Mode.REFERENCE:
        body["reference_images"] = sent
    elif sent:
        body["image"] = sent[0]
        if call.images is Mode.FIRST_LAST_FRAME:
            body["last_frame"] = sent[1]
        elif len(sent) > 1:
            body["reference_images"] = sent[1:]
    if still is not None:
        body["image"] = _image(still)
    if video is not None:
        body["video"] = {"url": data_uri(video, "video/mp4")}
    return body


def _image(image: File) -> dict[str, str]:
    return {"url": data_uri(image, "image/jpeg")}


def tagged(prompt: str, base: int, frames: int = 0) -> str:
    """Return a prompt with xAI's image tags: `@img1` is `<IMAGE_1>`, or `<IMAGE_0>` if `base` is 0.

    The first `frames` images, one or two, have no tag: words say which they are.
    """

    def name(number: int) -> str:
        return name_of_frame(number) if number <= frames else f"<IMAGE_{number - frames - 1 + base}>"

    return renamed_references(prompt, name)


async def poll(api: Api, upstream_id: str) -> JobState:
    """Return a job's state: 202 is pending, with or without a body, and 200 may be any end."""
    response = await api.get(f"/videos/{upstream_id}")
    status = response.fields.get("status")
    progress = response.fields.get("progress")
    percent = float(progress) if isinstance(progress, int | float) else None
    if response.status == 202 or (response.status == 200 and status == "pending"):
        return JobState(False, percent)
    if response.status == 200 and status in ("done", "failed", "expired"):
        return JobState(True, 100.0, response.fields)
    if response.status == 404:
        raise UpstreamExpired("The upstream no longer knows this video.")
    if response.status == 200:
        raise InvalidUpstreamResponse("The upstream's response about the video is invalid.")
    if response.status == 429 or response.status >= 500:
        raise Unavailable(f"The upstream responded with {response.status}.", retry_after=response.retry_after)
    raise api.poll_error(response)


def result_url(body: Mapping[str, Any], api: Api) -> str:
    """Return the finished file's URL; raise the error that the job ended with if there is none."""
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
        raise InvalidUpstreamResponse("The upstream says that the video is done, but gives no URL.")
    return url


def _failure(body: Mapping[str, Any], api: Api) -> BackendError:
    message = api.message_of(UpstreamResponse(200, body))
    if any(word in message.lower() for word in MODERATION):
        return Moderated()
    return UpstreamFailed(f"The upstream could not make the video: {message or 'no reason given'}")


def cost_of(
    body: Mapping[str, Any], call: Call, images: int, input_frames: int, prices: Mapping[str, Mapping[str, float]]
) -> float:
    """Return what a call cost in US dollars: as billed, else by the price list; a failure costs nothing."""
    usage = body.get("usage")
    ticks: Any = usage.get("cost_in_usd_ticks") if isinstance(usage, dict) else None
    if isinstance(ticks, int | float):
        return round(ticks / TICKS_PER_USD, 6)
    if body.get("status") != "done":
        return 0.0
    price = prices.get(call.model, PRICES[NEW_MODEL])
    seconds = call.seconds if call.seconds is not None else input_frames / FPS
    return round(seconds * price.get(call.resolution or "720p", 0.0) + images * price.get("image", 0.0), 6)
