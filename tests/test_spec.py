"""The contract itself: valid, and every example of a body true to its schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = yaml.safe_load((Path(__file__).parent.parent / "openapi.yaml").read_text())
OPERATIONS = {
    operation["operationId"]: operation
    for path in SPEC["paths"].values()
    for method, operation in path.items()
    if method in {"get", "post"}
}
NEEDED = {"400", "401", "403", "404", "429", "4XX", "5XX"}


def resolve(node: Any) -> Any:
    while "$ref" in node:
        target = SPEC
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        node = target
    return node


def bodies() -> Iterator[Any]:
    for name, operation in OPERATIONS.items():
        contents = {"request": operation.get("requestBody", {}).get("content", {})}
        for status, response in operation["responses"].items():
            contents[status] = resolve(response)["content"]
        for place, content in contents.items():
            for media in content.values():
                yield pytest.param(media, id=f"{name}-{place}")


def test_the_spec_is_valid() -> None:
    validate(SPEC)


def test_the_five_operations_are_there() -> None:
    assert set(OPERATIONS) == {
        "listConversations",
        "getConversation",
        "addAnnotations",
        "getConversationAudio",
        "upsertNote",
    }


@pytest.mark.parametrize("media", list(bodies()))
def test_every_body_has_an_example_that_keeps_its_schema(media: dict[str, Any]) -> None:
    assert media["examples"]
    schema = {**media["schema"], "components": SPEC["components"]}
    for name, example in media["examples"].items():
        problems = [
            error.message for error in Draft202012Validator(schema).iter_errors(example["value"])
        ]
        assert problems == [], name


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_documents_its_errors(name: str) -> None:
    assert set(OPERATIONS[name]["responses"]) >= NEEDED


def described(node: Any, where: str) -> Iterator[tuple[str, bool]]:
    if not isinstance(node, dict):
        return
    for name, inner in node.get("properties", {}).items():
        yield f"{where}.{name}", bool(inner.get("description"))
        yield from described(inner, f"{where}.{name}")
    for part in node.get("allOf", ()):
        yield from described(part, where)


def test_everything_is_described() -> None:
    schemas = SPEC["components"]["schemas"]
    found = [(name, bool(schema.get("description"))) for name, schema in schemas.items()]
    for name, schema in schemas.items():
        found += described(schema, name)
    for name, parameter in SPEC["components"]["parameters"].items():
        found.append((name, bool(parameter.get("description"))))
    for name, operation in OPERATIONS.items():
        found.append((name, bool(operation.get("description"))))
        for parameter in operation.get("parameters", ()):
            found.append((f"{name} {parameter['name']}", bool(parameter.get("description"))))
    assert [name for name, is_described in found if not is_described] == []
    assert len(found) > 70
