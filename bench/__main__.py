"""python -m bench [status|queue|render|read|poll|storage|growth|streams|costs|idle|all]."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys

from . import costs, growth, idle, poll, queue, read, render, show, status, storage, streams

MEASUREMENTS = {
    "status": ("status: GET /v1/videos/{id} against a bare ASGI function", 2, status.measure),
    "queue": ("queue: creates against DBOS's bare enqueue, two workers against one", 6, queue.measure),
    "render": ("render: videos of 10 s against their encoding alone", 14, render.measure),
    "read": ("read: prompts of six languages", 1, read.measure),
    "poll": ("poll: ten thousand tasks that wait for an upstream, in one worker", 8, poll.measure),
    "storage": ("storage: S3 (moto) against a folder", 1, storage.measure),
    "growth": ("growth: queries of a million tasks against those of a thousand", 8, growth.measure),
    "streams": ("streams: two thousand event streams in one process", 2, streams.measure),
    "costs": ("costs: one of each thing, for docs/capacity.md", 8, costs.measure),
    "idle": ("idle: serve, started again, against a bare ASGI function", 2, idle.measure),
}


def _leave(_number: int, _frame: object) -> None:
    sys.exit(143)


def main() -> None:
    """Run the named benchmarks and print their tables."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure; every round takes both in turn.")
    parser.add_argument("what", nargs="?", default="all", choices=[*MEASUREMENTS, "all"])
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each measurement; default: 3")
    options = parser.parse_args()
    if options.rounds < 3:
        parser.error("a median needs at least 3 rounds")
    # On SIGTERM, the servers are ended and the folders removed too.
    signal.signal(signal.SIGTERM, _leave)
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"load average {' '.join(f'{load:.2f}' for load in os.getloadavg())}, {options.rounds} rounds\n", flush=True)
    for name in MEASUREMENTS if options.what == "all" else [options.what]:
        title, minutes, measure = MEASUREMENTS[name]
        print(f"measuring {name}: about {minutes * options.rounds / 3:.0f} minutes", file=sys.stderr, flush=True)
        show(title, measure(options.rounds))


if __name__ == "__main__":
    main()
