"""Contains all the data models used in inputs/outputs"""

from .add_annotations_body import AddAnnotationsBody
from .added_state import AddedState
from .annotation_item import AnnotationItem
from .annotation_item_annotation_type import AnnotationItemAnnotationType
from .annotation_item_role import AnnotationItemRole
from .candidate_transcript import CandidateTranscript
from .conversation_detail_response import ConversationDetailResponse
from .conversation_function_events import ConversationFunctionEvents
from .conversation_metrics import ConversationMetrics
from .conversation_short_summary import ConversationShortSummary
from .conversation_summary_response import ConversationSummaryResponse
from .conversation_turn import ConversationTurn
from .error_envelope import ErrorEnvelope
from .function_arguments import FunctionArguments
from .function_event import FunctionEvent
from .function_handoff import FunctionHandoff
from .get_conversation_audio_direction import GetConversationAudioDirection
from .get_conversations_response import GetConversationsResponse
from .operation_success_response import OperationSuccessResponse
from .state_changes import StateChanges
from .turn_entity import TurnEntity
from .turn_latency import TurnLatency
from .turn_metadata import TurnMetadata
from .turn_safety import TurnSafety
from .updated_state import UpdatedState
from .upsert_note_body import UpsertNoteBody

__all__ = (
    "AddAnnotationsBody",
    "AddedState",
    "AnnotationItem",
    "AnnotationItemAnnotationType",
    "AnnotationItemRole",
    "CandidateTranscript",
    "ConversationDetailResponse",
    "ConversationFunctionEvents",
    "ConversationMetrics",
    "ConversationShortSummary",
    "ConversationSummaryResponse",
    "ConversationTurn",
    "ErrorEnvelope",
    "FunctionArguments",
    "FunctionEvent",
    "FunctionHandoff",
    "GetConversationAudioDirection",
    "GetConversationsResponse",
    "OperationSuccessResponse",
    "StateChanges",
    "TurnEntity",
    "TurnLatency",
    "TurnMetadata",
    "TurnSafety",
    "UpdatedState",
    "UpsertNoteBody",
)
