"""One journey with an unmodified `openai` package, whatever its version; run as a script.

Arguments: base URL, key, an image's path, a folder for downloads. Prints "journey done".
"""

import sys
import warnings
from pathlib import Path

import openai

warnings.simplefilter("ignore", DeprecationWarning)
base, key, picture, folder = sys.argv[1:]
client = openai.OpenAI(base_url=f"{base}/v1", api_key=key)
videos = client.videos

created = videos.create_and_poll(model="grok-video-3", prompt="a cat", seconds="1", size="720P")
assert (created.status, created.progress, created.seconds, created.size) == ("completed", 100, "1", "720P"), created
assert created.error is None
assert created.completed_at

with open(picture, "rb") as file:
    framed = videos.create_and_poll(
        model="grok-video-3",
        prompt="a cat",
        seconds="1",
        input_reference=file,
        extra_body={"aspect_ratio": "1:1", "metadata": {"mine": "yes"}},
    )
assert framed.status == "completed", framed
assert (framed.width, framed.height, framed.metadata["mode"], framed.metadata["mine"]) == (
    720,
    720,
    "first_frame",
    "yes",
)

both = videos.create(
    model="grok-video-3", prompt="@img2 then @img1", seconds="1", extra_body={"images": [framed.thumbnail_url] * 2}
)
assert both.metadata["mode"] == "reference", both
assert videos.poll(both.id).status == "completed"

assert videos.retrieve(created.id).id == created.id
listed = videos.list(limit=2)
assert listed.has_more
assert len([video.id for video in videos.list(limit=2)]) >= 3, "paging goes on"
remix = videos.remix(created.id, prompt="at night", extra_body={"size": "1080P"})
assert remix.remixed_from_video_id == created.id
assert videos.poll(remix.id).height == 1080

if hasattr(videos, "extend"):
    longer = videos.extend(
        video=openai.omit, seconds=openai.omit, prompt="more",
        extra_body={"video": {"url": created.id}, "start_time": 0.5, "duration": 1},
    )  # fmt: skip
    assert videos.poll(longer.id).seconds == "1.5"
longer = client.post(
    f"/videos/{created.id}/extend", body={"prompt": "more", "start_time": 0.5, "seconds": 1}, cast_to=dict[str, object]
)
assert longer["seconds"] == "1.5"

for variant, head in (("video", b"ftyp"), ("thumbnail", b"WEBP"), ("spritesheet", b"\xff\xd8")):
    path = Path(folder) / variant
    videos.download_content(created.id, variant=variant).write_to_file(path)
    assert head in path.read_bytes()[:16], variant

assert videos.delete(created.id).deleted
stranger = openai.OpenAI(base_url=f"{base}/v1", api_key="wrong")
model = "grok-video-3"
refusals = (
    (lambda: videos.retrieve(created.id), openai.NotFoundError, "video_not_found", None),
    (lambda: videos.create(model="nope", prompt="x"), openai.NotFoundError, "model_not_found", "model"),
    (
        lambda: videos.create(prompt="x", model=model, size="4K"),
        openai.BadRequestError,
        "invalid_value",
        "size",
    ),
    (stranger.videos.list, openai.AuthenticationError, "invalid_api_key", None),
)
for call, kind, code, param in refusals:
    raised = None
    try:
        call()
    except kind as error:
        raised = error
    assert raised is not None, f"{code} was not raised"
    assert (raised.code, raised.param) == (code, param), raised
    assert raised.body["message"] in str(raised)
print(f"journey done with openai {openai.__version__}")
