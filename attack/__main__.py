"""`python -m attack [--short]`: run the attack and print what came of it; exit 1 if a promise was broken."""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from . import faults, files, floods, ownership, parsers
from .report import Tally, show
from .requests import Requests, wrong_keys
from .target import Target, Watch, target

SEED = 20261126
# The bound for reads while strangers hold 2,000 connections, times three: machines are shared. Tests share theirs more.
P99_SECONDS = 3 * 0.05


def main() -> int:
    """Run all parts, or a little of each, and return the exit code."""
    arguments = argparse.ArgumentParser(prog="attack", description=__doc__)
    arguments.add_argument("--short", action="store_true", help="a little of everything, in less than a minute")
    arguments.add_argument("--part", action="append", help="only this part", choices=PARTS)
    chosen = arguments.parse_args()
    started, failures = time.monotonic(), 0
    for name in chosen.part or PARTS:
        begun = time.monotonic()
        tallies = PARTS[name](chosen.short)
        show(f"{name}, {time.monotonic() - begun:.0f} s", tallies)
        failures += sum(len(tally.failures) for tally in tallies)
    print(f"{failures} failures in {time.monotonic() - started:.0f} s")
    return 1 if failures else 0


def _requests(short: bool) -> Sequence[Tally]:
    with target() as attacked, Watch(attacked) as watch:
        tallies = [
            *Requests(attacked, random.Random(SEED), 60 if short else 3000).run(),
            wrong_keys(attacked, 30 if short else 500),
        ]
    watch.judge(tallies[0])
    if not short:
        tallies.append(_schemathesis())
    return tallies


def _ownership(_short: bool) -> Sequence[Tally]:
    with target() as attacked:
        return [ownership.matrix(attacked)]


def _files(short: bool) -> Sequence[Tally]:
    chance = random.Random(SEED)
    with target() as attacked, tempfile.TemporaryDirectory() as folder:
        pictures, films = list(files.images(chance)), list(files.videos(Path(folder), chance))
        if short:
            pictures, films = chance.sample(pictures, 30), chance.sample(films, 8)
        with Watch(attacked) as watch:
            tallies = [
                files.send(attacked, "images", pictures, video=False),
                files.send(attacked, "videos", films, video=True),
            ]
        watch.judge(tallies[1])
        return tallies


def _floods(short: bool) -> Sequence[Tally]:
    tallies: list[Tally] = []
    floods_of: list[Callable[[Target], Tally]] = [
        lambda attacked: floods.strangers(
            attacked, 600 if short else 2000, 1.5 if short else 10, p99=None if short else P99_SECONDS
        ),
        lambda attacked: floods.slow_readers(attacked, 40 if short else 250, 1.5 if short else 10),
        lambda attacked: floods.large_bodies(attacked, 8 if short else 180, 2 if short else 4),
        lambda attacked: floods.repeated_reads(attacked, 500 if short else 5000),
        lambda attacked: floods.bombs(attacked, 4 if short else 8, 3 if short else 30),
    ]
    with target(max_connections="2200") as attacked:
        tallies += [flood(attacked) for flood in floods_of]
    with target(max_queued="20000", max_queued_per_key="20000", drain_seconds="0") as attacked:
        tallies.append(floods.queue(attacked, 300 if short else 10_000, 1.0))
    with target(program=("attack.silent_names",)) as attacked:
        tallies.append(floods.silent_names(attacked, 12 if short else 60))
    return tallies


def _faults(short: bool) -> Sequence[Tally]:
    tallies = [faults.full_disk()]
    with target() as attacked:
        tallies.append(faults.locked_database(attacked, 2 if short else 20))
    return tallies


def _parsers(short: bool) -> Sequence[Tally]:
    if short:
        return [parsers.by_hypothesis(300)]
    return [parsers.by_hypothesis(20_000), parsers.by_atheris(90)]


def _schemathesis() -> Tally:
    """Run the schema-based tests of the test suite with many more examples."""
    tally = Tally("schemathesis over every route")
    command = [sys.executable, "-m", "pytest", "-q", "tests/http/test_openapi.py", "-k", "as_declared"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=_with_examples(150))
    summary = ran.stdout.strip().splitlines()[-1]
    tally.outcomes["operations"] = int(summary.split()[0]) if summary[:1].isdigit() else 0
    tally.notes.append(f"150 examples each: {summary}")
    if ran.returncode != 0:
        tally.fail(summary)
    return tally


def _with_examples(count: int) -> dict[str, str]:
    import os

    return {**os.environ, "GROK_VIDEO_SCHEMATHESIS_EXAMPLES": str(count)}


PARTS: dict[str, Callable[[bool], Sequence[Tally]]] = {
    "requests": _requests, "ownership": _ownership, "files": _files, "floods": _floods, "faults": _faults,
    "parsers": _parsers,
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
