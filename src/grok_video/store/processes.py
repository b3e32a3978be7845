"""Processes: which one this is, and whether another one is alive."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Process:
    """A process by host, pid and start time, because pids are reused."""

    host: str
    pid: int
    started_at: float

    @classmethod
    def this(cls) -> Process:
        """Return the current process."""
        return cls(socket.gethostname(), os.getpid(), psutil.Process().create_time())

    @classmethod
    def parse(cls, text: str) -> Process | None:
        """Return the process that `str` described, or None for any other text."""
        try:
            host, pid, started_at = text.rsplit("|", 2)
            return cls(host, int(pid), float(started_at))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.host}|{self.pid}|{self.started_at}"

    @property
    def here(self) -> bool:
        """Whether the process is on this host."""
        return self.host == socket.gethostname()

    def surely_gone(self) -> bool:
        """Check whether the process was on this host and has ended; processes elsewhere can only time out."""
        if not self.here:
            return False
        try:
            return abs(psutil.Process(self.pid).create_time() - self.started_at) >= 1
        except psutil.NoSuchProcess:
            return True
