"""The queue and the history of the imitated ComfyUI, in memory only."""

from __future__ import annotations

import copy
import heapq
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LONGEST_HISTORY = 10000
SENSITIVE = ("auth_token_comfy_org", "api_key_comfy_org")
# Number, prompt id, prompt, extra data, outputs.
Item = tuple[Any, ...]


@dataclass(eq=False)
class Running:
    """A prompt that runs; `interrupted` is read before every node and at every step."""

    item: Item
    interrupted: bool = False


class PromptQueue:
    """The prompts that wait, the one that runs, and the ones that ran (execution.py:1251)."""

    def __init__(self, updated: Callable[[], None]) -> None:
        self.updated = updated
        self.lock = threading.RLock()
        self.filled = threading.Condition(self.lock)
        self.waiting: list[Item] = []
        self.running: Running | None = None
        self.history: dict[str, dict[str, Any]] = {}
        self.closed = False

    def put(self, item: Item) -> None:
        """Queue a prompt by its number; equal numbers and ids cannot be compared and raise TypeError."""
        with self.lock:
            heapq.heappush(self.waiting, item)
            self.updated()
            self.filled.notify()

    def get(self) -> Running | None:
        """Wait for a prompt and let it run; return None when the queue is closed."""
        with self.filled:
            while not self.waiting and not self.closed:
                self.filled.wait()
            if self.closed:
                return None
            self.running = Running(copy.deepcopy(heapq.heappop(self.waiting)))
            self.updated()
            return self.running

    def finish(self, running: Running, result: dict[str, Any], status: dict[str, Any]) -> None:
        """Move the prompt that ran into the history (execution.py:1286)."""
        with self.lock:
            self.running = None
            if len(self.history) > LONGEST_HISTORY:
                self.history.pop(next(iter(self.history)))
            self.history[running.item[1]] = {"prompt": running.item[:5], "outputs": {}, "status": status} | result
            self.updated()

    def close(self) -> None:
        """Let nothing run any more."""
        with self.lock:
            self.closed = True
            self.waiting.clear()
            self.filled.notify_all()

    def remaining(self) -> dict[str, Any]:
        """Return what GET /prompt and the status message say."""
        with self.lock:
            return {"exec_info": {"queue_remaining": len(self.waiting) + (self.running is not None)}}

    def current(self) -> tuple[list[Item], list[Item]]:
        """Return the prompts that run and those that wait, without secrets, the waiting ones in heap order."""
        with self.lock:
            running = [self.running.item[:5]] if self.running is not None else []
            return running, [item[:5] for item in self.waiting]

    def interrupt(self, prompt_id: str | None = None) -> bool:
        """Interrupt what runs, if its id is the one given; tell whether it was."""
        with self.lock:
            if self.running is None or prompt_id not in (None, self.running.item[1]):
                return False
            self.running.interrupted = True
            return True

    def clear(self) -> None:
        """Forget what waits."""
        with self.lock:
            self.waiting.clear()
            self.updated()

    def delete(self, prompt_id: Any) -> bool:
        """Take one waiting prompt out; the one that runs goes on."""
        with self.lock:
            for number, item in enumerate(self.waiting):
                if item[1] == prompt_id:
                    del self.waiting[number]
                    heapq.heapify(self.waiting)
                    self.updated()
                    return True
        return False

    def past(self, prompt_id: str | None = None, most: int | None = None, offset: int = -1) -> dict[str, Any]:
        """Return the history, or one entry of it, or {} (execution.py:1364)."""
        with self.lock:
            if prompt_id is not None:
                return {prompt_id: copy.deepcopy(self.history[prompt_id])} if prompt_id in self.history else {}
            if offset < 0 and most is not None:
                offset = len(self.history) - most
            chosen = [each for number, each in enumerate(self.history.items()) if number >= offset]
            return dict(chosen if most is None else chosen[: max(1, most)])

    def forget(self, prompt_id: str | None = None) -> None:
        """Delete one entry of the history, or all."""
        with self.lock:
            if prompt_id is None:
                self.history.clear()
            else:
                self.history.pop(prompt_id, None)
