"""Sending a paid call: in turn, once, and patiently where the upstream asks to wait."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from ...domain.errors import FileInvalid, Throttled
from ...ports import Report
from .api import Api

T = TypeVar("T")

log = structlog.get_logger()


async def submit(
    api: Api, report: Report, step: str, post: Callable[[], Awaitable[str]], *, idempotent: bool = False
) -> str:
    """Make a paid call once and give the upstream's id; however long the upstream asks to wait, it is waited."""
    while True:
        # The turn comes before the claim: who is killed while waiting has sent nothing.
        await api.pace.turn()
        try:
            return await report.once(step, post, idempotent=idempotent)
        except Throttled as throttled:
            log.warning("the upstream asks to wait", upstream=api.base_url, seconds=throttled.retry_after)


def read_body(body: Callable[[], T]) -> T:
    """Read what a call sends from its files; raise FileInvalid, since nothing was sent, where that fails."""
    try:
        return body()
    except OSError as error:
        raise FileInvalid(f"What was to be sent can not be read: {error.strerror}.") from None
