"""Finds the changes to the contract that oasdiff does not report; no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .changes import STATUSES, Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Spec = Mapping[str, Any]
    Location = tuple[str, ...]

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch")
_NOT_SCHEMAS: Final = {"example", "examples", "default", "enum", "const"}


def additional_changes(old: Spec, new: Spec) -> list[Change]:
    """Return the changes of servers, default responses, titles and descriptions."""
    return [
        *_servers(old, new),
        *_default_responses(old, new),
        *_titles(old, new),
        *_descriptions(old, new),
    ]


def _servers(old: Spec, new: Spec) -> Iterator[Change]:
    before, after = ({s["url"]: s for s in spec.get("servers", ())} for spec in (old, new))
    for url in before.keys() - after.keys():
        yield Change(f"removed the server `{url}`", is_breaking=True)
    for url in after.keys() - before.keys():
        yield Change(f"added the server `{url}`", is_breaking=False)
    for url in before.keys() & after.keys():
        yield from _variables(before[url].get("variables", {}), after[url].get("variables", {}))


def _variables(old: Spec, new: Spec) -> Iterator[Change]:
    for name in old.keys() & new.keys():
        before, after = (set(variables[name].get("enum", ())) for variables in (old, new))
        for value in sorted(before - after):
            yield Change(f"removed `{value}` from the server's `{name}`", is_breaking=True)
        for value in sorted(after - before):
            yield Change(f"added `{value}` to the server's `{name}`", is_breaking=False)
        if old[name]["default"] != new[name]["default"]:
            yield Change(f"changed the default of the server's `{name}`", is_breaking=True)


def _default_responses(old: Spec, new: Spec) -> Iterator[Change]:
    before, after = _operations(old), _operations(new)
    for key in before.keys() & after.keys():
        operation = (str(after[key].get("operationId", " ".join(key))),)
        old_statuses, new_statuses = (set(found[key]["responses"]) for found in (before, after))
        for status in sorted(old_statuses ^ new_statuses):
            if not status.isdigit():  # `default`, or a range such as 4XX
                verb = "removed" if status in old_statuses else "added"
                text = f"{verb} the documentation of the status {STATUSES}"
                yield Change(text, is_breaking=False, operations=operation, statuses=(status,))


def _operations(spec: Spec) -> dict[Location, Spec]:
    return {
        (method, path): item[method]
        for path, item in spec["paths"].items()
        for method in METHODS
        if method in item
    }


def _titles(old: Spec, new: Spec) -> Iterator[Change]:
    """Yield changed titles, which are breaking because the models of inline schemas have them."""
    for location, (before, after) in _changed_texts(old, new, ("title",)):
        if location != ("info",):
            text = f"changed the title of {_name(location)} from `{before}` to `{after}`"
            yield Change(text, is_breaking=True)


def _descriptions(old: Spec, new: Spec) -> Iterator[Change]:
    locations = dict.fromkeys(
        location for location, _ in _changed_texts(old, new, ("description", "summary"))
    )
    for location in locations:
        yield Change(f"changed the description of {_name(location)}", is_breaking=False)


def _changed_texts(
    old: Spec, new: Spec, keywords: tuple[str, ...]
) -> Iterator[tuple[Location, tuple[str | None, str | None]]]:
    new_objects = dict(_objects(new))
    for location, node in _objects(old):
        if location not in new_objects:
            continue
        for keyword in keywords:
            before, after = _text(node, keyword), _text(new_objects[location], keyword)
            if before != after:
                yield location, (before, after)


def _text(node: Spec, keyword: str) -> str | None:
    text = node.get(keyword)
    return text if isinstance(text, str) else None  # Otherwise it is a field with that name.


def _objects(node: object, location: Location = ()) -> Iterator[tuple[Location, Spec]]:
    if isinstance(node, list):
        for index, inner in enumerate(node):
            yield from _objects(inner, (*location, _item_name(inner, index)))
    if not isinstance(node, dict):
        return
    yield location, node
    for key, inner in node.items():
        if key not in _NOT_SCHEMAS or location[-1:] == ("properties",):
            yield from _objects(inner, (*location, str(key)))


def _item_name(item: object, index: int) -> str:
    """Use the name of a parameter, because its index changes with those before it."""
    return str(item["name"]) if isinstance(item, dict) and "name" in item else str(index)


def _name(location: Location) -> str:
    if not location:
        return "the contract"
    steps = [step for step in location if step not in {"components", "properties"}]
    return "`" + " ".join(steps) + "`"
