"""Growing pauses for addresses that send wrong keys."""

from __future__ import annotations

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from ..domain.errors import RateLimited

FREE_ATTEMPTS = 5
MAX_PAUSE_SECONDS = 300
MAX_DOUBLINGS = 9
# An address that sent no wrong key for this long starts anew.
FORGET_SECONDS = 3600.0
MAX_ADDRESSES = 50_000
MAX_KNOWN = 50_000


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last: float = 0.0
    until: float = 0.0


class WrongKeys:
    """Slows guessing down: after a few wrong keys from an address, unknown ones wait longer and longer.

    Keys that were right before are let through, so that nobody is kept out by a neighbour behind the same address.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._known: set[bytes] = set()

    def check(self, address: str | None, secret: str) -> None:
        """Raise RateLimited if this address has to wait before its next attempt."""
        failures = self._failures.get(address or "")
        if failures is None or failures.until <= (now := self._clock()) or _digest(secret) in self._known:
            return
        raise RateLimited(
            "Too many wrong API keys came from your address; wait before the next one.",
            retry_after=math.ceil(failures.until - now),
        )

    def failed(self, address: str | None, secret: str) -> int:
        """Note a wrong key, which may have been right before; return how many came from the address in a row."""
        self._known.discard(_digest(secret))
        if address is None:
            return 0
        now = self._clock()
        failures = self._failures.get(address)
        if failures is None or now - failures.last > FORGET_SECONDS:
            failures = self._failures[address] = _Failures()
            if len(self._failures) > MAX_ADDRESSES:
                self._failures.popitem(last=False)
        self._failures.move_to_end(address)
        failures.count += 1
        failures.last = now
        if failures.count >= FREE_ATTEMPTS:
            doublings = min(failures.count - FREE_ATTEMPTS, MAX_DOUBLINGS)
            failures.until = now + min(MAX_PAUSE_SECONDS, 2.0**doublings)
        return failures.count

    def succeeded(self, secret: str) -> None:
        """Note a right key."""
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known.add(_digest(secret))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
