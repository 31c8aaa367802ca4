from typing import Literal

AnnotationItemAnnotationType = Literal[
    "missing_topic", "wrong_info", "wrong_transcript"
]

ANNOTATION_ITEM_ANNOTATION_TYPE_VALUES: set[AnnotationItemAnnotationType] = {
    "missing_topic",
    "wrong_info",
    "wrong_transcript",
}


def check_annotation_item_annotation_type(value: str) -> AnnotationItemAnnotationType:
    if value in ANNOTATION_ITEM_ANNOTATION_TYPE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {ANNOTATION_ITEM_ANNOTATION_TYPE_VALUES!r}"
    )
