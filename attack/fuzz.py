"""Coverage-guided search for inputs that break a parser: `python -m attack.fuzz -max_total_time=90`."""

from __future__ import annotations

import json
import sys
from typing import Any

import atheris

with atheris.instrument_imports(include=["grok_video", "attack"]):
    from attack import parsers, values


def once(data: bytes) -> None:
    """Parse one input: as a text, as JSON, and as the texts of some fields."""
    text = data.decode("utf-8", "replace")
    parsers.texts(text)
    provider = atheris.FuzzedDataProvider(data)
    raw: dict[str, Any] = {}
    for _ in range(provider.ConsumeIntInRange(0, 6)):
        name = values.FIELDS[provider.ConsumeIntInRange(0, len(values.FIELDS) - 1)]
        raw[name] = provider.ConsumeUnicode(provider.ConsumeIntInRange(0, 200))
    parsers.fields(raw)
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(parsed, dict):
        parsers.fields(parsed)


if __name__ == "__main__":
    atheris.Setup(sys.argv, once)
    atheris.Fuzz()
