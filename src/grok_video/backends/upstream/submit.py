"""Sending a paid call: in turn, once, and patiently where the upstream asks to wait."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ...domain.errors import Throttled
from ...ports import Report
from .api import Api


async def submit(
    api: Api, report: Report, step: str, post: Callable[[], Awaitable[str]], *, idempotent: bool = False
) -> str:
    """Make a paid call once and give the upstream's id; however long the upstream asks to wait, it is waited."""
    while True:
        # The turn comes before the claim: who is killed while waiting has sent nothing.
        await api.pace.turn()
        try:
            return await report.once(step, post, idempotent=idempotent)
        except Throttled:
            continue
