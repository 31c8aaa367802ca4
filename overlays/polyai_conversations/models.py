"""The models of the API, under the names of the contract.

`Model.from_dict(...)` and `model.to_dict()` are inverses of each other, unknown fields included.
An optional field that the server left out is `UNSET`, which is falsy; see `is_set`.
"""

import copyreg
from typing import TypedDict, TypeGuard, TypeVar

import polyai_conversations_api.models as _generated
from polyai_conversations_api.models import *  # noqa: F403 - all of them, including future ones
from polyai_conversations_api.models import AnnotationItemAnnotationType, AnnotationItemRole
from polyai_conversations_api.types import UNSET, File, Unset

from ._notebook import register_formatters

__all__ = ["UNSET", "AnnotationDict", "File", "Unset", "is_set"]
__all__ += _generated.__all__


Value = TypeVar("Value")


class AnnotationDict(TypedDict):
    """An annotation as `add_annotations` accepts it, with the keys of the contract.

    Attributes:
        turnId: Index of the turn; the first is 0.
        role: Whose part of the turn is faulty: `user` or `agent`.
        annotationType: `missing_topic`, `wrong_transcript` or `wrong_info`.
    """

    turnId: int
    role: AnnotationItemRole
    annotationType: AnnotationItemAnnotationType


def is_set(value: Value | Unset) -> TypeGuard[Value]:
    """Return whether the server sent an optional field; it may have sent null.

    Type checkers know afterwards that the value is not `UNSET`.
    """
    return not isinstance(value, Unset)


# Generated code tests `is UNSET`, so a model that was pickled or copied must hold the same object.
copyreg.pickle(Unset, lambda _: "UNSET")

register_formatters()
