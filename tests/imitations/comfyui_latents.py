"""What the nodes of the imitated ComfyUI do with latents: they pass texts, sizes and pictures on to the decoder."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np

from .comfyui_values import Audio, AudioLatent, Conditioning, Images, Latent, Plan, Thing, Vae, fitted
from .comfyui_work import Context, Given, works
from .engine_videos import Scene


@works("EmptyHunyuanLatentVideo")
def empty_wan(context: Context, given: Given) -> Any:
    """Return an empty latent of Wan's first VAE (nodes_hunyuan.py)."""
    return [_empty(given, 16, 8, 4)]


@works("EmptyLTXVLatentVideo")
def empty_ltx(context: Context, given: Given) -> Any:
    """Return an empty latent of LTX (nodes_lt.py:81)."""
    return [_empty(given, 128, 32, 8)]


@works("WanImageToVideo", "WanFirstLastFrameToVideo")
def wan_images(context: Context, given: Given) -> Any:
    """Pin the first and the last images (nodes_wan.py:18 and 184)."""
    latent = _empty(given, 16, 8, 4)
    if given.class_type == "WanFirstLastFrameToVideo":
        vae: Vae = given["vae"]
        latent = _empty(given, vae.channels, vae.spatial, 4)
    length = (latent.frames - 1) * 4 + 1
    plan = Plan(_pinned(given, "start_image", 0, length))
    if (ending := given.get("end_image")) is not None:
        pictures = ending.drawn()[-length:]
        first = length - len(pictures)
        plan = plan.joined(Plan({first + number: _shaped(picture, given) for number, picture in enumerate(pictures)}))
    return [*_planned(given, plan), latent]


@works("WanVaceToVideo")
def wan_vace(context: Context, given: Given) -> Any:
    """Add a reference image, which lengthens the latent, and a video to change (nodes_wan.py:316)."""
    latent = _empty(given, 16, 8, 4)
    if given["width"] % 8 or given["height"] % 8:
        raise RuntimeError(f"shape '[{given['length']}, -1, 8, -1, 8]' is invalid for input of size {given['width']}")
    plan, extra = Plan(), 0
    if (reference := given.get("reference_image")) is not None:
        plan, extra = Plan(references=[_shaped(reference.drawn(1)[0], given)]), 1
    if (control := given.get("control_video")) is not None:
        plan = replace(plan, source=control.as_clip())
    return [*_planned(given, plan), replace(latent, frames=latent.frames + extra), extra]


@works("Wan22ImageToVideoLatent")
def wan_small(context: Context, given: Given) -> Any:
    """Return the latent of the 5B model, with the first images in it (nodes_wan.py:1434)."""
    latent = _empty(given, 48, 16, 4)
    return [replace(latent, plan=Plan(_pinned(given, "start_image", 0, given["length"])))]


@works("TrimVideoLatent")
def trim(context: Context, given: Given) -> Any:
    """Cut the first frames off a latent."""
    latent: Latent = given["samples"]
    return [replace(latent, frames=max(0, latent.frames - given["trim_amount"]))]


@works("LTXVImgToVideo")
def ltx_image(context: Context, given: Given) -> Any:
    """Put images into an empty latent (nodes_lt.py:112)."""
    latent = replace(_empty(given, 128, 32, 8), plan=Plan(_pinned(given, "image", 0, given["length"])))
    return [given["positive"], given["negative"], latent]


@works("LTXVImgToVideoInplace")
def ltx_image_in_place(context: Context, given: Given) -> Any:
    """Put images into a latent, unless it is bypassed (nodes_lt.py:151)."""
    latent: Latent = given["latent"]
    if given.get("bypass"):
        return [latent]
    size = {"width": latent.width * 32, "height": latent.height * 32}
    pinned = _pinned(Given(given.class_type, given | size), "image", 0, (latent.frames - 1) * 8 + 1)
    return [replace(latent, plan=latent.plan.joined(Plan(pinned)))]


@works("LTXVAddGuide")
def ltx_guide(context: Context, given: Given) -> Any:
    """Append a guide to the latent; LTXVCropGuides has to take it off again (nodes_lt.py:432)."""
    latent: Latent = given["latent"]
    positive: Conditioning = given["positive"]
    if latent.sound:
        raise ValueError("Adding guide to a combined AV latent is not supported.")
    pictures = given["image"].drawn()
    pictures = pictures[: (len(pictures) - 1) // 8 * 8 + 1]
    count, first = latent.frames - positive.guides, given["frame_idx"]
    first = first if first >= 0 else max((count - 1) * 8 + 1 + first, 0)
    if len(pictures) > 1 and first:
        first = (first - 1) // 8 * 8 + 1
    long = (len(pictures) - 1) // 8 + 1
    if (first + 7) // 8 + long > latent.frames:
        raise AssertionError("Conditioning frames exceed the length of the latent sequence.")
    size = (latent.width * 32, latent.height * 32)
    plan = Plan({first + number: fitted(picture, *size) for number, picture in enumerate(pictures)})
    texts = [replace(each, plan=each.plan.joined(plan), guides=each.guides + long) for each in _texts(given)]
    return [*texts, replace(latent, frames=latent.frames + long)]


@works("LTXVCropGuides")
def ltx_crop(context: Context, given: Given) -> Any:
    """Take the guides off a latent (nodes_lt.py:518)."""
    latent: Latent = given["latent"]
    texts = [replace(each, plan=Plan(), guides=0) for each in _texts(given)]
    return [*texts, replace(latent, frames=latent.frames - given["positive"].guides)]


@works("LTXVConditioning")
def ltx_rate(context: Context, given: Given) -> Any:
    """Note the frame rate."""
    context.facts["frame_rate"] = given["frame_rate"]
    return _texts(given)


@works("LTXVEmptyLatentAudio")
def empty_sound(context: Context, given: Given) -> Any:
    """Return empty latent sound."""
    return [AudioLatent(given["frames_number"], float(given["frame_rate"]))]


@works("LTXVConcatAVLatent")
def join_sound(context: Context, given: Given) -> Any:
    """Nest latent sound in a latent video."""
    return [replace(given["video_latent"], sound=True)]


@works("LTXVSeparateAVLatent")
def part_sound(context: Context, given: Given) -> Any:
    """Take a latent video and its sound apart."""
    latent: Latent = given["av_latent"]
    if not latent.sound:
        raise IndexError("tuple index out of range")
    return [replace(latent, sound=False), AudioLatent(latent.frames, 0)]


@works("LTXVAudioVAEDecode")
def decode_sound(context: Context, given: Given) -> Any:
    """Return sound."""
    return [Audio()]


@works("LTXVLatentUpsampler")
def enlarge(context: Context, given: Given) -> Any:
    """Double the size of a latent."""
    latent: Latent = given["samples"]
    return [replace(latent, width=latent.width * 2, height=latent.height * 2)]


@works("LTXVScheduler")
def schedule(context: Context, given: Given) -> Any:
    """Return sigmas for a number of steps."""
    return [Thing("sigmas", steps=given["steps"])]


@works("ManualSigmas")
def list_sigmas(context: Context, given: Given) -> Any:
    """Return sigmas that are written down; one step between each two (nodes_custom_sampler.py)."""
    return [Thing("sigmas", steps=len(re.findall(r"[-+]?(?:\d*\.*\d+)", given["sigmas"])) - 1)]


@works("RandomNoise")
def noise(context: Context, given: Given) -> Any:
    """Return noise."""
    return [Thing("noise", str(given["noise_seed"]))]


@works("CFGGuider")
def guide(context: Context, given: Given) -> Any:
    """Return both texts together."""
    return [Thing("guider", parts=(given["positive"], given["negative"]))]


@works("KSampler")
def sample(context: Context, given: Given) -> Any:
    """Sample all steps."""
    return [_sampled(context, given, _texts(given), given["seed"], given["steps"])]


@works("KSamplerAdvanced")
def sample_part(context: Context, given: Given) -> Any:
    """Sample some of the steps."""
    count = max(0, min(given["end_at_step"], given["steps"]) - given["start_at_step"])
    return [_sampled(context, given, _texts(given), given["noise_seed"], count)]


@works("SamplerCustom")
def sample_custom(context: Context, given: Given) -> Any:
    """Sample along given sigmas."""
    return [_sampled(context, given, _texts(given), given["noise_seed"], given["sigmas"].steps)] * 2


@works("SamplerCustomAdvanced")
def sample_advanced(context: Context, given: Given) -> Any:
    """Sample along given sigmas with given noise."""
    texts = list(given["guider"].parts)
    return [_sampled(context, given, texts, int(given["noise"].name), given["sigmas"].steps)] * 2


@works("VAEDecode", "VAEDecodeTiled")
def decode(context: Context, given: Given) -> Any:
    """Return the images of a latent."""
    latent, vae = given["samples"], given["vae"]
    if latent.channels != vae.channels:
        wanted = f"expected input to have {vae.channels} channels, but got {latent.channels} channels instead"
        raise RuntimeError(f"Given groups=1, {wanted}")
    if latent.frames < 1:
        raise RuntimeError("Calculated padded input size per channel is smaller than the kernel size")
    width, height = latent.width * vae.spatial, latent.height * vae.spatial
    frames = (latent.frames - 1) * vae.temporal + 1
    plan: Plan = latent.plan
    keyframes = {number: picture for number, picture in plan.keyframes.items() if number < frames}
    scene = Scene(
        plan.prompt, width, height, frames * latent.batch, keyframes=keyframes, references=plan.references,
        source=plan.source,
    )  # fmt: skip
    return [Images(width, height, scene.frames, scene=scene)]


@works("VAEEncode")
def encode_images(context: Context, given: Given) -> Any:
    """Return the latent of images."""
    images, vae = given["pixels"], given["vae"]
    frames = (images.frames - 1) // vae.temporal + 1
    plan = Plan(dict(enumerate(images.drawn())))
    return [Latent(vae.channels, frames, images.width // vae.spatial, images.height // vae.spatial, plan=plan)]


def _empty(given: Given, channels: int, spatial: int, temporal: int) -> Latent:
    frames = (given["length"] - 1) // temporal + 1
    return Latent(channels, frames, given["width"] // spatial, given["height"] // spatial, given.get("batch_size", 1))


def _texts(given: Given) -> list[Conditioning]:
    return [given["positive"], given["negative"]]


def _shaped(picture: np.ndarray, given: Given) -> np.ndarray:
    return fitted(picture, given["width"], given["height"])


def _pinned(given: Given, name: str, first: int, length: int) -> dict[int, np.ndarray]:
    images: Images | None = given.get(name)
    pictures = images.drawn(length) if images is not None else ()
    return {first + number: _shaped(picture, given) for number, picture in enumerate(pictures)}


def _planned(given: Given, plan: Plan) -> list[Conditioning]:
    return [replace(each, plan=each.plan.joined(plan)) for each in _texts(given)]


def _sampled(context: Context, given: Given, texts: list[Conditioning], seed: int, count: int) -> Latent:
    positive, negative = texts
    context.facts.update(prompt=positive.text, negative=negative.text)
    context.facts.setdefault("seeds", []).append(seed)
    context.facts.setdefault("steps", []).append(count)
    latent: Latent = given["latent_image"]
    context.take_steps(count, (latent.width, latent.height))
    return replace(latent, plan=latent.plan.joined(replace(positive.plan, prompt=positive.text)))
