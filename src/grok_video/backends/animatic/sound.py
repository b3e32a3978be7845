"""Ambient sound: shaped noise and small sounds that belong to the scene, 44.1 kHz stereo."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...domain.request import FPS
from ...media.encode import SAMPLE_RATE
from .painting.canvas import rng
from .planes import F32
from .scene import Scene, Shot

LEVEL = 0.055
FADE_SECONDS = 0.04
SLIDE_SECONDS = 0.6
FIRES = frozenset("🔥🏕🕯")
LOOP = 1 << 17
# The steps of the swell are too small to be heard.
SWELL_STEP = 64

# (low Hz, high Hz, level, swell seconds) of the noise of each environment and weather.
BEDS: dict[str, list[tuple[float, float, float, float]]] = {
    "sea": [(60, 900, 1.0, 7.0), (900, 4000, 0.25, 7.0)],
    "beach": [(80, 1400, 1.0, 6.0), (1400, 6000, 0.35, 6.0)],
    "lake": [(120, 900, 0.45, 9.0)],
    "city": [(40, 320, 0.9, 13.0), (300, 1500, 0.2, 5.0)],
    "space": [(30, 120, 0.6, 17.0)],
    "underwater": [(30, 350, 1.0, 8.0)],
    "desert": [(150, 900, 0.5, 11.0)],
    "mountains": [(120, 700, 0.55, 9.0)],
    "snowfield": [(150, 800, 0.5, 9.0)],
    "sky": [(200, 1100, 0.6, 8.0)],
    "river": [(300, 2600, 0.5, 4.0), (120, 700, 0.3, 9.0)],
    "street": [(40, 320, 0.8, 11.0), (300, 1500, 0.25, 5.0)],
    "village": [(200, 1200, 0.25, 8.0)],
    "room": [(50, 220, 0.5, 15.0)],
    "forest": [(250, 2500, 0.3, 6.0)],
    "meadow": [(250, 2000, 0.25, 7.0)],
    "bar": [(50, 220, 0.4, 15.0), (250, 900, 0.5, 3.0)],
    "restaurant": [(50, 220, 0.4, 15.0), (300, 1100, 0.4, 3.5)],
    "kitchen": [(50, 220, 0.4, 15.0), (2000, 6000, 0.12, 6.0)],
    "living_room": [(50, 220, 0.5, 15.0)],
    "stage": [(60, 300, 0.5, 9.0), (400, 1600, 0.35, 4.0)],
    "studio": [(50, 180, 0.3, 17.0)],
    "alley": [(40, 280, 0.7, 13.0)],
    "station": [(40, 320, 0.8, 9.0), (400, 1800, 0.3, 5.0)],
    "bridge": [(120, 900, 0.5, 9.0)],
    "cliff": [(60, 900, 0.8, 8.0), (900, 4000, 0.2, 7.0)],
    "bamboo": [(400, 3200, 0.35, 5.0)],
    "moon": [(30, 110, 0.4, 17.0)],
    "rain": [(900, 9000, 0.8, 23.0)],
    "storm": [(700, 9000, 1.0, 19.0), (30, 140, 1.0, 5.0)],
    "snow": [(200, 900, 0.25, 11.0)],
    "wind": [(150, 1200, 0.9, 5.0)],
    "fog": [],
    "clouds": [],
    "clear": [],
}


# Neither crickets nor birds are heard there.
QUIET = frozenset(
    ("space", "underwater", "sea", "sky", "room", "bar", "restaurant", "kitchen", "living_room", "stage", "studio",
     "moon",
     "station", "alley")
)  # fmt: skip
FIRESIDE = "living_room"


def ambience(scene: Scene, samples: int) -> NDArray[np.int16]:
    """Return the sound of a scene, (samples, 2), levelled, with fades at both ends."""
    total = np.zeros((samples, 2), np.float32)
    for number, bed in enumerate(BEDS[scene.environment] + BEDS[scene.weather]):
        total += _bed(samples, scene.layout, number, *bed)
    if scene.environment not in QUIET:
        if scene.time in ("night", "dusk") and scene.weather != "snow" and scene.season != "winter":
            total += 0.5 * _crickets(samples, scene.layout)
        elif scene.weather in ("clear", "clouds", "wind"):
            total += 0.7 * _birds(samples, scene.layout)
    if scene.environment == FIRESIDE or any(subject.figure in FIRES for subject in scene.subjects):
        total += 0.9 * _crackle(samples, scene.layout)
    if scene.environment == "space":
        total += 0.5 * _hum(samples)
    level = float(np.sqrt(np.mean(total**2))) or 1.0
    total *= np.float32(LEVEL / level)
    fade = min(samples // 2, round(FADE_SECONDS * SAMPLE_RATE))
    ramp = np.linspace(0, 1, fade, dtype=np.float32)[:, None]
    total[:fade] *= ramp
    total[samples - fade :] *= ramp[::-1]
    return (np.tanh(total) * 32767).astype(np.int16)


def reel(shots: Sequence[Shot], samples: int, since: int = 0) -> NDArray[np.int16]:
    """Return the sound of several shots from sample `since` on, with crossfades between environments."""
    starts: list[tuple[int, Scene]] = []
    for shot in shots:
        at = max(since, shot.start * SAMPLE_RATE // FPS)
        if starts and (_sound_key(starts[-1][1]) == _sound_key(shot.scene) or at == starts[-1][0]):
            starts[-1] = (starts[-1][0], shot.scene)
        else:
            starts.append((at, shot.scene))
    whole = np.zeros((samples - since, 2), np.int16)
    for number, (at, scene) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else samples
        slide = min(round(SLIDE_SECONDS * SAMPLE_RATE), samples - end)
        part = ambience(scene, end - at + slide)
        if number:
            ramp = np.linspace(0, 1, min(len(part), round(SLIDE_SECONDS * SAMPLE_RATE)), dtype=np.float32)[:, None]
            part[: len(ramp)] = (part[: len(ramp)] * ramp).astype(np.int16)
        if slide:
            part[-slide:] = (part[-slide:] * np.linspace(1, 0, slide, dtype=np.float32)[:, None]).astype(np.int16)
        whole[at - since : at - since + len(part)] += part
    return whole


def _sound_key(scene: Scene) -> tuple[object, ...]:
    return (
        scene.environment,
        scene.weather,
        scene.time,
        tuple(subject.figure for subject in scene.subjects if subject.figure in FIRES),
    )


def joined(first: NDArray[np.int16], second: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return one sound after another without a click: a fade-out meets the second's fade-in."""
    fade = min(len(first), round(FADE_SECONDS * SAMPLE_RATE))
    tail = first.copy()
    ramp = np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    if fade:
        tail[len(tail) - fade :] = (tail[len(tail) - fade :] * ramp).astype(np.int16)
    return np.concatenate([tail, second])


def _bed(samples: int, seed: int, number: int, low: float, high: float, level: float, swell: float) -> F32:
    """Return background noise: a seamless loop of a few seconds under a slow swell."""
    generator = rng(seed, "bed", number)
    bins = np.fft.rfftfreq(LOOP, 1 / SAMPLE_RATE).astype(np.float32)
    shape = 1 / (1 + (low / np.maximum(bins, 1)) ** 4) / (1 + (bins / high) ** 4)
    t = np.arange(0, samples, SWELL_STEP, dtype=np.float32) / SAMPLE_RATE
    out = np.empty((samples, 2), np.float32)
    for side in range(2):
        # Noise of random phases, made in the spectrum, repeats seamlessly.
        turns = np.exp(np.complex64(2j * np.pi) * generator.random(len(bins), np.float32))
        wave = np.fft.irfft(turns * shape, LOOP).astype(np.float32)
        wave /= np.float32(np.std(wave) or 1)
        phase = 6.283 * generator.random() + 0.5 * side
        slow = (0.62 + 0.38 * np.sin(6.283 * t / swell + phase)).astype(np.float32)
        out[:, side] = np.resize(wave, samples) * np.repeat(slow, SWELL_STEP)[:samples]
    return out * np.float32(level)


def _crickets(samples: int, seed: int) -> F32:
    t = np.arange(min(samples, 4 * LOOP), dtype=np.float32) / np.float32(SAMPLE_RATE)
    generator = rng(seed, "crickets")
    out = np.zeros((samples, 2), np.float32)
    for _ in range(3):
        pitch, pulse, rest = 4000 + 700 * generator.random(), 21 + 6 * generator.random(), 1.1 + generator.random()
        turn = np.float32(6.2832) * t
        voice = np.sin(turn * np.float32(pitch)) * np.clip(np.sin(turn * np.float32(pulse)), 0, 1)
        voice *= np.clip(4 * np.sin(turn / np.float32(rest) + np.float32(6.283 * generator.random())), 0, 1)
        pan = generator.random()
        whole = np.resize(voice, samples) * np.float32(0.4)
        out[:, 0] += whole * np.float32(1 - pan)
        out[:, 1] += whole * np.float32(pan)
    return out


def _birds(samples: int, seed: int) -> F32:
    generator = rng(seed, "birds")
    out = np.zeros((samples, 2), np.float32)
    at = int(0.4 * SAMPLE_RATE)
    while at < samples:
        for _ in range(int(generator.integers(2, 5))):
            long = int(SAMPLE_RATE * (0.06 + 0.08 * generator.random()))
            if at + long >= samples:
                break
            t = np.arange(long, dtype=np.float32) / SAMPLE_RATE
            low, rise = 2300 + 1800 * generator.random(), 9000 * (generator.random() - 0.3)
            chirp = np.sin(6.283 * (low * t + rise * t * t)) * np.hanning(long)
            pan = 0.2 + 0.6 * generator.random()
            out[at : at + long] += (chirp[:, None] * np.array([1 - pan, pan])).astype(np.float32) * 0.5
            at += int(long * (1.2 + generator.random()))
        at += int(SAMPLE_RATE * (0.5 + 1.9 * generator.random()))
    return out


def _crackle(samples: int, seed: int) -> F32:
    """Return the sound of a fire: a low roar and sharp, short snaps."""
    out = _bed(samples, seed, 9, 60, 500, 0.35, 2.3)
    generator = rng(seed, "crackle")
    for at in generator.integers(0, max(1, samples - 800), samples // 3200).tolist():
        long = int(generator.integers(60, 500))
        snap = (
            generator.standard_normal((long, 1), np.float32)
            * np.exp(-np.arange(long, dtype=np.float32) / (long / 5))[:, None]
        )
        out[at : at + long] += snap[: samples - at] * np.float32(0.5 + 2 * generator.random() ** 4)
    return out


def _hum(samples: int) -> F32:
    t = np.arange(samples, dtype=np.float32) / SAMPLE_RATE
    voices = [np.sin(6.283 * pitch * t) / number for number, pitch in enumerate((55.0, 82.6, 110.4, 165.2), start=1)]
    mono = sum(voices) * (0.8 + 0.2 * np.sin(6.283 * t / 9))
    return np.repeat(np.asarray(mono, np.float32)[:, None], 2, 1)
