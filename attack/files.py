"""Malformed images and videos, made on the spot: a corpus that is generated, not stored."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import av
import httpx2
import numpy as np
from PIL import Image

from .report import Tally
from .target import Target

KINDS: dict[str, dict[str, Any]] = {
    "PNG": {}, "JPEG": {"quality": 80}, "WEBP": {}, "GIF": {}, "AVIF": {}, "TIFF": {}, "BMP": {}, "ICO": {}, "PPM": {},
}  # fmt: skip
AT_ONCE = 3


def images(chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of malformed images, at least 300 of them."""
    whole = {kind: _image(kind, options) for kind, options in KINDS.items()}
    for kind, content in whole.items():
        yield f"whole {kind}", content
        for share in (0.02, 0.1, 0.3, 0.6, 0.9, 0.99):
            yield f"{kind} cut at {share}", content[: int(len(content) * share)]
        for number in range(18):
            yield f"{kind} flipped {number}", _flipped(content, chance, 1 + number)
        for number in range(6):
            yield f"{kind} with a broken head {number}", _flipped(content[:40], chance, 4) + content[40:]
        yield f"{kind} with a tail", content + chance.randbytes(50_000)
        yield f"{kind} behind junk", b"junk" * 10 + content
        yield f"{kind} twice", content + content
    for name, width, height in (
        ("huge", 60_000, 60_000),
        ("wide", 2**31 - 1, 1),
        ("none", 0, 0),
        ("limit", 6400, 6200),
    ):
        yield f"PNG that says it is {name}", _png_of(width, height)
    yield "PNG with a bomb of text", _png_with_text(b"a" * 50_000_000)
    yield "animated GIF", _animated(300)
    yield "progressive JPEG", _image("JPEG", {"progressive": True, "quality": 95})
    yield (
        "WebP of 34 bytes",
        b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00/\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00",
    )
    yield "SVG", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    yield "HTML", b"<html><script>alert(1)</script></html>"
    yield "EPS", b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) run"
    yield "ZIP", b"PK\x03\x04" + bytes(100)
    yield "empty", b""
    yield "one byte", b"\x89"


def videos(folder: Path, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of malformed videos, at least 80 of them."""
    whole = {
        name: _video(folder / f"a.{name}", codec)
        for name, codec in (("mp4", "libx264"), ("mov", "mpeg4"), ("webm", "libvpx"))
    }
    whole["mkv"] = _video(folder / "a.mkv", "mjpeg")
    for name, content in whole.items():
        yield f"whole {name}", content
        for share in (0.05, 0.3, 0.6, 0.95):
            yield f"{name} cut at {share}", content[: int(len(content) * share)]
        for number in range(10):
            yield f"{name} flipped {number}", _flipped(content, chance, 1 + number * 3)
        for atom in (b"moov", b"mvhd", b"stts", b"stsz", b"stco", b"tkhd"):
            if (at := content.find(atom)) > 0:
                yield f"{name} with a broken {atom.decode()}", content[: at + 4] + b"\xff" * 24 + content[at + 28 :]
    yield "a playlist", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"
    yield "a list of files", b"ffconcat version 1.0\nfile /etc/passwd\n"
    yield "an SDP", b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n"
    yield "a DASH manifest", b'<?xml version="1.0"?><MPD><BaseURL>http://127.0.0.1/</BaseURL></MPD>'
    for number in range(12):
        yield f"a box of junk {number}", struct.pack(">I", 24) + b"ftypisom" + chance.randbytes(2000)
    yield "noise in turn", _noise(folder / "noise.mp4")


def send(attacked: Target, name: str, files: list[tuple[str, bytes]], *, video: bool) -> Tally:
    """Send files as images of a new video, or as the source of an extension; none may do more than be refused."""
    tally = Tally(name)
    with attacked.client(attacked.attacker.secret) as client, ThreadPoolExecutor(AT_ONCE) as threads:

        def post(file: tuple[str, bytes]) -> httpx2.Response:
            part = (f"a.{'mp4' if video else 'png'}", file[1], "application/octet-stream")
            fields = {"model": "grok-video-3", "prompt": "x", "seconds": "1"}
            path, field = ("/v1/videos/extensions", "video") if video else ("/v1/videos", "images[]")
            answer = client.post(path, data=fields, files={field: part})
            if answer.status_code == 200:
                client.delete(f"/v1/videos/{answer.json()['task_id']}")
            return answer

        for file, answer in zip(files, threads.map(post, files), strict=True):
            # Decoding has 20 seconds, a video 120: they are bounds of their own.
            attacked.check(tally, file[0], answer)
    return tally


def _image(kind: str, options: dict[str, Any]) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 255, (24, 32, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels).resize((320, 240), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    picture.save(buffer, format=kind, **options)
    return buffer.getvalue()


def _animated(count: int) -> bytes:
    frames = [Image.new("P", (64, 64), number % 256) for number in range(count)]
    buffer = io.BytesIO()
    frames[0].save(buffer, format="GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _png_of(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(min(40_000_000, (width // 8 + 2) * height)), 9) if 0 < width < 2**20 else b""
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _png_with_text(text: bytes) -> bytes:
    content = _image("PNG", {})
    end = content.rindex(b"IEND") - 4
    return content[:end] + _chunk(b"zTXt", b"a\x00\x00" + zlib.compress(text, 9)) + content[end:]


def _video(path: Path, codec: str) -> bytes:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=24)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for number in range(24):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number * 10, np.uint8), format="rgb24")
            container.mux(stream.encode(frame.reformat(format=stream.pix_fmt)))
        container.mux(stream.encode(None))
    return path.read_bytes()


def _noise(path: Path) -> bytes:
    """Two frames of noise in turn, nearly nothing with two reference frames and everything without."""
    pictures = [np.random.default_rng(seed).integers(16, 235, (540, 640), dtype=np.uint8) for seed in (1, 2)]
    options = {"crf": "30", "x264-params": "ref=4:bframes=0:scenecut=0:keyint=9999"}
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=24, options=options)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(240):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pictures[number % 2], format="yuv420p")))
        container.mux(stream.encode(None))
    return path.read_bytes()


def _flipped(content: bytes, chance: random.Random, count: int) -> bytes:
    changed = bytearray(content)
    for _ in range(count):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)
