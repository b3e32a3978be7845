"""Workflows in ComfyUI's API format, with placeholders."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from ...domain.errors import InvalidOptions
from ..engines.profiles import VALUES
from ..engines.templates import fill, names_in

# What a workflow can name: the values of every engine, the negative prompt, and a name of its own for each call.
NAMES = VALUES | {"negative_prompt", "job"}
# How long nodes work compared with each other, by what their type's name contains.
WEIGHTS = {"Sampler": 10.0, "VAEDecode": 2.0, "Loader": 1.0, "SaveVideo": 0.5}
LIGHT = 0.1
VIDEO_ENDINGS = (".mp4", ".mov")

Graph = Mapping[str, Any]


def shipped_workflows() -> dict[str, str]:
    """Return the texts of the workflows that come with the server, by file name."""
    folder = files("grok_video.backends.comfyui") / "workflows"
    found = [file for file in folder.iterdir() if file.name.endswith(".json")]
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(found, key=lambda file: file.name)}


def read_workflow(name: str) -> Graph:
    """Return a shipped workflow or the one in a file; raise InvalidOptions if it is not in API format."""
    text = shipped_workflows().get(name)
    if text is None:
        try:
            text = Path(name).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            known = ", ".join(shipped_workflows())
            raise InvalidOptions(f"There is no workflow {name!r}: give a file, or one of: {known}.") from None
    try:
        graph = json.loads(text)
    except ValueError as error:
        raise InvalidOptions(f"The workflow {name} is not JSON: {error}.") from None
    if not isinstance(graph, dict) or "nodes" in graph:
        raise InvalidOptions(f"The workflow {name} is not in API format: export it with Workflow > Export (API).")
    for node_id, node in cast("dict[str, Any]", graph).items():
        if not isinstance(node, dict) or not isinstance(node.get("class_type"), str):
            raise InvalidOptions(f"The workflow {name} is not in API format: node {node_id} has no class_type.")
    return cast("Graph", graph)


def unknown_names(graph: Graph) -> list[str]:
    """Return the placeholders of a workflow that stand for nothing, of the form of the known ones."""
    return sorted(names_in(graph) - NAMES)


def filled(graph: Graph, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a workflow with its placeholders replaced."""
    return cast("dict[str, Any]", fill(graph, values))


def weight_of(class_type: str) -> float:
    """Return how long a node of this type works compared with others."""
    return next((weight for part, weight in WEIGHTS.items() if part in class_type), LIGHT)


def percent_of(graph: Graph, states: Mapping[str, Any]) -> float:
    """Return the progress of a running workflow from the states of its nodes."""
    try:
        return _percent(graph, states)
    except (TypeError, ValueError, KeyError, AttributeError):
        # Progress is worth no failure.
        return 0.0


def _percent(graph: Graph, states: Mapping[str, Any]) -> float:
    total = sum(weight_of(node["class_type"]) for node in graph.values())
    done = 0.0
    for node_id, state in states.items():
        if node_id in graph and (most := float(state.get("max") or 0)) > 0:
            share = 1.0 if state.get("state") == "finished" else float(state.get("value") or 0) / most
            done += weight_of(graph[node_id]["class_type"]) * min(1.0, share)
    return 100 * done / total if total else 0.0


def videos_in(outputs: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    """Yield the videos among a workflow's outputs, as filename, subfolder and type; those that were saved first."""
    entries = [
        entry
        for output in outputs.values()
        if isinstance(output, dict)
        for listed in cast("dict[str, Any]", output).values()
        if isinstance(listed, list)
        for entry in cast("list[Any]", listed)
        if isinstance(entry, dict) and str(cast("Any", entry).get("filename", "")).lower().endswith(VIDEO_ENDINGS)
    ]
    for entry in sorted(cast("list[Mapping[str, str]]", entries), key=lambda entry: entry.get("type") != "output"):
        yield {"filename": entry["filename"], "subfolder": entry.get("subfolder", ""), "type": entry.get("type", "")}
