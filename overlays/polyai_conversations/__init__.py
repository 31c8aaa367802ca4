"""Python client for PolyAI's Conversations API: transcripts, scores, summaries, recordings."""

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    from .async_client import AsyncConversationsClient
    from .batch import AudioBatch
    from .client import ConversationsClient
    from .download import SavedRecording
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
    from .pagination import AsyncConversationPager, ConversationPager
    from .recording import AsyncRecording, Recording
    from .wav import WavFormat
else:
    # The names are loaded when they are first used, so that the command line answers at once. Type
    # checkers do not look here: to them, a name that is not imported above does not exist.
    _HOMES = {
        "AsyncConversationsClient": "async_client",
        "AudioBatch": "batch",
        "ConversationsClient": "client",
        "SavedRecording": "download",
        "AsyncConversationPager": "pagination",
        "ConversationPager": "pagination",
        "AsyncRecording": "recording",
        "Recording": "recording",
        "WavFormat": "wav",
    }

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = import_module(f".{_HOMES.get(name, 'errors')}", __name__)
        return globals().setdefault(name, getattr(home, name))

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
    "SavedRecording",
    "ServerError",
    "UnprocessableEntityError",
    "WavFormat",
    "__version__",
]
