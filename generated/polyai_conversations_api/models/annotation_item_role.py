from typing import Literal

AnnotationItemRole = Literal["agent", "user"]

ANNOTATION_ITEM_ROLE_VALUES: set[AnnotationItemRole] = {
    "agent",
    "user",
}


def check_annotation_item_role(value: str) -> AnnotationItemRole:
    if value in ANNOTATION_ITEM_ROLE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {ANNOTATION_ITEM_ROLE_VALUES!r}"
    )
