"""The imitation of ComfyUI: the binary messages of its websocket, and who gets them."""

from __future__ import annotations

import io
import itertools
import json
import time
from collections.abc import Sequence
from typing import Any

import httpx2
import numpy as np
import pytest
from PIL import Image
from websockets.sync.client import ClientConnection

from tests.imitations.comfyui import ComfyuiImitation
from tests.imitations.comfyui_previews import preview_colour

from .comfyui_helpers import client, everything_heard, finished, heard, listening, ltx, submit, wan

READS = {"supports_preview_metadata": True}
# The first 8 bytes: the type, then the image format 1 (JPEG).
PLAIN = b"\x00\x00\x00\x01\x00\x00\x00\x01"


def announce(socket: ClientConnection, data: Any) -> None:
    """Send the feature flags of a client, and wait until the server knows them."""
    socket.send(json.dumps({"type": "feature_flags", "data": data}))
    heard(socket, "feature_flags")


def binary(messages: Sequence[dict[str, Any] | bytes]) -> list[bytes]:
    return [message for message in messages if isinstance(message, bytes)]


def kinds(messages: Sequence[dict[str, Any] | bytes]) -> list[Any]:
    """Return the types of the messages: words, and the numbers of binary ones."""
    return [message[3] if isinstance(message, bytes) else message["type"] for message in messages]


def shown(jpeg: bytes) -> tuple[tuple[int, int], tuple[int, ...]]:
    """Return the size and the colour of a JPEG."""
    image = Image.open(io.BytesIO(jpeg))
    assert (jpeg[:3], image.format, image.mode) == (b"\xff\xd8\xff", "JPEG", "RGB")
    return image.size, tuple(int(value) for value in np.asarray(image)[5, 5])


def close_to(found: tuple[int, ...], colour: tuple[int, int, int]) -> bool:
    return max(abs(one - other) for one, other in zip(found, colour, strict=True)) < 4


def all_heard(comfy: ComfyuiImitation, *sockets: ClientConnection) -> list[list[dict[str, Any] | bytes]]:
    """Return all messages that the server sent to each of the websockets up to now."""
    comfy.sockets.send("end", {}, None)
    return [everything_heard(socket, "end") for socket in sockets]


def parted(event: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the metadata and the JPEG of an event 4."""
    length = int.from_bytes(event[4:8], "big")
    return json.loads(event[8 : 8 + length]), event[8 + length :]


def test_a_preview_with_metadata(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    with listening(comfy) as socket:
        announce(socket, READS)
        prompt_id = submit(web, wan(), client_id="me")
        messages = everything_heard(socket, "idle")
    events = binary(messages)
    assert [event[:4] for event in events] == [b"\x00\x00\x00\x04"] * 4
    for number, (event, node_id) in enumerate(zip(events, ("57", "57", "58", "58"), strict=True), 1):
        about, jpeg = parted(event)
        # The order is the real one as well.
        assert list(about.items()) == [
            ("node_id", node_id), ("prompt_id", prompt_id), ("display_node_id", node_id), ("parent_node_id", None),
            ("real_node_id", node_id), ("image_type", "image/jpeg"),
        ]  # fmt: skip
        # The latent has 8 x 6 pixels.
        size, colour = shown(jpeg)
        assert size == (512, 384)
        assert close_to(colour, preview_colour("a kite", number))
    first = kinds(messages).index(4)
    assert kinds(messages)[first - 1 : first + 2] == ["progress_state", 4, "progress"]
    assert comfy.jobs[prompt_id].facts["previews"] == 4


def test_previews_can_be_told_apart() -> None:
    for prompt in ("a kite", "a fair", ""):
        colours = [preview_colour(prompt, number) for number in range(1, 31)]
        assert not any(close_to(one, other) for one, other in itertools.combinations(colours, 2))
        assert max(map(max, colours)) - min(map(min, colours)) > 100


@pytest.mark.parametrize(
    "said",
    [None, {}, {"supports_preview_metadata": False}, {"supports_preview_metadata": 1}, {"other": True}],
)
def test_a_preview_without_metadata(comfy: ComfyuiImitation, web: httpx2.Client, said: Any) -> None:
    with listening(comfy) as socket:
        heard(socket, "status")
        if said is not None:
            announce(socket, said)
        submit(web, wan(width=64, height=128), client_id="me")
        messages = everything_heard(socket, "idle")
    events = binary(messages)
    assert [event[:8] for event in events] == [PLAIN] * 4
    for number, event in enumerate(events, 1):
        size, colour = shown(event[8:])
        assert size == (256, 512)
        assert close_to(colour, preview_colour("a kite", number))
    first = kinds(messages).index(1)
    assert kinds(messages)[first - 2 : first] == ["progress_state", "progress"]


def test_only_the_first_message_announces_anything(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    with listening(comfy) as socket:
        heard(socket, "status")
        socket.send(json.dumps({"type": "hello"}))
        socket.send(json.dumps({"type": "feature_flags", "data": READS}))
        submit(web, wan(), client_id="me")
        messages = everything_heard(socket, "idle")
    assert "feature_flags" not in kinds(messages)
    assert {event[3] for event in binary(messages)} == {1}
    with listening(comfy) as socket:
        # What is no JSON, or no object, does not count as a message.
        socket.send("{")
        socket.send("[]")
        announce(socket, READS)
        submit(web, wan(seed=2), client_id="me")
        assert {event[3] for event in binary(everything_heard(socket, "idle"))} == {4}


def test_others_get_no_previews(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    with listening(comfy) as socket, listening(comfy, "you") as other, listening(comfy, "") as nameless:
        announce(other, READS)
        for each in (socket, nameless):
            heard(each, "status")
        finished(comfy, submit(web, wan(), client_id="me"))
        finished(comfy, submit(web, wan(seed=2), client_id="nobody"))
        mine, *others = all_heard(comfy, socket, other, nameless)
    assert len(binary(mine)) == 4
    assert [set(kinds(messages)) for messages in others] == [{"status", "end"}] * 2


def test_without_a_client_id_everybody_gets_previews_without_metadata(
    comfy: ComfyuiImitation, web: httpx2.Client
) -> None:
    with listening(comfy) as socket, listening(comfy, "you") as other, listening(comfy, "") as nameless:
        announce(socket, READS)
        for each in (other, nameless):
            heard(each, "status")
        finished(comfy, submit(web, wan()))
        for messages in all_heard(comfy, socket, other, nameless):
            assert [event[:8] for event in binary(messages)] == [PLAIN] * 4
            assert set(kinds(messages)) == {"status", "progress_state", "progress", 1, "end"}
        # The next prompt of a client that reads metadata has them again.
        finished(comfy, submit(web, wan(seed=2), client_id="me"))
        messages = all_heard(comfy, socket)[0]
        assert [event[3] for event in binary(messages)] == [4] * 4


def test_what_a_client_announced_belongs_to_its_id(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    with listening(comfy) as old:
        announce(old, READS)
        with listening(comfy) as new:
            heard(new, "status")
            submit(web, wan(), client_id="me")
            assert {event[3] for event in binary(everything_heard(new, "idle"))} == {1}
    while comfy.sockets.open:
        time.sleep(0.005)
    with listening(comfy) as old, listening(comfy) as new:
        for each in (old, new):
            heard(each, "status")
        old.send(json.dumps({"type": "feature_flags", "data": READS}))
        assert heard(new, "feature_flags")[-1]["data"]["supports_preview_metadata"] is True
        submit(web, wan(seed=2), client_id="me")
        assert {event[3] for event in binary(everything_heard(new, "idle"))} == {4}


def test_everybody_gets_the_texts_of_nodes(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    with listening(comfy) as socket, listening(comfy, "you") as other:
        for each in (socket, other):
            heard(each, "status")
        finished(comfy, submit(web, ltx(), client_id="me"))
        events = [binary(messages) for messages in all_heard(comfy, socket, other)]
    text = b"\x00\x00\x00\x03" + b"\x00\x00\x00\x02" + b"91" + b"width: 64, height: 64\n batch size: 1"
    assert [event for event in events[0] if event[3] == 3] == [text]
    assert events[1] == [text]
    # Four steps of the first sampler, three of the second one.
    assert [event[3] for event in events[0]].count(1) == 7


def test_a_server_without_previews() -> None:
    with ComfyuiImitation(work_seconds=0.0, previews=False) as comfy, client(comfy) as web, listening(comfy) as socket:
        announce(socket, READS)
        for seed, method in enumerate((None, "default", "nonsense", "none")):
            extra = {} if method is None else {"extra_data": {"preview_method": method}}
            submit(web, wan(seed=seed), client_id="me", **extra)
            messages = everything_heard(socket, "idle")
            assert "progress" in kinds(messages)
            assert binary(messages) == []
        for seed, method in enumerate(("auto", "latent2rgb", "taesd"), 5):
            submit(web, wan(seed=seed), client_id="me", extra_data={"preview_method": method})
            assert len(binary(everything_heard(socket, "idle"))) == 4


def test_a_prompt_can_do_without_previews(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    with listening(comfy) as socket:
        heard(socket, "status")
        prompt_id = submit(web, wan(), client_id="me", extra_data={"preview_method": "none"})
        assert binary(everything_heard(socket, "idle")) == []
    assert "previews" not in comfy.jobs[prompt_id].facts


def test_the_old_version_knows_no_preview_method_in_a_prompt() -> None:
    with ComfyuiImitation(work_seconds=0.0, previews=False, old=True) as comfy, client(comfy) as web:
        assert web.get("/features").json() == {"supports_preview_metadata": True, "max_upload_size": 100 << 20}
        prompt_id = submit(web, wan(), extra_data={"preview_method": "auto"})
        finished(comfy, prompt_id)
        assert "previews" not in comfy.jobs[prompt_id].facts
