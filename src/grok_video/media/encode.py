"""Writing MP4: H.264 yuv420p bt709, AAC, faststart, constant frame rate, which is 24 for all that is delivered."""

from __future__ import annotations

from fractions import Fraction
from types import TracebackType
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from ..domain.request import FPS

SAMPLE_RATE = 44100
AUDIO_CHUNK = 1024
# bt709 in FFmpeg's numbering, for primaries, transfer and matrix alike.
BT709 = 1
LIMITED_RANGE = 1

Planes = NDArray[np.uint8]


class Mp4Writer:
    """Encodes I420 frames (uint8, height*3/2 x width) and 16-bit stereo sound into one file.

    The thread count is fixed because the encoded bytes depend on it. `max_kilobits` bounds the bits of any second.
    """

    def __init__(
        self,
        path: str,
        width: int,
        height: int,
        *,
        preset: str = "veryfast",
        crf: int = 21,
        comment: str = "",
        max_kilobits: int | None = None,
        fps: Fraction | int = FPS,
    ) -> None:
        self._container = av.open(path, "w", format="mp4", options={"movflags": "+faststart"})
        if comment:
            self._container.metadata["comment"] = comment
        parameters = "colorprim=bt709:transfer=bt709:colormatrix=bt709"
        if max_kilobits:
            parameters += f":vbv-maxrate={max_kilobits}:vbv-bufsize={max_kilobits}"
        options = {"preset": preset, "crf": str(crf), "x264-params": parameters}
        video: Any = self._container.add_stream("libx264", rate=fps, options=options)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.codec_context.thread_count = 2
        video.codec_context.color_primaries = BT709
        video.codec_context.color_trc = BT709
        video.codec_context.colorspace = BT709
        video.codec_context.color_range = LIMITED_RANGE
        self._video = video
        audio: Any = self._container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        audio.bit_rate = 128_000
        self._audio = audio
        self._frames = 0
        self._samples = 0

    def __enter__(self) -> Mp4Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def frame(self, i420: Planes) -> None:
        """Encode the next frame."""
        frame: Any = av.VideoFrame.from_ndarray(i420, format="yuv420p")
        frame.pts = self._frames
        frame.colorspace, frame.color_range = BT709, LIMITED_RANGE
        self._frames += 1
        self._container.mux(self._video.encode(frame))

    def sound(self, samples: NDArray[np.int16]) -> None:
        """Encode sound samples, shaped (n, 2)."""
        for start in range(0, len(samples), AUDIO_CHUNK):
            chunk = np.ascontiguousarray(samples[start : start + AUDIO_CHUNK].reshape(1, -1))
            frame: Any = av.AudioFrame.from_ndarray(chunk, format="s16", layout="stereo")
            frame.sample_rate = SAMPLE_RATE
            frame.pts = self._samples
            self._samples += chunk.shape[1] // 2
            self._container.mux(self._audio.encode(frame))

    def close(self) -> None:
        """Flush both streams and finish the file."""
        self._container.mux(self._video.encode(None))
        self._container.mux(self._audio.encode(None))
        self._container.close()
