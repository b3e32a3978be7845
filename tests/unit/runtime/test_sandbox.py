"""Child processes that decode and render."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from grok_video.domain import errors
from grok_video.domain.errors import Rejected, SandboxFailed, WrongOutput
from grok_video.runtime.sandbox import Limits, Sandbox

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


def fill(size: int) -> bytes:
    return bytes(size)


async def run(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    sandbox = Sandbox()
    await sandbox.start()
    return await sandbox.run(function, *args, **options)


@pytest.mark.anyio
async def test_a_child_responses() -> None:
    total, pid = await run(add, 2, 3)
    assert total == 5
    assert pid != os.getpid()
    # More than a pipe holds.
    assert await run(fill, 5_000_000) == bytes(5_000_000)


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
