"""The contract is valid, and every example of a body conforms to its schema.

workflows/spectral.yaml contains further rules.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from workflows.references import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
SPEC = yaml.safe_load((ROOT / "openapi.yaml").read_text())
OPERATIONS = [
    operation
    for path in SPEC["paths"].values()
    for method, operation in path.items()
    if method in METHODS
]


def resolve(node: Any) -> Any:
    while "$ref" in node:
        target = SPEC
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        node = target
    return node


def bodies() -> Iterator[Any]:
    for operation in OPERATIONS:
        contents = {"request": operation.get("requestBody", {}).get("content", {})}
        for status, response in operation["responses"].items():
            contents[status] = resolve(response).get("content", {})
        for body, content in contents.items():
            for media in content.values():
                yield pytest.param(media, id=f"{operation['operationId']}-{body}")


def test_the_contract_is_valid() -> None:
    validate(SPEC)


@pytest.mark.parametrize("media", list(bodies()))
def test_every_body_has_examples_that_conform_to_its_schema(media: dict[str, Any]) -> None:
    assert media["examples"]
    schema = {**media["schema"], "components": SPEC["components"]}
    for name, example in media["examples"].items():
        value = resolve(example)["value"]
        errors = [error.message for error in Draft202012Validator(schema).iter_errors(value)]
        assert errors == [], name


def test_nox_lints_the_contract_before_it_runs_tests() -> None:
    noxfile = ast.parse((ROOT / "noxfile.py").read_text())
    (spec,) = [n for n in noxfile.body if isinstance(n, ast.FunctionDef) and n.name == "spec"]
    calls = [n for n in ast.walk(spec) if isinstance(n, ast.Call) and n.args]
    runs = [call for call in calls if ast.unparse(call.func) == "session.run"]
    commands = [ast.unparse(call) for call in sorted(runs, key=lambda call: call.lineno)]
    first_tests = next(i for i, text in enumerate(commands) if "'pytest'" in text)
    lint = next(i for i, text in enumerate(commands) if "'lint'" in text)
    assert lint < first_tests
