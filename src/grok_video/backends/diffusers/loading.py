"""Loading pipelines in the child process: safetensors only, no code of a repository, one set of weights at a time."""

from __future__ import annotations

import gc
import inspect
import json
import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

MODEL_INDEX = "model_index.json"


class LoadFailed(Exception):
    """The weights cannot be loaded; the message says which and why."""


class Pipelines:
    """Keeps one set of weights loaded, as the pipeline that was asked for last."""

    def __init__(self, device: str | None) -> None:
        self._named_device = device
        self._key = ""
        self._pipe: Any = None
        self._base: Any = None
        # What each set of weights needed once to fit into memory.
        self._reduced: dict[str, dict[str, Any]] = {}
        self.offload = "none"

    @property
    def _torch(self) -> Any:
        return import_module("torch")

    @property
    def device(self) -> str:
        """The torch device: the one that was named, or the first GPU, or the CPU."""
        if self._named_device:
            return self._named_device
        if self._torch.cuda.is_available():
            return "cuda"
        return "mps" if self._torch.backends.mps.is_available() else "cpu"

    def device_name(self) -> str:
        """Return the device with its name and memory."""
        if not self.device.startswith("cuda"):
            return self.device
        properties = self._torch.cuda.get_device_properties(self.device)
        return f"{self.device} ({properties.name}, {properties.total_memory / 2**30:.0f} GiB)"

    def save_memory(self, weights: Mapping[str, Any]) -> bool:
        """Load these weights with less memory from now on; return whether that changes anything.

        A step at a time: tiles cost seconds of decoding, sequential offload makes each of the model's steps slower.
        """
        name, before = weights["name"], {**weights, **self._reduced.get(weights["name"], {})}
        offload = "model" if before["offload"] == "none" else "sequential" if before["tiling"] else before["offload"]
        self._reduced[name] = {"tiling": True, "offload": offload}
        self.drop()
        return {**weights, **self._reduced[name]} != before

    def drop(self) -> None:
        """Forget what is loaded and free its memory."""
        self._pipe = self._base = None
        self._key = ""
        gc.collect()
        if self._torch.cuda.is_available():
            self._torch.cuda.empty_cache()

    def get(self, weights: Mapping[str, Any], pipeline: str) -> Any:
        """Return a pipeline of this class with these weights; raise LoadFailed."""
        wanted = {**weights, **self._reduced.get(weights["name"], {})}
        key = json.dumps(wanted, sort_keys=True)
        if key != self._key:
            self.drop()
            self._base = self._loaded(wanted)
            self._key = key
        if self._pipe is None or type(self._pipe).__name__ != pipeline:
            # The old one is not whole any more if this fails.
            self._pipe = None
            self._pipe = self._as(pipeline, wanted)
        return self._pipe

    def _loaded(self, weights: Mapping[str, Any]) -> Any:
        diffusers = import_module("diffusers")
        dtypes = {"default": weights["dtype"], **dict.fromkeys(weights["float32"], "float32")}
        folder = os.path.expanduser(weights["folder"])
        # A name that is no folder would be looked up at the hub.
        if folder and not os.path.isdir(folder):
            raise LoadFailed(f"The folder of the weights {weights['name']} does not exist here.")
        place: dict[str, Any] = {"local_files_only": True} if folder else {"revision": weights["revision"]}
        try:
            pipe = diffusers.DiffusionPipeline.from_pretrained(
                folder or weights["repository"],
                dtype={name: getattr(self._torch, dtype) for name, dtype in dtypes.items()},
                use_safetensors=True,
                trust_remote_code=False,
                **place,
            )
            self._adapt(pipe, weights)
        except Exception as error:
            if is_out_of_memory(error) or isinstance(error, LoadFailed):
                raise
            raise LoadFailed(f"The weights {weights['name']} cannot be loaded: {type(error).__name__}.") from error
        return pipe

    def _adapt(self, pipe: Any, weights: Mapping[str, Any]) -> None:
        pipe.set_progress_bar_config(disable=True)
        if weights["scheduler"]:
            pipe.scheduler = type(pipe.scheduler).from_config(pipe.scheduler.config, **weights["scheduler"])
        scales: dict[str, dict[str, float]] = {}
        for number, lora in enumerate(weights["loras"]):
            file, adapter = Path(lora["file"]).expanduser(), f"lora_{number}"
            if not file.is_file():
                raise LoadFailed(f"LoRA {number + 1} of the weights {weights['name']} does not exist here.")
            second = {"load_into_transformer_2": True} if lora["component"] == "transformer_2" else {}
            pipe.load_lora_weights(
                str(file.parent), weight_name=file.name, adapter_name=adapter, use_safetensors=True,
                local_files_only=True, **second,
            )  # fmt: skip
            scales.setdefault(lora["component"], {})[adapter] = lora["scale"]
        for component, adapters in scales.items():
            getattr(pipe, component).set_adapters(list(adapters), list(adapters.values()))
        if weights["tiling"]:
            pipe.vae.enable_tiling()

    def _as(self, pipeline: str, weights: Mapping[str, Any]) -> Any:
        """Return the loaded weights as a pipeline of this class, on the device."""
        base = self._base
        kind = _class_of(pipeline)
        pipe = base
        if type(base) is not kind:
            wanted = inspect.signature(kind.__init__).parameters
            kept = {name: part for name, part in base.components.items() if name in wanted}
            kept |= {name: value for name, value in base.config.items() if name in wanted and name not in kept}
            base.remove_all_hooks()
            try:
                pipe = kind(**kept)
            except TypeError as error:
                raise LoadFailed(f"The weights {weights['name']} lack a component of {pipeline}.") from error
            pipe.set_progress_bar_config(disable=True)
        return self._placed(pipe, weights)

    def _placed(self, pipe: Any, weights: Mapping[str, Any]) -> Any:
        # Nothing can be moved away from the CPU.
        self.offload = weights["offload"] if self.device != "cpu" else "none"
        pipe.remove_all_hooks()
        match self.offload:
            case "model":
                pipe.enable_model_cpu_offload(device=self.device)
            case "sequential":
                pipe.enable_sequential_cpu_offload(device=self.device)
            case _:
                pipe.to(self.device)
        return pipe


def check_libraries() -> None:
    """Raise LoadFailed if torch or diffusers cannot be imported."""
    for name in ("torch", "diffusers"):
        try:
            import_module(name)
        except Exception as error:
            # A library of another version or a missing driver raises anything.
            raise LoadFailed(f"{name} cannot be imported: {type(error).__name__}.") from error


def is_out_of_memory(error: Exception) -> bool:
    """Check whether an exception means that memory was short, in the words of the libraries' devices."""
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(
        words in text for words in ("out of memory", "alloc_failed", "cannot allocate", "can't allocate memory")
    )


def is_device_failure(error: Exception) -> bool:
    """Check whether a GPU's context is broken, after which every call of the process fails the same way."""
    text = str(error).lower()
    named = type(error).__name__ == "AcceleratorError" or "cuda error" in text or "hip error" in text
    return named and not is_out_of_memory(error)


def _class_of(pipeline: str) -> Any:
    kind = getattr(import_module("diffusers"), pipeline, None)
    if not inspect.isclass(kind):
        version = import_module("diffusers").__version__
        raise LoadFailed(f"diffusers {version} has no pipeline {pipeline}.")
    return kind


def problems_of(task: Mapping[str, Any]) -> list[str]:
    """Return what would keep one of the profile's tasks from working, a sentence each."""
    problems: list[str] = []
    try:
        known = inspect.signature(_class_of(task["pipeline"]).__call__).parameters
        problems = [
            f"{task['pipeline']} has no argument {name!r} (task {task['kind']})."
            for name in task["arguments"]
            if name not in known
        ]
    except LoadFailed as failure:
        problems = [str(failure)]
    folder = os.path.expanduser(task["weights"]["folder"])
    if folder and not os.path.isfile(os.path.join(folder, MODEL_INDEX)):
        problems.append(f"The weights {task['weights']['name']}: {folder} has no {MODEL_INDEX}.")
    return problems
