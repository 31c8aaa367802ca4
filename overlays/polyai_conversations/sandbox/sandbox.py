"""The `Sandbox` class, which checks its arguments, and starts and stops the server."""

from __future__ import annotations

from collections import Counter
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Final, Self

from .argument_checks import (
    check_agent_ids,
    check_api_key,
    check_change_rate,
    check_disconnect_schedule,
    check_integer,
    check_seconds,
)
from .audio.source import MAX_MEBIBYTES
from .data.agents import Agent, agents_by_name
from .data.list_mutator import ListMutator
from .data.store import ConversationStore
from .server.app import Operations, make_app
from .server.audio_responses import AudioResponder
from .server.auth import Credentials
from .server.faults import LatencyMiddleware
from .server.forward_compat import ForwardCompatMiddleware
from .server.middleware import CorrelationIdMiddleware, RawPathMiddleware
from .server.planned_faults import (
    PlannedFaultMiddleware,
    PlannedFaults,
    delay_fault,
    disconnect_fault,
    error_fault,
)
from .server.rate_limit import RateLimit
from .server.reference_page import ReferencePage
from .server.server_thread import HOST, ServerThread, listen

if TYPE_CHECKING:
    from collections.abc import Sequence
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
        rate_limit: How many requests to accept within any second, over all agents; the others get
            status 429 with a `Retry-After` of one second. Default: no limit.
        max_page_size: Maximum number of conversations per page, whatever the client asks for.
        api_key: The key to accept. Anyone can read it on the page at `/docs`.
        agent_id: The agent that had the conversations. Requests may also use its slug, which is the
            id in lower case with hyphens.
        other_agents: More agents that the key has access to. Each has as many conversations as the
            first one, but others.
        forward_compat: Whether responses contain data that the contract does not name: an extra
            field in every object, unknown values in about a third of the conversations, and null
            wherever it is allowed in another third.
        insertions: How many conversations are added before each list request: an average, or a
            mapping such as `{3: 2}`, which adds two before the third request.
        deletions: How many conversations are deleted before each list request, at random
            positions; takes the same values as `insertions`.
        recording_mib: Size of every recording in mebibytes, filled by repeating its speech.
            Default: each recording is as long as its call.
        cached_recordings: How many recordings to keep in memory, because it takes about 40 ms of
            CPU time to synthesize one.
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
    other_agents: Sequence[str] = ()
    rate_limit: int | None = None
    forward_compat: bool = False
    insertions: ChangeRate = 0
    deletions: ChangeRate = 0
    recording_mib: int | None = None
    cached_recordings: int = 0
    accept_ranges: bool = True
    chunked: bool = False
    disconnect_after: DisconnectSchedule | None = None
    _agents: dict[str, Agent] = field(default_factory=dict, init=False)
    _operations: Operations | None = field(default=None, init=False)
    _faults: PlannedFaults = field(default_factory=PlannedFaults, init=False)
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
        check_integer("cached_recordings", self.cached_recordings, 0)
        if self.rate_limit is not None:
            check_integer("rate_limit", self.rate_limit, 1)
        if self.disconnect_after is not None:
            check_disconnect_schedule("disconnect_after", self.disconnect_after)
        check_api_key("api_key", self.api_key)
        check_agent_ids(self.agent_id, self.other_agents)

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
        agents = [
            self._make_agent(agent_id, self.seed + position)
            for position, agent_id in enumerate((self.agent_id, *self.other_agents))
        ]
        self._agents = agents_by_name(agents)
        faulty = PlannedFaultMiddleware(self._app(), self._faults)
        delayed = LatencyMiddleware(faulty, self.latency)
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
        """A valid API key that always exceeds its rate limit, so every request gets status 429."""
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
        """The conversations of the agent `agent_id`.

        Raises:
            RuntimeError: The sandbox has never been started.

        """
        return self.store_of(self.agent_id)

    def store_of(self, agent_id: str) -> ConversationStore:
        """Return the conversations of an agent.

        Raises:
            KeyError: The sandbox has no agent with this id or slug.
            RuntimeError: The sandbox has never been started.

        """
        if not self._agents:
            raise RuntimeError("The sandbox has no conversations before it starts: use `with`")
        return self._agents[agent_id].store

    @property
    def requests(self) -> Counter[tuple[str, int]]:
        """How many requests were answered, by the operation and the status.

        For example, `sandbox.requests["getConversation", 200]` is the number of conversations that
        were fetched.

        Raises:
            RuntimeError: The sandbox has never been started.

        """
        if self._operations is None:
            raise RuntimeError("The sandbox answers no requests before it starts: use `with`")
        return self._operations.requests.copy()

    def fail_next(self, status: int, *, times: int = 1, retry_after: int | None = None) -> None:
        """Let the next requests fail with an error status.

        Args:
            status: The status, such as 429 or 503.
            times: How many requests fail.
            retry_after: Seconds that the response asks clients to wait; None leaves that out.

        Raises:
            ValueError: An argument is invalid.

        """
        check_integer("times", times, 0)
        self._faults.add(error_fault(status, retry_after), times)

    def disconnect_next(self, *, times: int = 1) -> None:
        """Let the next requests fail because the connection is closed without a response."""
        check_integer("times", times, 0)
        self._faults.add(disconnect_fault, times)

    def delay_next(self, seconds: float, *, times: int = 1) -> None:
        """Wait before responding to the next requests, in addition to `latency`."""
        check_seconds("seconds", seconds)
        check_integer("times", times, 0)
        self._faults.add(delay_fault(seconds), times)

    def clear_faults(self) -> None:
        """Forget the faults that were planned for the next requests."""
        self._faults.clear()

    @property
    def _credentials(self) -> Credentials:
        return Credentials(self.api_key, self._agents.keys())

    def _make_agent(self, agent_id: str, seed: int) -> Agent:
        store = ConversationStore(self.conversations, seed, agent_id)
        return Agent(agent_id, store, ListMutator(store, self.insertions, self.deletions, seed))

    def _app(self) -> ASGIApp:
        self._operations = operations = Operations(
            agents=self._agents,
            credentials=self._credentials,
            rate_limit=RateLimit(self.rate_limit),
            max_page_size=self.max_page_size,
            audio_responder=AudioResponder(
                accept_ranges=self.accept_ranges,
                chunked=self.chunked,
                disconnect_after=self.disconnect_after or {},
            ),
            recording_mib=self.recording_mib,
            cached_recordings=self.cached_recordings,
        )
        page = ReferencePage(self.store, self.api_key, self.agent_id)
        app = RawPathMiddleware(make_app([*page.routes(), *operations.routes()]))
        return ForwardCompatMiddleware(app) if self.forward_compat else app
