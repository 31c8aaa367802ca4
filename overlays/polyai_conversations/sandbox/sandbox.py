"""The `Sandbox` class, which checks its arguments, and starts and stops the server."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Final, Self

from .argument_checks import (
    check_api_key,
    check_change_rate,
    check_disconnect_schedule,
    check_integer,
    check_seconds,
    check_text,
)
from .audio.source import MAX_MEBIBYTES
from .data.list_mutator import ListMutator
from .data.store import ConversationStore
from .server.app import Operations, make_app
from .server.audio_responses import AudioResponder
from .server.auth import Credentials
from .server.faults import LatencyMiddleware
from .server.forward_compat import ForwardCompatMiddleware
from .server.middleware import CorrelationIdMiddleware, RawPathMiddleware
from .server.reference_page import ReferencePage
from .server.server_thread import HOST, ServerThread, listen

if TYPE_CHECKING:
    from types import TracebackType

    from starlette.types import ASGIApp

    from .data.list_mutator import ChangeRate
    from .server.faults import DisconnectSchedule

_MAX_PORT: Final = 65_535


@dataclass(repr=False, eq=False)
class Sandbox:
    """A local server on 127.0.0.1 that implements the whole API, for use without a real API key.

    It serves synthetic conversations over real HTTP; the same seed always produces the same ones.
    Notes and annotations are kept until the sandbox is started again. Use it in a `with`
    statement, which runs the server in a thread.

    Args:
        conversations: How many conversations there are.
        seed: Determines the conversations and their recordings.
        port: Port to listen on; 0 selects a free one.
        latency: Seconds to wait before each response.
        max_page_size: Maximum number of conversations per page, whatever the client asks for.
        api_key: The key to accept. Anyone can read it on the page at `/docs`.
        agent_id: The agent that had the conversations. Requests may also use its slug, which is the
            id in lower case with hyphens.
        forward_compat: Whether responses contain data that the contract does not name: an extra
            field in every object, unknown values in about a third of the conversations, and null
            wherever it is allowed in another third.
        insertions: How many conversations are added before each list request: an average, or a
            mapping such as `{3: 2}`, which adds two before the third request.
        deletions: How many conversations are deleted before each list request, at random
            positions; takes the same values as `insertions`.
        recording_mib: Size of every recording in mebibytes, filled by repeating its speech.
            Default: each recording is as long as its call.
        accept_ranges: Whether recordings have an ETag and support range requests. False disables
            resuming.
        chunked: Whether recordings are sent in chunked transfer encoding, without
            `Content-Length`.
        disconnect_after: After how many bytes to close the connection, by the number of the
            response with a recording: `{1: 5000}` breaks off the first one after 5,000 bytes.

    Raises:
        ValueError: An argument is invalid.

    """

    _: KW_ONLY
    conversations: int = 200
    seed: int = 7
    port: int = 0
    latency: float = 0.0
    max_page_size: int = 1000
    api_key: str = "sandbox-key"
    agent_id: str = "PROJECT-SANDBOX"
    forward_compat: bool = False
    insertions: ChangeRate = 0
    deletions: ChangeRate = 0
    recording_mib: int | None = None
    accept_ranges: bool = True
    chunked: bool = False
    disconnect_after: DisconnectSchedule | None = None
    _store: ConversationStore | None = field(default=None, init=False)
    _url: str | None = field(default=None, init=False)
    _server: ServerThread | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        check_integer("conversations", self.conversations, 0)
        check_integer("port", self.port, 0, _MAX_PORT)
        check_integer("max_page_size", self.max_page_size, 1)
        check_seconds("latency", self.latency)
        check_change_rate("insertions", self.insertions)
        check_change_rate("deletions", self.deletions)
        if self.recording_mib is not None:
            check_integer("recording_mib", self.recording_mib, 1, MAX_MEBIBYTES)
        if self.disconnect_after is not None:
            check_disconnect_schedule("disconnect_after", self.disconnect_after)
        check_api_key("api_key", self.api_key)
        check_text("agent_id", self.agent_id)

    def __repr__(self) -> str:
        return f"Sandbox(url={self._url!r}, agent_id={self.agent_id!r})"

    def __enter__(self) -> Self:
        """Start the server.

        Raises:
            OSError: The port is in use.
            RuntimeError: The sandbox is already running, or the server did not start.

        """
        if self._server:
            raise RuntimeError(f"{self!r} is already running")
        listener = listen(self.port)
        self._url = f"http://{HOST}:{listener.getsockname()[1]}"
        self._store = ConversationStore(self.conversations, self.seed, self.agent_id)
        delayed = LatencyMiddleware(self._app(self._store), self.latency)
        server = ServerThread(CorrelationIdMiddleware(delayed), listener, on_stop=delayed.stop)
        server.start()
        self._server = server
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._server:
            self._server.stop()
            self._server = None

    @property
    def rate_limited_key(self) -> str:
        """A valid API key that always exceeds its rate limit: every request gets status 429."""
        return self._credentials.rate_limited_key

    @property
    def url(self) -> str:
        """URL of the server, to pass to clients as `base_url`.

        Raises:
            RuntimeError: The sandbox has never been started.

        """
        if self._url is None:
            raise RuntimeError("The sandbox has no URL before it starts: use `with`")
        return self._url

    @property
    def store(self) -> ConversationStore:
        """The conversations that the server serves.

        Raises:
            RuntimeError: The sandbox has never been started.

        """
        if self._store is None:
            raise RuntimeError("The sandbox has no conversations before it starts: use `with`")
        return self._store

    @property
    def _credentials(self) -> Credentials:
        return Credentials(self.api_key, self.agent_id)

    def _app(self, store: ConversationStore) -> ASGIApp:
        operations = Operations(
            store=store,
            credentials=self._credentials,
            max_page_size=self.max_page_size,
            list_mutator=ListMutator(store, self.insertions, self.deletions, self.seed),
            audio_responder=AudioResponder(
                accept_ranges=self.accept_ranges,
                chunked=self.chunked,
                disconnect_after=self.disconnect_after or {},
            ),
            recording_mib=self.recording_mib,
        )
        page = ReferencePage(store, self.api_key, self.agent_id)
        app = RawPathMiddleware(make_app([*page.routes(), *operations.routes()]))
        return ForwardCompatMiddleware(app) if self.forward_compat else app
