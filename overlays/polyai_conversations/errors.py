"""The errors that the client raises; all of them derive from `ConversationsError`.

Every error can be pickled with all its attributes, so it can cross process boundaries
(multiprocessing, Ray, Airflow). No error holds the request, whose headers contain the key.
"""

from __future__ import annotations

import copyreg
from typing import Any

from ._printable import printable


class ConversationsError(Exception):
    """The base class of all errors that concern the Conversations API.

    Its text is one line without control characters, whatever a server sent.
    """

    def __init__(self, *args: object) -> None:
        super().__init__(*(printable(arg) if isinstance(arg, str) else arg for arg in args))

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild from the attributes, because the constructors require keyword arguments."""
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class ConfigurationError(ConversationsError, ValueError):
    """A setting is missing, unknown or unsafe. Nothing was sent."""


class APIError(ConversationsError):
    """A request to the API failed.

    Attributes:
        message: What happened and what to do; also the text of the error.
        correlation_id: Identifies the request in PolyAI's logs; PolyAI's support asks for it.
    """

    def __init__(self, message: str, *, correlation_id: str | None = None) -> None:
        super().__init__(message)
        self.message = str(self)
        self.correlation_id = correlation_id


class APIConnectionError(APIError):
    """No complete response arrived: the connection failed, or the response is malformed."""


class APITimeoutError(APIConnectionError):
    """The response did not arrive in time."""


class DeadlineExceededError(APITimeoutError):
    """The call took longer than its deadline, with all its retries and pauses."""


class APIStatusError(APIError):
    """The API returned an error status, or a redirect, which is never followed.

    Attributes:
        status_code: The HTTP status.
        error_code: A machine-readable code, such as `CONVERSATIONS_NOT_FOUND`.
        error_id: The id of this error in PolyAI's logs.
        error_message: The server's own description of the error.
        retry_after: Number of seconds that the server asks clients to wait.
        body: The response body as received, with any echoed API key redacted.

    `error_code`, `error_id`, `error_message` and `retry_after` are None if the response does not
    contain them, for example because it came from a gateway and not from the API.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        body: bytes = b"",
        error_code: str | None = None,
        error_id: str | None = None,
        error_message: str | None = None,
        retry_after: float | None = None,
        correlation_id: str | None = None,
    ) -> None:
        super().__init__(message, correlation_id=correlation_id)
        self.status_code = status_code
        self.body = body
        self.error_code = error_code
        self.error_id = error_id
        self.error_message = error_message
        self.retry_after = retry_after


class BadRequestError(APIStatusError):
    """400: a parameter or the body is invalid."""


class AuthenticationError(APIStatusError):
    """401: this host does not accept the key. A key works in one region only."""


class PermissionDeniedError(APIStatusError):
    """403: the key is valid but has no access to this agent."""


class NotFoundError(APIStatusError):
    """404: the conversation does not exist, or it has no recording."""


class ConflictError(APIStatusError):
    """409: the request conflicts with the state of the resource."""


class UnprocessableEntityError(APIStatusError):
    """422: the request is well formed but cannot be processed."""


class RateLimitError(APIStatusError):
    """429: too many requests; `retry_after` is the number of seconds to wait, if it is known."""


class ServerError(APIStatusError):
    """5xx: the server or a gateway in front of it failed."""


class ResponseValidationError(APIError):
    """The API reported success, but the body violates the contract.

    The client checks that the body is JSON, that it has objects and arrays where the contract has
    them, and that required fields are present and have the right type. An optional field of the
    wrong type is returned as received, so that one odd value does not cost you a conversation.

    Attributes:
        status_code: The HTTP status.
        body: The response body as received, with any echoed API key redacted.
        field: The field that violates the contract, such as `conversations[3].conversationId`;
            None if the body as a whole does.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        body: bytes,
        field: str | None = None,
        correlation_id: str | None = None,
    ) -> None:
        super().__init__(message, correlation_id=correlation_id)
        self.status_code = status_code
        self.body = body
        self.field = field


class ResponseTooLargeError(ResponseValidationError):
    """A response is larger than may be read into memory.

    Attributes:
        limit: The limit in bytes. `body` contains only the first bytes.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        body: bytes,
        limit: int,
        correlation_id: str | None = None,
    ) -> None:
        super().__init__(message, status_code=status_code, body=body, correlation_id=correlation_id)
        self.limit = limit


class IncompleteDownloadError(ResponseValidationError):
    """A streamed or saved body ended before it was complete.

    Attributes:
        received: Number of bytes that were received.
        expected: Number of bytes that the server or the file's header announced, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        received: int,
        expected: int | None,
        status_code: int,
        body: bytes = b"",
        correlation_id: str | None = None,
    ) -> None:
        super().__init__(message, status_code=status_code, body=body, correlation_id=correlation_id)
        self.received = received
        self.expected = expected


class RecordingError(ResponseValidationError):
    """A recording is invalid. `body` contains the first bytes that were received."""


class NotAWavError(RecordingError):
    """The response is not a WAV file; it may be an error page, JSON, or empty."""


class IncompleteRecordingError(IncompleteDownloadError, RecordingError):
    """A recording ended before it was complete."""


class FileBusyError(ConversationsError):
    """Another process, or another call in this process, is writing the same file."""


class ExportError(ConversationsError):
    """An export cannot use its directory; the message says why, and what to do."""


class PaginationError(ConversationsError):
    """The pages of a list do not advance, lack many items, or do not name items or the next page.

    Attributes:
        next_offset: The offset at which the iteration stopped; None in a list without offsets.
    """

    def __init__(self, message: str, *, next_offset: int | None) -> None:
        super().__init__(message)
        self.next_offset = next_offset


_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}
_SERVER_ERRORS = range(500, 600)


def error_class(status_code: int) -> type[APIStatusError]:
    """Return the error class for a status code."""
    if status_code in _SERVER_ERRORS:
        return ServerError
    return _BY_STATUS.get(status_code, APIStatusError)
