from dataclasses import dataclass
from typing import Any


@dataclass
class LTX2VideoCondition:
    frames: Any
    index: int = 0
    strength: float = 1.0
    crf: int | None = None
