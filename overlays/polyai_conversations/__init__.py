"""Python client for PolyAI's Conversations API: transcripts, scores, summaries, recordings."""

from ._version import __version__
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
