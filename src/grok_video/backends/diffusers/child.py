"""The child process itself: reads requests from its standard input, responds on its standard output.

Run as `python -m grok_video.backends.diffusers.child [DEVICE]`. Only this process imports torch and diffusers.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Mapping
from importlib import import_module
from typing import IO, Any

from .loading import LoadFailed, Pipelines, check_libraries, is_device_failure, is_out_of_memory, problems_of
from .model_frames import arguments_of, write_video

NICENESS = 5


class Stopped(Exception):
    """The request was stopped between two steps."""


class Child:
    """Responds to requests in order; one that is stopped ends after its current step."""

    def __init__(self, responses: IO[bytes], device: str | None) -> None:
        self._responses = responses
        self._requests: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
        self._stopped = 0
        self._pipelines = Pipelines(device)

    def read(self, lines: IO[bytes]) -> None:
        """Take in requests until the parent is gone, and then end this process, whatever it is doing."""
        try:
            for line in lines:
                request = json.loads(line)
                if request["do"] == "stop":
                    self._stopped = request["id"]
                else:
                    self._requests.put(request)
        finally:
            os._exit(0)

    def serve(self) -> None:
        """Respond to one request after the other."""
        while True:
            request = self._requests.get()
            self._send(request["id"], **self._response(request))

    def _response(self, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            check_libraries()
            made = self._described(request) if request["do"] == "describe" else self._made(request)
            return {"is": "done", "result": made}
        except Stopped:
            return {"is": "stopped"}
        except LoadFailed as failure:
            traceback.print_exc()
            return {"is": "failed", "kind": "weights", "reason": str(failure)}
        except Exception as error:
            # What libraries say may name folders of this machine: it is for the log only.
            traceback.print_exc()
            out_of_memory = is_out_of_memory(error)
            kind = "device" if is_device_failure(error) else "other"
            reason = f"The {'device' if kind == 'device' else 'pipeline'} failed: {type(error).__name__}."
        if not out_of_memory:
            return {"is": "failed", "kind": kind, "reason": reason}
        # Outside of the handler, because the traceback holds what has to be freed.
        self._pipelines.drop()
        reason = "There is not enough memory on the device, even with offload and tiling."
        return {"is": "failed", "kind": "memory", "reason": reason}

    def _made(self, request: Mapping[str, Any]) -> dict[str, Any]:
        while True:
            try:
                return self._run(request)
            except Exception as error:
                if not is_out_of_memory(error) or not self._pipelines.save_memory(request["weights"]):
                    raise
                print(f"out of memory; again with tiling and more offload: {error}", file=sys.stderr)
            # Outside of the handler, because the traceback holds what has to be freed.

    def _run(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self._check_stopped(request)
        self._send(request["id"], **{"is": "loading"})
        pipe = self._pipelines.get(request["weights"], request["pipeline"])
        self._send(request["id"], **{"is": "loaded"})
        self._check_stopped(request)
        torch = import_module("torch")

        def on_step(pipeline: Any, step: int, _time: Any, kept: dict[str, Any]) -> dict[str, Any]:
            self._check_stopped(request)
            self._send(request["id"], **{"is": "progress", "percent": 100 * (step + 1) / pipeline.num_timesteps})
            return kept

        try:
            made = pipe(
                **arguments_of(request),
                # On the CPU, so that a seed gives the same noise on every device.
                generator=torch.Generator("cpu").manual_seed(request["seed"]),
                callback_on_step_end=on_step,
                output_type="np",
            )
        finally:
            # Only a call that ends normally takes its last component off the device by itself.
            pipe.maybe_free_model_hooks()
        self._check_stopped(request)
        facts = write_video(request, made, pipe)
        return {**facts, "offload": self._pipelines.offload}

    def _described(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "torch": import_module("torch").__version__,
            "diffusers": import_module("diffusers").__version__,
            "device": self._pipelines.device_name(),
            "problems": [problem for task in request["tasks"] for problem in problems_of(task)],
        }

    def _check_stopped(self, request: Mapping[str, Any]) -> None:
        if self._stopped == request["id"]:
            raise Stopped

    def _send(self, number: int, **response: Any) -> None:
        self._responses.write(json.dumps({"id": number, **response}).encode() + b"\n")
        self._responses.flush()


def main() -> None:
    """Serve requests; what libraries print goes to the standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    responses = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    child = Child(responses, sys.argv[1] if len(sys.argv) > 1 else None)
    threading.Thread(target=child.read, args=(sys.stdin.buffer,), daemon=True).start()
    child.serve()


if __name__ == "__main__":
    main()
