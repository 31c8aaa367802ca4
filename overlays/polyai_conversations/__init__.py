"""Python client for PolyAI's Conversations API: transcripts, scores, summaries, recordings."""

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    from ._async.client import AsyncConversationsClient
    from ._async.pager import AsyncCursorPager, AsyncOffsetPager
    from ._async.recording import AsyncRecording
    from ._async.streaming import AsyncStreamedResponse
    from ._audio.recording_directory import AudioBatch
    from ._audio.saved import SavedRecording
    from ._audio.wav import WavFormat
    from ._files import SavedFile
    from ._http.response_parsing import DetailedResponse
    from ._http.retry import RetryPolicy
    from ._paging.list_operation import CursorPaging, OffsetPaging
    from ._sync.client import ConversationsClient
    from ._sync.pager import CursorPager, OffsetPager
    from ._sync.recording import Recording
    from ._sync.streaming import StreamedResponse
    from .errors import (
        APIConnectionError,
        APIError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        ConfigurationError,
        ConflictError,
        ConversationsError,
        DeadlineExceededError,
        ExportError,
        FileBusyError,
        IncompleteDownloadError,
        IncompleteRecordingError,
        NotAWavError,
        NotFoundError,
        PaginationError,
        PermissionDeniedError,
        RateLimitError,
        RecordingError,
        ResponseTooLargeError,
        ResponseValidationError,
        ServerError,
        UnprocessableEntityError,
    )
    from .filters import ConversationFilter
else:
    # Names are loaded when they are first used, so that the command line starts quickly. Type
    # checkers see only the imports above.
    _MODULES = {
        "AsyncCursorPager": "_async.pager",
        "AsyncOffsetPager": "_async.pager",
        "AsyncStreamedResponse": "_async.streaming",
        "CursorPager": "_sync.pager",
        "CursorPaging": "_paging.list_operation",
        "DetailedResponse": "_http.response_parsing",
        "OffsetPager": "_sync.pager",
        "OffsetPaging": "_paging.list_operation",
        "SavedFile": "_files",
        "StreamedResponse": "_sync.streaming",
        "AsyncConversationsClient": "_async.client",
        "AsyncRecording": "_async.recording",
        "AudioBatch": "_audio.recording_directory",
        "ConversationFilter": "filters",
        "ConversationsClient": "_sync.client",
        "Recording": "_sync.recording",
        "RetryPolicy": "_http.retry",
        "SavedRecording": "_audio.saved",
        "WavFormat": "_audio.wav",
    }

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = import_module(f".{_MODULES.get(name, 'errors')}", __name__)
        return globals().setdefault(name, getattr(module, name))

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "APIConnectionError",
    "APIError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncConversationsClient",
    "AsyncCursorPager",
    "AsyncOffsetPager",
    "AsyncRecording",
    "AsyncStreamedResponse",
    "AudioBatch",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "ConversationFilter",
    "ConversationsClient",
    "ConversationsError",
    "CursorPager",
    "CursorPaging",
    "DeadlineExceededError",
    "DetailedResponse",
    "ExportError",
    "FileBusyError",
    "IncompleteDownloadError",
    "IncompleteRecordingError",
    "NotAWavError",
    "NotFoundError",
    "OffsetPager",
    "OffsetPaging",
    "PaginationError",
    "PermissionDeniedError",
    "RateLimitError",
    "Recording",
    "RecordingError",
    "ResponseTooLargeError",
    "ResponseValidationError",
    "RetryPolicy",
    "SavedFile",
    "SavedRecording",
    "ServerError",
    "StreamedResponse",
    "UnprocessableEntityError",
    "WavFormat",
    "__version__",
]
