"""The child process that keeps a pipeline loaded, seen from the server: requests and responses are lines of JSON."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any

import structlog

from ...domain.errors import BackendError, SandboxFailed, Unavailable

log = structlog.get_logger()

# Without the current folder, whose files could take the place of modules.
COMMAND = (sys.executable, "-P", "-m", "grok_video.backends.diffusers.child")
# One step of a large model may take this long, and a pipeline is stopped between two steps.
STOP_SECONDS = 60.0
KILL_SECONDS = 10.0
MAX_LINE = 1 << 20
INVALID = "The pipeline's process sent an invalid response."
QUIET = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "TQDM_DISABLE": "1"}
# All that the child gets of the environment, which holds the keys of upstreams.
KEPT_VARIABLES = (
    "HOME", "PATH", "LANG", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "TMPDIR", "XDG_CACHE_HOME", "HTTPS_PROXY",
    "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE",
)  # fmt: skip
KEPT_PREFIXES = ("CUDA_", "HF_", "HIP_", "HSA_", "MKL_", "NCCL_", "NVIDIA_", "OMP_", "PYTORCH_", "ROCR_", "TORCH")


class PipelineProcess:
    """Starts the child when it is first needed, and again after it died; makes one request at a time."""

    def __init__(self, *, device: str | None, seconds: float, command: Sequence[str] = COMMAND) -> None:
        self._command = (*command, *([device] if device else []))
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._numbers = count(1)
        self._child: Process | None = None
        self._loading = False
        self._stopping: asyncio.Task[None] | None = None

    async def ask(self, request: Mapping[str, Any], progress: Callable[[float], None] = lambda _: None) -> Any:
        """Send a request and return its result.

        A cancelled caller returns at once; the pipeline is stopped after its current step. Raises Unavailable if the
        weights cannot be loaded, and SandboxFailed if memory is short, time is up, or the process died.
        """
        async with self._turn:
            if self._stopping is not None:
                await asyncio.wait([self._stopping])
            child = await self._running()
            number = next(self._numbers)
            try:
                async with asyncio.timeout(self._seconds):
                    await _send(child, {**request, "id": number})
                    response = await self._response(child, number, progress)
            except TimeoutError:
                await self._kill(child)
                raise SandboxFailed(
                    f"The pipeline took longer than {self._seconds:.0f} seconds.", code="render_timed_out"
                ) from None
            except asyncio.CancelledError:
                self._stopping = asyncio.create_task(self._stop(child, number))
                raise
            if response.get("kind") == "device":
                # A new process gets the device as it was.
                await self._kill(child)
        return _result(response)

    async def _running(self) -> Process:
        if self._child is not None and self._child.returncode is None:
            return self._child
        starting = asyncio.create_task(self._start())
        try:
            child = await asyncio.shield(starting)
        except asyncio.CancelledError:
            with suppress(OSError):
                self._child = await starting
            raise
        except OSError as error:
            raise Unavailable(f"The pipeline's process cannot be started: {error.strerror}.") from None
        self._child, self._loading = child, False
        return child

    async def _start(self) -> Process:
        kept = {name: value for name, value in os.environ.items() if _is_kept(name)}
        return await asyncio.create_subprocess_exec(
            *self._command,
            stdin=PIPE,
            stdout=PIPE,
            env={**kept, **QUIET},
            limit=MAX_LINE,
            # A signal to the server's whole group must not end it before the server hands the task back.
            start_new_session=True,
        )

    async def _response(self, child: Process, number: int, progress: Callable[[float], None]) -> Mapping[str, Any]:
        """Return the last response to a request; those before it say the progress."""
        assert child.stdout is not None
        while True:
            try:
                if not (line := await child.stdout.readline()):
                    break
                response = json.loads(line)
                if response["id"] != number:
                    continue
                match response["is"]:
                    case "progress":
                        progress(response["percent"])
                    case "loading" | "loaded" as state:
                        self._loading = state == "loading"
                    case _:
                        return response
            except (ValueError, LookupError, TypeError):
                await self._kill(child)
                raise SandboxFailed(INVALID) from None
        code = await child.wait()
        cause = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        short = "; probably out of main memory" if code == -signal.SIGKILL else ""
        raise SandboxFailed(f"The pipeline's process ended with {cause}{short}.")

    async def _stop(self, child: Process, number: int) -> None:
        """Have the child stop its request, or kill it if it does not."""
        # Loading cannot be stopped, and is worth more than the time until the next request.
        seconds = self._seconds if self._loading else STOP_SECONDS
        try:
            async with asyncio.timeout(seconds):
                await _send(child, {"do": "stop", "id": number})
                await self._response(child, number, lambda _: None)
        except (TimeoutError, BackendError):
            log.warning("the pipeline did not stop; its process is killed")
            await self._kill(child)

    async def _kill(self, child: Process) -> None:
        with suppress(ProcessLookupError):
            child.kill()
        try:
            async with asyncio.timeout(KILL_SECONDS):
                await child.wait()
        except TimeoutError:
            log.error("a pipeline's process does not end", pid=child.pid)
            self._child = None

    async def close(self) -> None:
        """End the child."""
        if self._stopping is not None:
            self._stopping.cancel()
        if self._child is not None:
            await self._kill(self._child)


async def _send(child: Process, request: Mapping[str, Any]) -> None:
    assert child.stdin is not None
    # A child that died is noticed by its missing response.
    with suppress(BrokenPipeError, ConnectionResetError):
        child.stdin.write(json.dumps(request).encode() + b"\n")
        await child.stdin.drain()


def _is_kept(name: str) -> bool:
    return name in KEPT_VARIABLES or name.startswith(KEPT_PREFIXES)


def _result(response: Mapping[str, Any]) -> Any:
    match response:
        case {"is": "done", "result": result}:
            return result
        case {"is": "failed", "kind": "memory", "reason": str(reason)}:
            raise SandboxFailed(reason, code="render_out_of_memory")
        case {"is": "failed", "kind": "weights", "reason": str(reason)}:
            raise Unavailable(reason)
        case {"is": "failed", "reason": str(reason)}:
            raise SandboxFailed(reason)
        case _:
            raise SandboxFailed(INVALID)
