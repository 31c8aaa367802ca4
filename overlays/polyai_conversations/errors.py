"""The errors that the client raises, one tree under `ConversationsError`.

Every error pickles whole, so that it crosses process borders (multiprocessing, Ray, Airflow), and
none holds the request, whose headers carry the key.
"""

from __future__ import annotations

import copyreg
from typing import Any


class ConversationsError(Exception):
    """Anything that went wrong in talking to the Conversations API."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild from the attributes: calling the class again would want its keyword arguments."""
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class ConfigurationError(ConversationsError, ValueError):
    """The client cannot be made: a setting is missing, unknown or unsafe. Nothing was sent."""


class APIError(ConversationsError):
    """An exchange with the API failed.

    Attributes:
        message: What happened and what to do; also the error's text.
        correlation_id: Identifies the exchange in the vendor's logs; support asks for it.

    """

    def __init__(self, message: str, *, correlation_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.correlation_id = correlation_id


class APIConnectionError(APIError):
    """No whole answer arrived: no connection, a connection cut, or a garbled answer."""


class APITimeoutError(APIConnectionError):
    """The answer did not come in time."""


class APIStatusError(APIError):
    """The API answered with an error status, or with a redirect (which is never followed).

    Attributes:
        status_code: The HTTP status.
        error_code: What went wrong, for programs, like `CONVERSATIONS_NOT_FOUND`.
        error_id: The id by which the server names this error; the vendor's correlation id.
        error_message: What went wrong, in the server's own words.
        retry_after: Seconds after which the server wants to be asked again.
        body: The answer's body, byte for byte (but for an echo of the key, which is cut out).

    `error_code`, `error_id`, `error_message` and `retry_after` are None where the answer does not
    say, as when a gateway answers in the API's place.
    """

    def __init__(  # noqa: PLR0913 - the parts of an error answer, all by name
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
    """400: a parameter or the body breaks a rule."""


class AuthenticationError(APIStatusError):
    """401: the key is unknown to this host. Keys belong to one region."""


class PermissionDeniedError(APIStatusError):
    """403: the key is good, but has no access to this agent."""


class NotFoundError(APIStatusError):
    """404: the agent has no such conversation, or the conversation has no recording."""


class ConflictError(APIStatusError):
    """409: the request conflicts with the state of what it addresses."""


class UnprocessableEntityError(APIStatusError):
    """422: the request is well formed, and cannot be carried out."""


class RateLimitError(APIStatusError):
    """429: too many requests; `retry_after` says how many seconds to wait, where it is known."""


class ServerError(APIStatusError):
    """5xx: the server, or a gateway in front of it, failed."""


class ResponseValidationError(APIError):
    """The API reported success, and the body breaks the contract.

    Judged are what the client builds on: JSON of the right shape, every required field there and
    of its type. An optional field with a value of another type is handed over as it came, since
    servers do vary, and one odd value should not cost a conversation.

    Attributes:
        status_code: The HTTP status.
        body: The answer's body, byte for byte.
        field: Where the body breaks the contract, like `conversations[3].conversationId`; None
            where the body as a whole is not what it should be.

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


class RecordingError(ResponseValidationError):
    """A recording is not what it should be. `body` holds the beginning of what came."""


class NotAWavError(RecordingError):
    """What came as a recording is no WAV file, but an error page, JSON, or nothing at all."""


class IncompleteRecordingError(RecordingError):
    """A recording broke off before its end.

    Attributes:
        received: Number of bytes that came.
        expected: Number of bytes that the server or the file's own header promised.

    """

    def __init__(  # noqa: PLR0913 - the parts of an error, all by name
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


class FileBusyError(ConversationsError):
    """Another process, or another call of this one, is writing the same file."""


class ExportError(ConversationsError):
    """An export cannot go on in its folder; the text says why, and what to do."""


class PaginationError(ConversationsError):
    """The server's pages do not advance, so that a walk over the list would never end.

    Attributes:
        next_offset: Number of conversations after which the walk stood still.

    """

    def __init__(self, message: str, *, next_offset: int) -> None:
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
    """Tell which class stands for a status; any number has one."""
    if status_code in _SERVER_ERRORS:
        return ServerError
    return _BY_STATUS.get(status_code, APIStatusError)
