"""The imitation of ComfyUI: files, websockets, faults and what it says about itself."""

from __future__ import annotations

import json
import time

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.imitations.comfyui import ComfyuiImitation

from .comfyui_helpers import (
    MISSING,
    WAN_VAE,
    client,
    fault_of,
    finished,
    heard,
    listening,
    node,
    png,
    ran,
    refused,
    submit,
    upload,
    wan,
    wan_image,
)
from .helpers import BLUE, GREEN, RED


def test_an_upload_gets_another_name_if_its_content_differs(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    assert upload(web, "a.png", png(RED)).json() == {"name": "a.png", "subfolder": "", "type": "input"}
    assert upload(web, "a.png", png(RED)).json()["name"] == "a.png"
    assert upload(web, "a.png", png(BLUE)).json()["name"] == "a (1).png"
    assert upload(web, "a.png", png(GREEN)).json()["name"] == "a (2).png"
    assert upload(web, "a.png", png(BLUE), overwrite="true").json()["name"] == "a.png"
    moved = upload(web, "a.png", png(RED), subfolder="x/y", type="temp").json()
    assert moved == {"name": "a.png", "subfolder": "x/y", "type": "temp"}
    assert web.get("/view", params={"filename": "a.png", "type": "input"}).content == png(BLUE)
    assert web.get("/view?filename=a.png&type=temp&subfolder=x/y").headers["content-type"] == "image/png"
    listed = web.get("/object_info/LoadImage").json()["LoadImage"]["input"]["required"]["image"]
    assert listed == [["a (1).png", "a (2).png", "a.png"], {"image_upload": True}]


def test_uploads_that_are_refused(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    assert upload(web, "../../a.png", png(RED)).status_code == 400
    assert upload(web, "a.png", png(RED), subfolder="../..").status_code == 400
    assert web.post("/upload/image", data={"type": "input"}).status_code == 400
    assert comfy.problems == []
    assert upload(web, "a.png", png(RED), type="elsewhere").status_code == 500
    assert len(comfy.problems) == 1
    comfy.upload_bytes = 100
    assert upload(web, "a.png", png(RED)).status_code == 413


def test_files_are_served_with_ranges(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    ran(comfy, web, wan())
    shown = {"filename": "ComfyUI_00001_.mp4", "subfolder": "video", "type": "output"}
    whole = web.get("/view", params=shown)
    assert (whole.headers["content-type"], whole.headers["accept-ranges"]) == ("video/mp4", "bytes")
    assert whole.headers["content-disposition"] == 'filename="ComfyUI_00001_.mp4"'
    part = web.get("/view", params=shown, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert web.get("/view", params=shown, headers={"range": "bytes=9999999-"}).status_code == 416
    statuses = {
        "filename=nothing.mp4": 404, "": 404, "filename=../x.mp4": 400, "filename=/etc/passwd": 400,
        "filename=a.mp4&type=models": 400, "filename=a.mp4&subfolder=../../x": 403,
    }  # fmt: skip
    assert {query: web.get(f"/view?{query}").status_code for query in statuses} == statuses


def test_a_restart_forgets_all_but_files(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    upload(web, "a.png", png(RED))
    before = submit(web, wan())
    finished(comfy, before)
    comfy.fault("job", "stuck")
    with listening(comfy) as socket:
        submit(web, wan(seed=2), client_id="me")
        heard(socket, "progress")
        comfy.restart()
        with pytest.raises(ConnectionClosed):
            heard(socket, "never")
    assert web.get(f"/history/{before}").json() == web.get("/history").json() == {}
    assert web.get("/queue").json() == {"queue_running": [], "queue_pending": []}
    assert comfy.jobs == {}
    entry = ran(comfy, web, wan_image("a.png"))
    assert entry["prompt"][0] == 0
    assert entry["outputs"]["61"]["images"][0]["filename"] == "ComfyUI_00002_.mp4"


def test_faults_of_the_post(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    body = {"prompt": wan(), "prompt_id": MISSING}
    comfy.fault("submit", "status", status=503, message="Busy.", retry_after=2)
    response = web.post("/prompt", json=body)
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    for kind in ("page", "nonsense", "no_id"):
        comfy.fault("submit", kind)
        response = web.post("/prompt", json=body)
        assert response.status_code == (502 if kind == "page" else 200)
        assert "prompt_id" not in response.text
    assert comfy.jobs == {}
    for kind in ("drop_before", "drop_after", "die_after"):
        comfy.fault("submit", kind)
        with pytest.raises(httpx2.TransportError):
            web.post("/prompt", json=body)
        assert (MISSING in comfy.jobs) == (kind != "drop_before")
    comfy.revive()
    assert list(web.get(f"/history/{MISSING}").json()) in ([], [MISSING])
    assert [noted.status for noted in comfy.received[:2]] == [503, 502]


def test_other_faults(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    ran(comfy, web, wan())
    shown = {"filename": "ComfyUI_00001_.mp4", "subfolder": "video"}
    comfy.fault("poll", "status", status=500)
    assert web.get(f"/history/{MISSING}").status_code == 500
    comfy.fault("poll", "drop")
    with pytest.raises(httpx2.TransportError):
        web.get(f"/history/{MISSING}")
    comfy.fault("cancel", "status", status=503, times=2)
    assert web.post("/interrupt", json={"prompt_id": MISSING}).status_code == 503
    assert web.post("/queue", json={"delete": [MISSING]}).status_code == 503
    comfy.fault("file", "missing")
    assert web.get("/view", params=shown).status_code == 404
    comfy.fault("file", "html")
    assert web.get("/view", params=shown).headers["content-type"].startswith("text/html")
    comfy.fault("file", "torn")
    with pytest.raises(httpx2.TransportError):
        web.get("/view", params=shown)
    assert web.get("/view", params=shown).status_code == 200


def test_sockets_can_be_dropped_and_refused(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    with connect(f"{comfy.base_url.replace('http', 'ws')}/api/ws") as socket:
        assert len(json.loads(socket.recv(timeout=5))["data"]["sid"]) == 32
        comfy.drop_sockets()
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)
    comfy.refuse_sockets()
    with pytest.raises(InvalidStatus), connect(comfy.socket_url):
        pass
    comfy.refuse_sockets(False)
    with connect(comfy.socket_url) as socket:
        assert json.loads(socket.recv(timeout=5))["type"] == "status"


def test_who_gets_which_message(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    comfy.fault("job", "stuck")
    running = submit(web, wan(), client_id="me")
    while comfy.worker.node_id != "57":
        time.sleep(0.005)
    with listening(comfy) as late, listening(comfy, "you") as other:
        greeting = heard(late, "executing")
        assert greeting[-1]["data"] == {"node": "57"}
        web.post("/interrupt", json={"prompt_id": running})
        heard(late, "idle")
        submit(web, wan(seed=2))
        kinds = {message["type"] for message in heard(other, "progress")}
    assert kinds == {"status", "progress", "progress_state"}


def test_a_websocket_with_a_used_id_takes_over_until_the_old_one_ends(comfy: ComfyuiImitation) -> None:
    with listening(comfy) as old:
        heard(old, "status")
        with listening(comfy) as new, client(comfy) as web:
            heard(new, "status")
            submit(web, wan(), client_id="me")
            heard(new, "idle")
            old.close()
            while "me" in comfy.sockets.by_id:
                time.sleep(0.005)
            finished(comfy, submit(web, wan(seed=2), client_id="me"))
            with pytest.raises(TimeoutError):
                new.recv(timeout=0.05)


def test_what_no_well_behaved_client_does(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    comfy.fault("job", "stuck")
    running = submit(web, wan())
    for _ in range(2):
        web.get(f"/history/{running}")
    assert "again after" in comfy.problems.pop()
    web.get("/prompt", headers={"user-agent": ""})
    assert "without a user-agent" in comfy.problems.pop()
    with client(comfy, "somebody else") as other:
        other.post("/interrupt")
    assert "another client's prompt" in comfy.problems.pop()
    assert web.post("/prompt", content=b"{").status_code == 500
    assert "JSONDecodeError" in comfy.problems.pop()
    assert comfy.problems == []


def test_facts_about_the_server(comfy: ComfyuiImitation, web: httpx2.Client) -> None:
    assert web.get("/api/system_stats").json()["system"]["comfyui_version"] == "0.33.0"
    assert web.get("/features").json()["supports_preview_metadata"] is True
    assert WAN_VAE in web.get("/models/vae").json()
    assert web.get("/models/nothing").status_code == 404
    nodes = web.get("/api/object_info").json()
    assert nodes["VAELoader"]["input"]["required"]["vae_name"][0][-1] == "pixel_space"
    sampler = nodes["KSamplerSelect"]
    assert sampler["input"]["required"]["sampler_name"][0] == "COMBO"
    assert sampler["input_order"] == {"required": ["sampler_name"]}
    assert nodes["SaveVideo"]["input"]["hidden"] == {"prompt": ["PROMPT"], "extra_pnginfo": ["EXTRA_PNGINFO"]}
    assert web.get("/object_info/Nope").json() == {}
    assert web.get("/nothing").text == "404: Not Found"
    assert web.post("/nothing").status_code == 405
    assert web.get("/interrupt").status_code == 404
    assert web.get("/prompt", headers={"origin": "https://example.org"}).status_code == 403


def test_the_old_version() -> None:
    with ComfyuiImitation(work_seconds=0.0, old=True) as comfy, client(comfy) as web:
        assert submit(web, wan(), prompt_id="my job") == "my job"
        assert finished(comfy, "my job")["status"]["completed"]
        assert web.get("/api/jobs/my job").status_code == 404
        assert web.post("/api/jobs/my job/cancel").status_code == 405
        assert fault_of(web, wan(), "61", format="webm")["type"] == "value_not_in_list"
        assert refused(web, {"1": node("Nope")})[0]["type"] == "invalid_prompt"


def test_a_key_and_other_models() -> None:
    models = {"vae": ["mine.safetensors"]}
    with ComfyuiImitation(work_seconds=0.0, key="secret", models=models) as comfy, client(comfy) as web:
        assert web.get("/prompt").status_code == 401
        web.headers["authorization"] = "Bearer secret"
        assert web.get("/models/vae").json() == ["mine.safetensors"]
        assert len(refused(web, wan())[1]) == 4
