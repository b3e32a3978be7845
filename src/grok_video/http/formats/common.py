"""What both formats say about a task in the same words (docs/dev/wire-format.md 5)."""

from __future__ import annotations

from typing import Any

from ...domain.request import FPS, format_seconds
from ...domain.task import Task, TaskStatus
from ..ids import id_of, public_id
from ..links import Links

# Facts for a backend's own later use; clients do not get them.
PRIVATE_FACTS = frozenset({"scene", "upstream", "upstream_id"})


def seconds_of(task: Task) -> str:
    """Return the length in seconds: probed once the file exists, planned before."""
    return format_seconds(task.clip.frames if task.clip else task.frames)


def metadata_of(task: Task) -> dict[str, Any]:
    """Return the caller's metadata with ours on top: ours wins if a name is in both."""
    facts = {name: value for name, value in task.facts.items() if name not in PRIVATE_FACTS}
    return {
        **dict(task.metadata),
        "understood": [],
        "not_understood": [],
        "upscaled": False,
        "cost": None,
        **facts,
        "model": task.model,
        "backend": task.backend,
        "seed": task.seed,
        "mode": task.mode.value,
        "operation": task.operation.value,
        **({"ignored": list(task.ignored)} if task.ignored else {}),
        **({"preset": task.preset} if task.preset else {}),
        **({"keep": True} if task.kept else {}),
        **({"start_time": round(task.start_frame / FPS, 3)} if task.start_frame else {}),
    }


def error_of(task: Task) -> dict[str, str] | None:
    """Return why a task ended without a video, or None; never an empty object, which clients take for an error."""
    return {"code": task.error.code, "message": task.error.message} if task.error else None


def common_fields(task: Task, links: Links) -> dict[str, Any]:
    """Return the fields that both formats have."""
    clip = task.clip
    return {
        "task_id": id_of(task),
        "progress": task.progress,
        "status_update_time": int(task.updated_at),
        "model": task.model_label or task.model,
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
        "fps": clip.fps if clip else FPS,
        "bytes": clip.bytes if clip else None,
        "error": error_of(task),
        "source_video_id": public_id(task.source_id, task.format) if task.source_id else None,
        "metadata": metadata_of(task),
    }


def ended_without_video(task: Task) -> bool:
    """Check whether a task failed or was cancelled."""
    return task.status in (TaskStatus.FAILED, TaskStatus.CANCELLED)
