"""Finds the changes to requests that oasdiff does not report; no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .changes import Change, Release
from .references import name_of, operations, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Spec = Mapping[str, Any]
    Location = tuple[str, ...]

_DEFAULT_STYLES: Final = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_TYPES: Final = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")


def request_changes(old: Spec, new: Spec) -> Iterator[Change]:
    """Yield how operations write parameters differently, and which bodies they no longer accept."""
    before, after = operations(old), operations(new)
    for key in sorted(before.keys() & after.keys()):
        name = name_of(key, after[key])
        yield from _parameter_changes(
            name, _parameters(old, key, before[key]), _parameters(new, key, after[key])
        )
        yield from _body_changes(
            name, dict(_body_objects(old, before[key])), dict(_body_objects(new, after[key]))
        )


def _parameters(spec: Spec, key: tuple[str, str], operation: Spec) -> dict[tuple[str, str], Spec]:
    """Return the parameters of an operation, of which those of its path are part."""
    of_path = spec["paths"][key[1]].get("parameters", ())
    listed = [resolve(spec, p) for p in (*of_path, *operation.get("parameters", ()))]
    return {(parameter["in"], parameter["name"]): parameter for parameter in listed}


def _parameter_changes(
    operation: str,
    old: Mapping[tuple[str, str], Spec],
    new: Mapping[tuple[str, str], Spec],
) -> Iterator[Change]:
    for place, name in sorted(old.keys() & new.keys()):
        before, after = (_serialization(found[place, name]) for found in (old, new))
        for keyword in before:
            if before[keyword] != after[keyword]:
                text = (
                    f"changed the `{keyword}` of the `{place}` request parameter `{name}` from "
                    f"`{before[keyword]}` to `{after[keyword]}`"
                )
                yield Change(text, Release.MAJOR, operations=(operation,))


def _serialization(parameter: Spec) -> dict[str, str]:
    style = parameter.get("style", _DEFAULT_STYLES[parameter["in"]])
    explode = parameter.get("explode", style == "form")
    return {"style": style, "explode": str(explode).lower()}


def _body_changes(
    operation: str, old: Mapping[Location, Spec], new: Mapping[Location, Spec]
) -> Iterator[Change]:
    for location in sorted(old.keys() & new.keys()):
        where = "/".join(location[1:])
        body = f"the property `{where}` of the request" if where else "the request"
        before, after = (_additional_types(found, location) for found in (old, new))
        if before == after:
            continue
        if not after:
            text = f"{body} no longer accepts additional properties"
        elif not before:
            text = f"{body} accepts additional properties"
        else:
            text = (
                f"changed the additional properties that {body} accepts from {_listed(before)} to "
                f"{_listed(after)}"
            )
        release = Release.MINOR if before < after else Release.MAJOR
        yield Change(text, release, operations=(operation,))


def _additional_types(schemas: Mapping[Location, Spec], location: Location) -> frozenset[str]:
    """Return the types that the additional properties of an object may have; none if it is closed.

    Keywords other than `type` are not considered.
    """
    if schemas[location].get("additionalProperties") is False:
        return frozenset()
    schema = schemas.get((*location, "additionalProperties"), {})
    types = schema.get("type", _TYPES)
    types = frozenset([types] if isinstance(types, str) else types)
    return types | {"integer"} if "number" in types else types


def _listed(types: frozenset[str]) -> str:
    return "any" if types == _TYPES else ", ".join(f"`{name}`" for name in sorted(types))


def _body_objects(spec: Spec, operation: Spec) -> Iterator[tuple[Location, Spec]]:
    body = resolve(spec, operation.get("requestBody", {}))
    for media_type, media in body.get("content", {}).items():
        yield from _objects(spec, media.get("schema", {}), (media_type,), ())


def _objects(
    spec: Spec, node: Any, location: Location, within: tuple[str, ...]
) -> Iterator[tuple[Location, Spec]]:
    """Yield the schemas in a schema by location, and stop where a schema contains itself."""
    reference = node.get("$ref") if isinstance(node, dict) else None
    if reference in within:
        return
    schema = resolve(spec, node)
    if not isinstance(schema, dict):
        return
    inside = (*within, reference) if reference else within
    yield location, schema
    for name, inner in schema.get("properties", {}).items():
        yield from _objects(spec, inner, (*location, name), inside)
    for keyword in ("items", "additionalProperties"):
        yield from _objects(spec, schema.get(keyword), (*location, keyword), inside)
    for keyword in _LISTS:
        for index, inner in enumerate(schema.get(keyword, ())):
            yield from _objects(spec, inner, (*location, f"{keyword}[{index}]"), inside)
