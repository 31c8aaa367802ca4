"""Finds the changes to the contract that oasdiff does not report; no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .changes import STATUSES, Change, Release
from .references import name_of, operations, resolve
from .request_changes import request_changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Spec = Mapping[str, Any]
    Location = tuple[str, ...]

_NOT_SCHEMAS: Final = {"example", "examples", "default", "enum", "const"}


def additional_changes(old: Spec, new: Spec) -> list[Change]:
    """Return the changes of servers, default responses, requests, titles and descriptions."""
    return [
        *_servers(old, new),
        *_default_responses(old, new),
        *request_changes(old, new),
        *_titles(old, new),
        *_descriptions(old, new),
    ]


def _servers(old: Spec, new: Spec) -> Iterator[Change]:
    before, after = ({s["url"]: s for s in spec.get("servers", ())} for spec in (old, new))
    for url in sorted(before.keys() - after.keys()):
        yield Change(f"removed the server `{url}`", Release.MAJOR)
    for url in sorted(after.keys() - before.keys()):
        yield Change(f"added the server `{url}`", Release.MINOR)
    for url in sorted(before.keys() & after.keys()):
        yield from _variables(before[url].get("variables", {}), after[url].get("variables", {}))


def _variables(old: Spec, new: Spec) -> Iterator[Change]:
    for name in sorted(old.keys() & new.keys()):
        yield from _values(name, old[name].get("enum"), new[name].get("enum"))
        if old[name]["default"] != new[name]["default"]:
            yield Change(f"changed the default of the server's `{name}`", Release.MAJOR)


def _values(name: str, old: list[str] | None, new: list[str] | None) -> Iterator[Change]:
    """Yield which values a variable gained or lost; without an enum, it accepts any value."""
    if old is None and new is not None:
        yield Change(f"restricted the server's `{name}` to {', '.join(new)}", Release.MAJOR)
    elif new is None and old is not None:
        yield Change(f"opened the server's `{name}` to any value", Release.MINOR)
    elif old is not None and new is not None:
        for value in sorted(set(old) - set(new)):
            yield Change(f"removed `{value}` from the server's `{name}`", Release.MAJOR)
        for value in sorted(set(new) - set(old)):
            yield Change(f"added `{value}` to the server's `{name}`", Release.MINOR)


def _default_responses(old: Spec, new: Spec) -> Iterator[Change]:
    before, after = operations(old), operations(new)
    for key in sorted(before.keys() & after.keys()):
        operation = (name_of(key, after[key]),)
        old_statuses, new_statuses = (set(found[key]["responses"]) for found in (before, after))
        for status in sorted(old_statuses ^ new_statuses):
            if not status.isdigit():  # `default`, or a range such as 4XX
                verb = "removed" if status in old_statuses else "added"
                text = f"{verb} the documentation of the status {STATUSES}"
                yield Change(text, Release.MINOR, operations=operation, statuses=(status,))


def _titles(old: Spec, new: Spec) -> Iterator[Change]:
    """Yield changed titles, which are breaking because the models of inline schemas have them."""
    for location, before, after in _common_objects(old, new):
        titles = _text(before, "title"), _text(after, "title")
        if titles[0] != titles[1] and not _is_moved(before, after) and location != ("info",):
            text = f"changed the title of {_name(location)} from `{titles[0]}` to `{titles[1]}`"
            yield Change(text, Release.MAJOR)


def _descriptions(old: Spec, new: Spec) -> Iterator[Change]:
    for location, *objects in _common_objects(old, new):
        before, after = objects
        if _is_moved(before, after):
            before, after = resolve(old, before), resolve(new, after)
        if any(_text(before, key) != _text(after, key) for key in ("description", "summary")):
            yield Change(f"changed the description of {_name(location)}", Release.PATCH)


def _is_moved(old: Spec, new: Spec) -> bool:
    """Return whether a schema moved to a component, or from one; it may be the same."""
    return ("$ref" in old) is not ("$ref" in new)


def _common_objects(old: Spec, new: Spec) -> Iterator[tuple[Location, Spec, Spec]]:
    new_objects = dict(_objects(new))
    for location, node in _objects(old):
        if location in new_objects:
            yield location, node, new_objects[location]


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
