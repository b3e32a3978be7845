"""A caller's own tasks: who asks, which task, and how it is rendered with signed links."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request

from ..domain.errors import InvalidKey
from ..domain.task import Task
from ..ports import Action, Key
from ..service import VideoService
from .auth import SCOPE_KEY, Authenticator, Caller
from .formats import openai
from .ids import id_of, read_task_id
from .links import Links, LinkSigner, request_base
from .waits import wait_of, while_connected


class OwnedTasks:
    """Reads the tasks of a request's key."""

    def __init__(self, service: VideoService, auth: Authenticator, signer: LinkSigner) -> None:
        self._service = service
        self._auth = auth
        self._signer = signer

    async def key(self, request: Request) -> Key:
        """Return the request's key; raise InvalidKey or RateLimited."""
        return await self._auth.key(request)

    async def record_deletion(self, request: Request, task: Task) -> None:
        """Add the deletion of a task to the audit log."""
        await self._auth.record(request, Action.VIDEO_DELETED, actor=task.owner, target=id_of(task))

    async def owner(self, request: Request) -> str:
        """Return the id of the request's key; raise InvalidKey."""
        return (await self._auth.key(request)).id

    async def get(self, request: Request) -> Task:
        """Return the task that the request's path names; raise InvalidKey or VideoNotFound."""
        owner = await self.owner(request)
        return await self.read(request, read_task_id(request.path_params["id"]), owner)

    async def read(self, request: Request, task_id: UUID, owner: str) -> Task:
        """Return a task as it is now, or with ?wait= when it has ended; raise VideoNotFound or InvalidValue."""
        wait = wait_of(request)
        if wait is None:
            return await self._service.get(task_id, owner)
        waiting = self._service.wait(task_id, owner, wait.seconds, until_change=wait.until_change)
        task = await while_connected(request, waiting) or await self._service.get(task_id, owner)
        caller: Caller | None = request.scope.get(SCOPE_KEY)
        if caller is not None and not await self._auth.still_valid(request, caller):
            raise InvalidKey("The key or session ended while the request was waiting.")
        return task

    async def check_owner(self, task: Task) -> None:
        """Raise InvalidKey if the key that a task belongs to was revoked: its links end with it."""
        if not await self._auth.is_active(task.owner):
            raise InvalidKey("The key that this link was made with is revoked.")

    def links(self, request: Request, task: Task) -> Links:
        """Return a task's signed links, on the host that the request came by."""
        return self._signer.links(task, request_base(request))

    def video(self, request: Request, task: Task) -> dict[str, Any]:
        """Return a task as a video object of the OpenAI format."""
        return openai.render(task, self.links(request, task))
