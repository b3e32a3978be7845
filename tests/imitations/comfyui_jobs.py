"""The newer way to ask for prompts: /api/jobs of the imitated ComfyUI (comfy_execution/jobs.py)."""

from __future__ import annotations

from typing import Any

from .comfyui_queue import Item, PromptQueue

STATUSES = ("pending", "in_progress", "completed", "failed", "cancelled")
ENDINGS = ("execution_success", "execution_error", "execution_interrupted")
SHOWABLE = ("images", "video", "audio", "3d", "text")


def job(queue: PromptQueue, prompt_id: str) -> dict[str, Any] | None:
    """Return a prompt with its outputs, whatever became of it, or None (jobs.py:get_job)."""
    past = queue.past(prompt_id)
    if prompt_id in past:
        return _finished(prompt_id, past[prompt_id], whole=True)
    running, waiting = queue.current()
    for items, status in ((running, "in_progress"), (waiting, "pending")):
        for item in items:
            if item[1] == prompt_id:
                return _unfinished(item, status)
    return None


def jobs(queue: PromptQueue, statuses: list[str]) -> list[dict[str, Any]]:
    """Return all prompts with one of these statuses, the newest first."""
    running, waiting = queue.current()
    found = [_unfinished(item, "in_progress") for item in running] + [_unfinished(item, "pending") for item in waiting]
    found += [_finished(prompt_id, entry) for prompt_id, entry in queue.past().items()]
    return sorted((each for each in found if each["status"] in statuses), key=_age, reverse=True)


def cancel(queue: PromptQueue, prompt_id: str) -> bool:
    """Interrupt or dequeue a prompt; tell whether there was anything to cancel (server.py:944)."""
    return queue.interrupt(prompt_id) or queue.delete(prompt_id) or queue.interrupt(prompt_id)


def _age(found: dict[str, Any]) -> int:
    return found.get("create_time", 0)


def _unfinished(item: Item, status: str) -> dict[str, Any]:
    facts = {"id": item[1], "status": status, "priority": item[0], "create_time": item[3].get("create_time")}
    return _pruned(facts | {"outputs_count": 0, "previewable_outputs_count": 0})


def _finished(prompt_id: str, entry: dict[str, Any], *, whole: bool = False) -> dict[str, Any]:
    number, _, prompt, extra, _ = entry["prompt"]
    messages = dict(entry["status"]["messages"])
    ending = next((name for name in ENDINGS if name in messages), "")
    status = {"execution_success": "completed", "execution_interrupted": "cancelled"}.get(ending, "failed")
    files = _files(entry["outputs"])
    facts = {
        "id": prompt_id, "status": status, "priority": number, "create_time": extra.get("create_time"),
        "execution_start_time": messages.get("execution_start", {}).get("timestamp"),
        "execution_end_time": messages.get(ending, {}).get("timestamp"),
        "execution_error": messages.get("execution_error"), "outputs_count": len(files),
        "previewable_outputs_count": len(files), "preview_output": _preview(files),
    }  # fmt: skip
    found = _pruned(facts)
    if whole:
        found["outputs"], found["execution_status"] = entry["outputs"], entry["status"]
        found["workflow"] = {"prompt": prompt, "extra_data": extra}
    return found


def _files(outputs: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (node, kind, each)
        for node, shown in outputs.items()
        for kind, entries in shown.items()
        if kind != "animated"
        for each in entries
    ]


def _preview(files: list[tuple[str, str, dict[str, Any]]]) -> dict[str, Any] | None:
    shown = [each | {"nodeId": node, "mediaType": kind} for node, kind, each in files if kind in SHOWABLE]
    return next((each for each in shown if each["type"] == "output"), shown[0] if shown else None)


def _pruned(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}
