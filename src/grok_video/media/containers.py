"""Opening videos of other origin: as one container format, with a short list of decoders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av

if TYPE_CHECKING:
    from av.container import InputContainer

# FFmpeg would otherwise also follow a playlist or a list of files by its content.
MP4 = "mp4"
# Of all decoders that FFmpeg has, those for what cameras, phones, editors and other video servers write.
VIDEO_CODECS = ("h264", "hevc", "av1", "libdav1d", "vp8", "vp9", "libvpx", "libvpx-vp9", "mpeg4", "prores")
AUDIO_CODECS = (
    "aac", "mp3", "mp3float", "opus", "libopus", "vorbis", "flac", "alac", "pcm_s16le", "pcm_s16be", "pcm_s24le",
)  # fmt: skip
CODECS = (*VIDEO_CODECS, *AUDIO_CODECS)
CODEC_NAMES = "H.264, HEVC, AV1, VP8, VP9, MPEG-4 or ProRes with AAC, MP3, Opus, Vorbis, FLAC, ALAC or PCM sound"


def open_video(path: str, container_format: str = MP4) -> InputContainer:
    """Open a video file for reading; raise FFmpegError if it is not in that format, OSError if it cannot be read."""
    options = {"codec_whitelist": ",".join(CODECS), "protocol_whitelist": "file"}
    return av.open(path, format=container_format, container_options=options)
