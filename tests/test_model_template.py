"""The project's template makes models that behave like those of the generator's own template."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

import attrs
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from workflows.generator import TEMPLATES, generate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Package = dict[str, type]

LEAF: Final = {"$ref": "#/components/schemas/Leaf"}
TWIG: Final = {"$ref": "#/components/schemas/Twig"}
DAY: Final = {"type": "string", "format": "date"}
MOMENT: Final = {"type": "string", "format": "date-time"}
NULL: Final = {"type": "null"}
KINDS: Final[dict[str, dict[str, Any]]] = {
    "Anything": {},
    "Text": {"type": "string"},
    "Number": {"type": "number"},
    "Integer": {"type": "integer"},
    "Flag": {"type": "boolean"},
    "Day": DAY,
    "Moment": MOMENT,
    "Uuid": {"type": "string", "format": "uuid"},
    "Choice": {"type": "string", "enum": ["a", "b"]},
    "Constant": {"type": "string", "const": "a"},
    "Model": LEAF,
    "Texts": {"type": "array", "items": {"type": "string"}},
    "Moments": {"type": "array", "items": MOMENT},
    "Models": {"type": "array", "items": LEAF},
    "Lists": {"type": "array", "items": {"type": "array", "items": LEAF}},
    "Times": {"oneOf": [DAY, MOMENT]},
    "Either": {"oneOf": [LEAF, TWIG]},
    "TextOrModel": {"oneOf": [{"type": "string"}, LEAF]},
    "TextsOrModels": {
        "oneOf": [{"type": "array", "items": {"type": "string"}}, {"type": "array", "items": LEAF}]
    },
    "Mixed": {"type": "array", "items": {"oneOf": [LEAF, {"type": "integer"}, NULL]}},
}
VALUES: Final[list[Any]] = [
    *(None, True, 0, 1.5, "", "a", "c", "2026-05-26", "2026-05-26T10:00:00Z"),
    *("12345678-1234-5678-1234-567812345678", [], ["a"], ["2026-05-26T10:00:00Z"]),
    *({}, {"name": "n"}, {"name": "n", "more": [1]}, {"size": 1}, {"self": {"size": 2}}),
    *([{"name": "n"}], [{"name": "n"}, 1], [None, 2], [[{"name": "n"}]], [{}]),
]
NAMES: Final = ("required", "optional", "nullable", "withDefault", "unknown")


def schemas() -> dict[str, Any]:
    """A model with a required, an optional and a nullable field of each kind, and others."""
    holders = {
        f"{name}Holder": {
            "type": "object",
            "description": f"Holds {name}.",
            "required": ["required"],
            "properties": {
                "optional": kind,
                "nullable": {"oneOf": [kind, NULL]} if kind else {"type": ["string", "null"]},
                "required": kind,
            },
        }
        for name, kind in KINDS.items()
    }
    default = {"type": "string", "default": "d"}
    return holders | {
        "Leaf": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string"}},
            "additionalProperties": False,
        },
        "Twig": {
            "type": "object",
            "properties": {"size": {"type": "integer"}, "self": TWIG},
        },
        "DefaultHolder": {
            "type": "object",
            "required": ["withDefault", "required"],
            "properties": {"withDefault": default, "optional": default, "required": MOMENT},
        },
        "FurtherMoments": {"type": "object", "additionalProperties": MOMENT},
        "FurtherModels": {
            "type": "object",
            "properties": {"optional": LEAF},
            "additionalProperties": {"oneOf": [LEAF, NULL]},
        },
        "Upload": {
            "type": "object",
            "required": ["file"],
            "properties": {
                "file": {"type": "string", "format": "binary"},
                "title": {"type": "string"},
                "leaf": LEAF,
                "days": {"type": "array", "items": DAY},
            },
            "additionalProperties": {"type": "string"},
        },
    }


def contract() -> dict[str, Any]:
    upload = {"multipart/form-data": {"schema": {"$ref": "#/components/schemas/Upload"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Models", "version": "1"},
        "paths": {
            "/upload": {
                "post": {
                    "operationId": "upload",
                    "requestBody": {"required": True, "content": upload},
                    "responses": {"204": {"description": "Done."}},
                }
            }
        },
        "components": {"schemas": schemas()},
    }


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Package, Package]:
    """The models by name: those of the generator's template, and those of the project's."""
    folder = tmp_path_factory.mktemp("models")
    spec = folder / "openapi.yaml"
    spec.write_text(yaml.safe_dump(contract(), sort_keys=False))
    (folder / "none").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        return (
            models(spec, folder / "generator_models", folder / "none"),
            models(spec, folder / "project_models", TEMPLATES),
        )


def models(spec: Path, package: Path, templates: Path) -> Package:
    generate(spec, package.parent, templates).rename(package)
    module = importlib.import_module(f"{package.name}.models")
    return {name: getattr(module, name) for name in schemas()}


def outcome(function: Callable[[], object]) -> object:
    """What a function returns, in a form that can be compared, or that it fails."""
    try:
        return comparable(function())
    except (AttributeError, KeyError, TypeError, ValueError):
        return "an error"  # which one depends on the order in which the fields are parsed


def comparable(value: Any) -> Any:
    if attrs.has(type(value)):
        fields = {field.name: getattr(value, field.name) for field in attrs.fields(type(value))}
        return type(value).__name__, comparable(fields)
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return "UNSET" if type(value).__name__ == "Unset" else (type(value), value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    name=st.sampled_from([name for name in schemas() if name != "Upload"]),
    body=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES)),
)
@example(name="EitherHolder", body={"required": {"size": 1}, "optional": {"name": "n"}})
@example(name="EitherHolder", body={"required": {"name": "n"}, "optional": 1})
@example(name="TimesHolder", body={"required": "2026-05-26", "nullable": "2026-05-26T10:00:00Z"})
@example(name="ConstantHolder", body={"required": "a", "nullable": True})
@example(name="MixedHolder", body={"required": [{"name": "n"}, 1, None, {}], "unknown": {}})
@example(name="FurtherModels", body={"unknown": {"name": "n"}, "required": None})
@example(name="DefaultHolder", body={"withDefault": "a", "required": "2026-05-26T10:00:00Z"})
def test_models_parse_and_write_the_same_json(
    packages: tuple[Package, Package], name: str, body: dict[str, Any]
) -> None:
    expected, ours = (package[name] for package in packages)
    given_body = repr(body)
    assert outcome(lambda: ours.from_dict(body)) == outcome(lambda: expected.from_dict(body))  # type: ignore[attr-defined]
    assert outcome(lambda: ours.from_dict(body).to_dict()) == outcome(  # type: ignore[attr-defined]
        lambda: expected.from_dict(body).to_dict()  # type: ignore[attr-defined]
    )
    assert repr(body) == given_body


def test_models_have_the_same_fields_and_documentation(
    packages: tuple[Package, Package],
) -> None:
    for name in schemas():
        expected, ours = (package[name] for package in packages)
        assert [(f.name, f.type, f.default is attrs.NOTHING) for f in attrs.fields(ours)] == [
            (f.name, f.type, f.default is attrs.NOTHING) for f in attrs.fields(expected)
        ]
        assert words(ours.__doc__) == words(expected.__doc__)


def words(text: str | None) -> list[str]:
    return (text or "").split()


def test_multipart_bodies_have_the_same_parts(packages: tuple[Package, Package]) -> None:
    parts = []
    for package in packages:
        upload: Any = package["Upload"].from_dict(  # type: ignore[attr-defined]
            {"file": b"bytes", "leaf": {"name": "n"}, "days": ["2026-05-26"], "further": "f"}
        )
        upload.file = importlib.import_module(
            type(upload).__module__.partition(".")[0] + ".types"
        ).File(b"bytes", "a.txt")
        parts.append(upload.to_multipart())
    assert parts[0] == parts[1]
    assert [name for name, _ in parts[0]] == ["file", "leaf", "days", "further"]
