"""Measures a list of 5,000 conversations, 100 per page, at a latency of 40 ms."""

from __future__ import annotations

import asyncio
import statistics
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import requests
from harness import compare, sandbox

from polyai_conversations import AsyncConversationsClient, ConversationsClient

CONVERSATIONS = 5_000
PAGE_SIZE = 100
LATENCY_MS = 40
CONCURRENCY = (8, 16)
ROUNDS = 15


class Listing:
    """The candidates; each returns the number of conversations that it received."""

    def __init__(self, settings: dict[str, str]) -> None:
        self.url = settings["POLYAI_BASE_URL"]
        self.path = f"/v1/agents/{settings['POLYAI_AGENT_ID']}/conversations"
        self.headers = {"X-API-KEY": settings["POLYAI_API_KEY"]}
        self.client: dict[str, Any] = {
            "api_key": settings["POLYAI_API_KEY"],
            "agent_id": settings["POLYAI_AGENT_ID"],
            "base_url": self.url,
        }

    def httpx_loop(self) -> int:
        """Request one page after another, as the simplest program would."""
        with httpx.Client(base_url=self.url, headers=self.headers) as client:
            pages = [client.get(self.path, params=_page(at)).json() for at in _offsets()]
        return _count(pages)

    def requests_calls(self) -> int:
        """Request one page after another, each on a new connection."""
        url = self.url + self.path
        pages = [
            requests.get(url, params=_page(at), headers=self.headers, timeout=60).json()
            for at in _offsets()
        ]
        return _count(pages)

    def httpx_threads(self, workers: int) -> int:
        """Request pages at known offsets in threads."""
        with (
            httpx.Client(base_url=self.url, headers=self.headers) as client,
            ThreadPoolExecutor(workers) as pool,
        ):
            get = lambda at: client.get(self.path, params=_page(at)).json()  # noqa: E731
            return _count(list(pool.map(get, _offsets())))

    def httpx_gather(self, workers: int) -> int:
        """Request pages at known offsets in tasks."""

        async def run() -> int:
            semaphore = asyncio.Semaphore(workers)
            async with httpx.AsyncClient(base_url=self.url, headers=self.headers) as client:

                async def get(at: int) -> Any:
                    async with semaphore:
                        return (await client.get(self.path, params=_page(at))).json()

                return _count(await asyncio.gather(*map(get, _offsets())))

        return asyncio.run(run())

    def pager(self, prefetch: int) -> int:
        """Iterate over the list with the sync client."""
        with ConversationsClient(**self.client) as client:
            pager = client.list_conversations(page_size=PAGE_SIZE, prefetch=prefetch)
            return sum(1 for _ in pager)

    def async_pager(self, prefetch: int) -> int:
        """Iterate over the list with the async client."""

        async def run() -> int:
            async with AsyncConversationsClient(**self.client) as client:
                count = 0
                async for _ in client.list_conversations(page_size=PAGE_SIZE, prefetch=prefetch):
                    count += 1
                return count

        return asyncio.run(run())


def _offsets() -> range:
    return range(0, CONVERSATIONS, PAGE_SIZE)


def _page(offset: int) -> dict[str, int]:
    return {"limit": PAGE_SIZE, "offset": offset}


def _count(pages: list[Any]) -> int:
    return sum(len(page["conversations"]) for page in pages)


def main() -> None:
    """Compare all candidates."""
    options = ("--conversations", str(CONVERSATIONS), "--latency-ms", str(LATENCY_MS))
    with sandbox(*options) as settings:
        listing = Listing(settings)
        assert listing.httpx_loop() == listing.pager(4) == CONVERSATIONS
        candidates = {
            "httpx, sequential": listing.httpx_loop,
            "requests.get": listing.requests_calls,
        }
        for n in CONCURRENCY:
            candidates |= {
                f"httpx, {n} threads": partial(listing.httpx_threads, n),
                f"httpx, gather of {n}": partial(listing.httpx_gather, n),
                f"list_conversations, prefetch={n}": partial(listing.pager, n),
                f"list_conversations, async, prefetch={n}": partial(listing.async_pager, n),
            }
        title = (
            f"Listing {CONVERSATIONS:,} conversations, {PAGE_SIZE} per page, "
            f"at a latency of {LATENCY_MS} ms"
        )
        seconds = compare(title, candidates, baseline="httpx, sequential", rounds=ROUNDS)
    for n in CONCURRENCY:
        gather_seconds = seconds[f"httpx, gather of {n}"]
        for name in (
            f"list_conversations, prefetch={n}",
            f"list_conversations, async, prefetch={n}",
        ):
            ratios = [own / bare for own, bare in zip(seconds[name], gather_seconds, strict=True)]
            print(f"{name}: {statistics.median(ratios):.2f} times as long as the gather of {n}")


if __name__ == "__main__":
    main()
