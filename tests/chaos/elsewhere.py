"""A server on another host, whose clock differs: `python -m tests.chaos.elsewhere HOST SECONDS serve …`."""

from __future__ import annotations

import runpy
import socket
import sys
import time

# Children of the server import this module again, under another name.
if __name__ == "__main__":
    host, skew, clock = sys.argv.pop(1), float(sys.argv.pop(1)), time.time
    socket.gethostname = lambda: host
    time.time = lambda: clock() + skew
    runpy.run_module("grok_video", run_name="__main__", alter_sys=True)
