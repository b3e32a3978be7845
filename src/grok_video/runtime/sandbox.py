"""Killable, memory-limited child processes with a warm start (decision 0009).

One forkserver has numpy, OpenCV and PyAV loaded; a child is a fork of it, limited by RLIMIT_AS. A child exits when its
pipe closes, so that no render continues after a SIGKILL of its parent.
"""

from __future__ import annotations

import asyncio
import errno
import multiprocessing
import os
import resource
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any, TypeVar

from ..domain import errors

T = TypeVar("T")

PRELOAD = ["numpy", "cv2", "av", "PIL.Image", "grok_video.runtime.sandbox"]
MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use: address space beyond its initial size in MiB, and wall time in seconds."""

    memory_mib: int = 1024
    seconds: float = 3600.0


class Sandbox:
    """Runs functions in child processes; cancelling the awaiting task kills the child."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._preload = list(PRELOAD)

    def preload(self, module: str) -> None:
        """Add a module that the forkserver loads in advance; call this before `start`."""
        self._preload.append(module)

    async def start(self) -> None:
        """Start the forkserver, so that the first child starts fast."""
        # One BLAS thread: children are the unit of parallelism here.
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ.setdefault(name, "1")
        self._context.set_forkserver_preload(self._preload)
        await asyncio.to_thread(forkserver.ensure_running)

    async def run(
        self,
        function: Callable[..., T],
        *args: Any,
        limits: Limits = Limits(),
        on_message: Callable[[Any], None] | None = None,
        sends: bool = False,
    ) -> T:
        """Call a top-level function in a child and return its result.

        With `sends`, the function's first argument is a callable whose messages reach `on_message`. A GrokVideoError
        raised in the child is raised here, StorageFull if a disk was full; a crash raises SandboxFailed with the code
        `render_crashed`, `render_out_of_memory` or `render_timed_out`.
        """
        ours, theirs = self._context.Pipe(duplex=True)
        process = self._context.Process(
            target=_child, args=(theirs, limits.memory_mib, sends, function, args), daemon=True
        )
        try:
            starting = asyncio.create_task(asyncio.to_thread(process.start))
            try:
                await asyncio.shield(starting)
            except asyncio.CancelledError:
                await starting
                raise
            theirs.close()
            async with asyncio.timeout(limits.seconds):
                kind, *content = await _receive(ours, on_message)
        except TimeoutError:
            raise errors.SandboxFailed(
                f"The work took longer than {limits.seconds:.0f} seconds.", code="render_timed_out"
            ) from None
        finally:
            # Children hold nothing that would need a clean shutdown.
            await asyncio.shield(asyncio.to_thread(_end, process, ours))
        return _result(kind, content)


async def _receive(ours: Connection, on_message: Callable[[Any], None] | None) -> Any:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()

    def readable() -> None:
        try:
            kind, *rest = ours.recv()
        except (EOFError, OSError):
            kind, rest = "gone", []
        if kind == "message":
            if on_message is not None and not done.done():
                on_message(rest[0])
        elif not done.done():
            loop.remove_reader(ours.fileno())
            done.set_result((kind, *rest))

    loop.add_reader(ours.fileno(), readable)
    try:
        return await done
    finally:
        loop.remove_reader(ours.fileno())


def _result(kind: str, content: list[Any]) -> Any:
    if kind == "result":
        return content[0]
    if kind == "error":
        name, message, param, code = content
        raise _error_class(name)(message, param=param, code=code)
    if kind == "memory":
        raise errors.SandboxFailed("The work needs more memory than it is allowed to use.", code="render_out_of_memory")
    if kind == "full":
        raise errors.StorageFull()
    if kind == "crash":
        raise errors.SandboxFailed(f"The work failed: {content[0]}")
    raise errors.SandboxFailed("The child process died without a result.")


def _error_class(name: str) -> type[errors.GrokVideoError]:
    """Return the class of this name in the tree of errors, or BackendError."""
    pending: list[type[errors.GrokVideoError]] = [errors.GrokVideoError]
    while pending:
        kind = pending.pop()
        if kind.__name__ == name:
            return kind
        pending += kind.__subclasses__()
    return errors.BackendError


def _end(process: ForkServerProcess, ours: Connection) -> None:
    if process.pid is not None:
        process.kill()
        process.join(5)
        process.close()
    ours.close()


def _child(theirs: Connection, memory_mib: int, sends: bool, function: Callable[..., Any], args: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, args=(theirs,), daemon=True).start()
    limit = _address_space() + memory_mib * MEBIBYTE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    lock = threading.Lock()

    def send(*message: Any) -> None:
        with lock, suppress(BrokenPipeError):
            theirs.send(message)

    def send_message(value: Any) -> None:
        send("message", value)

    try:
        if sends:
            send("result", function(send_message, *args))
        else:
            send("result", function(*args))
    except errors.GrokVideoError as error:
        send("error", type(error).__name__, error.message, error.param, error.code)
    except MemoryError:
        send("memory")
    except Exception as error:
        # FFmpeg and OpenCV report a failed allocation in their own words.
        text = f"{type(error).__name__}: {error}"
        if any(phrase in text.lower() for phrase in ("cannot allocate", "insufficient memory", "out of memory")):
            send("memory")
        elif getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "no space left" in text.lower():
            send("full")
        else:
            traceback.print_exc()
            send("crash", text)


def _die_with_parent(theirs: Connection) -> None:
    with suppress(EOFError, OSError):
        theirs.recv()
    os._exit(1)


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
