"""The validation of prompts, as ComfyUI 0.33.0 does it in execution.py, with its exact errors."""

from __future__ import annotations

import sys
import traceback
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .comfyui_files import Folders
from .comfyui_nodes import AUTOGROW, COMBO, DYNAMIC, MATCH, Inputs, Library

Errors = list[dict[str, Any]]
# Input names that a node checks by itself, so that neither limits nor lists apply to them.
CHECKED = {"LoadImage": ("image", "Invalid image file: {}"), "LoadVideo": ("file", "Invalid video file: {}")}
NUMBERS: dict[str, Any] = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}
SHOWN_CHOICES = 20


class Verdict(NamedTuple):
    """What the validation of a prompt found: `error` is None if it may run."""

    error: dict[str, Any] | None
    outputs: list[str]
    node_errors: dict[str, Any]


def proper_id(value: Any) -> str:
    """Return a prompt id in canonical form unchanged; raise ValueError for anything else (jobs.py:34)."""
    if not isinstance(value, str):
        raise ValueError("a prompt id is a string")
    if str(uuid.UUID(value)) != value:
        raise ValueError("a prompt id is in lower case with hyphens")
    return value


def invalid_id() -> dict[str, Any]:
    """Return the answer to a prompt id that is none (server.py:1098)."""
    details = (
        "prompt_id must be a UUID string in canonical lowercase hyphenated form; omit it to let the server generate one"
    )
    return refused("invalid_prompt_id", "prompt_id must be a valid UUID", details)


def no_prompt() -> dict[str, Any]:
    """Return the answer to a body without a prompt (server.py:1138)."""
    return refused("no_prompt", "No prompt provided", "No prompt provided")


def refused(kind: str, message: str, details: str) -> dict[str, Any]:
    """Return the body of a refusal that is about no node."""
    return {"error": _error(kind, message, details), "node_errors": {}}


def validate(
    prompt: Any, targets: Sequence[str] | None, library: Library, folders: Folders, *, old: bool = False
) -> Verdict:
    """Check a whole prompt (execution.py:1128); numbers given as text are converted within it."""
    outputs = []
    for node_id in prompt:
        if error := _unknown(node_id, prompt[node_id], library, old):
            return Verdict(error, [], {})
        flags = library.nodes[prompt[node_id]["class_type"]].flags
        if "output" in flags and (targets is None or node_id in targets):
            outputs.append(node_id)
    if not outputs:
        return Verdict(_error("prompt_no_outputs", "Prompt has no outputs", ""), [], {})
    return _Checker(prompt, library, folders).check(outputs)


def finalized(inputs: Inputs, live: Mapping[str, Any]) -> tuple[Inputs, list[str]]:
    """Expand inputs that depend on others, and name those that came of it (_io.py:1822)."""
    found: Inputs = {"required": {}, "optional": {}}
    dynamic: list[str] = []
    _expand(found, dynamic, live, {kind: each for kind, each in inputs.items() if kind != "hidden"}, "")
    return found, dynamic


def is_link(value: Any) -> bool:
    """Check whether an input's value is a link (graph_utils.py): a node id and the number of an output."""
    return (
        isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int | float)
    )


def matches(received: Any, wanted: Any) -> bool:
    """Check whether an output's type suits an input's type (validation.py)."""
    if received == wanted or "*" in (received, wanted) or MATCH in (received, wanted):
        return True
    if not isinstance(received, str) or not isinstance(wanted, str):
        return False
    left, right = ({each.strip() for each in kind.split(",")} for kind in (received, wanted))
    return "*" in left | right or bool(left & right)


def _expand(found: Inputs, dynamic: list[str], live: Mapping[str, Any], inputs: Inputs, prefix: str) -> None:
    for kind, each in inputs.items():
        for name, config in each.items():
            full = prefix + name
            if config[0] == DYNAMIC:
                _expand_choice(found, dynamic, live, kind, full, config)
            elif config[0] == AUTOGROW:
                _expand_growing(found, dynamic, live, full, config)
            else:
                found[kind][full] = config
                if prefix:
                    dynamic.append(full)


def _expand_choice(
    found: Inputs, dynamic: list[str], live: Mapping[str, Any], kind: str, name: str, config: list[Any]
) -> None:
    # A choice that is missing or unknown is not checked at all (_io.py:1255); the node fails when it runs.
    option = next((each for each in config[1]["options"] if name in live and each["key"] == live[name]), None)
    if option is not None:
        _expand(found, dynamic, live, option["inputs"], f"{name}.")
        found[kind][name] = config
        dynamic.append(name)


def _expand_growing(found: Inputs, dynamic: list[str], live: Mapping[str, Any], name: str, config: list[Any]) -> None:
    template = config[1]["template"]
    value = next(iter(template["input"]["required"].values()))
    for number, each in enumerate(template["names"]):
        kind = "required" if number < template["min"] else "optional"
        found[kind][f"{name}.{each}"] = value
    dynamic.append(name)


def _unknown(node_id: str, node: Any, library: Library, old: bool) -> dict[str, Any] | None:
    """Return the error about a node without a class, or with one that is not installed."""
    title = None
    if "class_type" not in node:
        if old:
            message = "Cannot execute because a node is missing the class_type property."
            return _error("invalid_prompt", message, f"Node ID '#{node_id}'")
        title, name = node.get("_meta", {}).get("title"), None
        shown = title or f"ID #{node_id}"
        message = f"Node '{shown}' has no class_type. The workflow may be corrupted or a custom node is missing."
    elif (name := node["class_type"]) not in library.nodes:
        if old:
            message = f"Cannot execute because node {name} does not exist."
            return _error("invalid_prompt", message, f"Node ID '#{node_id}'")
        title = node.get("_meta", {}).get("title", name)
        message = f"Node '{title}' not found. The custom node may not be installed."
    else:
        return None
    about = {"node_id": node_id, "class_type": name, "node_title": title}
    return _error("missing_node_type", message, f"Node ID '#{node_id}'", **about)


class _Checker:
    """Checks the nodes behind every output, each once."""

    def __init__(self, prompt: dict[str, Any], library: Library, folders: Folders) -> None:
        self.prompt, self.library, self.folders = prompt, library, folders
        self.validated: dict[str, tuple[bool, Errors]] = {}
        self.visiting: list[str] = []

    def check(self, outputs: list[str]) -> Verdict:
        """Check the outputs; one good output is enough (execution.py:1180)."""
        good: list[str] = []
        reasons: Errors = []
        node_errors: dict[str, Any] = {}
        for output in outputs:
            try:
                valid, found = self._node(output)
            except Exception as error:
                valid, found = False, [_broken("exception_during_validation", "Exception when validating node", error)]
                self.validated[output] = (False, found)
            if valid:
                good.append(output)
                continue
            reasons += found
            self._blame(output, node_errors)
        if good:
            return Verdict(None, good, node_errors)
        details = "\n".join(f"{reason['message']}: {reason['details']}" for reason in reasons)
        error = _error("prompt_outputs_failed_validation", "Prompt outputs failed validation", details)
        return Verdict(error, [], node_errors)

    def _blame(self, output: str, node_errors: dict[str, Any]) -> None:
        for node_id, (valid, errors) in self.validated.items():
            if not valid and errors:
                class_type = self.prompt[node_id]["class_type"]
                entry = {"errors": errors, "dependent_outputs": [], "class_type": class_type}
                node_errors.setdefault(node_id, entry)["dependent_outputs"].append(output)

    def _node(self, node_id: str) -> tuple[bool, Errors]:
        if node_id in self.validated:
            return self.validated[node_id]
        if node_id in self.visiting:
            return self._cycle(node_id)
        inputs, class_type = self.prompt[node_id]["inputs"], self.prompt[node_id]["class_type"]
        version = self.library.nodes[class_type].version
        schema, dynamic = self.library.inputs(class_type), []
        if version == 3:
            schema, dynamic = finalized(schema, inputs)
        valid, errors = True, []
        for kind in ("required", "optional"):
            for name, config in schema.get(kind, {}).items():
                whole = [config[0], config[1] if len(config) > 1 else {}]
                found = self._input(node_id, inputs, name, kind, whole, dynamic)
                valid = valid and found is not None
                errors += found or []
        errors += self._own_check(class_type, inputs)
        before = self.validated.get(node_id, (True, []))
        errors = before[1] + [error for error in errors if error not in before[1]]
        self.validated[node_id] = (before[0] and valid and not errors, errors)
        return self.validated[node_id]

    def _cycle(self, node_id: str) -> tuple[bool, Errors]:
        path = [*self.visiting[self.visiting.index(node_id) :], node_id]
        shown = " -> ".join(f"{each} ({self.prompt[each]['class_type']})" for each in path)
        nodes = list(dict.fromkeys(path))
        for each in nodes:
            about = {"node_id": each, "cycle_nodes": nodes}
            self.validated[each] = (False, [_error("dependency_cycle", "Dependency cycle detected", shown, **about)])
        return self.validated[node_id]

    def _input(
        self, node_id: str, inputs: dict[str, Any], name: str, kind: str, config: list[Any], dynamic: list[str]
    ) -> Errors | None:
        """Return the errors of an input, or None if the fault is that of a node before."""
        if name not in inputs:
            if kind == "optional":
                return []
            details = name.rpartition(".")[2] if dynamic else name
            return [_error("required_input_missing", "Required input is missing", details, input_name=name)]
        value = inputs[name]
        about = {"input_name": name, "input_config": config}
        if isinstance(value, list):
            return self._link(node_id, name, value, config, about)
        if isinstance(value, dict) and "__value__" in value:
            value = inputs[name] = value["__value__"]
        try:
            if isinstance(config[0], str) and config[0] in NUMBERS:
                value = inputs[name] = NUMBERS[config[0]](value)
        except Exception as error:
            message = f"Failed to convert an input value to a {config[0]} value"
            extra = about | {"received_value": value, "exception_message": str(error)}
            return [_error("invalid_input_type", message, f"{name}, {value}, {error}", **extra)]
        if CHECKED.get(self.prompt[node_id]["class_type"], ("",))[0] == name:
            return []
        return _value_errors(name, value, config, about)

    def _link(
        self, node_id: str, name: str, value: list[Any], config: list[Any], about: dict[str, Any]
    ) -> Errors | None:
        if len(value) != 2:
            message = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
            return [_error("bad_linked_input", message, name, **about, received_value=value)]
        received = self._returned(self.prompt[value[0]]["class_type"])[value[1]]
        if not matches(received, config[0]):
            details = f"{name}, received_type({received}) mismatch input_type({config[0]})"
            extra = about | {"received_type": received, "linked_node": value}
            return [_error("return_type_mismatch", "Return type mismatch between linked nodes", details, **extra)]
        self.visiting.append(node_id)
        try:
            return [] if self._node(value[0])[0] else None
        except Exception as error:
            kind, message = "exception_during_inner_validation", "Exception when validating inner node"
            extra = about | {"exception_message": str(error), "linked_node": value}
            self.validated[value[0]] = (False, [_broken(kind, message, error, **extra)])
            return None
        finally:
            self.visiting.pop()

    def _returned(self, class_type: str) -> Sequence[str]:
        # Which of the two it is shows in the words of an IndexError.
        returned = self.library.returns(class_type)
        return tuple(returned) if self.library.nodes[class_type].version == 1 else returned

    def _own_check(self, class_type: str, inputs: dict[str, Any]) -> Errors:
        """Let LoadImage and LoadVideo check their file (nodes.py:1807, nodes_video.py)."""
        if class_type not in CHECKED:
            return []
        name, message = CHECKED[class_type]
        if name not in inputs:
            function = "VALIDATE_INPUTS" if class_type == "LoadImage" else "validate_inputs"
            raise TypeError(f"{class_type}.{function}() missing 1 required positional argument: '{name}'")
        value = None if is_link(inputs[name]) else inputs[name]
        if self.folders.exists(value):
            return []
        details = f"{name} - {message.format(value)}"
        return [_error("custom_validation_failed", "Custom validation failed for node", details, input_name=name)]


def _value_errors(name: str, value: Any, config: list[Any], about: dict[str, Any]) -> Errors:
    kind, options = config
    extra = about | {"received_value": value}
    if "min" in options and value < options["min"]:
        message = f"Value {value} smaller than min of {options['min']}"
        return [_error("value_smaller_than_min", message, name, **extra)]
    if "max" in options and value > options["max"]:
        return [_error("value_bigger_than_max", f"Value {value} bigger than max of {options['max']}", name, **extra)]
    choices = options.get("options", []) if kind == COMBO else kind if isinstance(kind, list) else None
    if choices is None or value in choices:
        return []
    shown = str(choices) if len(choices) <= SHOWN_CHOICES else f"(list of length {len(choices)})"
    extra["input_config"] = config if len(choices) <= SHOWN_CHOICES else None
    return [_error("value_not_in_list", "Value not in list", f"{name}: {value!r} not in {shown}", **extra)]


def _error(kind: str, message: str, details: str, **extra: Any) -> dict[str, Any]:
    return {"type": kind, "message": message, "details": details, "extra_info": extra}


def _broken(kind: str, message: str, error: Exception, **extra: Any) -> dict[str, Any]:
    trace = traceback.format_tb(sys.exc_info()[2])
    extra |= {"exception_type": type(error).__qualname__, "traceback": trace}
    return _error(kind, message, str(error), **extra)
