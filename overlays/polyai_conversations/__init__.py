"""Python client for PolyAI's Conversations API: transcripts, scores, summaries, recordings."""

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    from ._async.client import AsyncConversationsClient
    from ._async.pager import AsyncConversationPager
    from ._async.recording import AsyncRecording
    from ._audio.recording_directory import AudioBatch
    from ._audio.saved import SavedRecording
    from ._audio.wav import WavFormat
    from ._http.retry import RetryPolicy
    from ._sync.client import ConversationsClient
    from ._sync.pager import ConversationPager
    from ._sync.recording import Recording
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
        ExportError,
        FileBusyError,
        IncompleteRecordingError,
        NotAWavError,
        NotFoundError,
        PaginationError,
        PermissionDeniedError,
        RateLimitError,
        RecordingError,
        ResponseValidationError,
        ServerError,
        UnprocessableEntityError,
    )
else:
    # Names are loaded when they are first used, so that the command line starts quickly. Type
    # checkers see only the imports above.
    _MODULES = {
        "AsyncConversationPager": "_async.pager",
        "AsyncConversationsClient": "_async.client",
        "AsyncRecording": "_async.recording",
        "AudioBatch": "_audio.recording_directory",
        "ConversationPager": "_sync.pager",
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
    "AsyncConversationPager",
    "AsyncConversationsClient",
    "AsyncRecording",
    "AudioBatch",
    "AuthenticationError",
    "BadRequestError",
    "ConfigurationError",
    "ConflictError",
    "ConversationPager",
    "ConversationsClient",
    "ConversationsError",
    "ExportError",
    "FileBusyError",
    "IncompleteRecordingError",
    "NotAWavError",
    "NotFoundError",
    "PaginationError",
    "PermissionDeniedError",
    "RateLimitError",
    "Recording",
    "RecordingError",
    "ResponseValidationError",
    "RetryPolicy",
    "SavedRecording",
    "ServerError",
    "UnprocessableEntityError",
    "WavFormat",
    "__version__",
]
