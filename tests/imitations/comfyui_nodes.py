"""What the imitated ComfyUI says about its nodes: the inputs that it checks, and the answers of /object_info."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .comfyui_table import CLIP_TYPES, SAMPLERS, SCHEDULERS, TABLE

# The model files of ComfyUI's own templates for Wan 2.1, Wan 2.2, LTX-2 and LTX-2.3, by models/ folder.
MODELS: dict[str, list[str]] = {
    "checkpoints": [
        "ltx-2-19b-dev-fp8.safetensors", "ltx-2-19b-dev.safetensors", "ltx-2-19b-distilled.safetensors",
        "ltx-2.3-22b-dev-fp8.safetensors", "ltx-2.3-22b-distilled-fp8.safetensors",
    ],
    "clip_vision": ["clip_vision_h.safetensors"],
    "diffusion_models": [
        "wan2.1_vace_14B_fp16.safetensors",
        "wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors", "wan2.2_i2v_low_noise_14B_fp8_scaled.safetensors",
        "wan2.2_t2v_high_noise_14B_fp8_scaled.safetensors", "wan2.2_t2v_low_noise_14B_fp8_scaled.safetensors",
        "wan2.2_ti2v_5B_fp16.safetensors",
    ],
    "latent_upscale_models": [
        "ltx-2-spatial-upscaler-x2-1.0.safetensors", "ltx-2.3-spatial-upscaler-x2-1.1.safetensors",
    ],
    "loras": [
        "Wan21_CausVid_14B_T2V_lora_rank32.safetensors", "ltx-2-19b-distilled-lora-384.safetensors",
        "ltx-2.3-22b-distilled-lora-384.safetensors",
        "wan2.2_i2v_lightx2v_4steps_lora_v1_high_noise.safetensors",
        "wan2.2_i2v_lightx2v_4steps_lora_v1_low_noise.safetensors",
        "wan2.2_t2v_lightx2v_4steps_lora_v1.1_high_noise.safetensors",
        "wan2.2_t2v_lightx2v_4steps_lora_v1.1_low_noise.safetensors",
    ],
    "text_encoders": ["gemma_3_12B_it_fp4_mixed.safetensors", "umt5_xxl_fp8_e4m3fn_scaled.safetensors"],
    "vae": ["wan2.2_vae.safetensors", "wan_2.1_vae.safetensors"],
}  # fmt: skip
COMBO, DYNAMIC, AUTOGROW, MATCH = "COMBO", "COMFY_DYNAMICCOMBO_V3", "COMFY_AUTOGROW_V3", "COMFY_MATCHTYPE_V3"
LARGEST = 16384
Inputs = dict[str, dict[str, Any]]


@dataclass
class Node:
    """A node class: `inputs` are (name, optional, type, options or None), `outputs` are (type, name)."""

    version: int
    name: str
    display: str
    category: str
    module: str
    flags: set[str] = field(default_factory=set[str])
    outputs: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    inputs: list[tuple[str, bool, str, dict[str, Any] | None]] = field(default_factory=list[Any])


class Library:
    """The nodes that are installed, with the files that they can choose from now."""

    def __init__(
        self, models: Mapping[str, Sequence[str]], uploaded: Callable[[str], list[str]], *, old: bool = False
    ) -> None:
        self.models = {folder: list(models.get(folder, ())) for folder in MODELS}
        self._uploaded = uploaded
        self.old = old
        self.nodes = {node.name: node for node in _parsed()}
        if old:
            self.nodes["SaveVideo"].outputs = []

    def returns(self, name: str) -> list[str]:
        """Return the types of a node's outputs."""
        return [kind for kind, _ in self.nodes[name].outputs]

    def inputs(self, name: str) -> Inputs:
        """Return what the node's INPUT_TYPES give: required, optional and hidden inputs as [type, options]."""
        node = self.nodes[name]
        found: Inputs = {"required": {}}
        for each, optional, kind, options in node.inputs:
            found.setdefault("optional" if optional else "required", {})[each] = self._input(node, kind, options)
        for each, optional, config in _dynamic(name, self.old):
            found.setdefault("optional" if optional else "required", {})[each] = config
        if hidden := _hidden(node):
            found["hidden"] = hidden
        return found

    def info(self, name: str) -> dict[str, Any]:
        """Return a node's entry of /object_info (server.py:751, _io.py:1766), without texts for people."""
        node, inputs = self.nodes[name], self.inputs(name)
        common = {
            "input": inputs, "input_order": {kind: list(each) for kind, each in inputs.items()}, "is_input_list": False,
            "output": self.returns(name), "output_is_list": [False] * len(node.outputs),
            "output_name": [each for _, each in node.outputs], "name": name, "description": "",
            "python_module": node.module, "category": node.category, "output_node": "output" in node.flags,
            "has_intermediate_output": False,
        }  # fmt: skip
        if node.version == 1:
            return common | {"display_name": node.display, "search_aliases": []}
        matched = [_template(node) if kind == MATCH else None for kind in common["output"]]
        return common | {
            "display_name": node.display or None, "output_tooltips": [None] * len(node.outputs),
            "output_matchtypes": matched if any(matched) else None, "deprecated": "deprecated" in node.flags,
            "experimental": "experimental" in node.flags, "dev_only": False, "api_node": False, "price_badge": None,
            "search_aliases": None, "essentials_category": None,
        }  # fmt: skip

    def _input(self, node: Node, kind: str, options: dict[str, Any] | None) -> list[Any]:
        choices = self._choices(kind)
        if choices is None:
            return [kind] if options is None and node.version == 1 else [kind, dict(options or {})]
        if node.version == 1:
            return [choices] if options is None else [choices, dict(options)]
        return [COMBO, {"multiselect": False, "options": choices, **(options or {})}]

    def _choices(self, kind: str) -> list[str] | None:
        """Return the values of a list, or None for a type that is no list."""
        match kind.removeprefix("@"):
            case "images" | "videos" as wanted if kind.startswith("@"):
                return self._uploaded(wanted.removesuffix("s"))
            case "samplers":
                return list(SAMPLERS)
            case "schedulers":
                return list(SCHEDULERS)
            case "clip_types":
                return list(CLIP_TYPES)
            case "vae":
                return [*self.models["vae"], "pixel_space"]
            case folder if kind.startswith("@"):
                return list(self.models[folder])
            case _:
                return None if kind.isupper() or "_V3" in kind else kind.split(",")


def _parsed() -> Iterator[Node]:
    node: Node | None = None
    for line in TABLE.strip().splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "=":
            if node is not None:
                yield node
            version, name, display, category, module = rest.split("|")
            module = module if module == "nodes" else f"comfy_extras.{module}"
            node = Node(int(version), name, display, category, module)
            continue
        assert node is not None
        if kind == "!":
            node.flags = set(rest.split())
        elif kind == ">":
            pairs = [each.partition(":") for each in rest.split()]
            node.outputs = [(output, (label or output).replace("~", " ")) for output, _, label in pairs]
        else:
            node.inputs.append(_parsed_input(kind, rest))
    assert node is not None
    yield node


def _parsed_input(name: str, rest: str) -> tuple[str, bool, str, dict[str, Any] | None]:
    kind, *words = rest.split()
    options = None
    if words:
        pairs = [word.partition("=") for word in words if word != "{}"]
        options = {each: json.loads(value.replace("~", " ")) for each, _, value in pairs}
    return name.removeprefix("?"), name.startswith("?"), kind, options


def _hidden(node: Node) -> dict[str, Any]:
    names = ["prompt", "extra_pnginfo"] if "output" in node.flags else []
    names += ["unique_id"] if "unique_id" in node.flags else []
    return {name: name.upper() if node.version == 1 else [name.upper()] for name in names}


def _template(node: Node) -> str:
    return "switch" if node.name == "ComfySwitchNode" else "input_type"


def _dynamic(name: str, old: bool) -> list[tuple[str, bool, list[Any]]]:
    """Return the inputs that depend on other inputs; these three nodes have no lines of their own for them."""
    match name:
        case "SaveVideo" if old:
            return [
                ("format", False, _combo(["auto", "mp4"], "auto")),
                ("codec", False, _combo(["auto", "h264"], "auto")),
            ]
        case "SaveVideo":
            return _save_video()
        case "ComfyMathExpression":
            letters = [chr(number) for number in range(ord("a"), ord("z") + 1)]
            value = {"required": {"value": ["FLOAT,INT,BOOLEAN", {}]}}
            return [("values", False, [AUTOGROW, {"template": {"input": value, "names": letters, "min": 1}}])]
        case "ResizeImageMaskNode":
            return _resize()
        case _:
            return []


def _combo(options: list[str], default: str | None = None) -> list[Any]:
    return [COMBO, {"multiselect": False, "options": options} | ({} if default is None else {"default": default})]


def _choice(options: Mapping[str, Inputs], **extra: Any) -> list[Any]:
    return [DYNAMIC, {"options": [{"key": key, "inputs": inputs} for key, inputs in options.items()], **extra}]


def _save_video() -> list[tuple[str, bool, list[Any]]]:
    """Return the format and the codec of SaveVideo (nodes_video.py:146)."""
    every = ["auto", "h264", "av1"]
    formats = {name: every if name != "webm" else ["auto", "av1"] for name in ("auto", "mp4", "mkv", "webm")}
    choices: dict[str, Inputs] = {name: {"required": {"codec": _codec(codecs)}} for name, codecs in formats.items()}
    return [("format", False, _choice(choices)), ("codec", True, _codec(every, hidden=True))]


def _codec(names: list[str], **extra: Any) -> list[Any]:
    choices: dict[str, Inputs] = {}
    for name in names:
        inputs: Inputs = {"required": {}}
        if name != "auto":
            default, largest = (23.0, 51.0) if name == "h264" else (30.0, 63.0)
            crf = ["FLOAT", {"default": default, "min": 0.0, "max": largest, "step": 1.0}]
            colours = _combo(["auto", "sRGB", "HDR", "HDR PQ"], "auto")
            colours[1]["display_name"] = "color space"
            own: dict[str, Inputs] = {
                "auto": {"required": {}}, "re-encode": {"required": {"crf": crf, "color_space": colours}},
            }  # fmt: skip
            inputs["optional"] = {"encoding": _choice(own, display_name="encoding mode")}
        choices[name] = inputs
    return _choice(choices, **extra)


def _resize() -> list[tuple[str, bool, list[Any]]]:
    """Return the ways to resize (nodes_post_processing.py:445)."""
    length = ["INT", {"default": 512, "min": 0, "max": LARGEST, "step": 1}]
    crop = _combo(["disabled", "center"], "center")
    size = {"width": length, "height": length}
    choices: dict[str, dict[str, Any]] = {
        "scale dimensions": {**size, "crop": crop},
        "scale by multiplier": {"multiplier": ["FLOAT", {"default": 1.0, "min": 0.01, "max": 8.0, "step": 0.01}]},
        "scale longer dimension": {"longer_size": length},
        "scale shorter dimension": {"shorter_size": length},
        "scale width": {"width": length},
        "scale height": {"height": length},
        "scale total pixels": {"megapixels": ["FLOAT", {"default": 1.0, "min": 0.01, "max": 16.0, "step": 0.01}]},
        "match size": {"match": ["IMAGE,MASK", {}], "crop": crop},
        "scale to multiple": {"multiple": ["INT", {"default": 8, "min": 1, "max": LARGEST, "step": 1}]},
    }
    kinds: dict[str, Inputs] = {key: {"required": inputs} for key, inputs in choices.items()}
    methods = _combo(["nearest-exact", "bilinear", "area", "bicubic", "lanczos"], "area")
    return [("resize_type", False, _choice(kinds)), ("scale_method", False, methods)]
