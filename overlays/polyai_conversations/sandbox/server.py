"""The stand-in server, run in a thread of this process."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Self

from .app import Access, Operations, make_app
from .background import HOST, BackgroundServer, listen
from .delivery import Delivery, check_cuts
from .door import Door
from .newer import Newer
from .tape import LONGEST
from .tide import Tide, check_flow
from .world import World

if TYPE_CHECKING:
    from types import TracebackType

    from .delivery import Cuts
    from .tide import Flow

_HIGHEST_PORT: Final = 65_535


class Sandbox:
    """A stand-in for the Conversations API on 127.0.0.1, for use without a key of one's own.

    It keeps the whole contract over real HTTP, with conversations that it makes up: the same ones
    for the same seed. Notes and annotations are kept until the next start. Use it in a `with`
    statement; the server runs in a thread from its beginning to its end.

    Args:
        conversations: How many conversations there are.
        seed: Which conversations they are.
        port: Port to listen on; 0 takes a free one.
        latency: Seconds to wait before each answer.
        max_page_size: The most conversations that a page of the list holds, whatever is asked for.
        api_key: The key to accept. The page at `/docs` shows it, to be tried with.
        agent_id: The agent that held the conversations.
        forward_compat: Whether responses contain data that the contract does not name: an extra
            field in every object, unknown values in about a third of the conversations, and null
            wherever it is allowed in another third.
        insertions: How many conversations arrive before each request for the list: an average, or
            a script like `{3: 2}`, two before the third request.
        deletions: Likewise, how many leave, from anywhere in the list.
        recording_mib: Size of every recording; its speech is repeated, and made while it is
            sent. Default: as long as the call was.
        accept_ranges: Whether recordings have an ETag and may be asked for in part.
        chunked: Whether recordings come without `Content-Length`.
        disconnect_after: After how many bytes to close the connection, by the number of the
            response with a recording: `{1: 5000}` breaks off the first one after 5,000 bytes.
        public_url: Address that clients know the server by, where it is not its own; the
            `audioUrl` of conversations begins with it.

    Raises:
        ValueError: An argument is out of its range.

    """

    def __init__(  # noqa: PLR0913  # settings of a server, all optional and by name
        self,
        *,
        conversations: int = 200,
        seed: int = 7,
        port: int = 0,
        latency: float = 0.0,
        max_page_size: int = 1000,
        api_key: str = "sandbox-key",
        agent_id: str = "PROJECT-SANDBOX",
        forward_compat: bool = False,
        insertions: Flow = 0,
        deletions: Flow = 0,
        recording_mib: int | None = None,
        accept_ranges: bool = True,
        chunked: bool = False,
        disconnect_after: Cuts | None = None,
        public_url: str | None = None,
    ) -> None:
        _check_whole("conversations", conversations, 0)
        _check_whole("port", port, 0, _HIGHEST_PORT)
        _check_whole("max_page_size", max_page_size, 1)
        _check_seconds("latency", latency)
        check_flow("insertions", insertions)
        check_flow("deletions", deletions)
        if recording_mib is not None:
            _check_whole("recording_mib", recording_mib, 1, LONGEST)
        check_cuts(disconnect_after or {})
        _check_key(api_key)
        _check_agent(agent_id)
        self.api_key = api_key
        self.agent_id = agent_id
        self._forward_compat = forward_compat
        self._conversations = conversations
        self._seed = seed
        self._port = port
        self._latency = latency
        self._max_page_size = max_page_size
        self._insertions = insertions
        self._deletions = deletions
        self._mebibytes = recording_mib
        self._accept_ranges = accept_ranges
        self._chunked = chunked
        self._disconnect_after = disconnect_after or {}
        self._public_url = public_url
        self._world: World | None = None
        self._url: str | None = None
        self._server: BackgroundServer | None = None

    def __repr__(self) -> str:
        return f"Sandbox(url={self._url!r}, agent_id={self.agent_id!r})"

    def __enter__(self) -> Self:
        """Start the server.

        Raises:
            OSError: The port is taken.
            RuntimeError: It runs already, or did not start.

        """
        if self._server:
            raise RuntimeError(f"{self!r} runs already")
        listener = listen(self._port)
        self._url = f"http://{HOST}:{listener.getsockname()[1]}"
        self._world = World(
            self._conversations,
            self._seed,
            self.agent_id,
            base_url=self._public_url or self._url,
        )
        operations = Operations(
            world=self._world,
            access=Access(self.api_key, self.agent_id),
            max_limit=self._max_page_size,
            tide=Tide(self._world, self._insertions, self._deletions, self._seed),
            delivery=Delivery(
                ranges=self._accept_ranges, chunked=self._chunked, cuts=self._disconnect_after
            ),
            mebibytes=self._mebibytes,
        )
        app = make_app(operations)
        served = Newer(app) if self._forward_compat else app
        server = BackgroundServer(Door(served, self._latency), listener)
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
        """A key for seeing what a client does over the rate limit: 429 whatever it asks for."""
        return Access(self.api_key, self.agent_id).rate_limited_key

    @property
    def url(self) -> str:
        """Address of the server, to be used as `base_url`.

        Raises:
            RuntimeError: It was never started.

        """
        if self._url is None:
            raise RuntimeError("The sandbox has no address before it starts: use `with`")
        return self._url

    @property
    def store(self) -> World:
        """The conversations that it serves.

        Raises:
            RuntimeError: It was never started.

        """
        if self._world is None:
            raise RuntimeError("The sandbox has no conversations before it starts: use `with`")
        return self._world


def _check_whole(name: str, value: object, low: int, high: int | None = None) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    if value < low:
        raise ValueError(f"{name} must be at least {low}, not {value}")
    if high is not None and value > high:
        raise ValueError(f"{name} must be at most {high}, not {value}")


def _check_seconds(name: str, value: object) -> None:
    if not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"{name} must be a number of seconds, 0 or more, not {value!r}")


def _check_key(api_key: object) -> None:
    """Insist on what a header can carry, without showing what was given."""
    if not isinstance(api_key, str) or not api_key.isascii() or not api_key.isprintable():
        raise ValueError("api_key must be printable ASCII text")
    if api_key.strip() != api_key or not api_key:
        raise ValueError("api_key must not be empty nor begin or end with a space")


def _check_agent(agent_id: object) -> None:
    if not isinstance(agent_id, str) or not agent_id:
        raise ValueError(f"agent_id must be text, and not empty, not {agent_id!r}")
