"""Changes of the contract that oasdiff does not tell; no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .changes import STATUSES, Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Spec = Mapping[str, Any]
    Place = tuple[str, ...]

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch")
_NO_SCHEMA: Final = {"example", "examples", "default", "enum", "const"}


def overlooked(old: Spec, new: Spec) -> list[Change]:
    """Give the changes of servers, of error ranges, of titles and of descriptions."""
    return [
        *_servers(old, new),
        *_error_ranges(old, new),
        *_titles(old, new),
        *_descriptions(old, new),
    ]


def _servers(old: Spec, new: Spec) -> Iterator[Change]:
    before, after = ({s["url"]: s for s in spec.get("servers", ())} for spec in (old, new))
    for url in before.keys() - after.keys():
        yield Change(f"the server `{url}` went", is_breaking=True)
    for url in after.keys() - before.keys():
        yield Change(f"the server `{url}` came", is_breaking=False)
    for url in before.keys() & after.keys():
        yield from _variables(before[url].get("variables", {}), after[url].get("variables", {}))


def _variables(old: Spec, new: Spec) -> Iterator[Change]:
    for name in old.keys() & new.keys():
        before, after = (set(variables[name].get("enum", ())) for variables in (old, new))
        for value in sorted(before - after):
            yield Change(f"the server's `{name}` is no longer `{value}`", is_breaking=True)
        for value in sorted(after - before):
            yield Change(f"the server's `{name}` may be `{value}`", is_breaking=False)
        if old[name]["default"] != new[name]["default"]:
            yield Change(f"the server's `{name}` has another default", is_breaking=True)


def _error_ranges(old: Spec, new: Spec) -> Iterator[Change]:
    before, after = _operations(old), _operations(new)
    for place in before.keys() & after.keys():
        operation = (str(after[place].get("operationId", " ".join(place))),)
        was, is_now = (set(found[place]["responses"]) for found in (before, after))
        for status in sorted(was ^ is_now):
            if status.endswith("XX"):
                verb = "is no longer documented" if status in was else "is documented now"
                text = f"the status {STATUSES} {verb}"
                yield Change(text, is_breaking=False, operations=operation, statuses=(status,))


def _operations(spec: Spec) -> dict[Place, Spec]:
    return {
        (method, path): item[method]
        for path, item in spec["paths"].items()
        for method in METHODS
        if method in item
    }


def _titles(old: Spec, new: Spec) -> Iterator[Change]:
    """Generated models of schemas without a name of their own are named by their titles."""
    for place, (before, after) in _changed_texts(old, new, ("title",)):
        if place != ("info",):
            text = f"{_said(place)} is titled `{after}`, and was `{before}`"
            yield Change(text, is_breaking=True)


def _descriptions(old: Spec, new: Spec) -> Iterator[Change]:
    places = dict.fromkeys(
        place for place, _ in _changed_texts(old, new, ("description", "summary"))
    )
    for place in places:
        yield Change(f"{_said(place)} is described in other words", is_breaking=False)


def _changed_texts(
    old: Spec, new: Spec, keywords: tuple[str, ...]
) -> Iterator[tuple[Place, tuple[str | None, str | None]]]:
    now = dict(_objects(new))
    for place, node in _objects(old):
        for keyword in keywords if place in now else ():
            before, after = _text(node, keyword), _text(now[place], keyword)
            if before != after:
                yield place, (before, after)


def _text(node: Spec, keyword: str) -> str | None:
    text = node.get(keyword)
    return text if isinstance(text, str) else None  # else it is a field of that name


def _objects(node: object, place: Place = ()) -> Iterator[tuple[Place, Spec]]:
    if isinstance(node, list):
        for index, inner in enumerate(node):
            yield from _objects(inner, (*place, _item_name(inner, index)))
    if not isinstance(node, dict):
        return
    yield place, node
    for key, inner in node.items():
        if key not in _NO_SCHEMA or place[-1:] == ("properties",):
            yield from _objects(inner, (*place, str(key)))


def _item_name(item: object, index: int) -> str:
    """Name a parameter by its name, so that those before it may come and go."""
    return str(item["name"]) if isinstance(item, dict) and "name" in item else str(index)


def _said(place: Place) -> str:
    if not place:
        return "the contract"
    kept = [step for step in place if step not in {"components", "properties"}]
    return "`" + " ".join(kept) + "`"
