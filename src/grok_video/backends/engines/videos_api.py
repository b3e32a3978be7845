"""What engines with an API at /v1/videos share: polling a job and telling how it ended."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ...domain.errors import Unavailable, UpstreamFailed, UpstreamLost
from ..upstream.api import Api
from ..upstream.poller import JobState

PATH = "/videos"
MEDIA_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".mp4": "video/mp4"}


class VideosWire:
    """The part of the Wire protocol that is the same for these engines."""

    name: str
    measured: bool
    idempotent = False
    free_path = "/models"
    version_path: str

    async def version_of(self, api: Api) -> str | None:
        """Return the version that the server tells beside its API, or None."""
        response = await api.get(self.version_path, root=True)
        version = response.fields.get("version") if response.status == 200 else None
        return version if isinstance(version, str) else None

    async def find(self, api: Api, key: str) -> str | None:
        """Return None: these engines recognize no call."""
        return None

    async def problems(self, api: Api) -> list[str]:
        """Return nothing: what the model can do is known from its profile alone."""
        return []

    async def model_of(self, api: Api) -> str:
        """Return the name of the first model in the engine's list; raise Unavailable with what is wrong."""
        response = await api.get("/models")
        if response.status != 200:
            raise Unavailable(api.problem(response))
        models = response.fields.get("data")
        first = models[0] if isinstance(models, list) and models else None
        name = first.get("id") if isinstance(first, dict) else None
        if not isinstance(name, str):
            raise Unavailable("It does not name its model.")
        return name

    async def post(self, api: Api, **content: Any) -> str:
        """Make a call and return the engine's id of the job."""
        response = await api.post(PATH, **content)
        if not 200 <= response.status < 300:
            raise api.submission_error(response)
        engine_id = response.fields.get("id")
        if not isinstance(engine_id, str) or not engine_id:
            raise api.unknown()
        return engine_id

    def result_url(self, api: Api, engine_id: str, state: JobState) -> str:
        """Return the URL of a finished job's file."""
        return f"{api.base_url}{PATH}/{quote(engine_id, safe='')}/content"

    async def close(self) -> None:
        """Do nothing: nothing was opened."""

    async def poll(self, api: Api, engine_id: str) -> JobState:
        """Return a job's state; a failed job may be answered with the failure's own HTTP status."""
        response = await api.get(f"{PATH}/{quote(engine_id, safe='')}")
        fields = response.fields
        status = fields.get("status") if response.status == 200 or fields.get("object") == "video" else None
        if status in ("completed", "failed"):
            return JobState(True, 100.0, fields)
        if status in ("queued", "in_progress"):
            return JobState(False, self._percent(fields.get("progress")), fields)
        if response.status == 404 and fields:
            raise UpstreamLost(f"{self.name} no longer knows this video; it was restarted, or the video was deleted.")
        if response.status == 429 or response.status >= 500:
            raise Unavailable(f"The upstream responded with {response.status}.", retry_after=response.retry_after)
        raise api.poll_error(response)

    def _percent(self, progress: Any) -> float | None:
        return float(progress) if self.measured and isinstance(progress, int | float) else None

    def check(self, state: JobState, api: Api) -> None:
        """Raise UpstreamFailed in the engine's words if the job failed."""
        if state.body["status"] == "failed":
            error = state.body.get("error")
            message = error.get("message") if isinstance(error, dict) else error
            raise UpstreamFailed(
                f"The upstream could not make the video: {api.redact(str(message or 'no reason given'))}"
            )
