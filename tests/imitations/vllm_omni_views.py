"""How the imitated vLLM-Omni describes its jobs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from .engine import EngineJob
from .vllm_omni_errors import invalid
from .vllm_omni_form import Order

FAILURE = "Diffusion execution failed."


def read_page(query: Mapping[str, str]) -> tuple[int | None, bool]:
    """Return the limit of a list, and whether the newest come first."""
    errors: list[dict[str, Any]] = []
    limit = query.get("limit")
    number = None
    try:
        number = None if limit is None else TypeAdapter(int).validate_python(limit)
    except ValidationError as error:
        errors += [{**each, "loc": ("query", "limit")} for each in error.errors(include_url=False)]
    for wrong, kind, words, bound in (
        (number is not None and number < 0, "greater_than_equal", "greater than or equal to 0", {"ge": 0}),
        (number is not None and number > 100, "less_than_equal", "less than or equal to 100", {"le": 100}),
    ):
        if wrong:
            errors.append({"type": kind, "loc": ("query", "limit"), "msg": f"Input should be {words}", "input": limit,
                           "ctx": bound})  # fmt: skip
    order = query.get("order", "desc")
    if order not in ("asc", "desc"):
        errors.append({"type": "literal_error", "loc": ("query", "order"), "msg": "Input should be 'asc' or 'desc'",
                       "input": order, "ctx": {"expected": "'asc' or 'desc'"}})  # fmt: skip
    if errors:
        raise invalid(errors)
    return number, order == "desc"


def first_view(job_id: str, model: str, order: Order) -> dict[str, Any]:
    """Return a job's fields as they are before it starts: what was asked for, not what will come."""
    # helpers.py:280 (video_response_from_request), protocol/videos.py:372 (VideoResponse)
    values = order.values
    duration = float(values["seconds"]) if "seconds" in values else None
    if duration is None and order.frames is not None:
        duration = order.frames / order.fps
    return {
        "model": model, "prompt": order.prompt, "id": job_id, "object": "video", "status": "queued",
        "size": values.get("size"), "progress": 0, "seconds": values.get("seconds", "4"),
        "quality": values.get("quality", "default"), "completed_at": None, "created_at": int(time.time()),
        "remixed_from_video_id": None, "error": None, "media_type": "video/mp4", "expires_at": None,
        "file_name": None, "inference_time_s": None, "fps": float(order.fps), "num_frames": order.frames,
        "duration_s": duration, "metrics": None, "stage_durations": {}, "peak_memory_mb": 0.0, "action": None,
    }  # fmt: skip


def state_of(job: EngineJob) -> str:
    """Check whether a job is queued, in_progress, completed or failed."""
    if time.monotonic() < job.at:
        return "queued"
    if job.share < 1:
        return "in_progress"
    return "failed" if job.outcome == "fail" else "completed"


def described(job: EngineJob) -> dict[str, Any]:
    """Return all fields of a job as they are now."""
    view: dict[str, Any] = job.facts["view"]
    state = state_of(job)
    changes: dict[str, Any] = {"status": state}
    if state in ("completed", "failed"):
        ended = job.facts.setdefault("ended", int(time.time()))
        changes |= {"completed_at": ended, "inference_time_s": job.seconds}
    if state == "failed":
        status = job.failure.get("status", 500)
        message = job.failure.get("message", FAILURE)
        changes["error"] = {"code": status if 400 <= status < 600 else 500, "message": message}
    if state == "completed":
        # helpers.py:434 (_run_video_generation_job), serving_video.py:132: now the numbers are those of the video.
        fps, frames = float(job.scene.fps), job.scene.frames
        changes |= {"progress": 100, "file_name": f"{job.id}.mp4", "fps": fps, "num_frames": frames}
        changes |= {"duration_s": frames / fps, "peak_memory_mb": 1024.0}
    return view | changes
