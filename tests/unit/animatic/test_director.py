"""The director: a scene by a text model, repaired once, and the own reading where it gives none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from pydantic import SecretStr

from grok_video.backends.animatic import AnimaticBackend, create
from grok_video.backends.animatic.director import Director
from grok_video.backends.animatic.plan import Film
from grok_video.backends.registry import BackendContext
from grok_video.domain.errors import InvalidOptions, Unavailable
from grok_video.domain.request import Mode, Operation
from grok_video.domain.task import TaskStatus
from grok_video.ports import Job
from grok_video.runtime.chat import ChatModel, ChatOptions
from grok_video.runtime.sandbox import Limits
from tests.factories import new_task

pytestmark = pytest.mark.anyio
SCENE = {"shots": [{"environment": "sea", "subjects": [{"figure": "🐋"}]}]}
SECRET = "sk-very-secret"


class Endpoint:
    """A chat endpoint that gives prepared answers and keeps what it was asked."""

    def __init__(self, *answers: Any, status: int = 200) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[httpx2.Headers] = []
        self._answers = list(answers)
        self._status = status

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        assert str(request.url) == "http://llm/v1/chat/completions"
        self.asked.append(json.loads(request.read()))
        self.headers.append(request.headers)
        answer = self._answers.pop(0)
        if isinstance(answer, int):
            return httpx2.Response(answer, text=SECRET)
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return httpx2.Response(self._status, json={"choices": [{"message": {"role": "assistant", "content": text}}]})


class Recording:
    """A sandbox that keeps the planned film instead of making it, and the Report port."""

    def __init__(self) -> None:
        self.films: list[Film] = []

    async def run(self, _function: Any, film: Film, **_more: Any) -> None:
        self.films.append(film)

    def progress(self, percent: float) -> None: ...


def director(answer: Callable[[httpx2.Request], httpx2.Response]) -> Director:
    options = ChatOptions("http://llm/v1/", "wise-1", SecretStr(SECRET))
    return Director(ChatModel(options, httpx2.MockTransport(answer)))


async def made(endpoint: Endpoint, job: Job) -> tuple[Film, dict[str, Any]]:
    sandbox = Recording()
    backend = AnimaticBackend(cast("Any", sandbox), Limits(), director(endpoint))
    facts = await backend.generate(job, cast("Any", sandbox))
    await backend.close()
    return sandbox.films[0], dict(facts)


def job(**fields: Any) -> Job:
    return Job(new_task(prompt="a cat", frames=48, **fields), Path("out.mp4"))


async def test_the_models_scene_is_drawn_and_named() -> None:
    endpoint = Endpoint(f"Here it is:\n```json\n{json.dumps(SCENE)}\n```")
    film, facts = await made(endpoint, job())
    assert (film.scene.environment, film.scene.subjects[0].figure) == ("sea", "🐋")
    assert facts["director"] == "wise-1"
    (asked,) = endpoint.asked
    assert (asked["model"], asked["response_format"]) == ("wise-1", {"type": "json_object"})
    assert "sky lantern" in asked["messages"][0]["content"], "the drawings are listed"
    assert "The video lasts 2 seconds." in asked["messages"][1]["content"]
    assert asked["messages"][1]["content"].endswith("Prompt: a cat")
    assert endpoint.headers[0]["authorization"] == f"Bearer {SECRET}"


async def test_one_round_repairs_what_cannot_be_drawn() -> None:
    endpoint = Endpoint({"shots": [{"environment": "mall"}]}, SCENE)
    film, facts = await made(endpoint, job())
    assert (film.scene.environment, facts["director"]) == ("sea", "wise-1")
    problem = endpoint.asked[1]["messages"][-1]["content"]
    assert "scene.shots.0.environment is 'mall'" in problem


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (["no", "no"], "it is not one JSON object"),
        ([SCENE | {"shots": [{}, {"start": 9.0}]}] * 2, "the video ends at 2 seconds"),
        ([{"shots": [{"subjects": [{"figure": "@img1"}]}]}] * 2, "there are no images"),
        ([500], "responded with 500"),
        ([401], "responded with 401"),
    ],
)
async def test_what_the_model_cannot_do_is_read_by_ourselves(
    answers: list[Any], reason: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    endpoint = Endpoint(*answers)
    film, facts = await made(endpoint, job())
    assert film.scene.subjects[0].figure == "🐈"
    assert facts["director"] is None
    assert reason in facts["director_error"]
    assert facts["understood"] == ["cat"]
    said = json.dumps(facts) + caplog.text + "".join(capsys.readouterr())
    assert SECRET not in said
    assert len(endpoint.asked) <= 2


async def test_an_endpoint_without_json_mode_is_asked_without_it() -> None:
    endpoint = Endpoint(400, SCENE)
    _, facts = await made(endpoint, job())
    assert facts["director"] == "wise-1"
    assert ["response_format" in asked for asked in endpoint.asked] == [True, False]


async def test_a_remix_changes_the_scene_that_is_there() -> None:
    film, facts = await made(Endpoint(SCENE), job())
    source = new_task(status=TaskStatus.COMPLETED, facts=facts)
    task = new_task(operation=Operation.REMIX, prompt="at night", source_id=source.id, frames=48)
    endpoint = Endpoint(SCENE)
    await made(endpoint, Job(task, Path("out.mp4"), source=Path("in.mp4"), source_task=source))
    assert '"figure":"🐋"' in endpoint.asked[0]["messages"][1]["content"]
    assert film.scene.layout == 7


async def test_given_scenes_first_frames_and_continuations_are_not_directed() -> None:
    endpoint = Endpoint()
    film, facts = await made(endpoint, job(scene=SCENE))
    assert (film.scene.environment, "director" in facts) == ("sea", False)
    first = Job(new_task(prompt="rain", mode=Mode.FIRST_FRAME), Path("out.mp4"), images=(Path("a.png"),))
    assert "director" not in (await made(endpoint, first))[1]
    extended = new_task(prompt="x", operation=Operation.EXTEND, start_frame=24, frames=48)
    assert "director" not in (await made(endpoint, Job(extended, Path("o"), source=Path("in.mp4"))))[1]
    assert endpoint.asked == []


@pytest.mark.parametrize(
    ("response", "problem"),
    [
        (httpx2.Response(200, content=b"x" * (1 << 21)), "larger than"),
        (httpx2.Response(200, json={"choices": []}), "not a chat completion"),
    ],
)
async def test_a_large_or_broken_answer_is_no_scene(response: httpx2.Response, problem: str) -> None:
    model = ChatModel(ChatOptions("http://llm/v1", "m"), httpx2.MockTransport(lambda _: response))
    with pytest.raises(Unavailable, match=problem):
        await model.answer([])


def test_a_director_without_a_model_does_not_start() -> None:
    class Preloading:
        def preload(self, _module: str) -> None: ...

    options = {"director": True, "llm_base_url": "http://llm/v1"}
    with pytest.raises(InvalidOptions, match="GROK_VIDEO_LLM_MODEL"):
        create(BackendContext(cast("Any", Preloading()), cast("Any", None), options))
