"""Which process this is, and whether another one lives."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Process:
    """A process by host, pid and start time, since pids come round again."""

    host: str
    pid: int
    started_at: float

    @classmethod
    def this(cls) -> Process:
        """Describe the running process."""
        return cls(socket.gethostname(), os.getpid(), psutil.Process().create_time())

    @classmethod
    def parse(cls, text: str) -> Process | None:
        """Read what `str` wrote; None for anything else."""
        try:
            host, pid, started_at = text.rsplit("|", 2)
            return cls(host, int(pid), float(started_at))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.host}|{self.pid}|{self.started_at}"

    @property
    def here(self) -> bool:
        """Tell whether it is of this host."""
        return self.host == socket.gethostname()

    def surely_gone(self) -> bool:
        """Tell whether it was on this host and is no more; elsewhere one can only wait for its silence."""
        if not self.here:
            return False
        try:
            return abs(psutil.Process(self.pid).create_time() - self.started_at) >= 1
        except psutil.NoSuchProcess:
            return True
