"""Responses that show a task, in the format of the request."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ..domain.task import Task
from .cache import SHOWN
from .owned_tasks import OwnedTasks
from .responses import NO_STORE, json_response
from .submission import WireFormat


class TaskResponses:
    """Renders tasks with their links and says when to ask again, in milliseconds."""

    def __init__(self, tasks: OwnedTasks, poll_after_ms: int) -> None:
        self._tasks = tasks
        self._poll_after_ms = str(poll_after_ms)

    def accepted(self, request: Request, task: Task, wire_format: WireFormat) -> Response:
        """Return the response to the POST that a task was accepted by."""
        body = wire_format.render_accepted(task, self._tasks.links(request, task))
        return self._with_times(request, task, json_response(body, status=wire_format.ACCEPTED_STATUS))

    def current(self, request: Request, task: Task, wire_format: WireFormat) -> Response:
        """Return a task as it is now."""
        body = wire_format.render(task, self._tasks.links(request, task))
        status = 200 if task.status.final else wire_format.PENDING_STATUS
        response = json_response(body, status=status) if body else Response(status_code=status, headers=NO_STORE)
        return self._with_times(request, task, response)

    def _with_times(self, request: Request, task: Task, response: Response) -> Response:
        request.scope[SHOWN] = task
        if not task.status.final:
            response.headers["openai-poll-after-ms"] = self._poll_after_ms
        return response
