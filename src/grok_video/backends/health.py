"""The health of the backends, from their own probes and their recent failures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from ..domain.errors import GrokVideoError
from ..ports import Backend, Routing

KEEP_SECONDS = 30.0
PROBE_SECONDS = 10.0


class BackendHealth:
    """Probes every backend; a result is valid for half a minute."""

    def __init__(self, backends: Mapping[str, Backend], routing: Routing) -> None:
        self._backends = backends
        self._routing = routing
        self._results: dict[str, str | None] = {}
        self._probed_at = -KEEP_SECONDS
        self._probing = asyncio.Lock()

    async def problems(self) -> Mapping[str, str | None]:
        """Return each backend's problem in a few words; None for a backend that is up."""
        async with self._probing:
            if time.monotonic() - self._probed_at >= KEEP_SECONDS:
                results = await asyncio.gather(*[probe(backend) for backend in self._backends.values()])
                self._results = dict(zip(self._backends, results, strict=True))
                self._probed_at = time.monotonic()
        return {name: problem or self._failing(name) for name, problem in self._results.items()}

    def _failing(self, name: str) -> str | None:
        seconds = self._routing.backoff_seconds(name)
        return f"It is failing; the next attempt is in {seconds:.0f} seconds." if seconds else None


async def probe(backend: Backend) -> str | None:
    """Return one backend's problem, or None if it is up."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return await backend.probe()
    except TimeoutError:
        return f"It did not respond within {PROBE_SECONDS:.0f} seconds."
    except GrokVideoError as error:
        return error.message
    except Exception as error:
        # A plugin's probe may raise anything; every exception means that it is not up.
        return f"Its probe failed: {type(error).__name__}."
