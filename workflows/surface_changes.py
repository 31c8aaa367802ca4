"""Judges how the generated code changes: a second opinion on changes of the contract; no I/O.

A change that breaks programs can escape a comparison of contracts. It rarely escapes a comparison
of the names and types that the generator makes of them.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from .changes import Change, Release
from .surface import Signature

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .surface import Surface

_MODEL: Final = "model "
_NAME: Final = re.compile(r"\w+")
_PLAIN_JSON: Final = {"str", "int", "float", "bool", "None", "Unset"}


def surface_changes(old: Surface, new: Surface) -> Iterator[Change]:
    """Yield how the operations and models of the generated code changed."""
    for before, after in (renames := _renames(old, new)).items():
        # Moving a schema within the contract renames a model, but does not change the API.
        text = f"renamed the model {before} to {after}; programs that import it need the new name"
        yield _change(text, Release.MINOR)
    old = _renamed(old, renames)
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield _change(f"added the {name} ({new[name].summary})", Release.MINOR)
        elif name not in new:
            yield _change(f"removed the {name} ({old[name].summary})", Release.MAJOR)
        else:
            yield from _part_changes(name, old[name], new[name])


def _renames(old: Surface, new: Surface) -> dict[str, str]:
    """Return the new names of models that are otherwise the same, by their old names."""
    renames: dict[str, str] = {}
    while True:
        known = _renamed(old, renames)
        removed, added = (
            [name for name in one if name.startswith(_MODEL) and name not in other]
            for one, other in ((known, new), (new, known))
        )
        pairs = [(a, b) for a in removed for b in added if known[a].parts == new[b].parts]
        found = {
            before.removeprefix(_MODEL): after.removeprefix(_MODEL)
            for before, after in pairs
            if sum(before in pair or after in pair for pair in pairs) == 1
        }
        if not found:
            return renames
        renames |= found  # Models that contain these may now have the same fields, too.


def _renamed(surface: Surface, renames: Mapping[str, str]) -> Surface:
    def rename(text: str) -> str:
        return _NAME.sub(lambda match: renames.get(match[0], match[0]), text)

    return {
        rename(name) if name.startswith(_MODEL) else name: Signature(
            signature.summary, {part: rename(kind) for part, kind in signature.parts.items()}
        )
        for name, signature in surface.items()
    }


def _part_changes(name: str, old: Signature, new: Signature) -> Iterator[Change]:
    for part in dict.fromkeys((*old.parts, *new.parts)):
        if part not in old.parts:
            release = Release.MAJOR if _is_required(part, new.parts[part]) else Release.MINOR
            yield _change(f"added the {part} to the {name}", release)
        elif part not in new.parts:
            yield _change(f"removed the {part} from the {name}", Release.MAJOR)
        elif (before := old.parts[part]) != (after := new.parts[part]):
            text = f"changed the {part} of the {name} from `{before}` to `{after}`"
            yield _change(text, _release(part, before, after))


def _change(text: str, release: Release) -> Change:
    return Change(f"generated code: {text}", release)


def _is_required(part: str, declaration: str) -> bool:
    return part.startswith("argument ") and " = " not in declaration


def _release(part: str, old: str, new: str) -> Release:
    """Judge a change of a type.

    Where one type includes the other, it depends on the direction, request or response, whether the
    change is breaking. The comparison of the contracts knows the direction.
    """
    if part == "request":
        return Release.MAJOR
    before, after = (text.partition(" = ")[0] for text in (old, new))
    return Release.MINOR if _includes(before, after) or _includes(after, before) else Release.MAJOR


def _includes(wide: str, narrow: str) -> bool:
    alternatives = [*_alternatives(wide)]
    return all(
        any(_includes_one(one, other) for one in alternatives) for other in _alternatives(narrow)
    )


def _alternatives(text: str) -> Iterator[ast.expr]:
    stack = [ast.parse(text, mode="eval").body]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.BinOp):
            stack += [node.left, node.right]
        else:
            yield node


def _includes_one(wide: ast.expr, narrow: ast.expr) -> bool:
    wide_text, narrow_text = ast.unparse(wide), ast.unparse(narrow)
    if wide_text == narrow_text or (wide_text, narrow_text) == ("float", "int"):
        return True
    if wide_text == "Any":  # JSON as it was received
        return narrow_text in _PLAIN_JSON
    if not isinstance(wide, ast.Subscript) or not isinstance(narrow, ast.Subscript):
        return False
    is_same = ast.unparse(wide.value) == ast.unparse(narrow.value)
    return is_same and _includes(_values(wide), _values(narrow))


def _values(container: ast.Subscript) -> str:
    """Return the type of the values in a list or a dict, whose keys are texts."""
    inner = container.slice
    return ast.unparse(inner.elts[-1] if isinstance(inner, ast.Tuple) else inner)
