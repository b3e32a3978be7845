"""Ambience: shaped noise and small sounds that belong to the scene, 44.1 kHz stereo."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...media.encode import SAMPLE_RATE
from .paint import rng
from .planes import F32
from .scene import Scene

LEVEL = 0.055
FADE_SECONDS = 0.04

# (low Hz, high Hz, level, swell seconds) of the noise beds of a place, and of a weather.
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
    "forest": [(250, 2500, 0.3, 6.0)],
    "meadow": [(250, 2000, 0.25, 7.0)],
    "rain": [(900, 9000, 0.8, 23.0)],
    "storm": [(700, 9000, 1.0, 19.0), (30, 140, 1.0, 5.0)],
    "snow": [(200, 900, 0.25, 11.0)],
    "wind": [(150, 1200, 0.9, 5.0)],
    "fog": [],
    "clouds": [],
    "clear": [],
}


def ambience(scene: Scene, samples: int) -> NDArray[np.int16]:
    """Make the sound of a scene, (samples, 2), levelled, fading in and out without a click."""
    total = np.zeros((samples, 2), np.float32)
    for number, bed in enumerate(BEDS[scene.environment] + BEDS[scene.weather]):
        total += _bed(samples, scene.layout, number, *bed)
    if scene.environment not in ("space", "underwater", "sea", "sky"):
        if scene.time == "night":
            total += 0.5 * _crickets(samples, scene.layout)
        elif scene.weather in ("clear", "clouds", "wind"):
            total += 0.7 * _birds(samples, scene.layout)
    if scene.environment == "space":
        total += 0.5 * _hum(samples)
    level = float(np.sqrt(np.mean(total**2))) or 1.0
    total *= np.float32(LEVEL / level)
    fade = min(samples // 2, round(FADE_SECONDS * SAMPLE_RATE))
    ramp = np.linspace(0, 1, fade, dtype=np.float32)[:, None]
    total[:fade] *= ramp
    total[samples - fade :] *= ramp[::-1]
    return (np.tanh(total) * 32767).astype(np.int16)


def joined(first: NDArray[np.int16], second: NDArray[np.int16]) -> NDArray[np.int16]:
    """Put one sound behind another without a click: the second's fade-in meets a fade-out."""
    fade = min(len(first), round(FADE_SECONDS * SAMPLE_RATE))
    tail = first.copy()
    ramp = np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    if fade:
        tail[len(tail) - fade :] = (tail[len(tail) - fade :] * ramp).astype(np.int16)
    return np.concatenate([tail, second])


def _bed(samples: int, seed: int, number: int, low: float, high: float, level: float, swell: float) -> F32:
    generator = rng(seed, "bed", number)
    size = 1 << max(12, (samples - 1).bit_length())
    bins = np.fft.rfftfreq(size, 1 / SAMPLE_RATE).astype(np.float32)
    shape = 1 / (1 + (low / np.maximum(bins, 1)) ** 4) / (1 + (bins / high) ** 4)
    out = np.empty((samples, 2), np.float32)
    t = np.arange(samples, dtype=np.float32) / SAMPLE_RATE
    for side in range(2):
        spectrum = np.fft.rfft(generator.standard_normal(size, np.float32)) * shape
        wave = np.fft.irfft(spectrum, size)[:samples].astype(np.float32)
        wave /= np.float32(np.std(wave) or 1)
        phase = 6.283 * generator.random() + 0.5 * side
        out[:, side] = wave * (0.62 + 0.38 * np.sin(6.283 * t / swell + phase))
    return out * np.float32(level)


def _crickets(samples: int, seed: int) -> F32:
    t = np.arange(samples, dtype=np.float32) / SAMPLE_RATE
    generator = rng(seed, "crickets")
    out = np.zeros((samples, 2), np.float32)
    for _ in range(3):
        pitch, pulse, rest = 4000 + 700 * generator.random(), 21 + 6 * generator.random(), 1.1 + generator.random()
        voice = np.sin(6.283 * pitch * t) * np.clip(np.sin(6.283 * pulse * t), 0, 1)
        voice *= np.clip(4 * np.sin(6.283 * t / rest + 6.283 * generator.random()), 0, 1)
        pan = generator.random()
        out += voice[:, None].astype(np.float32) * np.array([1 - pan, pan], np.float32) * 0.4
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


def _hum(samples: int) -> F32:
    t = np.arange(samples, dtype=np.float32) / SAMPLE_RATE
    voices = [np.sin(6.283 * pitch * t) / number for number, pitch in enumerate((55.0, 82.6, 110.4, 165.2), start=1)]
    mono = sum(voices) * (0.8 + 0.2 * np.sin(6.283 * t / 9))
    return np.repeat(np.asarray(mono, np.float32)[:, None], 2, 1)
