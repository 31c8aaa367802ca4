"""Contains all the data models used in inputs/outputs"""

from .add_annotations_body import AddAnnotationsBody
from .annotation_item import AnnotationItem
from .annotation_item_annotation_type import AnnotationItemAnnotationType
from .annotation_item_role import AnnotationItemRole
from .conversation_detail_response import ConversationDetailResponse
from .conversation_function_events import ConversationFunctionEvents
from .conversation_metrics import ConversationMetrics
from .conversation_summary_response import ConversationSummaryResponse
from .conversation_turn import ConversationTurn
from .error_envelope import ErrorEnvelope
from .get_conversation_audio_direction import GetConversationAudioDirection
from .get_conversations_response import GetConversationsResponse
from .operation_success_response import OperationSuccessResponse
from .turn_entity import TurnEntity
from .upsert_note_body import UpsertNoteBody

__all__ = (
    "AddAnnotationsBody",
    "AnnotationItem",
    "AnnotationItemAnnotationType",
    "AnnotationItemRole",
    "ConversationDetailResponse",
    "ConversationFunctionEvents",
    "ConversationMetrics",
    "ConversationSummaryResponse",
    "ConversationTurn",
    "ErrorEnvelope",
    "GetConversationAudioDirection",
    "GetConversationsResponse",
    "OperationSuccessResponse",
    "TurnEntity",
    "UpsertNoteBody",
)
