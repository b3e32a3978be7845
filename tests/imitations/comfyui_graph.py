"""The order in which the imitated ComfyUI runs nodes, its cache keys, and the nodes that only calculate."""

from __future__ import annotations

import ast
import hashlib
import json
import math
import operator
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .comfyui_files import Folders
from .comfyui_nodes import Library
from .comfyui_rules import finalized, is_link

# Inputs that a node asks for only when it runs, by class (nodes_logic.py:107).
LAZY = {"ComfySwitchNode": ("on_false", "on_true")}
OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}  # fmt: skip
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": min, "max": max, "abs": abs, "round": round, "pow": pow, "sqrt": math.sqrt, "ceil": math.ceil,
    "floor": math.floor, "int": int, "float": float,
}  # fmt: skip


class Order:
    """Picks the node to run next (graph.py:ExecutionList): an output first, then what lies close to one."""

    def __init__(self, prompt: Mapping[str, Any], library: Library, cached: Iterable[str], outputs: list[str]) -> None:
        self.prompt, self.library, self.cached = prompt, library, set(cached)
        self.waiting: dict[str, set[str]] = {}
        for output in outputs:
            self.add(output)

    def add(self, node_id: str) -> None:
        """Have a node run, and everything that it needs."""
        found = [node_id]
        while found:
            each = found.pop()
            if each in self.waiting:
                continue
            needed = set() if each in self.cached else self._sources(each)
            self.waiting[each] = needed
            found += [source for source in self._in_order(each) if source in needed and source not in self.waiting]

    def need(self, node_id: str, source: str) -> bool:
        """Have a node wait for another one; tell whether there is anything to wait for."""
        if source in self.cached:
            return False
        self.add(source)
        self.waiting[node_id].add(source)
        return True

    def next(self) -> str | None:
        """Return the node to run now, or None if all is done."""
        ready = [node_id for node_id, needed in self.waiting.items() if not needed]
        for distance in range(3):
            for node_id in ready:
                if self._near_output(node_id, distance):
                    return node_id
        return ready[0] if ready else None

    def done(self, node_id: str) -> None:
        """Note that a node has run."""
        del self.waiting[node_id]
        self.cached.add(node_id)
        for needed in self.waiting.values():
            needed.discard(node_id)

    def _sources(self, node_id: str) -> set[str]:
        return {source for source in self._in_order(node_id) if source not in self.cached}

    def _in_order(self, node_id: str) -> list[str]:
        node = self.prompt[node_id]
        lazy = LAZY.get(node["class_type"], ())
        return [value[0] for name, value in node["inputs"].items() if is_link(value) and name not in lazy]

    def _near_output(self, node_id: str, distance: int) -> bool:
        if distance == 0:
            return "output" in self.library.nodes[self.prompt[node_id]["class_type"]].flags
        after = [each for each, needed in self.waiting.items() if node_id in needed]
        return any(self._near_output(each, distance - 1) for each in after)


def signature(prompt: Mapping[str, Any], node_id: str, library: Library, folders: Folders) -> str:
    """Return what a node's result is cached under: its class and inputs and those before it, not its id."""
    if node_id not in prompt:
        # Nodes that lead to no output are not validated, and may link to nothing.
        return uuid.uuid4().hex
    node = prompt[node_id]
    parts: list[Any] = [node["class_type"], _fingerprint(node, folders)]
    if "unique_id" in library.nodes[node["class_type"]].flags:
        parts.append(node_id)
    for name, value in sorted(node["inputs"].items()):
        link = is_link(value)
        parts.append([name, [signature(prompt, value[0], library, folders), value[1]] if link else value])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def known_inputs(prompt: Mapping[str, Any], node_id: str, library: Library) -> list[str]:
    """Name the inputs that a node is called with; what it does not know is dropped (execution.py:189)."""
    node = prompt[node_id]
    schema = library.inputs(node["class_type"])
    if library.nodes[node["class_type"]].version == 3:
        schema, _ = finalized(schema, node["inputs"])
    known = {name for kind in ("required", "optional") for name in schema.get(kind, {})}
    return [name for name, value in node["inputs"].items() if name in known or is_link(value)]


def calculated(expression: str, values: Mapping[str, Any]) -> float | int | bool:
    """Return the value of a formula (nodes_math.py)."""
    if not expression.strip():
        raise ValueError("Expression cannot be empty.")
    return _value(ast.parse(expression.strip(), mode="eval").body, values)


def resized(given: Mapping[str, Any]) -> Any:
    """Return the images of a node that scales, in their new size."""
    images = given.get("image", given.get("images", given.get("input")))
    ratio = images.width / images.height
    width, height, crop = given.get("width", 0), given.get("height", 0), given.get("crop", "disabled")
    if "scale_by" in given:
        width, height = round(images.width * given["scale_by"]), round(images.height * given["scale_by"])
    elif "longer_edge" in given:
        width, height = _longer(images, given["longer_edge"])
    elif "resize_type" in given:
        width, height, crop = _chosen_size(images, given)
    if not width and not height:
        return images
    return images.resized(width or max(1, round(height * ratio)), height or max(1, round(width / ratio)), crop)


def _chosen_size(images: Any, given: Mapping[str, Any]) -> tuple[int, int, str]:
    """Return the size that ResizeImageMaskNode is asked for, 0 for what follows from the ratio."""
    chosen = {name.partition(".")[2]: value for name, value in given.items() if name.startswith("resize_type.")}
    match given["resize_type"]:
        case "scale dimensions":
            return chosen["width"], chosen["height"], chosen["crop"]
        case "scale by multiplier":
            scale = chosen["multiplier"]
            return round(images.width * scale), round(images.height * scale), "disabled"
        case "scale longer dimension":
            return *_longer(images, chosen["longer_size"]), "disabled"
        case "scale shorter dimension":
            size = chosen["shorter_size"]
            return (size, 0, "disabled") if images.width <= images.height else (0, size, "disabled")
        case "scale width":
            return chosen["width"], 0, "disabled"
        case "scale height":
            return 0, chosen["height"], "disabled"
        case "match size":
            return chosen["match"].width, chosen["match"].height, chosen["crop"]
        case "scale to multiple":
            multiple = chosen["multiple"]
            return images.width // multiple * multiple, images.height // multiple * multiple, "center"
        case _:
            scale = math.sqrt(chosen["megapixels"] * 1024 * 1024 / (images.width * images.height))
            return round(images.width * scale), round(images.height * scale), "disabled"


def _longer(images: Any, size: int) -> tuple[int, int]:
    scale = size / max(images.width, images.height)
    return max(1, round(images.width * scale)), max(1, round(images.height * scale))


def _fingerprint(node: Mapping[str, Any], folders: Folders) -> Any:
    """Return what changes when a file does (IS_CHANGED of LoadImage, fingerprint_inputs of LoadVideo)."""
    name = node["inputs"].get({"LoadImage": "image", "LoadVideo": "file"}.get(node["class_type"], ""))
    if not isinstance(name, str) or not folders.exists(name):
        return False
    path = folders.path(name)
    if node["class_type"] == "LoadVideo":
        return path.stat().st_mtime
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _value(node: ast.AST, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | float() as value):
            return value
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left=left, op=sign, right=right):
            return OPERATORS[type(sign)](_value(left, values), _value(right, values))
        case ast.UnaryOp(op=sign, operand=operand):
            return OPERATORS[type(sign)](_value(operand, values))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return FUNCTIONS[name](*(_value(each, values) for each in arguments))
        case _:
            raise ValueError(f"cannot calculate {ast.dump(node)}")
