"""An imitation of the pipelines of diffusers 0.42.1 that the profiles use, as strict as they are, without weights.

Signatures and checks are those of the wheel. A video shows each given frame until the next one, and a colour of the
seed before; its sound is a tone. Words of the prompt are faults: see `_fault`. With TORCH_IMITATION_LOG, each call is
written to that file as a line of JSON.
"""

from __future__ import annotations

import json
import os
import time
from inspect import Parameter, Signature
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import torch
from PIL import Image

from .pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition

__version__ = "0.42.1"
STEP_SECONDS = 0.02
# After an error of this kind, all that a process does on its GPU fails.
BROKEN = []


class _Config(dict):
    __getattr__ = dict.__getitem__


class _Vae:
    tiling = False

    def enable_tiling(self):
        self.tiling = True


class _Scheduler:
    def __init__(self, config):
        self.config = config

    @classmethod
    def from_config(cls, config, **changed):
        return cls(_Config({**config, **changed}))


class _Transformer:
    def __init__(self):
        self.adapters = {}

    def set_adapters(self, names, weights):
        assert set(names) <= self.adapters.keys()
        self.adapters = dict(zip(names, weights, strict=True))


class DiffusionPipeline:
    parts = ("tokenizer", "text_encoder", "transformer", "vae", "scheduler")
    settings: ClassVar = {}

    def __init_subclass__(cls):
        """Name the parts and settings in the signature, as the real classes do."""
        names = [*cls.parts, *cls.settings]
        cls.__init__ = lambda self, **given: self._set(given)
        cls.__init__.__signature__ = Signature([Parameter(name, Parameter.KEYWORD_ONLY) for name in names])

    def _set(self, given):
        self.components = {name: given.pop(name, None) for name in self.parts}
        assert given.keys() <= self.settings.keys(), given
        self.config = _Config({**self.settings, **given})
        self.hooked = ""
        self.held = False

    def __getattr__(self, name):
        if name in self.parts:
            return self.components[name]
        raise AttributeError(name)

    def __setattr__(self, name, value):
        if name in self.parts:
            self.components[name] = value
        else:
            super().__setattr__(name, value)

    @classmethod
    def from_pretrained(
        cls, place, *, dtype, use_safetensors, trust_remote_code, local_files_only=False, revision=None
    ):
        time.sleep(float(os.environ.get("TORCH_IMITATION_LOADING", "0")))
        assert trust_remote_code is False
        assert use_safetensors is True
        if not local_files_only:
            raise OSError(f"We couldn't connect to the hub for {place} at {revision}.")
        folder = Path(place)
        index = json.loads((folder / "model_index.json").read_text())
        if not list(folder.rglob("*.safetensors")):
            raise OSError(f"Error no file named diffusion_pytorch_model.safetensors found in directory {folder}.")
        if "default" not in dtype:
            raise ValueError("dtype needs a default")
        kind = globals()[index["_class_name"]]
        made = {"vae": _Vae(), "scheduler": _Scheduler(_Config(flow_shift=3.0)), "transformer": _Transformer()}
        if "transformer_2" in kind.parts:
            made["transformer_2"] = _Transformer()
        pipe = kind(**{name: made.get(name, object()) for name in kind.parts})
        pipe.components["vae"].dtypes = dtype
        return pipe

    def set_progress_bar_config(self, **_):
        pass

    def remove_all_hooks(self):
        self.hooked = ""

    def maybe_free_model_hooks(self):
        self.held = False

    def _no_accelerator(self, device):
        raise RuntimeError("`enable_model_cpu_offload` requires accelerator, but not found")

    enable_model_cpu_offload = enable_sequential_cpu_offload = _no_accelerator

    def to(self, device):
        assert device == "cpu"
        return self

    def load_lora_weights(
        self, folder, *, weight_name, adapter_name, use_safetensors, local_files_only, load_into_transformer_2=False
    ):
        assert use_safetensors
        assert local_files_only
        if not (Path(folder) / weight_name).is_file():
            raise OSError(f"{folder} has no file {weight_name}")
        part = self.components["transformer_2" if load_into_transformer_2 else "transformer"]
        part.adapters[adapter_name] = 1.0

    def _made(self, arguments, frames, known, *, multiple=16, grid=4, strength=1.0):
        """Return the video of a call with these arguments, of which frames are known by number."""
        width, height, prompt = arguments["width"], arguments["height"], arguments["prompt"]
        steps = max(1, int(arguments["num_inference_steps"] * strength))
        if height % multiple or width % multiple:
            raise ValueError(f"`height` and `width` have to be divisible by {multiple} but are {height} and {width}.")
        assert (frames - 1) % grid == 0, f"{frames} frames would be rounded"
        # With offload a component would stay on the device beside the next one.
        assert not self.held, "maybe_free_model_hooks was not called after the last call"
        self.held = True
        self.num_timesteps = steps
        self._log(arguments, frames)
        for step in range(steps):
            _fault(prompt, step, self.components["vae"].tiling)
            arguments["callback_on_step_end"](self, step, 1000 - step, {"latents": None})
        colour = np.random.default_rng(arguments["generator"].seed).random(3)
        video = np.empty((frames, height, width, 3), np.float32)
        video[:] = colour
        for number, image in sorted(known.items()):
            video[number:] = np.asarray(image.resize((width, height)), np.float32) / 255
        return video

    def _log(self, arguments, frames):
        if log := os.environ.get("TORCH_IMITATION_LOG"):
            told = {"pipeline": type(self).__name__, "frames": frames, "dtypes": self.components["vae"].dtypes,
                    "scheduler": self.components["scheduler"].config, "tiling": self.components["vae"].tiling,
                    "adapters": self.components["transformer"].adapters,
                    **{name: _told(value) for name, value in arguments.items() if name != "self"}}  # fmt: skip
            with open(log, "a", encoding="utf-8") as file:
                file.write(json.dumps(told, default=str) + "\n")


def _told(value):
    match value:
        case Image.Image():
            return f"{value.mode} {value.width}x{value.height} {value.resize((1, 1)).getpixel((0, 0))}"
        case list():
            return [_told(item) for item in value]
        case LTX2VideoCondition():
            return {"index": value.index, "frames": _told(value.frames)}
        case _:
            return value


def _fault(prompt, step, tiling):
    slowly = float(os.environ.get("TORCH_IMITATION_SECONDS", "1")) if "slowly" in prompt else 0
    time.sleep(STEP_SECONDS + slowly)
    if BROKEN:
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")
    if step == 0:
        return
    if "broken" in prompt:
        BROKEN.append(prompt)
        _fault(prompt, step, tiling)
    if ("large" in prompt and not tiling) or "huge" in prompt:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
    if "killed" in prompt:
        os.kill(os.getpid(), 9)
    if "aborts" in prompt:
        os.abort()
    if "wrong" in prompt:
        raise ValueError("the size of tensor a (5) must match the size of tensor b (6)")


def _check_images(images):
    images = images if isinstance(images, list) else [images]
    assert all(isinstance(image, Image.Image) and image.mode == "RGB" for image in images)
    return images


class WanPipeline(DiffusionPipeline):
    parts = (*DiffusionPipeline.parts, "transformer_2")
    settings: ClassVar = {"boundary_ratio": None, "expand_timesteps": False}

    def __call__(
        self, prompt=None, negative_prompt=None, height=480, width=832, num_frames=81, num_inference_steps=50,
        guidance_scale=5.0, guidance_scale_2=None, generator=None, output_type="np", callback_on_step_end=None,
    ):  # fmt: skip
        video = self._made(locals(), num_frames, {})
        return SimpleNamespace(frames=[video])


class WanImageToVideoPipeline(DiffusionPipeline):
    parts = (*DiffusionPipeline.parts, "transformer_2", "image_encoder", "image_processor")
    settings: ClassVar = {"boundary_ratio": None, "expand_timesteps": False}

    def __call__(
        self, image, prompt=None, negative_prompt=None, height=480, width=832, num_frames=81, num_inference_steps=50,
        guidance_scale=5.0, guidance_scale_2=None, generator=None, last_image=None, output_type="np",
        callback_on_step_end=None,
    ):  # fmt: skip
        known = {0: _check_images(image)[0]}
        if last_image is not None:
            known[num_frames - 1] = _check_images(last_image)[0]
        video = self._made(locals(), num_frames, known)
        return SimpleNamespace(frames=[video])


class WanVACEPipeline(DiffusionPipeline):
    parts = (*DiffusionPipeline.parts, "transformer_2")
    settings: ClassVar = {"boundary_ratio": None}

    def __call__(
        self, prompt=None, negative_prompt=None, video=None, mask=None, reference_images=None, conditioning_scale=1.0,
        height=480, width=832, num_frames=81, num_inference_steps=50, guidance_scale=5.0, guidance_scale_2=None,
        generator=None, output_type="np", callback_on_step_end=None,
    ):  # fmt: skip
        known = {}
        if video is not None:
            assert len(video) == len(mask) == num_frames
            assert {image.size for image in [*video, *mask]} == {(width, height)}
            assert {image.mode for image in mask} == {"L"}
            known = {number: _check_images(image)[0] for number, image in enumerate(video)
                     if mask[number].getpixel((0, 0)) == 0}  # fmt: skip
        if reference_images is not None:
            _check_images(reference_images)
        made = self._made(locals(), num_frames, known)
        return SimpleNamespace(frames=[made])


class WanVideoToVideoPipeline(DiffusionPipeline):
    def __call__(
        self, video=None, prompt=None, negative_prompt=None, height=480, width=832, num_inference_steps=50,
        guidance_scale=5.0, strength=0.8, generator=None, output_type="np", callback_on_step_end=None,
    ):  # fmt: skip
        known = dict(enumerate(_check_images(video)))
        made = self._made(locals(), len(video), known, strength=strength)
        return SimpleNamespace(frames=[1 - made])


class LTX2ConditionPipeline(DiffusionPipeline):
    parts = (*DiffusionPipeline.parts, "audio_vae", "connectors", "vocoder")

    def __call__(
        self, conditions=None, prompt=None, negative_prompt=None, height=512, width=768, num_frames=None,
        frame_rate=24.0, num_inference_steps=30, guidance_scale=3.0, spatio_temporal_guidance_blocks=None,
        use_cross_timestep=True,
        generator=None, output_type="pil", callback_on_step_end=None,
    ):  # fmt: skip
        known = {}
        for condition in conditions or []:
            # A single frame at the last latent shows at the first of its eight frames.
            start = 0 if condition.index == 0 else num_frames - 8
            known |= {start + number: image for number, image in enumerate(_check_images(condition.frames))}
        made = self._made(locals(), num_frames, known, multiple=32, grid=8)
        self.components["vocoder"] = SimpleNamespace(config=_Config(output_sampling_rate=24000))
        seconds = np.arange(int(num_frames / frame_rate * 24000)) / 24000
        tone = np.sin(2 * np.pi * 440 * seconds, dtype=np.float32) / 2
        return SimpleNamespace(frames=[made], audio=[_Tensor(np.stack([tone, tone]))])


class _Tensor:
    def __init__(self, values):
        self._values = values

    def float(self):
        return self

    def cpu(self):
        return self._values
