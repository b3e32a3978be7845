"""python -m bench [status|render|idle|all]."""

from __future__ import annotations

import argparse
import os
import platform

from . import idle, render, show, status

MEASUREMENTS = {
    "status": ("status: GET /v1/videos/{id} against a bare ASGI function", status.measure),
    "render": ("render: a film of 10 s at 720P against its encode alone", render.measure),
    "idle": ("idle: serve, started again, against a bare ASGI function", idle.measure),
}


def main() -> None:
    """Measure what was asked for and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure; every round takes both in turn.")
    parser.add_argument("what", nargs="?", default="all", choices=[*MEASUREMENTS, "all"])
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each measurement; default: 3")
    asked = parser.parse_args()
    if asked.rounds < 3:
        parser.error("a median needs at least 3 rounds")
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"load average {' '.join(f'{one:.2f}' for one in os.getloadavg())}, {asked.rounds} rounds\n", flush=True)
    for name in MEASUREMENTS if asked.what == "all" else [asked.what]:
        title, measure = MEASUREMENTS[name]
        show(title, measure(asked.rounds))


if __name__ == "__main__":
    main()
