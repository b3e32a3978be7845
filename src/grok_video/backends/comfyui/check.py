"""Checking a workflow against a ComfyUI: its nodes, their inputs, the files that they load, and the placeholders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import httpx2

from ...domain.errors import Unavailable
from ..engines.templates import names_in
from .workflows import Graph, unknown_names

# What a placeholder becomes, in ComfyUI's types.
TYPES = {
    **dict.fromkeys(("seed", "width", "height", "short_side", "frames", "whole_seconds"), ("INT", "FLOAT")),
    **dict.fromkeys(("fps", "seconds"), ("INT", "FLOAT")),
    **dict.fromkeys(("first", "last", "source", *[f"image{number}" for number in range(1, 8)]), ("STRING", "COMBO")),
    **dict.fromkeys(("prompt", "negative_prompt", "model", "size", "ratio", "job"), ("STRING",)),
}
LISTED = 6


def object_info(url: str, key: str | None = None, timeout: float = 20.0) -> Mapping[str, Any]:
    """Return the description of a ComfyUI's nodes; raise Unavailable if it does not give one."""
    try:
        headers = {"User-Agent": "grok-video", **({"Authorization": f"Bearer {key}"} if key else {})}
        response = httpx2.get(f"{url}/object_info", headers=headers, timeout=timeout, trust_env=False)
        described = response.json() if response.status_code == 200 else None
    except (httpx2.HTTPError, ValueError) as error:
        raise Unavailable(f"{url} does not describe its nodes ({type(error).__name__}).") from None
    if not isinstance(described, dict) or not described:
        raise Unavailable(f"{url} does not describe its nodes (it responded with {response.status_code}).")
    return cast("Mapping[str, Any]", described)


def workflow_problems(graph: Graph, info: Mapping[str, Any]) -> list[str]:
    """Return what would keep a workflow from running on a ComfyUI with these nodes, a sentence each."""
    problems = [f"the placeholder {{{name}}} stands for nothing" for name in unknown_names(graph)]
    if "prompt" not in names_in(graph):
        problems.append("there is no {prompt}, so every video would be the same")
    if not any(info.get(node["class_type"], {}).get("output_node") for node in graph.values()):
        problems.append("no node saves anything")
    for node_id, node in graph.items():
        place = f"node {node_id}, {node['class_type']}"
        described = info.get(node["class_type"])
        if described is None:
            problems.append(f"{place}: this type is not installed")
            continue
        problems += [f"{place}: {problem}" for problem in _node_problems(node, described, graph, info)]
    return problems


def _node_problems(
    node: Mapping[str, Any], described: Mapping[str, Any], graph: Graph, info: Mapping[str, Any]
) -> Iterator[str]:
    given: Mapping[str, Any] = node.get("inputs", {})
    declared: Mapping[str, Any] = described.get("input", {})
    required: Mapping[str, Any] = declared.get("required", {})
    for name in required:
        if name not in given:
            yield f"the input {name} is missing"
    for name, value in given.items():
        spec = required.get(name) or declared.get("optional", {}).get(name)
        if spec is not None and (problem := _value_problem(value, spec, graph, info)):
            yield f"{name}: {problem}"


def _value_problem(value: Any, spec: Sequence[Any], graph: Graph, info: Mapping[str, Any]) -> str | None:
    kind, choices = _kind_of(spec)
    if isinstance(value, list):
        return _link_problem(cast("list[Any]", value), kind, graph, info)
    if isinstance(value, str) and (names := sorted(names_in(value))):
        whole = value == f"{{{names[0]}}}"
        allowed = TYPES.get(names[0], ()) if whole else ("STRING", "COMBO")
        return None if set(kind.split(",")) & set(allowed) else f"{value} is no value for {kind}"
    if choices is not None and value not in choices:
        shown = ", ".join(map(str, choices[:LISTED])) or "nothing"
        more = f" and {len(choices) - LISTED} more" if len(choices) > LISTED else ""
        return f"{value!r} is not there; there is: {shown}{more}"
    options: Mapping[str, Any] = spec[1] if len(spec) > 1 and isinstance(spec[1], dict) else {}
    if kind in ("INT", "FLOAT") and isinstance(value, int | float):
        least, most = options.get("min"), options.get("max")
        if (least is not None and value < least) or (most is not None and value > most):
            return f"{value} is not from {least} to {most}"
    return None


def _kind_of(spec: Sequence[Any]) -> tuple[str, list[Any] | None]:
    """Return an input's type and its choices, in either of the two forms that ComfyUI uses for lists."""
    if isinstance(spec[0], list):
        return "COMBO", cast("list[Any]", spec[0])
    options: Mapping[str, Any] = spec[1] if len(spec) > 1 and isinstance(spec[1], dict) else {}
    choices = options.get("options") if spec[0] == "COMBO" else None
    return str(spec[0]), cast("list[Any]", choices) if isinstance(choices, list) else None


def _link_problem(link: Sequence[Any], kind: str, graph: Graph, info: Mapping[str, Any]) -> str | None:
    source = graph.get(str(link[0])) if len(link) == 2 else None
    if source is None:
        return f"it is linked to node {link[0] if link else '?'}, which does not exist"
    outputs: Sequence[Any] = info.get(source["class_type"], {}).get("output", ())
    if not outputs:
        return None
    if not isinstance(link[1], int) or link[1] >= len(outputs):
        return f"node {link[0]} has no output {link[1]}"
    actual = outputs[link[1]]
    fits = isinstance(actual, list) or "*" in (actual, kind) or bool(set(str(actual).split(",")) & set(kind.split(",")))
    return None if fits else f"node {link[0]} gives {actual}, not {kind}"
