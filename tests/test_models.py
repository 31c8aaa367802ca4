"""Properties of the generated models that the hand-written code relies on."""

from __future__ import annotations

import inspect
import re

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
