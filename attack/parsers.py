"""The parsers of what clients send, fed with what a fuzzer finds: only errors of ours may come out.

Coverage-guided by atheris where it is installed (`pip install --group fuzz .`), else by hypothesis.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from grok_video.domain.errors import GrokVideoError
from grok_video.domain.prompt import parse_prompt
from grok_video.domain.request import Operation
from grok_video.http import spellings
from grok_video.http.fields import Fields
from grok_video.http.formats import openai, unified
from grok_video.http.ids import parse_task_id
from grok_video.http.links import LinkSigner
from grok_video.http.sources import extension_source
from grok_video.http.unreadable import reading
from grok_video.media.images import webp_size

from .report import Tally
from .values import FIELDS

SIGNER = LinkSigner(b"secret", None)
SCOPE = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}


def fields(raw: Mapping[str, Any]) -> None:
    """Parse the fields of a request in both formats."""
    for parse in (openai.parse, unified.parse):
        for operation in Operation:
            _quietly(lambda parse=parse, operation=operation: parse(Fields(raw, SIGNER.own_link), operation))
    _quietly(lambda: extension_source(Fields(raw, SIGNER.own_link)))


def texts(text: str) -> None:
    """Parse a text as everything that a text may be."""
    for parse in (
        spellings.parse_ratio, spellings.parse_size, spellings.parse_seconds, spellings.parse_seed,
        spellings.parse_start_time, parse_prompt, parse_task_id, partial(SIGNER.own_link, param="images"),
    ):  # fmt: skip
        _quietly(lambda parse=parse: parse(text))
    webp_size(text.encode("utf-8", "surrogatepass"))


def _quietly(parse: Callable[[], Any]) -> None:
    """Call a parser as the server does: what it refuses is fine, anything else is a defect."""
    try:
        with reading(Request(SCOPE)):
            parse()
    except GrokVideoError:
        pass


def by_hypothesis(examples: int) -> Tally:
    """Feed generated fields and texts."""
    tally = Tally("parsers, by hypothesis")
    scalar = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.sampled_from(["data:image/png;base64,"])
    )
    value = st.recursive(
        scalar, lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(), inner, max_size=4)
    )
    bounded = settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))

    @bounded
    @given(st.dictionaries(st.sampled_from(FIELDS), value, max_size=8))
    def of_fields(raw: Mapping[str, Any]) -> None:
        tally.outcomes["fields"] += 1
        fields(raw)

    @bounded
    @given(st.text())
    def of_texts(text: str) -> None:
        tally.outcomes["texts"] += 1
        texts(text)

    for check in (of_fields, of_texts):
        try:
            check()
        except Exception as error:
            # Whatever it is, it would have been a 500.
            tally.fail(f"{type(error).__name__}: {error}")
    return tally


def by_atheris(seconds: int) -> Tally:
    """Let atheris search for inputs by coverage, in a process of its own."""
    tally = Tally("parsers, by atheris")
    if find_spec("atheris") is None:
        tally.notes.append("not tried: atheris is not installed")
        return tally
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable, "-m", "attack.fuzz", f"-max_total_time={seconds}", "-max_len=2000", "-verbosity=1",
            f"-artifact_prefix={folder}/",
        ]  # fmt: skip
        ran = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONWARNINGS": "ignore"}
        )
    lines = f"{ran.stdout}\n{ran.stderr}".splitlines()
    done = next((line for line in lines if line.startswith("Done ")), "")
    tally.outcomes["inputs"] = int(done.split()[1]) if done else 0
    if ran.returncode != 0:
        at = next((number for number, line in enumerate(lines) if "Uncaught Python exception" in line), -2)
        tally.fail(f"{lines[at + 1]} for {next((line for line in lines if line.startswith('Base64:')), '')}")
    return tally
