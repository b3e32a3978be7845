"""ComfyUI as the engine: workflows with placeholders, submitted under an id of our own, progress by websocket."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from ...domain.errors import (
    InvalidOptions,
    InvalidUpstreamResponse,
    Rejected,
    Unavailable,
    UpstreamFailed,
    UpstreamLost,
)
from ..engines.backend import EngineBackend, create_engine
from ..engines.wire import Order
from ..registry import BackendContext
from ..upstream.api import Api, UpstreamResponse
from ..upstream.poller import JobState
from ..upstream.submit import read_body
from .check import workflow_problems
from .listener import Listener
from .options import ComfyuiOptions
from .workflows import Graph, filled, read_workflow, unknown_names, videos_in

NAMESPACE = uuid.UUID("8c4fb2ba-6e0f-4d54-9f42-6d7ab7d0b7a3")
MODEL = "ComfyUI"
FOLDER = "grok-video"
# Most servers are started without previews; each prompt may ask for its own.
EXTRA = {"preview_method": "auto"}
MAX_OBJECT_INFO = MAX_LISTED = 64 << 20
MEDIA_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".mp4": "video/mp4"}


class ComfyuiWire:
    """The requests and responses of ComfyUI; `workflows` are by the names that the templates give them."""

    name = "comfyui"
    measured = True
    cancels = True
    # The id of a prompt is ours, and the engine is asked for it first.
    idempotent = True
    free_path = "/prompt"
    tested = "0."

    def __init__(self, workflows: Mapping[str, Graph], negative_prompt: str) -> None:
        self._workflows = workflows
        self._negative_prompt = negative_prompt
        self._listener = Listener()

    async def model_of(self, api: Api) -> str:
        """Check that it answers as ComfyUI does; the models are those of the workflows."""
        response = await api.get("/system_stats")
        if response.status != 200 or not isinstance(response.fields.get("system"), dict):
            raise Unavailable(api.problem(response) if response.status != 200 else "It does not answer as ComfyUI.")
        return MODEL

    async def version_of(self, api: Api) -> str | None:
        """Return ComfyUI's version, or None if it does not tell."""
        system = (await api.get("/system_stats")).fields.get("system")
        version = system.get("comfyui_version") if isinstance(system, dict) else None
        return version if isinstance(version, str) else None

    async def problems(self, api: Api) -> list[str]:
        """Check every workflow in use against the server's nodes."""
        info = (await api.get("/object_info", most=MAX_OBJECT_INFO)).fields
        return [
            f"{name}: {problem}"
            for name, graph in self._workflows.items()
            for problem in workflow_problems(graph, info)
        ]

    async def find(self, api: Api, key: str) -> str | None:
        """Return the id of a call's prompt if a server has it in its queue or its history, else None."""
        prompt_id = _prompt_id(key)
        return None if await self._place(api, prompt_id) is None else prompt_id

    async def submit(self, api: Api, order: Order) -> str:
        """Upload the images and queue the workflow."""
        prompt_id = _prompt_id(order.key)
        images = tuple([await self._uploaded(api, image, prompt_id) for image in order.images])
        source = await self._uploaded(api, order.source, prompt_id) if order.source else None
        values = {**order.with_media(images, source), "negative_prompt": self._negative_prompt, "job": prompt_id}
        graph = filled(self._workflows[order.template.workflow], values)
        response = await api.post("/prompt", json={"prompt": graph, "prompt_id": prompt_id, "extra_data": EXTRA})
        if response.status == 400 and response.fields:
            api.gate.answered()
            raise Rejected(f"The engine refuses the workflow: {api.redact(_node_errors(response))}")
        if response.status != 200:
            raise api.submission_error(response)
        if response.fields.get("prompt_id") != prompt_id:
            # It runs under an id that nobody asks for.
            raise InvalidUpstreamResponse("This ComfyUI gives prompts ids of its own; it is too old for this server.")
        return prompt_id

    async def _uploaded(self, api: Api, file: Path, prompt_id: str) -> str:
        data = await asyncio.to_thread(read_body, file.read_bytes)
        parts = [
            ("image", (f"{prompt_id}-{file.name}", data, MEDIA_TYPES[file.suffix])),
            ("subfolder", (None, FOLDER)), ("type", (None, "input")), ("overwrite", (None, "true")),
        ]  # fmt: skip
        response = await api.upload("/upload/image", parts)
        name = response.fields.get("name")
        if response.status != 200 or not isinstance(name, str):
            raise Unavailable(f"The engine does not take an image: it responded with {response.status}.")
        # The engine may rename it.
        subfolder = response.fields.get("subfolder")
        return f"{subfolder}/{name}" if subfolder else name

    async def _place(self, api: Api, prompt_id: str) -> JobState | None:
        """Return the state of a prompt that the engine has in its queue or its history, else None."""
        try:
            queue = await self._asked(api, "/queue")
            for entry in [*queue.get("queue_running", ()), *queue.get("queue_pending", ())]:
                if entry[1] == prompt_id:
                    percent = self._listener.percent(api, prompt_id, entry[2])
                    return JobState(False, percent, preview=self._listener.preview(prompt_id))
        except (TypeError, IndexError, KeyError):
            raise Unavailable("The engine's queue is not understood.") from None
        # In this order: a prompt moves from the queue to the history.
        ended = (await self._asked(api, f"/history/{prompt_id}")).get(prompt_id)
        if not isinstance(ended, dict):
            return None
        self._listener.forget(prompt_id)
        return JobState(True, 100.0, ended)

    async def _asked(self, api: Api, path: str) -> Mapping[str, Any]:
        # Every waiting workflow is in the queue, those of other users included.
        response = await api.get(path, most=MAX_LISTED)
        if response.status != 200:
            raise Unavailable(f"The engine responded with {response.status}.", retry_after=response.retry_after)
        return response.fields

    async def poll(self, api: Api, engine_id: str) -> JobState:
        """Return a prompt's state; raise UpstreamLost if the engine has forgotten it."""
        state = await self._place(api, engine_id)
        if state is None:
            raise UpstreamLost("ComfyUI no longer knows this video; it was restarted, or its queue was cleared.")
        return state

    def check(self, state: JobState, api: Api) -> None:
        """Raise Rejected in the node's words if a node failed, UpstreamFailed if there is no video."""
        status = state.body.get("status") or {}
        messages = cast("list[tuple[str, Mapping[str, Any]]]", status.get("messages") or [])
        for kind, data in reversed(messages):
            if kind == "execution_error":
                node = f"{data.get('node_type')} ({data.get('node_id')})"
                raise Rejected(f"The engine's node {node} failed: {api.redact(str(data.get('exception_message')))}")
            if kind == "execution_interrupted":
                raise UpstreamFailed("The video was interrupted at the engine.")
        if status.get("status_str") != "success":
            raise UpstreamFailed(f"The engine ended the workflow with {status.get('status_str')!r}.")
        if next(videos_in(state.body.get("outputs") or {}), None) is None:
            raise UpstreamFailed("The workflow saved no video.")

    def result_url(self, api: Api, engine_id: str, state: JobState) -> str:
        """Return the URL of the first video that the workflow saved."""
        return f"{api.base_url}/view?{urlencode(next(videos_in(state.body['outputs'])))}"

    async def cancel(self, api: Api, engine_id: str) -> None:
        """Take a prompt out of the queue, or interrupt it if it runs; older versions need both requests."""
        self._listener.forget(engine_id)
        response = await api.upload(f"/api/jobs/{engine_id}/cancel", None)
        if response.status not in (404, 405):
            return
        await api.upload("/queue", {"delete": [engine_id]})
        running = (await self._asked(api, "/queue")).get("queue_running") or ()
        # Some versions interrupt whatever runs.
        if any(entry[1] == engine_id for entry in running):
            await api.upload("/interrupt", {"prompt_id": engine_id})

    async def close(self) -> None:
        """Close the websockets."""
        await self._listener.close()


def _prompt_id(key: str) -> str:
    return str(uuid.uuid5(NAMESPACE, key))


def _node_errors(response: UpstreamResponse) -> str:
    """Return what the engine says against each node, in its words."""
    node_errors = response.fields.get("node_errors")
    nodes = cast("Mapping[str, Any]", node_errors if isinstance(node_errors, dict) else {})
    reasons = [
        f"{node.get('class_type')} ({node_id}): {error.get('message')}: {error.get('details')}"
        for node_id, node in nodes.items()
        for error in node.get("errors", ())
    ]
    error = response.fields.get("error")
    whole = error.get("message") if isinstance(error, dict) else error
    return "; ".join(reasons) or str(whole)


def create(context: BackendContext) -> EngineBackend:
    """Return the backend (entry point)."""
    options = ComfyuiOptions.read(ComfyuiWire.name, context.options)
    workflows = {name: read_workflow(name) for name in options.workflow_names()}
    for name, graph in workflows.items():
        if unknown := unknown_names(graph):
            raise InvalidOptions(f"The workflow {name} has a placeholder {{{unknown[0]}}}, which stands for nothing.")
    return create_engine(context, ComfyuiWire(workflows, options.negative_prompt), options, options.profiled())
