"""What the tests of the imitated ComfyUI share: its own templates in API format, in small sizes, and requests."""

from __future__ import annotations

import io
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import av
import httpx2
import numpy as np
from PIL import Image
from websockets.sync.client import ClientConnection, connect

from tests.imitations.comfyui import ComfyuiImitation

from .helpers import frames

MISSING = str(uuid.UUID(int=5))
SIZE = {"width": 64, "height": 48, "length": 9, "batch_size": 1}
WAN_CLIP, WAN_VAE = "umt5_xxl_fp8_e4m3fn_scaled.safetensors", "wan_2.1_vae.safetensors"
LTX, GEMMA = "ltx-2-19b-dev-fp8.safetensors", "gemma_3_12B_it_fp4_mixed.safetensors"
SAMPLER = {"sampler_name": "euler", "scheduler": "simple", "cfg": 3.5}


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def png(colour: tuple[int, int, int], size: tuple[int, int] = (96, 64)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "png")
    return buffer.getvalue()


def wan(text: str = "a kite", seed: int = 7, kind: str = "t2v", **size: int) -> dict[str, Any]:
    """The template "Wan 2.2 14B text to video": two experts, two samplers, half of the steps each."""
    steps = {"steps": 4, "positive": ["6", 0], "negative": ["7", 0], **SAMPLER}
    low = {"add_noise": "disable", "noise_seed": 0, "start_at_step": 2, "end_at_step": 10000}
    high = {"add_noise": "enable", "noise_seed": seed, "start_at_step": 0, "end_at_step": 2}
    names = [f"wan2.2_{kind}_{noise}_noise_14B_fp8_scaled.safetensors" for noise in ("high", "low")]
    left = {"return_with_leftover_noise": "enable"}
    return {
        "6": node("CLIPTextEncode", text=text, clip=["38", 0]),
        "7": node("CLIPTextEncode", text="static", clip=["38", 0]),
        "8": node("VAEDecode", samples=["58", 0], vae=["39", 0]),
        "37": node("UNETLoader", unet_name=names[0], weight_dtype="default"),
        "38": node("CLIPLoader", clip_name=WAN_CLIP, type="wan", device="default"),
        "39": node("VAELoader", vae_name=WAN_VAE),
        "54": node("ModelSamplingSD3", model=["37", 0], shift=8),
        "55": node("ModelSamplingSD3", model=["56", 0], shift=8),
        "56": node("UNETLoader", unet_name=names[1], weight_dtype="default"),
        "57": node("KSamplerAdvanced", model=["54", 0], latent_image=["59", 0], **steps, **high, **left),
        "58": node(
            "KSamplerAdvanced", model=["55", 0], latent_image=["57", 0], return_with_leftover_noise="disable",
            **steps, **low,
        ),
        "59": node("EmptyHunyuanLatentVideo", **(SIZE | size)),
        "60": node("CreateVideo", images=["8", 0], fps=16),
        "61": node("SaveVideo", video=["60", 0], filename_prefix="video/ComfyUI", format="auto", codec="auto"),
    }  # fmt: skip


def wan_image(first: str, last: str | None = None, **size: int) -> dict[str, Any]:
    """The templates "image to video" and "first and last frame" of Wan 2.2 14B."""
    prompt = wan(kind="i2v")
    name = "WanImageToVideo" if last is None else "WanFirstLastFrameToVideo"
    texts = {"positive": ["6", 0], "negative": ["7", 0], "vae": ["39", 0]}
    prompt["62"] = node("LoadImage", image=first)
    prompt["59"] = node(name, **texts, start_image=["62", 0], **(SIZE | size))
    if last is not None:
        prompt["63"] = node("LoadImage", image=last)
        prompt["59"]["inputs"]["end_image"] = ["63", 0]
    for sampler in ("57", "58"):
        prompt[sampler]["inputs"] |= {"positive": ["59", 0], "negative": ["59", 1]}
    prompt["57"]["inputs"]["latent_image"] = ["59", 2]
    return prompt


def ltx(text: str = "a fair", seed: int = 10) -> dict[str, Any]:
    """The template "LTX-2 text to video", which samples at half size, enlarges, samples again and decodes sound."""
    return {
        "1": node("CheckpointLoaderSimple", ckpt_name=LTX),
        "60": node("LTXAVTextEncoderLoader", text_encoder=GEMMA, ckpt_name=LTX, device="default"),
        "48": node("LTXVAudioVAELoader", ckpt_name=LTX),
        "76": node("LatentUpscaleModelLoader", model_name="ltx-2-spatial-upscaler-x2-1.0.safetensors"),
        "68": node(
            "LoraLoaderModelOnly", model=["1", 0], lora_name="ltx-2-19b-distilled-lora-384.safetensors",
            strength_model=1,
        ),
        "3": node("CLIPTextEncode", text=text, clip=["60", 0]),
        "4": node("CLIPTextEncode", text="blurry", clip=["60", 0]),
        "102": node("PrimitiveFloat", value=24),
        "99": node("PrimitiveInt", value=24),
        "62": node("PrimitiveInt", value=9),
        "89": node("EmptyImage", width=128, height=128, batch_size=1, color=0),
        "90": node("ImageScaleBy", image=["89", 0], upscale_method="lanczos", scale_by=0.5),
        "91": node("GetImageSize", image=["90", 0]),
        "22": node("LTXVConditioning", positive=["3", 0], negative=["4", 0], frame_rate=["102", 0]),
        "43": node("EmptyLTXVLatentVideo", width=["91", 0], height=["91", 1], length=["62", 0], batch_size=1),
        "51": node(
            "LTXVEmptyLatentAudio", audio_vae=["48", 0], frames_number=["62", 0], frame_rate=["99", 0], batch_size=1
        ),
        "56": node("LTXVConcatAVLatent", video_latent=["43", 0], audio_latent=["51", 0]),
        "9": node(
            "LTXVScheduler", latent=["56", 0], steps=4, max_shift=2.05, base_shift=0.95, stretch=True, terminal=0.1
        ),
        "11": node("RandomNoise", noise_seed=seed),
        "8": node("KSamplerSelect", sampler_name="euler_ancestral"),
        "47": node("CFGGuider", model=["1", 0], positive=["22", 0], negative=["22", 1], cfg=4),
        "41": node(
            "SamplerCustomAdvanced", noise=["11", 0], guider=["47", 0], sampler=["8", 0], sigmas=["9", 0],
            latent_image=["56", 0],
        ),
        "80": node("LTXVSeparateAVLatent", av_latent=["41", 0]),
        "81": node("LTXVCropGuides", positive=["22", 0], negative=["22", 1], latent=["80", 0]),
        "84": node("LTXVLatentUpsampler", samples=["81", 2], upscale_model=["76", 0], vae=["1", 2]),
        "83": node("LTXVConcatAVLatent", video_latent=["84", 0], audio_latent=["80", 1]),
        "82": node("CFGGuider", model=["68", 0], positive=["81", 0], negative=["81", 1], cfg=1),
        "67": node("RandomNoise", noise_seed=0),
        "73": node("ManualSigmas", sigmas="0.909375, 0.725, 0.421875, 0.0"),
        "70": node(
            "SamplerCustomAdvanced", noise=["67", 0], guider=["82", 0], sampler=["8", 0], sigmas=["73", 0],
            latent_image=["83", 0],
        ),
        "94": node("LTXVSeparateAVLatent", av_latent=["70", 1]),
        "98": node(
            "VAEDecodeTiled", samples=["94", 0], vae=["1", 2], tile_size=512, overlap=64, temporal_size=4096,
            temporal_overlap=8,
        ),
        "96": node("LTXVAudioVAEDecode", samples=["94", 1], audio_vae=["48", 0]),
        "97": node("CreateVideo", images=["98", 0], audio=["96", 0], fps=["102", 0]),
        "75": node("SaveVideo", video=["97", 0], filename_prefix="video/LTX-2", format="mp4", codec="auto"),
    }  # fmt: skip


@contextmanager
def client(comfy: ComfyuiImitation, agent: str = "test") -> Iterator[httpx2.Client]:
    headers = {"user-agent": agent}
    with httpx2.Client(base_url=comfy.base_url, headers=headers, timeout=5, trust_env=False) as api:
        yield api


def submit(web: httpx2.Client, prompt: Any, **extra: Any) -> str:
    response = web.post("/prompt", json={"prompt": prompt, **extra})
    assert response.status_code == 200, response.text
    assert response.json()["node_errors"] == {}
    return response.json()["prompt_id"]


def finished(comfy: ComfyuiImitation, prompt_id: str) -> dict[str, Any]:
    """Return a prompt's entry of the history as soon as there is one."""
    for _ in range(1000):
        if prompt_id in (found := comfy.queue.past(prompt_id)):
            return found[prompt_id]
        time.sleep(0.005)
    raise AssertionError(comfy.problems)


def ran(comfy: ComfyuiImitation, web: httpx2.Client, prompt: Any, **extra: Any) -> dict[str, Any]:
    return finished(comfy, submit(web, prompt, **extra))


def made(comfy: ComfyuiImitation, web: httpx2.Client, prompt: Any) -> list[np.ndarray]:
    """Return the frames of the video that a prompt makes."""
    entry = ran(comfy, web, prompt)
    assert entry["status"]["status_str"] == "success", entry["status"]["messages"][-1]
    [shown] = [each for output in entry["outputs"].values() for each in output["images"]]
    return frames(web.get("/view", params=shown).content)


def refused(web: httpx2.Client, prompt: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    response = web.post("/prompt", json={"prompt": prompt})
    assert response.status_code == 400
    return response.json()["error"], response.json()["node_errors"]


def changed(prompt: dict[str, Any], node_id: str, **inputs: Any) -> dict[str, Any]:
    prompt[node_id]["inputs"] |= inputs
    return prompt


def fault_of(web: httpx2.Client, prompt: dict[str, Any], node_id: str, **inputs: Any) -> dict[str, Any]:
    """Return the only error of a node whose inputs are wrong."""
    error, node_errors = refused(web, changed(prompt, node_id, **inputs))
    assert (error["type"], list(node_errors)) == ("prompt_outputs_failed_validation", [node_id])
    assert node_errors[node_id]["class_type"] == prompt[node_id]["class_type"]
    [fault] = node_errors[node_id]["errors"]
    return fault


def upload(web: httpx2.Client, name: str, data: bytes, **form: str) -> httpx2.Response:
    return web.post("/upload/image", data=form, files={"image": (name, data, "image/png")})


def listening(comfy: ComfyuiImitation, client_id: str = "me") -> connect:
    """Open a websocket; without a limit to what waits unread, or closing it would take long."""
    return connect(f"{comfy.socket_url}?clientId={client_id}", max_queue=None)


def heard(socket: ClientConnection, until: str) -> list[dict[str, Any]]:
    """Return the JSON messages up to one of a type; "idle" is the message that nothing runs any more."""
    return [message for message in everything_heard(socket, until) if isinstance(message, dict)]


def everything_heard(socket: ClientConnection, until: str) -> list[dict[str, Any] | bytes]:
    """Return the messages up to one of a type, binary ones as bytes."""
    messages: list[dict[str, Any] | bytes] = []
    while True:
        raw = socket.recv(timeout=5)
        if isinstance(raw, bytes):
            messages.append(raw)
            continue
        message = json.loads(raw)
        messages.append(message)
        idle = message["type"] == "executing" and message["data"]["node"] is None
        if message["type"] == until or (until == "idle" and idle):
            return messages


def clip(count: int = 9) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(count):
            picture = np.full((48, 64, 3), (60, 120, 180), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return buffer.getvalue()
