"""The worker of the imitated ComfyUI: it runs one prompt after the other and tells the clients of every step."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from . import comfyui_latents
from .comfyui_files import Folders
from .comfyui_graph import LAZY, Order, known_inputs, signature
from .comfyui_nodes import Library
from .comfyui_previews import METHODS, preview_image
from .comfyui_queue import PromptQueue, Running
from .comfyui_rules import is_link
from .comfyui_sockets import Sockets
from .comfyui_work import WORK, Context, Given
from .engine import EngineJob, _spoilt

SAMPLERS = ("KSampler", "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced")
# How long the history lags behind the message that all is done; a race that the real server has as well.
LAG_SECONDS = 0.02
TICK_SECONDS = 0.01
MEMORY_TIP = (
    "This error means you ran out of memory on your GPU.\n\nTIPS: If the workflow worked before you might have "
    "accidentally set the batch_size to a large number."
)
# Importing the module registers its nodes.
NODE_MODULES = (comfyui_latents,)
Result = tuple[list[Any], dict[str, Any] | None]


class Interrupted(Exception):
    """The prompt was interrupted."""


class Closed(Exception):
    """The server ends."""


@dataclass
class State:
    """What is known of the prompt that runs: results by node, what is cached, and the messages for the history."""

    running: Running
    job: EngineJob
    client_id: str | None
    context: Context
    step_seconds: float = 0.0
    node_id: str = ""
    messages: list[list[Any]] = field(default_factory=list[list[Any]])
    keys: dict[str, str] = field(default_factory=dict[str, str])
    results: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    executed: list[str] = field(default_factory=list[str])
    progress: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    shown: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def prompt_id(self) -> str:
        """The id of the prompt."""
        return self.running.item[1]

    @property
    def prompt(self) -> dict[str, Any]:
        """The nodes of the prompt."""
        return self.running.item[2]


class Worker:
    """Runs prompts in a thread; `cache` keeps what nodes returned, as the real server does by default."""

    def __init__(
        self, queue: PromptQueue, sockets: Sockets, library: Library, folders: Folders,
        job_of: Callable[[str], EngineJob], *, work_seconds: Callable[[], float], caching: bool, previews: bool,
    ) -> None:  # fmt: skip
        self.queue, self.sockets, self.library, self.folders = queue, sockets, library, folders
        self.job_of, self.work_seconds, self.previews = job_of, work_seconds, previews
        self.cache: dict[str, Result] | None = {} if caching else None
        self.client_id: str | None = None
        self.node_id: str | None = None
        self.closing = threading.Event()
        self.problems: list[str] = []
        self.thread = threading.Thread(target=self._work, name="comfyui-worker", daemon=True)

    def start(self) -> None:
        """Begin to take prompts."""
        self.thread.start()

    def close(self) -> None:
        """End at once, whatever runs."""
        self.closing.set()
        self.queue.close()
        self.thread.join(10)

    def _work(self) -> None:
        while (running := self.queue.get()) is not None:
            try:
                self._run(running)
            except Closed:
                return
            except Exception:
                self.problems.append(f"the imitation could not run a prompt: {traceback.format_exc()}")
                return

    def _run(self, running: Running) -> None:
        state = self._begun(running)
        order = Order(state.prompt, self.library, state.results, running.item[4])
        try:
            while (node_id := order.next()) is not None:
                if not self._wait_for_lazy(state, order, node_id):
                    self._node(state, node_id)
                    order.done(node_id)
            self._message(state, "execution_success", {})
        except Closed:
            raise
        except Interrupted:
            state.job.cancelled = True
            about = {"node_id": state.node_id, "node_type": state.prompt[state.node_id]["class_type"]}
            self._message(state, "execution_interrupted", about | {"executed": state.executed}, everybody=True)
        except Exception as error:
            self._message(state, "execution_error", self._failure(state, error))
        self._finish(state)

    def _begun(self, running: Running) -> State:
        """Send the first messages, and find what is cached."""
        _, prompt_id, prompt, extra, _ = running.item[:5]
        job = self.job_of(prompt_id)
        self.client_id = extra.get("client_id")
        context = Context(
            self.folders, prompt, extra, lambda count, size: self._take_steps(state, count, size),
            lambda text: self.sockets.text(text, state.node_id), lambda scene: _spoilt(scene, job.facts["fault"]),
            job.facts,
        )  # fmt: skip
        state = State(running, job, self.client_id, context)
        self._message(state, "execution_start", {})
        state.keys = {each: signature(prompt, each, self.library, self.folders) for each in prompt}
        cache = self._cache_for(job)
        state.results = {each: cache[key][0] for each, key in state.keys.items() if key in cache}
        job.facts["cached"] = sorted(state.results)
        self._message(state, "execution_cached", {"nodes": list(state.results)})
        count = sum(_steps(node) for each, node in prompt.items() if each not in state.results)
        state.step_seconds = self.work_seconds() / count if count else 0.0
        return state

    def _finish(self, state: State) -> None:
        """Move the prompt into the history, a little after the last message."""
        success = state.messages[-1][0] == "execution_success"
        status = {"status_str": "success" if success else "error", "completed": success, "messages": state.messages}
        outputs = {each: shown["output"] for each, shown in state.shown.items()}
        meta = {each: shown["meta"] for each, shown in state.shown.items()}
        state.job.facts["outputs"] = outputs
        state.job.file = next((self._file(each) for shown in outputs.values() for each in shown["images"]), None)
        state.job.scene = state.context.scene or state.job.scene
        state.job.painted.set()
        self.node_id = None
        self.closing.wait(LAG_SECONDS)
        self.queue.finish(state.running, {"outputs": outputs, "meta": meta}, status)
        if state.client_id is not None:
            self.sockets.send("executing", {"node": None, "prompt_id": state.prompt_id}, state.client_id)

    def _file(self, shown: dict[str, str]) -> Path:
        return self.folders.root / shown["type"] / shown["subfolder"] / shown["filename"]

    def _wait_for_lazy(self, state: State, order: Order, node_id: str) -> bool:
        """Check whether a node has to wait for an input that it only now asks for (execution.py:507)."""
        node = state.prompt[node_id]
        if node["class_type"] not in LAZY or node_id in state.results:
            return False
        chosen = LAZY[node["class_type"]][bool(self._given(state, node_id).get("switch"))]
        value = node["inputs"].get(chosen)
        return is_link(value) and order.need(node_id, value[0])

    def _node(self, state: State, node_id: str) -> None:
        """Run a node, or show what is cached of it (execution.py:438)."""
        state.node_id = node_id
        key = state.keys[node_id]
        if node_id in state.results:
            self._show(state, node_id, self._cache_for(state.job)[key][1], cached=True)
            self._progress(state, node_id, "finished")
            return
        self._progress(state, node_id, "running", 0.0, 1.0)
        if state.client_id is not None:
            self.node_id = node_id
            about = {"node": node_id, "display_node": node_id, "prompt_id": state.prompt_id}
            self.sockets.send("executing", about, state.client_id)
        self._check(state)
        class_type = state.prompt[node_id]["class_type"]
        if class_type not in SAMPLERS and state.job.outcome == "fail" and not self._will_sample(state):
            raise RuntimeError(state.job.failure.get("message") or "The node failed.")
        state.context.ui = None
        outputs = WORK[class_type](state.context, self._given(state, node_id))
        self._show(state, node_id, state.context.ui)
        state.results[node_id] = outputs
        self._cache_for(state.job)[key] = (outputs, state.context.ui)
        self._progress(state, node_id, "finished")
        state.executed.append(node_id)

    def _cache_for(self, job: EngineJob) -> dict[str, Result]:
        """Return the cache; an empty one for a job with a fault, which might never happen otherwise."""
        return {} if self.cache is None or job.facts["fault"] else self.cache

    def _will_sample(self, state: State) -> bool:
        return any(node["class_type"] in SAMPLERS for node in state.prompt.values())

    def _given(self, state: State, node_id: str) -> Given:
        node = state.prompt[node_id]
        given: dict[str, Any] = {}
        for name in known_inputs(state.prompt, node_id, self.library):
            value = node["inputs"][name]
            if not is_link(value):
                given[name] = value
            elif value[0] in state.results:
                given[name] = state.results[value[0]][int(value[1])]
        return Given(node["class_type"], given)

    def _show(self, state: State, node_id: str, ui: dict[str, Any] | None, *, cached: bool = False) -> None:
        """Note a node's files for the history, and send them."""
        if ui is not None:
            meta = {"node_id": node_id, "display_node": node_id, "parent_node": None, "real_node_id": node_id}
            state.shown[node_id] = {"meta": meta, "output": ui}
        if (ui is not None or cached) and state.client_id is not None:
            about = {"node": node_id, "display_node": node_id, "output": ui, "prompt_id": state.prompt_id}
            self.sockets.send("executed", about, state.client_id)

    def _take_steps(self, state: State, count: int, size: tuple[int, int]) -> None:
        """Take the steps of a sampler, with a latent of a size; here a job fails, gets stuck or is interrupted."""
        job = state.job
        for step in range(1, count + 1):
            self._pause(state.step_seconds)
            if job.outcome == "fail":
                raise RuntimeError(job.failure.get("message") or "The sampler failed.")
            self._check(state)
            self._tell_step(state, step, count, size)
            while job.outcome == "stuck" and step >= (count + 1) // 2:
                self._check(state)
                self._pause(TICK_SECONDS)
        if job.outcome == "fail":
            raise RuntimeError(job.failure.get("message") or "The sampler failed.")

    def _tell_step(self, state: State, step: int, count: int, size: tuple[int, int]) -> None:
        """Send the progress of a step, with a preview of one of two kinds (main.py:485)."""
        node_id, prompt_id = state.node_id, state.prompt_id
        preview = self._preview(state, size)
        self._progress(state, node_id, "running", step, count)
        if preview is not None:
            about = {"node_id": node_id, "prompt_id": prompt_id, "display_node_id": node_id}
            self.sockets.preview(preview, about | {"parent_node_id": None, "real_node_id": node_id}, state.client_id)
        about = {"value": step, "max": count, "prompt_id": prompt_id, "node": node_id}
        self.sockets.send("progress", about, state.client_id)
        if preview is not None:
            self.sockets.old_preview(preview, state.client_id)

    def _preview(self, state: State, size: tuple[int, int]) -> Image.Image | None:
        """Return a preview if there are any; a prompt overrides --preview-method (latent_preview.py:132).

        The old version does not know `preview_method` in a prompt. An unknown method there means the server's own.
        """
        method = None if self.library.old else state.context.extra.get("preview_method")
        if method == "none" or (method not in METHODS and not self.previews):
            return None
        facts = state.job.facts
        facts["previews"] = facts.get("previews", 0) + 1
        return preview_image(str(facts.get("prompt", "")), facts["previews"], size)

    def _progress(
        self, state: State, node_id: str, word: str, value: float | None = None, most: float | None = None
    ) -> None:
        """Send the progress of all the nodes that have begun (progress.py:160)."""
        before = state.progress.get(node_id, {"max": 1})
        most = before["max"] if most is None else most
        state.progress[node_id] = {
            "value": most if value is None else value, "max": most, "state": word, "node_id": node_id,
            "prompt_id": state.prompt_id, "display_node_id": node_id, "parent_node_id": None, "real_node_id": node_id,
        }  # fmt: skip
        about = {"prompt_id": state.prompt_id, "nodes": state.progress}
        self.sockets.send("progress_state", about, state.client_id)

    def _failure(self, state: State, error: Exception) -> dict[str, Any]:
        """Return what execution_error says of a node that failed (execution.py:649)."""
        memory = "out of memory" in str(error).lower() or "allocation on device" in str(error).lower()
        kind = type(error)
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        given = {key: [_formatted(value)] for key, value in self._given(state, state.node_id).items()}
        return {
            "node_id": state.node_id, "node_type": state.prompt[state.node_id]["class_type"],
            "executed": state.executed, "exception_message": f"{error}\n{MEMORY_TIP if memory else ''}",
            "exception_type": "torch.OutOfMemoryError" if memory else name,
            "traceback": traceback.format_tb(error.__traceback__), "current_inputs": given,
            "current_outputs": list(state.prompt),
        }  # fmt: skip

    def _message(self, state: State, event: str, data: dict[str, Any], *, everybody: bool = False) -> None:
        """Keep a message for the history, and send it (execution.py:677)."""
        whole = {"prompt_id": state.prompt_id, **data, "timestamp": int(time.time() * 1000)}
        state.messages.append([event, whole])
        if state.client_id is not None or everybody:
            self.sockets.send(event, whole, state.client_id)

    def _pause(self, seconds: float) -> None:
        if self.closing.wait(seconds):
            raise Closed

    def _check(self, state: State) -> None:
        if self.closing.is_set():
            raise Closed
        if state.running.interrupted:
            raise Interrupted


def _steps(node: dict[str, Any]) -> int:
    """Estimate how many steps a node takes, to share out the time."""
    inputs = node["inputs"]
    if node["class_type"] == "KSampler":
        return int(inputs["steps"]) if not is_link(inputs["steps"]) else 20
    if node["class_type"] == "KSamplerAdvanced" and not is_link(inputs["steps"]):
        return max(1, min(inputs["end_at_step"], inputs["steps"]) - inputs["start_at_step"])
    return 8 if node["class_type"] in SAMPLERS else 0


def _formatted(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float | bool | str) else f"<{type(value).__name__}>"
