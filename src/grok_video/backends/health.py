"""Which backends are up, asked of themselves now and then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from ..domain.errors import GrokVideoError
from ..ports import Backend, Routing

KEEP_SECONDS = 30.0
PROBE_SECONDS = 10.0


class Probes:
    """Asks every backend whether it could work; an answer holds for half a minute."""

    def __init__(self, backends: Mapping[str, Backend], routing: Routing) -> None:
        self._backends = backends
        self._routing = routing
        self._known: dict[str, str | None] = {}
        self._asked_at = -KEEP_SECONDS
        self._asking = asyncio.Lock()

    async def wrong(self) -> Mapping[str, str | None]:
        """Tell what is wrong by backend; None for one that is up."""
        async with self._asking:
            if time.monotonic() - self._asked_at >= KEEP_SECONDS:
                found = await asyncio.gather(*[ask(one) for one in self._backends.values()])
                self._known = dict(zip(self._backends, found, strict=True))
                self._asked_at = time.monotonic()
        return {name: wrong or self._failing(name) for name, wrong in self._known.items()}

    def _failing(self, name: str) -> str | None:
        pause = self._routing.pause(name)
        return f"It fails; the next try is in {pause:.0f} seconds." if pause else None


async def ask(backend: Backend) -> str | None:
    """Ask one backend what is wrong; None if nothing is."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return await backend.probe()
    except TimeoutError:
        return f"It does not answer within {PROBE_SECONDS:.0f} seconds."
    except GrokVideoError as error:
        return error.message
    except Exception as error:
        # A plugin's probe may raise whatever it likes; all of it means that it is not up.
        return f"Its probe fails: {type(error).__name__}."
