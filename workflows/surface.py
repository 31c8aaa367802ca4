"""Compares the operations and models in two versions of the generated code; no I/O.

The source is parsed rather than imported, because two versions of a package cannot be imported at
once.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Surface = Mapping[str, "Signature"]


FURTHER: Final = "further fields"


@dataclass(frozen=True, slots=True)
class Signature:
    """What users see of an operation or a model.

    Args:
        summary: A short description.
        parts: Its arguments, fields or values: the type of each by name.

    """

    summary: str
    parts: Mapping[str, str]


def surface_of(sources: Mapping[str, str]) -> dict[str, Signature]:
    """Return the operations and models of a package, given its source files by relative path."""
    surface = {}
    for name, source in sorted(sources.items()):
        path = PurePosixPath(name)
        if path.suffix != ".py" or path.stem == "__init__":
            continue
        if path.match("api/*/*"):
            surface[f"operation {path.parent.name}.{path.stem}"] = _operation(ast.parse(source))
        if path.match("models/*"):
            surface.update(_models(ast.parse(source)))
    return surface


def differences(old: Surface, new: Surface) -> Iterator[str]:
    """Yield a line for each operation and model that was added (+), removed (-) or changed (~)."""
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield f"+ {name} ({new[name].summary})"
        elif name not in new:
            yield f"- {name} ({old[name].summary})"
        elif parts := list(_parts(old[name].parts, new[name].parts)):
            yield f"~ {name}: {'; '.join(parts)}"


def _parts(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in dict.fromkeys((*old, *new)):
        if name not in old:
            yield f"+ {name}" + _type_suffix(new[name])
        elif name not in new:
            yield f"- {name}"
        elif old[name] != new[name]:
            yield f"{name} is {new[name]}, was {old[name]}"


def _type_suffix(text: str) -> str:
    return f" ({text})" if text else ""


def _operation(module: ast.Module) -> Signature:
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    if missing := {"_get_kwargs", "_parse_response"} - functions.keys():
        raise ValueError(f"the functions {', '.join(sorted(missing))} are missing")
    build, parse = functions["_get_kwargs"], functions["_parse_response"]
    request = _request(build)
    return Signature(
        request, {"request": request, **dict(_arguments(build)), "response": _text(parse.returns)}
    )


def _request(build: ast.FunctionDef) -> str:
    for node in ast.walk(build):
        if isinstance(node, ast.Dict):
            entries = zip(node.keys, node.values, strict=True)
            values = {key.value: value for key, value in entries if isinstance(key, ast.Constant)}
            if {"method", "url"} <= values.keys():
                return f"{_constant(values['method']).upper()} {_constant(values['url'])}"
    raise ValueError(
        "_get_kwargs contains no method and url: has the output of the generator changed?"
    )


def _constant(node: ast.expr) -> str:
    """Return a string constant, or the one that `format` is called on."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _constant(node.func.value)
    return str(ast.literal_eval(node))


def _arguments(build: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    for argument in build.args.args:
        yield f"argument {argument.arg}", _text(argument.annotation)
    for argument, default in zip(build.args.kwonlyargs, build.args.kw_defaults, strict=True):
        default_suffix = f" = {_text(default)}" if default else ""
        yield f"argument {argument.arg}", _text(argument.annotation) + default_suffix


def _models(module: ast.Module) -> Iterator[tuple[str, Signature]]:
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            fields = dict(_fields(node))
            names = ", ".join(name.removeprefix("field ") for name in fields if name != FURTHER)
            yield f"model {node.name}", Signature(names or "any fields", fields)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript):
            choices = node.value.slice
            values = [*map(_text, choices.elts if isinstance(choices, ast.Tuple) else [choices])]
            parts = {f"value {value}": "" for value in values}
            yield f"model {_text(node.targets[0])}", Signature(" | ".join(values), parts)


def _fields(model: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for node in model.body:
        if isinstance(node, ast.AnnAssign):
            name = _text(node.target)
            part = FURTHER if name == "additional_properties" else f"field {name}"
            yield part, _text(node.annotation)


def _text(node: ast.AST | None) -> str:
    return ast.unparse(node) if node else "Any"
