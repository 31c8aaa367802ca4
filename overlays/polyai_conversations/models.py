"""The models of the API, as the contract names them; each takes and gives plain JSON.

`Model.from_dict(...)` and `model.to_dict()` are each other's inverse, unknown fields included.
An optional field that the server left out is `UNSET`, which is falsy.
"""

import copyreg

import polyai_conversations_api.models as _generated
from polyai_conversations_api.models import *  # noqa: F403 - all of them, tomorrow's too
from polyai_conversations_api.types import UNSET, Unset

from .notebook import conversation_html

__all__ = ["UNSET", "Unset"]
__all__ += _generated.__all__


def _name_of_unset(_: object) -> str:
    return "UNSET"


# The generated code asks `is UNSET`, so a model that was pickled or copied must hold the same one.
copyreg.pickle(Unset, _name_of_unset)
Unset.__repr__ = _name_of_unset  # type: ignore[method-assign]

# Notebooks look for this method on the class, and the generator gives none.
for _shown in ("ConversationDetailResponse", "ConversationSummaryResponse"):
    getattr(_generated, _shown)._repr_html_ = conversation_html
