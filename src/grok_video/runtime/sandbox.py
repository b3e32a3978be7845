"""Killable, limited and confined child processes with a warm start (decision 0009).

One forkserver has numpy, OpenCV and PyAV loaded; a child is a fork of it, with resource limits and without what it does
not need. A child exits when its socket closes, so that no render continues after a SIGKILL of its parent. What it sends
is JSON: a child that decodes hostile files may have been taken over, and must not be able to run code here.
"""

from __future__ import annotations

import asyncio
import dataclasses
import errno
import json
import multiprocessing
import os
import resource
import signal
import socket
import subprocess
import threading
import traceback
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver, util
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, TypeVar

import psutil

from ..domain import errors
from .confinement import Files, confine

T = TypeVar("T")

PRELOAD = ["numpy", "cv2", "av", "PIL.Image", "grok_video.runtime.sandbox"]
MEBIBYTE = 1 << 20
MAX_MESSAGE = MEBIBYTE
# So that rendering never delays a response.
NICENESS = 5
# All that the forkserver inherits of the environment, which holds the keys of upstreams: where the libraries are.
KEPT_VARIABLES = ("LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "TMPDIR")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use.

    `memory_mib` is address space beyond its initial size, `seconds` wall time, `cpu_seconds` the time on all cores,
    `file_mib` the size of any file that it writes.
    """

    memory_mib: int = 1024
    seconds: float = 3600.0
    cpu_seconds: int | None = None
    file_mib: int | None = None


class Sandbox:
    """Runs functions in child processes; cancelling the awaiting task kills the child."""

    # Of the whole process, like the forkserver.
    _lock = threading.Lock()

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._preload = list(PRELOAD)
        self._forkserver: psutil.Process | None = None

    def preload(self, module: str) -> None:
        """Add a module that the forkserver loads in advance; call this before `start`."""
        self._preload.append(module)

    async def start(self) -> None:
        """Start the forkserver, so that the first child starts fast."""
        self._context.set_forkserver_preload(self._preload)
        await asyncio.to_thread(self._ensure_forkserver)

    def _start(self, process: ForkServerProcess) -> None:
        self._ensure_forkserver()
        process.start()

    def _ensure_forkserver(self) -> None:
        """Start the forkserver if it does not run: by itself it would be started with the whole environment."""
        with self._lock:
            running = self._forkserver
            if running is not None and running.is_running() and running.status() != psutil.STATUS_ZOMBIE:
                return
            with _reduced_environment():
                forkserver.ensure_running()
            children = psutil.Process().children()
            self._forkserver = next((child for child in children if _is_forkserver(child)), None)

    async def run(
        self,
        function: Callable[..., T],
        *args: Any,
        limits: Limits = Limits(),
        on_message: Callable[[Any], None] | None = None,
        sends: bool = False,
        files: Files | None = None,
    ) -> T:
        """Call a top-level function in a child and return its result, which is JSON: a dataclass arrives as a mapping.

        With `sends`, the function's first argument is a callable whose messages reach `on_message`. With `files`, the
        child can use no other files of the server; those to write are made empty before. A GrokVideoError of the child
        is raised here, StorageFull if a disk was full; a crash raises SandboxFailed with the code `render_crashed`,
        `render_out_of_memory`, `render_timed_out` or `render_too_large`.
        """
        for path in files.writes if files else ():
            Path(path).touch()
        ours, theirs = socket.socketpair()
        process = self._context.Process(target=_child, args=(theirs, limits, files, sends, function, args), daemon=True)
        kind, content = "", list[Any]()
        try:
            starting = asyncio.create_task(asyncio.to_thread(self._start, process))
            try:
                await asyncio.shield(starting)
            except asyncio.CancelledError:
                await starting
                raise
            theirs.close()
            async with asyncio.timeout(limits.seconds):
                kind, content = await _receive(ours, on_message)
        except TimeoutError:
            raise errors.SandboxFailed(
                f"The work took longer than {limits.seconds:.0f} seconds.", code="render_timed_out"
            ) from None
        finally:
            # Children hold nothing that would need a clean shutdown.
            theirs.close()
            patience = 1.0 if kind == "gone" else 0.0
            signal_number = await asyncio.shield(asyncio.to_thread(_end, process, ours, patience))
        return _result(kind, content, signal_number, limits)


@contextmanager
def _reduced_environment() -> Generator[None]:
    """Have multiprocessing start its helpers without the variables that a child does not need, for the block.

    Changing os.environ instead would take it away from every other thread meanwhile.
    """
    kept = {name: value for name, value in os.environ.items() if name in KEPT_VARIABLES}
    # One BLAS thread: children are the unit of parallelism here.
    single = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

    def spawn(path: str | bytes, args: Sequence[str | bytes], passfds: Sequence[int]) -> int:
        process = subprocess.Popen(list(args), executable=path, env={**kept, **single}, pass_fds=passfds)
        # multiprocessing waits for it itself.
        process.returncode = 0
        return process.pid

    usual = util.spawnv_passfds
    try:
        util.spawnv_passfds = spawn
        yield
    finally:
        util.spawnv_passfds = usual


def _is_forkserver(process: psutil.Process) -> bool:
    try:
        return any("multiprocessing.forkserver" in part for part in process.cmdline())
    except psutil.Error:
        return False


async def _receive(ours: socket.socket, on_message: Callable[[Any], None] | None) -> tuple[str, list[Any]]:
    """Return the kind and content of a child's last message; those before it go to `on_message`."""
    reader, writer = await asyncio.open_connection(sock=ours, limit=MAX_MESSAGE)
    try:
        while line := await reader.readline():
            kind, *content = json.loads(line)
            if kind != "message":
                return str(kind), content
            if on_message is not None:
                on_message(content[0])
    except (ValueError, TypeError, IndexError, RecursionError, OSError):
        # A child that was taken over may send anything.
        return "invalid", []
    finally:
        writer.close()
    return "gone", []


def _result(kind: str, content: list[Any], signal_number: int, limits: Limits) -> Any:
    match kind, content:
        case "result", [result]:
            return result
        case "error", [str(name), str(message), str() | None as param, str(code)]:
            raise _error_class(name)(message, param=param, code=code)
        case "memory", _:
            message = "The work needs more memory than it is allowed to use."
            raise errors.SandboxFailed(message, code="render_out_of_memory")
        case "full", _:
            raise errors.StorageFull()
        case "too large", _:
            message = f"The result is larger than {limits.file_mib} MiB."
            raise errors.SandboxFailed(message, code="render_too_large")
        case "crash", [str(reason)]:
            raise errors.SandboxFailed(f"The work failed: {reason}")
        case "gone", _ if signal_number == signal.SIGXCPU:
            message = f"The work took more than {limits.cpu_seconds} seconds of computing."
            raise errors.SandboxFailed(message, code="render_timed_out")
        case _:
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


def _end(process: ForkServerProcess, ours: socket.socket, patience: float) -> int:
    """Kill a child that still runs after some seconds; return the number of the signal that ended it before, or 0."""
    ended = 0
    if process.pid is not None:
        process.join(patience)
        ended = -(process.exitcode or 0)
        process.kill()
        process.join(5)
        process.close()
    ours.close()
    return ended


def _child(
    theirs: socket.socket, limits: Limits, files: Files | None, sends: bool, function: Callable[..., Any], args: Any
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    confine(files)
    _limit(limits)
    threading.Thread(target=_die_with_parent, args=(theirs,), daemon=True).start()
    lock = threading.Lock()

    def send(*message: Any) -> None:
        line = json.dumps(message, default=_plain).encode() + b"\n"
        with lock, suppress(BrokenPipeError):
            theirs.sendall(line)

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
        kind = _kind_of(error)
        if kind == "crash":
            traceback.print_exc()
        send(kind, f"{type(error).__name__}: {error}")


def _limit(limits: Limits) -> None:
    bounds = {
        resource.RLIMIT_AS: _address_space() + limits.memory_mib * MEBIBYTE,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: limits.file_mib and limits.file_mib * MEBIBYTE,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        if bound is not None:
            # A second more until the hard limit, which kills without a reason that could be told.
            hard = bound + 1 if kind == resource.RLIMIT_CPU else bound
            resource.setrlimit(kind, (bound, hard))


def _kind_of(error: Exception) -> str:
    """Return what an exception in a child means: "memory", "full", "too large" or "crash"."""
    text, number = str(error).lower(), getattr(error, "errno", None)
    # FFmpeg and OpenCV report a failed allocation in their own words.
    if any(phrase in text for phrase in ("cannot allocate", "insufficient memory", "out of memory")):
        return "memory"
    if number in (errno.ENOSPC, errno.EDQUOT) or "no space left" in text:
        return "full"
    if number == errno.EFBIG or "file too large" in text:
        return "too large"
    return "crash"


def _plain(value: Any) -> Any:
    """Return what JSON has no form for as something that it has."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"a child returned a {type(value).__name__}, which JSON cannot hold")


def _die_with_parent(theirs: socket.socket) -> None:
    with suppress(OSError):
        theirs.recv(1)
    os._exit(1)


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
