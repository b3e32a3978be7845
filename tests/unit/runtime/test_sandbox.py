"""Child processes that decode and render."""

from __future__ import annotations

import asyncio
import ctypes
import os
import pickle
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from grok_video.domain import errors
from grok_video.domain.errors import Rejected, SandboxFailed, WrongOutput
from grok_video.runtime.confinement import Files, missing_confinement
from grok_video.runtime.sandbox import Limits, Sandbox

ROOT = Path(__file__).parents[3]

# What children run must be importable.


def add(first: int, second: int) -> tuple[int, int]:
    return first + second, os.getpid()


def chatter(send: Callable[[Any], None], count: int) -> str:
    for number in range(count):
        send({"number": number})
    return "done"


def fail(kind: str) -> None:
    raise getattr(errors, kind)("no good", param="images[2]", code="odd_code")


def wrong_output() -> None:
    raise WrongOutput("too short")


def trip() -> None:
    raise KeyError("a key")


def hoard() -> int:
    return sum(len(bytearray(64 << 20)) for _ in [bytearray(64 << 20) for _ in range(64)])


def hoard_in_numpy() -> float:
    return float(np.ones((1 << 30,), np.float64).sum())


def abort() -> None:
    os.abort()


def doze(seconds: float) -> None:
    time.sleep(seconds)


def doze_aloud(send: Callable[[Any], None]) -> None:
    send(os.getpid())
    time.sleep(600)


def fill(size: int) -> str:
    return "x" * size


def environment() -> dict[str, str]:
    return dict(os.environ)


def initial_environment() -> str:
    return Path("/proc/self/environ").read_text()


def try_all(secret: str) -> dict[str, str]:
    """What a decoder that was taken over would try; returns how each attempt ended."""
    attempts: dict[str, Callable[[], Any]] = {
        "fork": os.fork,
        "exec": lambda: os.execv("/bin/true", ["true"]),
        "spawn": lambda: subprocess.run(["/bin/true"], check=True),
        "network": lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
        "unix socket": lambda: socket.socket(socket.AF_UNIX),
        "signal": lambda: os.kill(os.getppid(), 0),
        "ptrace": lambda: ptrace(os.getppid()),
        "memory of the server": lambda: os.open(f"/proc/{os.getppid()}/mem", os.O_RDONLY),
        "read": lambda: Path(secret).read_text(),
        "write": lambda: Path(secret).write_text("mine"),
        "create beside": lambda: Path(secret).with_name("new").write_text("mine"),
    }
    outcomes: dict[str, str] = {}
    for name, attempt in attempts.items():
        try:
            attempt()
            outcomes[name] = "done"
        except OSError as error:
            outcomes[name] = type(error).__name__
    Path("own.txt").write_text("mine")
    threads = [threading.Thread(target=outcomes.setdefault, args=("thread", "done"))]
    for thread in threads:
        thread.start()
        thread.join()
    return outcomes


def ptrace(pid: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, pid, 0, 0) == -1:
        raise OSError(ctypes.get_errno(), "ptrace")


def burn() -> None:
    while True:
        pass


def write_much(path: str) -> None:
    Path(path).write_bytes(bytes(5 << 20))


def the_servers_end() -> int:
    """The descriptor of the socket to the server, as a child that was taken over would find it."""
    return max(int(name) for name in os.listdir("/proc/self/fd") if stat_is_socket(int(name)))


def stat_is_socket(number: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False


class Trap:
    def __reduce__(self) -> Any:
        return print, ("TRAPPED",)


def send_raw(content: bytes) -> None:
    os.write(the_servers_end(), content)
    time.sleep(600)


async def run(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    sandbox = Sandbox()
    await sandbox.start()
    return await sandbox.run(function, *args, **options)


@pytest.mark.anyio
async def test_a_child_responses() -> None:
    total, pid = await run(add, 2, 3)
    assert total == 5
    assert pid != os.getpid()
    # More than a socket holds.
    assert await run(fill, 900_000) == "x" * 900_000


@pytest.mark.anyio
async def test_a_child_sends_messages_in_order() -> None:
    heard: list[Any] = []
    assert await run(chatter, 200, sends=True, on_message=heard.append) == "done"
    assert heard == [{"number": number} for number in range(200)]
    assert await run(chatter, 3, sends=True) == "done"


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["InvalidImage", "InvalidValue", "Rejected", "Unavailable"])
async def test_an_error_comes_back_as_it_was(kind: str) -> None:
    with pytest.raises(errors.GrokVideoError) as caught:
        await run(fail, kind)
    assert type(caught.value) is getattr(errors, kind)
    assert (caught.value.message, caught.value.param, caught.value.code) == ("no good", "images[2]", "odd_code")


@pytest.mark.anyio
async def test_an_error_of_another_module_comes_back_as_its_kind() -> None:
    with pytest.raises(Rejected, match="too short") as caught:
        await run(wrong_output)
    assert caught.value.code == "wrong_output"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("function", "limits", "code"),
    [
        (hoard, Limits(memory_mib=256), "render_out_of_memory"),
        (hoard_in_numpy, Limits(memory_mib=256), "render_out_of_memory"),
        (abort, Limits(), "render_crashed"),
        (trip, Limits(), "render_crashed"),
    ],
)
async def test_a_child_that_ends_badly_says_how(function: Callable[[], Any], limits: Limits, code: str) -> None:
    with pytest.raises(SandboxFailed) as caught:
        await run(function, limits=limits)
    assert caught.value.code == code


@pytest.mark.anyio
async def test_a_child_that_takes_too_long_is_ended() -> None:
    pids: list[int] = []
    with pytest.raises(SandboxFailed) as caught:
        await run(doze_aloud, sends=True, on_message=pids.append, limits=Limits(seconds=1.5))
    assert caught.value.code == "render_timed_out"
    assert await gone(pids[0])


async def gone(pid: int) -> bool:
    """Whether a process ends soon."""
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        await asyncio.sleep(0.1)
    return False


@pytest.mark.anyio
async def test_a_child_can_do_nothing_but_compute(tmp_path: Path) -> None:
    folder, secret = tmp_path / "own", tmp_path / "operator-key"
    folder.mkdir()
    if missing := await run(missing_confinement, files=Files(folder=str(folder))):
        pytest.skip(f"the kernel of this machine does not offer {missing}")
    assert "seccomp" in missing_confinement(), "here, where nothing is confined"
    secret.write_text("gv-secret")
    outcomes = await run(try_all, str(secret), files=Files(folder=str(folder)))
    assert outcomes.pop("thread") == "done"
    assert set(outcomes.values()) == {"PermissionError"}, outcomes
    assert (folder / "own.txt").read_text() == "mine"
    assert secret.read_text() == "gv-secret"


def copy(source: str, target: str, other: str) -> str:
    Path(target).write_text(Path(source).read_text())
    try:
        return Path(other).read_text()
    except PermissionError:
        return "refused"


@pytest.mark.anyio
async def test_a_child_uses_the_files_that_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, other, target = (tmp_path / name for name in ("source", "other", "target"))
    source.write_text("content")
    other.write_text("of somebody else")
    # What is in the current folder is nobody's.
    monkeypatch.chdir(tmp_path)
    files = Files((str(source),), (str(target),))
    if "landlock" in await run(missing_confinement, files=Files(folder=str(tmp_path))):
        pytest.skip("the kernel of this machine does not offer Landlock")
    assert await run(copy, str(source), str(target), str(other), files=files) == "refused"
    assert target.read_text() == "content"


def test_libraries_may_lie_outside_of_python(tmp_path: Path) -> None:
    # As after `pip install --user` or `--target`.
    package, own = tmp_path / "site" / "av", tmp_path / "own"
    for folder in (package, own):
        folder.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "later.py").touch()
    program = f"""
from grok_video.runtime.confinement import Files, confine
confine(Files(folder={str(own)!r}))
import av.later
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(package.parent)},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


@pytest.mark.anyio
async def test_a_forkserver_that_died_starts_again_without_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = Sandbox()
    await sandbox.start()
    assert sandbox._forkserver is not None
    monkeypatch.setenv("GROK_VIDEO_XAI_API_KEY", "xai-secret")
    sandbox._forkserver.kill()
    assert await gone(sandbox._forkserver.pid)
    assert "xai-secret" not in await sandbox.run(initial_environment)


@pytest.mark.anyio
async def test_the_servers_own_environment_stays_as_it_is() -> None:
    before, seen = dict(os.environ), list[bool]()
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            seen.append("PATH" in os.environ)

    watching = threading.Thread(target=look)
    watching.start()
    for _ in range(3):
        sandboxes = [Sandbox() for _ in range(4)]
        await asyncio.gather(*(sandbox.start() for sandbox in sandboxes))
        assert sandboxes[0]._forkserver is not None
        sandboxes[0]._forkserver.kill()
        assert await gone(sandboxes[0]._forkserver.pid)
    stop.set()
    watching.join()
    assert all(seen)
    assert dict(os.environ) == before


@pytest.mark.anyio
async def test_a_child_has_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await run(environment) == {}
    # A process of its own, because the forkserver of this one was started before.
    script = (
        "import asyncio; from tests.unit.runtime.test_sandbox import initial_environment, run;"
        "print(asyncio.run(run(initial_environment)))"
    )
    secret = {**os.environ, "GROK_VIDEO_XAI_API_KEY": "xai-secret"}
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=secret, capture_output=True, text=True, check=True
    )
    assert "OMP_NUM_THREADS" in ran.stdout
    assert "xai-secret" not in ran.stdout


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("function", "limits", "code"),
    [(burn, Limits(cpu_seconds=1), "render_timed_out"), (write_much, Limits(file_mib=1), "render_too_large")],
)
async def test_computing_and_files_are_bounded(
    tmp_path: Path, function: Callable[..., Any], limits: Limits, code: str
) -> None:
    arguments = [str(tmp_path / "file")] if function is write_much else []
    with pytest.raises(SandboxFailed) as caught:
        await run(function, *arguments, limits=limits)
    assert caught.value.code == code
    assert not (tmp_path / "file").exists() or (tmp_path / "file").stat().st_size <= 1 << 20


@pytest.mark.anyio
@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(Trap()) + b"\n", b"\x00\xff\n", b"[]\n", b"{}\n", b"[1, 2]\n", b'["message"]\n', b'["result"]\n',
        b'["error", 1, 2, 3, 4]\n', b"[" * 100_000 + b"\n", b"x" * 2_000_000,
    ],
)  # fmt: skip
async def test_what_a_child_sends_cannot_harm(content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    async with asyncio.timeout(20):
        with pytest.raises(SandboxFailed, match="without a result"):
            await run(send_raw, content, on_message=lambda _: None)
    assert "TRAPPED" not in capfd.readouterr().out


@pytest.mark.anyio
async def test_half_a_message_does_not_stop_the_loop() -> None:
    work = asyncio.create_task(run(send_raw, b'["result", "hal', limits=Limits(seconds=3)))
    started, ticks = time.monotonic(), 0
    while not work.done():
        await asyncio.sleep(0.05)
        ticks += 1
    with pytest.raises(SandboxFailed, match="longer than 3 seconds"):
        await work
    assert ticks > (time.monotonic() - started) / 0.05 / 3


@pytest.mark.anyio
async def test_cancelling_ends_the_child() -> None:
    reported: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    work = asyncio.create_task(run(doze_aloud, sends=True, on_message=reported.set_result))
    pid = await asyncio.wait_for(reported, 60)
    assert psutil.pid_exists(pid)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert await gone(pid)


@pytest.mark.anyio
async def test_cancelling_a_child_that_is_just_starting_leaves_none() -> None:
    me = psutil.Process()
    await run(add, 1, 1)
    before = {child.pid for child in me.children(recursive=True)}
    for delay in (0.0, 0.001, 0.005, 0.02):
        work = asyncio.create_task(run(doze, 600.0))
        await asyncio.sleep(delay)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
    for child in me.children(recursive=True):
        assert child.pid in before or await gone(child.pid)


@pytest.mark.anyio
async def test_children_work_side_by_side() -> None:
    answers = await asyncio.gather(*(run(add, number, 1) for number in range(4)))
    assert [total for total, _ in answers] == list(range(1, 5))
    assert len({pid for _, pid in answers}) == 4


PARENT = """
import asyncio
from grok_video.runtime.sandbox import Sandbox
from tests.unit.runtime.test_sandbox import doze_aloud

async def main():
    sandbox = Sandbox()
    await sandbox.start()
    await sandbox.run(doze_aloud, sends=True, on_message=lambda pid: print(pid, flush=True))

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.anyio
async def test_a_child_ends_with_its_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    root = Path(__file__).parents[3]
    path = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
    with subprocess.Popen(
        [sys.executable, str(script)], cwd=root, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        pid = int(await asyncio.to_thread(parent.stdout.readline))
        helpers = [child.pid for child in psutil.Process(parent.pid).children(recursive=True)]
        assert pid in helpers
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        for process in [pid, *helpers]:
            assert await gone(process)
