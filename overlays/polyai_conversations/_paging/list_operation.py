"""Describes how a list operation pages; no I/O."""

from __future__ import annotations

from collections.abc import Hashable
from operator import attrgetter
from typing import Any, Final

import attrs

from polyai_conversations.errors import PaginationError
from polyai_conversations_api.types import UNSET, Unset

OVERLAP: Final = 1
"""Number of items of each page that the page before it contained too."""


@attrs.frozen
class PageRequest:
    """One page request: offset and limit."""

    offset: int
    limit: int


@attrs.frozen
class ReceivedPage:
    """The items of a page with the keys that identify them, and the number of items in the list."""

    items: list[Any]
    keys: list[Hashable]
    total: int


@attrs.frozen(kw_only=True)
class OffsetPaging:
    """How a list pages by limit and offset.

    Fields are named as in the generated models, such as `conversations` or `meta.total`, and
    parameters as in the generated functions.

    Attributes:
        items: The field of a page that holds the items; None if the page is an array itself.
        key: The field of an item that identifies it.
        total: The field of a page that holds the number of items in the list; None if no field
            does. Without it, or if a page lacks it, pages are requested one after another.
        limit: The parameter for the number of items to request.
        offset: The parameter for the number of items to skip.
        page_size: Number of items to request, at least 1; the server may return fewer. With 1,
            pages do not overlap, and changes to the list go unnoticed.
        prefetch: Number of pages to request at once, at least 1.
    """

    items: str | None
    key: str
    total: str | None = None
    limit: str = "limit"
    offset: str = "offset"
    page_size: int = 100
    prefetch: int = 4

    def arguments(self, request: PageRequest) -> dict[str, int]:
        """Return the arguments that request a page."""
        return {self.limit: request.limit, self.offset: request.offset}

    def read_page(self, request: PageRequest, page: Any) -> ReceivedPage:
        """Return what the paginator has to know about a page."""
        items = items_of(page, self.items)
        keys = [_read_field(item, self.key) for item in items]
        if not all(map(_identifies, keys)):
            raise PaginationError(
                f"an item has no {self.key} that identifies it; name another field as the key",
                next_offset=request.offset,
            )
        total = None if self.total is None else _read_field(page, self.total)
        if type(total) is int:
            return ReceivedPage(items, keys, total)
        # The end is unknown, so expect one more item, up to a page with nothing but the overlap.
        may_continue = len(items) > (OVERLAP if request.limit > OVERLAP else 0)
        return ReceivedPage(items, keys, request.offset + len(items) + may_continue)


@attrs.frozen(kw_only=True)
class CursorPaging:
    """How a list pages by a cursor, which each page contains for the next one.

    Names are as for `OffsetPaging`.

    Attributes:
        items: The field of a page that holds the items.
        next_cursor: The field of a page that holds the cursor of the next page. On the last page it
            is missing, null or empty.
        cursor: The parameter for the cursor.

    A parameter for the number of items is passed to `paginate` like any other.
    """

    items: str
    next_cursor: str = "next_cursor"
    cursor: str = "cursor"

    def arguments(self, cursor: Any) -> dict[str, Any]:
        """Return the arguments that request a page; without a cursor, the first one."""
        return {} if cursor is None else {self.cursor: cursor}

    def next_cursor_of(self, page: Any) -> Any:
        """Return the cursor of the next page, or None after the last one."""
        cursor = _read_field(page, self.next_cursor)
        if cursor is None or isinstance(cursor, Unset) or cursor == "":
            return None
        if not isinstance(cursor, Hashable):
            # A server may echo the key in this value, so the message names only its type.
            raise PaginationError(
                f"{self.next_cursor} is not a cursor, but of type {type(cursor).__name__}",
                next_offset=None,
            )
        return cursor


LIST_CONVERSATIONS: Final = OffsetPaging(
    items="conversations", key="conversation_id", total="count"
)


def with_items(page: Any, field: str | None, items: list[Any]) -> Any:
    """Return a page with other items; a model is changed in place."""
    if field is None:
        return items
    parent, _, name = field.rpartition(".")
    setattr(attrgetter(parent)(page) if parent else page, name, items)
    return page


def items_of(page: Any, field: str | None) -> list[Any]:
    """Return the items of a page."""
    items = page if field is None else _read_field(page, field)
    if items is None or isinstance(items, Unset):
        return []
    if not isinstance(items, list):
        raise ValueError(f"paging: {field or type(items).__name__} is not a list; name its items")
    return items


def _identifies(value: object) -> bool:
    return value is not None and not isinstance(value, Unset) and isinstance(value, Hashable)


def _read_field(model: Any, path: str) -> Any:
    """Return a field, which is `UNSET` if the object that would hold it is missing.

    Raises:
        ValueError: The contract has no such field.
    """
    try:
        return attrgetter(path)(model)
    except AttributeError:
        return _explain_missing(model, path.split("."))


def _explain_missing(model: Any, names: list[str]) -> Unset:
    for name in names:
        if model is None or isinstance(model, Unset):
            return UNSET
        if not hasattr(model, name):
            fields = attrs.fields(type(model)) if attrs.has(type(model)) else ()
            known = ", ".join(field.name for field in fields) or "none"
            raise ValueError(
                f"paging: {type(model).__name__} has no field {name!r}; it has: {known}"
            )
        model = getattr(model, name)
    return UNSET
