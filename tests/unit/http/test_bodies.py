"""Bodies are bounded while they arrive, and parsed off the event loop if they are large."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from starlette.requests import Request

from grok_video.domain.errors import BodyTooLarge, InvalidValue, RateLimited
from grok_video.domain.request import Operation
from grok_video.http import bodies, sources
from grok_video.http.bodies import IMAGES, SMALL, VIDEO, BodyLimits, read_fields
from grok_video.http.fields import Fields
from grok_video.http.formats import openai
from grok_video.runtime import fairness
from grok_video.runtime.fairness import ByteBudget

pytestmark = pytest.mark.anyio
JSON = "application/json"
PART = 64 * 1024


class Sender:
    """A request whose body arrives in parts; counts those that were taken."""

    def __init__(self, body: bytes, kind: str = JSON, *, declared: int | None = None) -> None:
        self.parts = [body[start : start + PART] for start in range(0, len(body), PART)] or [b""]
        self.taken = 0
        headers = [(b"content-type", kind.encode())]
        if declared is not None:
            headers.append((b"content-length", str(declared).encode()))
        scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b"", "app": None}
        self.request = Request(scope, self._receive)

    async def _receive(self) -> Any:
        self.taken += 1
        return {
            "type": "http.request", "body": self.parts[self.taken - 1], "more_body": self.taken < len(self.parts)
        }  # fmt: skip


async def read(sender: Sender, limits: BodyLimits = SMALL, arrived: Callable[[int], None] = lambda _: None) -> Any:
    async with read_fields(sender.request, limits, arrived=arrived) as fields:
        return fields


def multipart(*parts: tuple[str, bytes], files: bool = True) -> tuple[bytes, str]:
    name = ' filename="a.png"' if files else ""
    body = b"".join(
        f'--edge\r\nContent-Disposition: form-data; name="{field}";{name}\r\n\r\n'.encode() + content + b"\r\n"
        for field, content in parts
    )
    return body + b"--edge--\r\n", "multipart/form-data; boundary=edge"


async def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    sender = Sender(b"{}", declared=SMALL.json + 1)
    with pytest.raises(BodyTooLarge):
        await read(sender)
    assert sender.taken == 0


async def test_a_body_that_turns_out_too_large_is_not_read_to_its_end() -> None:
    sender = Sender(b'{"a": "' + b"x" * 10 * PART + b'"}')
    with pytest.raises(BodyTooLarge):
        await read(sender)
    assert sender.taken == 1


async def test_many_small_values_are_refused_before_they_are_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(*_args: object, **_options: object) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr(bodies, "from_json", parse)
    sender = Sender(json.dumps({"images": [1] * 3_000_000}).encode())
    with pytest.raises(InvalidValue, match="more than 20000 values"):
        await read(sender, IMAGES)
    assert sender.taken < len(sender.parts) / 10


@pytest.mark.parametrize(("size", "on_the_loop"), [(100, True), (100_000, False)])
async def test_large_bodies_are_parsed_on_a_thread(
    monkeypatch: pytest.MonkeyPatch, size: int, on_the_loop: bool
) -> None:
    threads: list[bool] = []
    real = bodies.from_json

    def parse(*args: Any, **options: Any) -> Any:
        threads.append(threading.current_thread() is threading.main_thread())
        return real(*args, **options)

    monkeypatch.setattr(bodies, "from_json", parse)
    assert await read(Sender(json.dumps({"a": "x" * size}).encode()), IMAGES) == {"a": "x" * size}
    assert threads == [on_the_loop]


async def test_the_eighth_file_is_refused_when_it_comes() -> None:
    body, kind = multipart(*[("images[]", b"x" * PART)] * 100)
    sender = Sender(body, kind)
    with pytest.raises(InvalidValue, match="at most 7 images") as refused:
        await read(sender, IMAGES)
    assert (refused.value.param, sender.taken) == ("images", 8)
    with pytest.raises(InvalidValue, match="at most 7 images"):
        await read(Sender(*multipart(*[("images[]", b"x")] * 9)), VIDEO)
    assert len((await read(Sender(*multipart(*[("images[]", b"x")] * 7)), IMAGES))["images"]) == 7


async def test_the_eighth_image_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[str] = []
    real = sources.read_source

    def counted(value: Any, param: str, own_link: Any) -> Any:
        decoded.append(param)
        return real(value, param, own_link)

    monkeypatch.setattr(sources, "read_source", counted)
    raw = {"model": "grok-video-3", "prompt": "x", "images": ["data:image/png;base64,AAAA"] * 1000}
    with pytest.raises(InvalidValue, match="at most 7 are allowed") as refused:
        openai.parse(Fields(raw), Operation.CREATE)
    assert refused.value.param == "images"
    assert len(decoded) == 7


async def test_forms_are_utf_8() -> None:
    body, kind = multipart(("prompt", "ü".encode()), files=False)
    assert await read(Sender(body, f"{kind}; charset=UTF-8"), IMAGES) == {"prompt": "ü"}
    for charset in ("punycode", "utf-7", "idna", "x" * 500):
        with pytest.raises(InvalidValue, match="send UTF-8"):
            await read(Sender(body, f"{kind}; charset={charset}"), IMAGES)


async def test_percent_encoded_bodies_are_small() -> None:
    kind = "application/x-www-form-urlencoded"
    assert await read(Sender(b"a=" + b"%41" * 1000, kind), IMAGES) == {"a": "A" * 1000}
    with pytest.raises(BodyTooLarge):
        await read(Sender(b"a=" + b"%41" * 1_000_000, kind), IMAGES)


async def test_small_requests_pass_whoever_fills_the_budget() -> None:
    budget = ByteBudget(total=PART, per_owner=PART)
    budget.add("a", PART)
    async with budget.counting("b") as arrived:
        await read(Sender(json.dumps({"a": "x" * 1000}).encode()), IMAGES, arrived)


async def test_bytes_in_flight_are_counted_until_the_request_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fairness, "FREE_BYTES", 0)
    budget = ByteBudget(total=4 * PART, per_owner=3 * PART)
    body = json.dumps({"a": "x" * 2 * PART}).encode()
    async with budget.counting("a") as first:
        await read(Sender(body), IMAGES, first)
        sender = Sender(body)
        with pytest.raises(RateLimited, match="This key"):
            async with budget.counting("a") as second:
                await read(sender, IMAGES, second)
        assert sender.taken == 1
        with pytest.raises(RateLimited, match="The server"):
            async with budget.counting("b") as second:
                await read(Sender(body), IMAGES, second)
    async with budget.counting("a") as again:
        await read(Sender(body), IMAGES, again)
