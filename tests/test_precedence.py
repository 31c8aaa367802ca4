"""Who goes first when a page has come: the other requests, if they do not take long."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from polyai_conversations import pagination
from polyai_conversations.crew import waiting_on
from polyai_conversations.pagination import _Tasks, _Threads
from polyai_conversations.walk import PageRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    Take = Callable[["Server"], int]

PAGES = [PageRequest(offset, 100) for offset in (0, 99, 198)]
ANSWER = httpx.Response(200)


class Server:
    """Answers the first page at once; for the others it lets itself be waited on, or not."""

    def __init__(self, *, seen: bool, busy: float) -> None:
        self.seen = seen
        self.busy = busy
        self.waited_on = 0


def take_from_threads(server: Server) -> int:
    """Give how many requests waited when the first page was handed over."""
    end = threading.Event()

    def fetch(_: int, offset: int) -> httpx.Response:
        if offset == 0 and not server.seen:
            return ANSWER
        if offset:
            end.wait(server.busy)
        with waiting_on():
            if offset:
                server.waited_on += 1
                end.wait(10)
        return ANSWER

    with _Threads(fetch, 3) as under_way:
        under_way.take(PAGES)
        waited_on = server.waited_on
        end.set()
    return waited_on


def take_from_tasks(server: Server) -> int:
    """Do likewise with tasks."""

    async def fetch(_: int, offset: int) -> httpx.Response:
        if offset == 0 and not server.seen:
            return ANSWER
        if offset:
            await asyncio.sleep(server.busy)
        with waiting_on():
            if offset:
                server.waited_on += 1
                await asyncio.sleep(10)
        return ANSWER

    async def take() -> int:
        async with _Tasks(fetch, 3) as under_way:
            await under_way.take(PAGES)
            return server.waited_on

    return asyncio.run(take())


both = pytest.mark.parametrize("take", [take_from_threads, take_from_tasks])


@both
def test_a_page_is_handed_over_when_the_others_wait_for_the_server(
    take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "_COURTESY", 10.0)
    assert take(Server(seen=True, busy=0.05)) == 2


@both
def test_a_page_does_not_wait_long_for_others_that_are_busy(take: Take) -> None:
    started = time.monotonic()
    assert take(Server(seen=True, busy=3.0)) == 0
    assert time.monotonic() - started < 2


@both
def test_a_page_waits_for_nobody_over_a_transport_that_does_not_tell(
    take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "_COURTESY", 10.0)
    started = time.monotonic()
    assert take(Server(seen=False, busy=3.0)) == 0
    assert time.monotonic() - started < 2
