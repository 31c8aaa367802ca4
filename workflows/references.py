"""Reads operations and follows references in an OpenAPI document; no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    Spec = Mapping[str, Any]

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch")


def resolve(spec: Spec, node: Any) -> Any:
    """Return what a node refers to, or the node itself if it is not a reference.

    Keywords beside a reference, such as a description, override those that it refers to.
    """
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        target: Any = spec
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        beside = {key: value for key, value in node.items() if key != "$ref"}
        node = {**target, **beside}
    return node


def operations(spec: Spec) -> dict[tuple[str, str], Spec]:
    """Return the operations by method and path."""
    return {
        (method, path): item[method]
        for path, item in spec["paths"].items()
        for method in METHODS
        if method in item
    }


def name_of(key: tuple[str, str], operation: Spec) -> str:
    """Return the id of an operation, or its method and path if it has none."""
    return str(operation.get("operationId", " ".join(key)))
