"""Properties of the generated models that the hand-written code relies on."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any

import attrs
import pytest

import polyai_conversations_api.models as generated
from polyai_conversations import models
from polyai_conversations._http.response_validation import camel_case, letters_of

MODELS = [model for name in generated.__all__ if attrs.has(model := getattr(generated, name))]


def test_every_generated_model_is_exported() -> None:
    assert set(models.__all__) >= set(generated.__all__)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_json_keys_and_attribute_names_can_be_derived_from_each_other(model: type) -> None:
    keys = re.findall(r'd\.pop\(\s*"([^"]+)"', inspect.getsource(model))
    attributes = [field.name for field in attrs.fields(model) if field.init]
    assert list(map(letters_of, keys)) == list(map(letters_of, attributes))
    required = [f.name for f in attrs.fields(model) if f.init and f.default is attrs.NOTHING]
    assert {camel_case(name) for name in required} <= set(keys)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_looping_over_a_model_says_that_it_is_not_iterable(model: Any) -> None:
    with pytest.raises(TypeError, match=f"'{model.__name__}' object is not iterable"):
        list(model.__new__(model))
    assert not issubclass(model, Iterable)


def test_a_model_has_the_fields_outside_the_contract_as_items() -> None:
    page = models.GetConversationsResponse(conversations=[], count=0, limit=1, offset=0)
    page["further"] = 1
    assert "further" in page
    assert "count" not in page
    assert page["further"] == 1
    del page["further"]
    assert page.to_dict() == {"conversations": [], "count": 0, "limit": 1, "offset": 0}
