"""The errors of the server, each with a stable code.

GrokVideoError
├── InvalidRequest                  the caller must change the request
│   ├── InvalidValue                invalid_value
│   ├── MissingField                missing_field
│   ├── PromptTooLong               prompt_too_long
│   ├── InvalidImage                invalid_image
│   ├── FetchFailed                 image_fetch_failed
│   │   └── AddressRefused          image_fetch_failed
│   ├── UnsupportedByBackend        unsupported_by_backend
│   ├── SourceNotCompleted          source_not_completed
│   └── SourceExpired               source_expired
├── InvalidKey                      invalid_api_key
├── NotFound                        not_found
│   ├── ModelNotFound               model_not_found
│   ├── VideoNotFound               video_not_found
│   ├── VideoNotReady               video_not_ready
│   └── VideoExpired                video_expired
├── IdempotencyConflict             idempotency_conflict
├── BodyTooLarge                    body_too_large
├── UnsupportedContentType          unsupported_content_type
├── MethodNotAllowed                method_not_allowed
├── RangeNotSatisfiable             range_not_satisfiable
├── QueueFull                       queue_full
├── RateLimited                     rate_limited
├── StorageFull                     storage_full
├── DatabaseUnavailable             database_unavailable
├── StorageUnavailable              storage_unavailable
├── CannotStart                     cannot_start: ends the start of a server
├── UnknownBackend                  unknown_backend: ends the start of a server
├── InvalidOptions                  invalid_options: ends the start of a server
└── BackendError                    ends a task, never a request
    ├── SandboxFailed               render_crashed, render_out_of_memory, render_timed_out, render_too_large
    ├── WorkerLost                  worker_lost
    ├── Rejected                    final (its own code, else rejected)
    │   ├── WrongOutput             wrong_output
    │   ├── SourceMissing           source_missing
    │   ├── BackendAuth             backend_auth
    │   ├── BackendQuota            backend_quota
    │   ├── Moderated               moderation_blocked
    │   ├── UpstreamFailed          upstream_failed
    │   ├── UpstreamExpired         upstream_expired
    │   ├── UpstreamLost            upstream_lost
    │   ├── UpstreamTimedOut        upstream_timed_out
    │   ├── InvalidUpstreamResponse upstream_invalid_answer
    │   ├── DownloadFailed          paid for and finished: downloading it is worth another attempt
    │   │   ├── DownloadGone        upstream_file_gone
    │   │   └── DownloadIncomplete  upstream_file_torn
    │   ├── FileInvalid             upstream_file_invalid
    │   └── SubmissionUnknown       submission_unknown
    ├── Unavailable                 worth another attempt: backend_unavailable
    │   ├── Throttled               backend_throttled: wait and ask again, which is not a failure
    │   └── UpstreamDown            the task goes back into the queue until the upstream answers
    └── Cancelled                   cancelled

The meaning of each code is in docs/reference/errors.md; HTTP statuses are in `http/errors.py` alone.
"""

from __future__ import annotations


class GrokVideoError(Exception):
    """An error with a stable code."""

    code = "internal_error"

    def __init__(
        self,
        message: str | None = None,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.param = param
        self.code = code or type(self).code
        self.retry_after = retry_after
        super().__init__(self.message)


class InvalidRequest(GrokVideoError):
    """The request cannot be carried out as it is."""

    code = "invalid_value"


class InvalidValue(InvalidRequest):
    """A field has a value that is not allowed."""

    code = "invalid_value"


class MissingField(InvalidRequest):
    """A required field is missing."""

    code = "missing_field"


class PromptTooLong(InvalidRequest):
    """The prompt is longer than 4096 characters."""

    code = "prompt_too_long"


class InvalidImage(InvalidRequest):
    """A file cannot be read as an image or video."""

    code = "invalid_image"


class FetchFailed(InvalidRequest):
    """A URL could not be fetched."""

    code = "image_fetch_failed"


class AddressRefused(FetchFailed):
    """That address is not allowed."""


class UnsupportedByBackend(InvalidRequest):
    """The backend of this model does not support that."""

    code = "unsupported_by_backend"


class SourceNotCompleted(InvalidRequest):
    """The source video is not completed."""

    code = "source_not_completed"


class SourceExpired(InvalidRequest):
    """The source video has expired and its file is gone."""

    code = "source_expired"


class InvalidKey(GrokVideoError):
    """The API key is missing or invalid: send `Authorization: Bearer KEY`."""

    code = "invalid_api_key"


class NotFound(GrokVideoError):
    """There is nothing here."""

    code = "not_found"


class ModelNotFound(NotFound):
    """There is no such model."""

    code = "model_not_found"


class VideoNotFound(NotFound):
    """There is no such video."""

    code = "video_not_found"


class VideoNotReady(NotFound):
    """The video is not ready yet."""

    code = "video_not_ready"


class VideoExpired(NotFound):
    """The video has expired and its file is gone."""

    code = "video_expired"


class IdempotencyConflict(GrokVideoError):
    """This Idempotency-Key was used with another request body: use a new key for a new request."""

    code = "idempotency_conflict"


class BodyTooLarge(GrokVideoError):
    """The request body is too large."""

    code = "body_too_large"


class UnsupportedContentType(GrokVideoError):
    """Send application/json, multipart/form-data or application/x-www-form-urlencoded."""

    code = "unsupported_content_type"


class MethodNotAllowed(GrokVideoError):
    """This path does not allow that method."""

    code = "method_not_allowed"


class RangeNotSatisfiable(GrokVideoError):
    """The requested range is beyond the end of the file."""

    code = "range_not_satisfiable"


class QueueFull(GrokVideoError):
    """Too many tasks are waiting: try again later."""

    code = "queue_full"


class RateLimited(GrokVideoError):
    """Too many requests, or too much data at once: try again later."""

    code = "rate_limited"


class StorageFull(GrokVideoError):
    """The server's disk is full."""

    code = "storage_full"


class DatabaseUnavailable(GrokVideoError):
    """The database does not respond now; the same request may succeed later."""

    code = "database_unavailable"


class StorageUnavailable(GrokVideoError):
    """The storage of the media does not respond now; the same request may succeed later."""

    code = "storage_unavailable"


class CannotStart(GrokVideoError):
    """A server cannot start; the message says why and what to do."""

    code = "cannot_start"


class UnknownBackend(GrokVideoError):
    """A configured backend is not installed."""

    code = "unknown_backend"


class InvalidOptions(GrokVideoError):
    """A backend's options in the settings are invalid."""

    code = "invalid_options"


class BackendError(GrokVideoError):
    """The backend could not make the video."""

    code = "backend_error"


class SandboxFailed(BackendError):
    """A child process ended without a result."""

    code = "render_crashed"


class WorkerLost(BackendError):
    """The worker died repeatedly while making this video."""

    code = "worker_lost"


class Rejected(BackendError):
    """The backend refuses this task; another attempt would not help."""

    code = "rejected"


class WrongOutput(Rejected):
    """The finished file is not what was requested."""

    code = "wrong_output"


class SourceMissing(Rejected):
    """The source video or an image of this task is gone."""

    code = "source_missing"


class BackendAuth(Rejected):
    """The upstream refuses the server's own key; the operator of this server must fix that."""

    code = "backend_auth"


class BackendQuota(Rejected):
    """The server's account at the upstream is out of credit; the operator of this server must fix that."""

    code = "backend_quota"


class Moderated(Rejected):
    """The upstream's moderation blocked this video: change the prompt or the images."""

    code = "moderation_blocked"


class UpstreamFailed(Rejected):
    """The upstream accepted the task but could not make the video."""

    code = "upstream_failed"


class UpstreamExpired(Rejected):
    """The upstream deleted the video before it could be downloaded."""

    code = "upstream_expired"


class UpstreamLost(Rejected):
    """The upstream accepted the task and no longer knows it; it was restarted, for example."""

    code = "upstream_lost"


class UpstreamTimedOut(Rejected):
    """The upstream accepted the task but did not finish the video in time."""

    code = "upstream_timed_out"


class InvalidUpstreamResponse(Rejected):
    """The upstream's response is invalid."""

    code = "upstream_invalid_answer"


class DownloadFailed(Rejected):
    """The upstream's finished file could not be downloaded."""

    code = "upstream_file_gone"


class DownloadGone(DownloadFailed):
    """The upstream's finished file no longer exists."""

    code = "upstream_file_gone"


class DownloadIncomplete(DownloadFailed):
    """The upstream's finished file could not be downloaded completely."""

    code = "upstream_file_torn"


class FileInvalid(Rejected):
    """The upstream's finished file is not a usable video."""

    code = "upstream_file_invalid"


class SubmissionUnknown(Rejected):
    """It is unknown whether the upstream accepted this task. It was not sent again; the upstream may charge for it."""

    code = "submission_unknown"


class Unavailable(BackendError):
    """The backend cannot be reached or is overloaded; another attempt may succeed."""

    code = "backend_unavailable"


class Throttled(Unavailable):
    """The upstream asks to wait; nothing was accepted."""

    code = "backend_throttled"


class UpstreamDown(Unavailable):
    """The upstream does not answer now; nothing was accepted, and the task waits until it answers."""


class Cancelled(BackendError):
    """The task was cancelled."""

    code = "cancelled"
