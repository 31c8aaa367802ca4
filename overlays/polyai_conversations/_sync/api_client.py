# Generated from _async by `nox -s unasync`; do not edit.
"""Calls any operation that was generated from the contract."""

from __future__ import annotations

import copy
import os
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Self, overload

import httpx

from polyai_conversations._files import OnProgress, SavedFile
from polyai_conversations._http.api_key import ApiKey
from polyai_conversations._http.arguments import check_max_items, check_paging, check_path
from polyai_conversations._http.body_validator import SizeValidator
from polyai_conversations._http.call_options import (
    CallOptions,
    change_options,
)
from polyai_conversations._http.config import resolve
from polyai_conversations._http.operation import (
    check_id,
    request_arguments,
)
from polyai_conversations._http.response_parsing import (
    DetailedResponse,
    detailed_response,
    parse_response,
)
from polyai_conversations._http.retry import RetryPolicy
from polyai_conversations._paging.list_operation import CursorPaging, OffsetPaging
from polyai_conversations_api.types import UNSET, Unset

from .pager import CursorPager, OffsetPager
from .session import Session
from .streaming import StreamedResponse, open_stream, save_body


class APIClient:
    """The part of `ConversationsClient` that works for every operation.

    The class is not for use by itself. It keeps the documented operations, in `client`, apart from
    what operations that are added later use as well.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        agent_id: str | None = None,
        region: str | None = None,
        base_url: str | None = None,
        timeout: float | httpx.Timeout | Unset = UNSET,
        deadline: float | Unset | None = UNSET,
        max_retries: int | None = None,
        retry_policy: RetryPolicy | None = None,
        max_body_bytes: int | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        key = ApiKey(api_key)
        del api_key  # an error tracker would record it if this constructor failed
        self._config = resolve(
            api_key=key,
            agent_id=agent_id,
            region=region,
            base_url=base_url,
            options=change_options(
                CallOptions(),
                timeout=timeout,
                deadline=deadline,
                max_retries=max_retries,
                retry_policy=retry_policy,
                max_body_bytes=max_body_bytes,
            ),
        )
        self._agent_id = self._config.agent_id
        self._options = self._config.options
        self._session = Session(self._config, transport)
        self._resources = ExitStack()
        self._resources.callback(self._session.close)

    @property
    def agent_id(self) -> str:
        """The agent whose conversations the client accesses."""
        return self._agent_id

    @property
    def base_url(self) -> str:
        """The URL that requests are sent to."""
        return self._config.base_url

    def call(self, operation: ModuleType, *ids: str, **arguments: Any) -> Any:
        """Call any generated operation, a module of `polyai_conversations_api.api`.

        Retries, timeouts, typed errors and validation work as for every other method.

        Args:
            operation: The module, such as `polyai_conversations_api.api.conversations.upsert_note`.
            *ids: The ids in its path in order, without the agent's.
            **arguments: Its other parameters and its `body`, by their generated names. Path
                parameters may be named as well, `agent_id` included.

        Returns:
            A model, a list, a text, a `File`, or None without a body, as the contract describes.

        Raises:
            TypeError: An argument is missing or unknown. Nothing was sent.
        """
        return parse_response(operation, self.send(operation, *ids, **arguments))

    def call_detailed(self, operation: ModuleType, *ids: str, **arguments: Any) -> DetailedResponse:
        """Call any generated operation; return its model with the status and headers.

        Args:
            operation: As for `call`.
            *ids: As for `call`.
            **arguments: As for `call`.
        """
        response = self.send(operation, *ids, **arguments)
        return detailed_response(response, parse_response(operation, response))

    def send(self, operation: ModuleType, *ids: str, **arguments: Any) -> httpx.Response:
        """Call any generated operation, and return its success response unparsed.

        Retries, timeouts and typed errors work as for `call`; the body is not validated.

        Args:
            operation: As for `call`.
            *ids: As for `call`.
            **arguments: As for `call`.
        """
        return self._session.send(self._request(operation, *ids, **arguments))

    @contextmanager
    def stream(
        self, operation: ModuleType, *ids: str, **arguments: Any
    ) -> Generator[StreamedResponse]:
        """Stream the body of any operation's response in a `with` block.

        Memory use does not depend on the size of the body. It is requested without compression.

        Args:
            operation: As for `call`.
            *ids: As for `call`.
            **arguments: As for `call`.
        """
        request = self._request(operation, *ids, **arguments)
        with open_stream(self._session, request, SizeValidator) as (stream, _):
            yield stream

    def download(
        self,
        operation: ModuleType,
        path: str | os.PathLike[str],
        *ids: str,
        overwrite: bool = True,
        on_progress: OnProgress | None = None,
        **arguments: Any,
    ) -> SavedFile:
        """Save the body of any operation's response to a file, as `save_audio` does.

        Args:
            operation: As for `call`.
            path: As for `save_audio`.
            *ids: As for `call`.
            overwrite: As for `save_audio`.
            on_progress: As for `save_audio`.
            **arguments: As for `call`.

        Raises:
            FileExistsError: The file exists, and `overwrite` is false.
            FileBusyError: Another process or call is saving to the same file.
            OSError: As for `save_audio`.
            IncompleteDownloadError: More interruptions occurred than `max_retries` allows.
        """
        check_path("path", path)
        request = self._request(operation, *ids, **arguments)
        target = Path(path)
        validator, sha256 = save_body(
            self._session,
            request,
            target,
            SizeValidator,
            overwrite=overwrite,
            on_progress=on_progress,
        )
        return SavedFile(target, validator.received, sha256)

    @overload
    def paginate(
        self,
        operation: ModuleType,
        *ids: str,
        paging: OffsetPaging,
        max_items: int | None = None,
        start: int | None = None,
        **arguments: Any,
    ) -> OffsetPager[Any, Any]: ...

    @overload
    def paginate(
        self,
        operation: ModuleType,
        *ids: str,
        paging: CursorPaging,
        max_items: int | None = None,
        start: Any = None,
        **arguments: Any,
    ) -> CursorPager[Any, Any]: ...

    def paginate(
        self,
        operation: ModuleType,
        *ids: str,
        paging: OffsetPaging | CursorPaging,
        max_items: int | None = None,
        start: Any = None,
        **arguments: Any,
    ) -> OffsetPager[Any, Any] | CursorPager[Any, Any]:
        """Iterate over the whole list of any operation that pages by offset or by cursor.

        Lists that page by offset are read as `list_conversations` reads its list: each item that
        stays in the list is returned once, even while others arrive and leave.

        Args:
            operation: As for `call`.
            *ids: As for `call`.
            paging: Which parameters and fields the operation uses for paging.
            max_items: Maximum number of items. Default: no limit.
            start: The offset or the cursor to start from. Default: the beginning of the list.
            **arguments: The operation's other parameters.
        """
        if isinstance(paging, CursorPaging):
            check_max_items(max_items)
            call = partial(self.call, operation, *ids, **arguments)
            return CursorPager(call, paging, max_items=max_items, start=start)
        if not isinstance(paging, OffsetPaging):
            raise ValueError(f"paging must be an OffsetPaging or a CursorPaging, not {paging!r}")
        check_paging(paging.page_size, max_items, start or 0, paging.prefetch)
        return OffsetPager(
            partial(self.send, operation, *ids, **arguments),
            partial(parse_response, operation),
            paging,
            max_items=max_items,
            start=start or 0,
        )

    def with_options(
        self,
        *,
        timeout: float | httpx.Timeout | Unset = UNSET,
        deadline: float | Unset | None = UNSET,
        max_retries: int | None = None,
        retry_policy: RetryPolicy | None = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
        max_body_bytes: int | None = None,
    ) -> Self:
        """Return a client with other options that shares this client's connections.

        Options that are left out stay as they are. The client can be used until this one is
        closed; closing it has no effect on this client.

        Args:
            timeout: As for the client.
            deadline: As for the client. If it is passed, it also applies to bodies that are
                streamed or saved.
            max_retries: As for the client.
            retry_policy: As for the client.
            headers: Request headers to add. With `X-PolyAI-Correlation-Id`, the calls have a
                correlation id of your own.
            idempotent: Whether requests may be repeated after the server has seen them. Pass True
                to retry a POST or PATCH that is safe to repeat. Default: it depends on the
                operation.
            max_body_bytes: As for the client.

        Raises:
            ConfigurationError: An option is invalid.
        """
        options = change_options(
            self._options,
            timeout=timeout,
            deadline=deadline,
            max_retries=max_retries,
            retry_policy=retry_policy,
            headers=headers,
            idempotent=idempotent,
            max_body_bytes=max_body_bytes,
        )
        return self._sibling(self._agent_id, options)

    def for_agent(self, agent_id: str) -> Self:
        """Return a client for another agent that shares this client's connections.

        It can be used until this client is closed; closing it has no effect on this client.

        Raises:
            ValueError: The id is not a string, or empty, or `.` or `..`.
        """
        return self._sibling(check_id("agent_id", agent_id), self._options)

    def close(self) -> None:
        """Close the connections."""
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if "_agent_id" not in vars(self):  # an error tracker shows it if the constructor fails
            return f"<{type(self).__name__} without settings>"
        return f"{type(self).__name__}(agent_id={self._agent_id!r}, base_url={self.base_url!r})"

    def _sibling(self, agent_id: str, options: CallOptions) -> Self:
        sibling = copy.copy(self)
        sibling._agent_id = agent_id  # noqa: SLF001 - of the same class
        sibling._options = options  # noqa: SLF001 - of the same class
        sibling._resources = ExitStack()  # noqa: SLF001 - of the same class
        return sibling

    def _request(self, operation: ModuleType, *ids: str, **arguments: Any) -> httpx.Request:
        return self._session.build_request(
            request_arguments(operation, self._agent_id, ids, arguments), self._options
        )
