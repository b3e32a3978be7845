"""What both formats say of a task in the same words."""

from __future__ import annotations

from typing import Any

from ..domain.request import FPS
from ..domain.task import Task, TaskStatus, format_seconds, public_id
from .links import Links

# Facts for a backend's own later use, which are no business of clients.
PRIVATE_FACTS = frozenset({"scene", "upstream", "upstream_id"})


def seconds_of(task: Task) -> str:
    """Say the length: the probed one once there is a file, the planned one before."""
    return task.clip.seconds if task.clip else format_seconds(task.frames)


def metadata_of(task: Task) -> dict[str, Any]:
    """Give the caller's metadata with ours on top (decisions.md: ours wins a name clash)."""
    facts = {name: value for name, value in task.facts.items() if name not in PRIVATE_FACTS}
    return {
        **dict(task.metadata),
        "understood": [],
        "not_understood": [],
        "upscaled": False,
        "cost": None,
        **facts,
        "backend": task.backend,
        "seed": task.seed,
        "mode": task.mode.value,
        "operation": task.operation.value,
        **({"preset": task.preset} if task.preset else {}),
        **({"start_time": round(task.start_frame / FPS, 3)} if task.start_frame else {}),
    }


def error_of(task: Task) -> dict[str, str] | None:
    """Give why a task ended without a video; None, never an empty object, otherwise."""
    return {"code": task.error.code, "message": task.error.message} if task.error else None


def common_fields(task: Task, links: Links) -> dict[str, Any]:
    """Give the fields that both formats carry."""
    clip = task.clip
    return {
        "task_id": task.public_id,
        "progress": task.progress,
        "status_update_time": int(task.updated_at),
        "model": task.model,
        "prompt": task.prompt,
        "video_url": links.video,
        "url": links.video,
        "output": {"url": links.video} if links.video else None,
        "thumbnail_url": links.thumbnail,
        "spritesheet_url": links.spritesheet,
        "size": task.size_label or task.resolution.value,
        "aspect_ratio": task.aspect_ratio.value,
        "width": clip.width if clip else task.width,
        "height": clip.height if clip else task.height,
        "fps": clip.fps if clip else 24,
        "bytes": clip.bytes if clip else None,
        "error": error_of(task),
        "source_video_id": public_id(task.source_id, task.format) if task.source_id else None,
        "metadata": metadata_of(task),
    }


def ended_badly(task: Task) -> bool:
    """Tell whether a task failed or was cancelled."""
    return task.status in (TaskStatus.FAILED, TaskStatus.CANCELLED)
