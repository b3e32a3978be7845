"""Reading prompts: the time of one, and what all vocabularies take of a process's memory, each in a new process."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

from . import Row

READ_MS, MEMORY_MB = 20.0, 20.0
PROMPTS = Path("tests/unit/animatic/readings.jsonl")


def measure(rounds: int) -> list[Row]:
    """Read the recorded prompts of six languages."""
    command = [sys.executable, "-m", "bench.read"]
    results = [
        json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=300).stdout)
        for _ in range(rounds)
    ]
    return [
        Row("reading one of the recorded prompts: median", [result["median"] for result in results], "ms", READ_MS),
        Row("reading one of the recorded prompts: slowest", [result["slowest"] for result in results], "ms", READ_MS),
        Row(
            "memory of the vocabularies",
            [result["memory"] for result in results],
            "MB",
            MEMORY_MB,
        ),
        Row("building the vocabularies at the first prompt", [result["building"] for result in results], "s"),
    ]


def _resident_mb() -> float:
    import psutil

    gc.collect()
    return psutil.Process().memory_info().rss / 1e6


def _child() -> dict[str, float]:
    lexicon: Any = import_module("grok_video.backends.animatic.language.lexicon")
    names: Any = import_module("grok_video.backends.animatic.language.emoji_names")
    reading: Any = import_module("grok_video.backends.animatic.language.reading")
    # These are loaded for the figures, whatever the vocabularies are.
    list(names.emoji_names("en"))
    before, began = _resident_mb(), time.perf_counter()
    lexicon.lexicons()
    building = time.perf_counter() - began
    memory = _resident_mb() - before
    times: list[float] = []
    for line in PROMPTS.read_text(encoding="utf-8").splitlines():
        prompt = json.loads(line)["prompt"]
        began = time.perf_counter()
        reading.read_shots(prompt, 7)
        times.append(1000 * (time.perf_counter() - began))
    return {"median": median(times), "slowest": max(times), "memory": memory, "building": building}


if __name__ == "__main__":
    print(json.dumps(_child()))
