"""Every error the product can speak of, each with a stable code.

GrokVideoError
├── InvalidRequest              the caller must change the request
│   ├── InvalidValue            invalid_value
│   ├── MissingField            missing_field
│   ├── PromptTooLong           prompt_too_long
│   ├── InvalidImage            invalid_image
│   ├── FetchFailed             image_fetch_failed
│   ├── UnsupportedByBackend    unsupported_by_backend
│   └── SourceNotCompleted      source_not_completed
├── InvalidKey                  invalid_api_key
├── NotFound                    not_found
│   ├── ModelNotFound           model_not_found
│   ├── VideoNotFound           video_not_found
│   ├── VideoNotReady           video_not_ready
│   └── VideoExpired            video_expired
├── IdempotencyConflict         idempotency_conflict
├── BodyTooLarge                body_too_large
├── UnsupportedContentType      unsupported_content_type
├── MethodNotAllowed            method_not_allowed
├── RangeNotSatisfiable         range_not_satisfiable
├── QueueFull                   queue_full
├── StorageFull                 storage_full
└── BackendError                ends a task, never a request
    ├── Rejected                final (its own code, else rejected)
    │   ├── BackendAuth         backend_auth
    │   ├── BackendQuota        backend_quota
    │   ├── Moderated           moderation_blocked
    │   ├── UpstreamFailed      upstream_failed
    │   ├── UpstreamExpired     upstream_expired
    │   ├── UpstreamTimedOut    upstream_timed_out
    │   ├── UpstreamConfused    upstream_invalid_answer
    │   ├── Unfetched           paid for and finished: fetching it is worth another attempt
    │   │   ├── FileGone        upstream_file_gone
    │   │   └── FileTorn        upstream_file_torn
    │   ├── FileInvalid         upstream_file_invalid
    │   └── SubmissionUnknown   submission_unknown
    ├── Unavailable             worth another attempt: backend_unavailable
    │   └── Throttled           wait and ask again, which is no failure
    └── Cancelled               cancelled

Codes and their meaning on the wire: decisions.md, Answers; the statuses live in `http/errors.py` alone.
"""

from __future__ import annotations


class GrokVideoError(Exception):
    """Something went wrong that has a name."""

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
    """The request can not be carried out as it is."""

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
    """A file can not be read as a picture or video."""

    code = "invalid_image"


class FetchFailed(InvalidRequest):
    """A URL could not be fetched."""

    code = "image_fetch_failed"


class UnsupportedByBackend(InvalidRequest):
    """The backend of this model can not do that."""

    code = "unsupported_by_backend"


class SourceNotCompleted(InvalidRequest):
    """The source video is not completed."""

    code = "source_not_completed"


class InvalidKey(GrokVideoError):
    """The API key is missing or wrong: send `Authorization: Bearer KEY`."""

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
    """This path does not take that method."""

    code = "method_not_allowed"


class RangeNotSatisfiable(GrokVideoError):
    """The file is shorter than the range that was asked."""

    code = "range_not_satisfiable"


class QueueFull(GrokVideoError):
    """Too many tasks are waiting: try again later."""

    code = "queue_full"


class StorageFull(GrokVideoError):
    """The server's disk is full."""

    code = "storage_full"


class BackendError(GrokVideoError):
    """The backend could not make the video."""

    code = "backend_error"


class Rejected(BackendError):
    """The backend refuses this task; trying again would not help."""

    code = "rejected"


class BackendAuth(Rejected):
    """The upstream refuses the server's own key; its operator has to mend that."""

    code = "backend_auth"


class BackendQuota(Rejected):
    """The server's account at the upstream is out of credit; its operator has to mend that."""

    code = "backend_quota"


class Moderated(Rejected):
    """The upstream's moderation blocked this video: change the prompt or the images."""

    code = "moderation_blocked"


class UpstreamFailed(Rejected):
    """The upstream accepted the video and then could not make it."""

    code = "upstream_failed"


class UpstreamExpired(Rejected):
    """The upstream has let the video expire before it could be fetched."""

    code = "upstream_expired"


class UpstreamTimedOut(Rejected):
    """The upstream accepted the video and did not finish it in time."""

    code = "upstream_timed_out"


class UpstreamConfused(Rejected):
    """The upstream's answers make no sense."""

    code = "upstream_invalid_answer"


class Unfetched(Rejected):
    """The upstream's finished file could not be fetched."""

    code = "upstream_file_gone"


class FileGone(Unfetched):
    """The upstream's finished file is not there any more."""

    code = "upstream_file_gone"


class FileTorn(Unfetched):
    """The upstream's finished file never came whole."""

    code = "upstream_file_torn"


class FileInvalid(Rejected):
    """The upstream's finished file is no usable video."""

    code = "upstream_file_invalid"


class SubmissionUnknown(Rejected):
    """It can not be known whether the upstream took this task, so it was not sent again: it may charge for it."""

    code = "submission_unknown"


class Unavailable(BackendError):
    """The backend can not be reached or ran out of something; another attempt may work."""

    code = "backend_unavailable"


class Throttled(Unavailable):
    """The upstream asks to wait; nothing was accepted."""

    code = "backend_throttled"


class Cancelled(BackendError):
    """The task was cancelled."""

    code = "cancelled"
