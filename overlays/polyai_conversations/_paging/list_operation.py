"""Describes how a list operation pages; no I/O."""

from __future__ import annotations

from collections.abc import Hashable
from operator import attrgetter
from typing import Any, Final

import attrs

from polyai_conversations_api.types import Unset

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
            does. Then pages are requested one after another.
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
        keys = [attrgetter(self.key)(item) for item in items]
        if self.total is not None:
            return ReceivedPage(items, keys, attrgetter(self.total)(page))
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
        cursor = attrgetter(self.next_cursor)(page)
        return None if isinstance(cursor, Unset) or cursor in {None, ""} else cursor


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
    items = page if field is None else attrgetter(field)(page)
    return [] if items is None or isinstance(items, Unset) else items
