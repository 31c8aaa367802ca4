"""Lets one test run with both clients: calls of the async client block until they are done."""

from __future__ import annotations

import inspect
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from polyai_conversations import (
    AsyncConversationsClient,
    AsyncCursorPager,
    AsyncOffsetPager,
    ConversationsClient,
    RetryPolicy,
)
from polyai_conversations.export import export, export_async

if TYPE_CHECKING:
    import asyncio
    import wave
    from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
    from pathlib import Path

    from polyai_conversations import AsyncRecording
    from polyai_conversations.export import ExportReport
    from polyai_conversations.models import ConversationSummaryResponse, GetConversationsResponse

Result = TypeVar("Result")


class Connect(Protocol):
    """Makes a client of the kind under test and closes it when the test ends.

    Retries do not wait, unless a `retry_policy` is passed.
    """

    def __call__(self, **settings: Any) -> ConversationsClient: ...


class Blocking:
    """An async client whose calls block; `runner` provides the event loop."""

    def __init__(self, client: AsyncConversationsClient, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._client, name)
        if not callable(attribute):
            return attribute

        @wraps(attribute)
        def blocking(*args: Any, **kwargs: Any) -> Any:
            result = attribute(*args, **kwargs)
            if inspect.iscoroutine(result):
                return self._runner.run(result)
            if isinstance(result, AsyncConversationsClient):
                return Blocking(result, self._runner)
            if isinstance(result, AbstractAsyncContextManager):
                return self._block(result)
            if isinstance(result, AsyncOffsetPager | AsyncCursorPager):
                return BlockingPager(result, self._runner)
            return result

        return blocking

    @contextmanager
    def _block(self, opening: AbstractAsyncContextManager[AsyncRecording]) -> Iterator[Any]:
        with ExitStack() as on_exit:
            recording = self._runner.run(cast("Any", opening.__aenter__()))
            on_exit.push(lambda *error: self._runner.run(cast("Any", opening.__aexit__(*error))))
            yield BlockingRecording(recording, self._runner)

    def __repr__(self) -> str:
        return repr(self._client)

    def run(
        self, function: Callable[..., Coroutine[Any, Any, Result]], /, *args: Any, **kwargs: Any
    ) -> Result:
        """Call an async function with the client as its first argument."""
        return self._runner.run(function(self._client, *args, **kwargs))

    def close(self) -> None:
        self._runner.run(self._client.aclose())


class BlockingRecording:
    """An async recording that is read without `await`."""

    def __init__(self, recording: AsyncRecording, runner: asyncio.Runner) -> None:
        self._recording = recording
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._recording, name)

    def iter_bytes(self) -> Iterator[bytes]:
        return iterate(cast("AsyncGenerator[bytes]", self._recording.iter_bytes()), self._runner)

    def open_wave(self) -> wave.Wave_read:
        return self._runner.run(self._recording.open_wave())

    def read_samples(self) -> Any:
        return self._runner.run(self._recording.read_samples())

    def __repr__(self) -> str:
        return repr(self._recording)


class BlockingPager:
    """An async pager that is iterated over with `for`."""

    def __init__(self, pager: Any, runner: asyncio.Runner) -> None:
        self._pager = pager
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pager, name)

    def __iter__(self) -> Iterator[ConversationSummaryResponse]:
        return iterate(self._pager.__aiter__(), self._runner)

    def pages(self) -> Iterator[GetConversationsResponse]:
        return iterate(self._pager.pages(), self._runner)


def iterate(generator: AsyncGenerator[Any], runner: asyncio.Runner) -> Iterator[Any]:
    end = object()

    async def next_item() -> Any:
        return await anext(generator, end)

    async def close() -> None:
        await generator.aclose()

    try:
        while (item := runner.run(next_item())) is not end:
            yield item
    finally:
        runner.run(close())


def pool_of(client: object) -> Any:
    """Return the connection pool of a client, or None if its transport has none."""
    inner: Any = getattr(client, "_client", client)
    transport = inner._session._http._transport
    while hasattr(transport, "_transport"):
        transport = transport._transport
    return getattr(transport, "_pool", None)


def busy_connections(client: object) -> list[str]:
    """Return the connections of a client that are still checked out."""
    pool = pool_of(client)
    connections = [] if pool is None else pool.connections
    return [repr(c) for c in connections if not (c.is_idle() or c.is_closed())]


def no_delays(max_retries: int) -> RetryPolicy:
    """Return a policy whose retries do not wait."""
    return RetryPolicy(max_retries=max_retries, jitter=lambda _: 0.0)


def run_export(client: ConversationsClient, directory: Path, **options: Any) -> ExportReport:
    """Export with a client of either kind."""
    if isinstance(client, Blocking):
        return client.run(export_async, directory, **options)
    return export(client, directory, **options)


def make_client(kind: str, runner: asyncio.Runner, **settings: Any) -> ConversationsClient:
    if kind == "sync":
        return ConversationsClient(**settings)
    return cast("ConversationsClient", Blocking(AsyncConversationsClient(**settings), runner))
