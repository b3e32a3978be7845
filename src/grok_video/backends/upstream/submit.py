"""Sending a paid call: within the rate limit, through the gate, once, and again after the upstream asked to wait."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from ...domain.errors import FileInvalid, Throttled, UpstreamDown
from ...ports import Report
from .api import Api

T = TypeVar("T")

log = structlog.get_logger()


async def submit(
    api: Api,
    report: Report,
    step: str,
    post: Callable[[], Awaitable[str]],
    *,
    idempotent: bool = False,
    waits: bool = True,
) -> str:
    """Make a paid call once and return the upstream's id; wait as long as the upstream asks to, if this `waits`.

    Raises UpstreamDown, with nothing sent, if the upstream does not answer a free request after a call whose outcome
    is unknown.
    """
    while True:
        # Waiting comes before the claim: a process killed while it waits has sent nothing.
        await api.limiter.acquire()
        place = await api.gate.enter()
        try:
            upstream_id = await report.call_once(step, post, idempotent=idempotent)
            api.gate.answered()
            return upstream_id
        except Throttled as throttled:
            log.warning("the upstream asks to wait", upstream=api.base_url, seconds=throttled.retry_after)
            if not waits:
                raise UpstreamDown(throttled.message, retry_after=throttled.retry_after) from None
        finally:
            api.gate.leave(place)


def read_body(body: Callable[[], T]) -> T:
    """Return what a call sends, read from files; raise FileInvalid if that fails, since nothing was sent."""
    try:
        return body()
    except OSError as error:
        raise FileInvalid(f"A file to send cannot be read: {error.strerror}.") from None
