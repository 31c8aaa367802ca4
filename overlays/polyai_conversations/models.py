"""The models of the API, under the names of the contract.

`Model.from_dict(...)` and `model.to_dict()` are inverses of each other, unknown fields included.
An optional field that the server left out is `UNSET`, which is falsy.
"""

import copyreg

import polyai_conversations_api.models as _generated
from polyai_conversations_api.models import *  # noqa: F403 - all of them, including future ones
from polyai_conversations_api.types import UNSET, Unset

from ._notebook import register_formatters

__all__ = ["UNSET", "Unset"]
__all__ += _generated.__all__


# Generated code tests `is UNSET`, so a model that was pickled or copied must hold the same object.
copyreg.pickle(Unset, lambda _: "UNSET")

register_formatters()
