"""Runs one table of cases with both clients: each call of the async client is run to its end."""

from __future__ import annotations

import inspect
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol, cast

from polyai_conversations import (
    AsyncConversationPager,
    AsyncConversationsClient,
    ConversationsClient,
    RetryPolicy,
)

if TYPE_CHECKING:
    import asyncio
    import wave
    from collections.abc import AsyncGenerator, Iterator

    from polyai_conversations import AsyncRecording
    from polyai_conversations.models import ConversationSummaryResponse, GetConversationsResponse


class Connect(Protocol):
    """Makes a client of the kind under test, which is closed when the test ends.

    Retries do not wait, unless a `retry_policy` is given.
    """

    def __call__(self, **settings: Any) -> ConversationsClient: ...


class Blocking:
    """An async client whose calls block, on an event loop of their own."""

    def __init__(self, client: AsyncConversationsClient, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._client, name)
        if not callable(attribute):
            return attribute

        @wraps(attribute)
        def blocking(*args: Any, **kwargs: Any) -> Any:
            outcome = attribute(*args, **kwargs)
            if inspect.iscoroutine(outcome):
                return self._runner.run(outcome)
            if isinstance(outcome, AsyncConversationsClient):
                return Blocking(outcome, self._runner)
            if isinstance(outcome, AbstractAsyncContextManager):
                return self._block(outcome)
            if isinstance(outcome, AsyncConversationPager):
                return BlockingPager(outcome, self._runner)
            return outcome

        return blocking

    @contextmanager
    def _block(self, opening: AbstractAsyncContextManager[AsyncRecording]) -> Iterator[Any]:
        with ExitStack() as leaving:
            recording = self._runner.run(cast("Any", opening.__aenter__()))
            leaving.push(lambda *error: self._runner.run(cast("Any", opening.__aexit__(*error))))
            yield BlockingRecording(recording, self._runner)

    def __repr__(self) -> str:
        return repr(self._client)

    def close(self) -> None:
        self._runner.run(self._client.aclose())


class BlockingRecording:
    """An async recording that is read step by step."""

    def __init__(self, recording: AsyncRecording, runner: asyncio.Runner) -> None:
        self._recording = recording
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._recording, name)

    def iter_bytes(self) -> Iterator[bytes]:
        return steps(cast("AsyncGenerator[bytes]", self._recording.iter_bytes()), self._runner)

    def open_wave(self) -> wave.Wave_read:
        return self._runner.run(self._recording.open_wave())

    def read_samples(self) -> Any:
        return self._runner.run(self._recording.read_samples())

    def __repr__(self) -> str:
        return repr(self._recording)


END = object()


class BlockingPager:
    """An async pager that is iterated over step by step."""

    def __init__(self, pager: AsyncConversationPager, runner: asyncio.Runner) -> None:
        self._pager = pager
        self._runner = runner

    @property
    def total(self) -> int | None:
        return self._pager.total

    @property
    def next_offset(self) -> int:
        return self._pager.next_offset

    def __iter__(self) -> Iterator[ConversationSummaryResponse]:
        return steps(self._pager.__aiter__(), self._runner)

    def pages(self) -> Iterator[GetConversationsResponse]:
        return steps(self._pager.pages(), self._runner)


def steps(generator: AsyncGenerator[Any], runner: asyncio.Runner) -> Iterator[Any]:
    async def step() -> Any:
        return await anext(generator, END)

    async def close() -> None:
        await generator.aclose()

    try:
        while (item := runner.run(step())) is not END:
            yield item
    finally:
        runner.run(close())


def pool_of(client: object) -> Any:
    """Return the connection pool of a client, or None if its transport has none."""
    inner: Any = getattr(client, "_client", client)
    transport = inner._session._http._transport
    return getattr(getattr(transport, "_transport", transport), "_pool", None)


def busy_connections(client: object) -> list[str]:
    """Return the connections of a client that are still checked out."""
    pool = pool_of(client)
    connections = [] if pool is None else pool.connections
    return [repr(c) for c in connections if not (c.is_idle() or c.is_closed())]


def no_delays(max_retries: int) -> RetryPolicy:
    """Return a policy whose retries do not wait."""
    return RetryPolicy(max_retries=max_retries, jitter=lambda _: 0.0)


def make(kind: str, runner: asyncio.Runner, **settings: Any) -> ConversationsClient:
    if kind == "sync":
        return ConversationsClient(**settings)
    return cast("ConversationsClient", Blocking(AsyncConversationsClient(**settings), runner))
