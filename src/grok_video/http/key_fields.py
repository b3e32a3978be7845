"""The fields of a key's limits, as an operator sends them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..domain.errors import InvalidValue
from ..ports import KeyLimits
from .spellings import parse_number

MAX_RPM = 1_000_000
MAX_CONCURRENCY = 100_000
MAX_OVERLAP_HOURS = 24 * 30
DEFAULT_OVERLAP_HOURS = 24
MAX_TIME = 2**40


def parse_name(raw: Any) -> str:
    """Return a key's name; raise InvalidValue."""
    if not isinstance(raw, str) or not 1 <= len(raw) <= 200 or "\x00" in raw:
        raise InvalidValue("name is missing or not a text of 1 to 200 characters.", param="name")
    return raw


def parse_limits(fields: Mapping[str, Any], before: KeyLimits) -> KeyLimits:
    """Return the limits that `expires_at`, `rpm` and `concurrency` set: absent ones stay, null removes one.

    Raises InvalidValue.
    """
    expires_at = _given(fields, "expires_at", time.time(), MAX_TIME, before.expires_at)
    rpm = _given(fields, "rpm", 1, MAX_RPM, before.rpm)
    concurrency = _given(fields, "concurrency", 1, MAX_CONCURRENCY, before.concurrency)
    return KeyLimits(expires_at, None if rpm is None else int(rpm), None if concurrency is None else int(concurrency))


def parse_overlap(raw: Any) -> float:
    """Return for how many seconds the secret before a rotation works; raise InvalidValue."""
    hours = DEFAULT_OVERLAP_HOURS if raw is None else parse_number(raw, "overlap_hours")
    if not 0 <= hours <= MAX_OVERLAP_HOURS:
        message = f"overlap_hours is {str(raw)[:40]!r}; send 0 to {MAX_OVERLAP_HOURS}."
        raise InvalidValue(message, param="overlap_hours")
    return hours * 3600


def _given(fields: Mapping[str, Any], name: str, least: float, most: float, before: float | None) -> float | None:
    if name not in fields:
        return before
    if fields[name] is None:
        return None
    number = parse_number(fields[name], name)
    if not number.is_integer() or not least <= number <= most:
        what = "a time in the future, in seconds since 1970" if name == "expires_at" else f"{least:g} to {most:g}"
        raise InvalidValue(f"{name} is {str(fields[name])[:40]!r}; send {what}.", param=name)
    return number
