"""The named points at which killing_server kills itself.

They are reached through wrapped adapters, so that the server itself has no hooks for this.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from grok_video import bootstrap
from grok_video.cli import main, serving
from grok_video.store.ledger import SqlLedger


def die() -> None:
    """Kill this process with SIGKILL."""
    os.kill(os.getpid(), signal.SIGKILL)


def around(target: Any, name: str, *, before: bool, when: Callable[..., bool] = lambda *_: True) -> None:
    """Die before or after a method of an adapter."""
    real = getattr(target, name)

    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        if before and when(*args):
            die()
        result = await real(*args, **kwargs)
        if not before and when(*args):
            die()
        return result

    setattr(target, name, wrapped)


def during(target: Any, name: str, seconds: float) -> None:
    """Die some seconds after a method of an adapter was called."""
    real = getattr(target, name)

    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        asyncio.get_running_loop().call_later(seconds, die)
        return await real(*args, **kwargs)

    setattr(target, name, wrapped)


def arm(container: bootstrap.Container, point: str) -> None:
    """Wrap the adapter at which the point lies."""
    backend = next(iter(container.backends.values()))
    match point:
        case "accepted":
            around(container.store, "create", before=True)
        case "enqueued":
            around(container.store, "create", before=False)
        case "rendering":
            during(backend, "generate", 0.4)
        case "encoded":
            around(backend, "generate", before=False)
        case "renamed":
            around(container.storage, "put", before=False, when=lambda key, *_: key.endswith(".mp4"))
        case "recorded":
            around(container.store, "finish", before=False)
        case _:
            arm_paid(backend, point)


def arm_paid(backend: Any, point: str) -> None:
    """Wrap the adapters of a paid call; `POINT@STEP` dies at that step's call only."""
    name, _, expected = point.partition("@")

    def this_step(*args: Any) -> bool:
        # The step is the one text among a task's id, an attempt's number and an upstream's id that names a step.
        return not expected or expected in args

    match name:
        case "unclaimed":
            around(SqlLedger, "claim", before=True, when=this_step)
        case "claimed":
            around(SqlLedger, "claim", before=False, when=this_step)
        case "posted":
            around(SqlLedger, "accept", before=True, when=this_step)
        case "kept":
            around(SqlLedger, "accept", before=False, when=this_step)
        case "polling":
            during(backend._poller, "follow", 0.6)
        case "fetching":
            around(backend._files, "fetch", before=True)
        case "fetched":
            around(backend._files, "fetch", before=False)
        case "downloading":
            around(backend, "fetch", before=True)
        case _:
            raise ValueError(point)


def run() -> None:
    """Run `grok-video` with the arguments after the point."""
    point = sys.argv.pop(1)
    real_build = bootstrap.build

    def build(*args: Any, **kwargs: Any) -> bootstrap.Container:
        container = real_build(*args, **kwargs)
        arm(container, point)
        return container

    serving.build = build
    main()
