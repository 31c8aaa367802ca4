"""Fields that a list names for paging may be missing or odd in a page."""

from __future__ import annotations

import asyncio
from typing import Any

import attrs
import pytest

from polyai_conversations import CursorPaging, OffsetPaging, PaginationError
from polyai_conversations._async.pager import AsyncCursorPager
from polyai_conversations._paging.list_operation import PageRequest
from polyai_conversations._sync.pager import CursorPager
from polyai_conversations.models import UNSET

OFFSET = OffsetPaging(items="rows", key="id", total="meta.total")
CURSOR = CursorPaging(items="rows", next_cursor="meta.next_page")
REQUEST = PageRequest(10, 2)
KEY = "key-that-the-server-echoes"


@attrs.define
class Row:
    id: Any


@attrs.define
class Meta:
    total: Any = UNSET
    next_page: Any = UNSET


@attrs.define
class Page:
    meta: Any
    rows: Any = attrs.field(factory=lambda: [Row(1), Row(2)])


@pytest.mark.parametrize(
    "meta", [Meta(), Meta(None), Meta("40"), Meta(40.0), Meta(total=True), None, UNSET]
)
def test_a_list_without_a_number_of_items_may_continue_after_each_page(meta: object) -> None:
    page = OFFSET.read_page(REQUEST, Page(meta))
    assert (page.keys, page.total) == ([1, 2], 13)


def test_the_number_of_items_may_be_in_another_object() -> None:
    assert OFFSET.read_page(REQUEST, Page(Meta(40))).total == 40


@pytest.mark.parametrize("key", [None, UNSET, [1], {}, Row(1)])
def test_an_item_without_a_key_is_not_dropped_as_a_repetition(key: object) -> None:
    with pytest.raises(PaginationError, match="no id that identifies it") as caught:
        OFFSET.read_page(REQUEST, Page(Meta(40), [Row(1), Row(key)]))
    assert caught.value.next_offset == 10


@pytest.mark.parametrize("rows", [None, UNSET, []])
def test_a_page_without_items_is_empty(rows: object) -> None:
    assert OFFSET.read_page(REQUEST, Page(Meta(40), rows)).items == []


@pytest.mark.parametrize(
    ("meta", "cursor"),
    [
        (Meta(next_page="b"), "b"),
        (Meta(next_page=0), 0),
        (Meta(next_page=""), None),
        (Meta(next_page=None), None),
        (Meta(), None),
        (None, None),
    ],
)
def test_the_last_page_has_no_cursor(meta: object, cursor: object) -> None:
    assert CURSOR.next_cursor_of(Page(meta)) == cursor


@pytest.mark.parametrize("cursor", [[KEY], {"offset": KEY}, Row(KEY)])
def test_an_object_is_refused_as_a_cursor_and_not_quoted(cursor: object) -> None:
    with pytest.raises(PaginationError, match="next_page is not a cursor") as caught:
        CURSOR.next_cursor_of(Page(Meta(next_page=cursor)))
    assert KEY not in str(caught.value)


def test_a_repeated_cursor_is_an_error_that_does_not_quote_it() -> None:
    pager = CursorPager[Row, Page](lambda **_: Page(Meta(next_page=KEY)), CURSOR)
    with pytest.raises(PaginationError, match="repeats the cursor") as caught:
        list(pager)
    assert KEY not in str(caught.value)


def test_a_repeated_cursor_is_an_error_that_does_not_quote_it_async() -> None:
    async def call(**_: object) -> Page:
        return Page(Meta(next_page=KEY))

    async def read() -> None:
        async for _ in AsyncCursorPager[Row, Page](call, CURSOR):
            pass

    with pytest.raises(PaginationError, match="repeats the cursor") as caught:
        asyncio.run(read())
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("paging", "message"),
    [
        ({"items": "row"}, "Page has no field 'row'; it has: meta, rows"),
        ({"key": "ID"}, "Row has no field 'ID'; it has: id"),
        ({"total": "meta.count"}, "Meta has no field 'count'; it has: total, next_page"),
        ({"items": None}, "Page is not a list"),
    ],
)
def test_a_field_that_the_contract_does_not_have_is_named(
    paging: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        attrs.evolve(OFFSET, **paging).read_page(REQUEST, Page(Meta(40)))
    with pytest.raises(ValueError, match="Meta has no field 'next'; it has: total, next_page"):
        attrs.evolve(CURSOR, next_cursor="meta.next").next_cursor_of(Page(Meta()))
