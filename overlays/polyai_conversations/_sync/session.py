# Generated from _async by `nox -s unasync`; do not edit.
"""Sends requests through the httpx client; all retries happen here."""

from __future__ import annotations

import logging
import os
import time
import uuid
from typing import Any

import httpx

from polyai_conversations._cancel import STREAMED, sleep
from polyai_conversations._deadline import Deadline, time_limit
from polyai_conversations._http.body_limit import check_not_encoded, read_body
from polyai_conversations._http.call_options import (
    BODY_LIMIT,
    CALL_OPTIONS,
    CallOptions,
    check_header_values,
)
from polyai_conversations._http.config import Config
from polyai_conversations._http.error_response import (
    connection_error,
    deadline_error,
    status_error,
)
from polyai_conversations._http.redaction import (
    API_KEY,
    CORRELATION_ID,
    KEY_HEADER,
    cut_library_frames,
    request_line,
    scrub,
)
from polyai_conversations._http.retry import IDEMPOTENT, IDEMPOTENT_METHODS, RetryBudget
from polyai_conversations._http.transport import http_client

logger = logging.getLogger("polyai_conversations")


class Session:
    """The connections of a client, and the settings that apply to every request."""

    def __init__(self, config: Config, transport: httpx.BaseTransport | None) -> None:
        self._config = config
        self._http = http_client(config, transport)
        self._process_id: int | None = None

    def build_request(self, arguments: dict[str, Any], options: CallOptions) -> httpx.Request:
        """Build a request with the key and a correlation id, which all its retries share.

        Raises:
            ValueError: An argument cannot be sent.
        """
        arguments = {**arguments, "url": self._config.base_url + arguments["url"]}
        try:
            request = self._http.build_request(**arguments, timeout=options.timeout)
        except (httpx.InvalidURL, RecursionError, TypeError, ValueError) as error:
            raise ValueError(f"the request cannot be built: {error}") from error
        check_header_values(request)
        request.headers.update(options.headers)
        request.headers.setdefault(CORRELATION_ID, str(uuid.uuid4()))
        try:
            request.headers[KEY_HEADER] = self._config.api_key.reveal()
        except BaseException as error:  # such as Ctrl-C
            cut_library_frames(error)
            raise
        request.extensions[API_KEY] = self._config.api_key
        request.extensions[CALL_OPTIONS] = options
        request.extensions[BODY_LIMIT] = options.max_body_bytes
        return request

    def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request, with retries, and read the whole body of its success response.

        Raises:
            APIStatusError: The server answered with an error.
            APIConnectionError: No complete response arrived.
        """
        budget = _retry_budget(request, _options_of(request).deadline)
        return self._send(request, budget)

    def stream_budget(self, request: httpx.Request) -> RetryBudget:
        """Return a new budget for a call that streams the responses to this request."""
        return _retry_budget(request, _options_of(request).stream_deadline)

    def stream(self, request: httpx.Request, budget: RetryBudget) -> httpx.Response:
        """Send a request, with retries, and leave the body of its success response to the caller.

        Args:
            request: The request. The body is requested without compression.
            budget: The retries left for the call, which the caller uses for the body as well.

        Raises:
            APIStatusError: The server answered with an error.
            APIConnectionError: No response arrived.
            ResponseValidationError: The body is encoded all the same.
        """
        request.headers["Accept-Encoding"] = "identity"
        request.extensions[STREAMED] = True
        response = self._send(request, budget)
        try:
            check_not_encoded(response)
        except BaseException:
            response.close()
            raise
        return response

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _send(self, request: httpx.Request, budget: RetryBudget) -> httpx.Response:
        while True:
            try:
                response = self._exchange(request, budget.deadline)
            except TimeoutError:
                raise deadline_error(request, budget.deadline) from None
            except httpx.HTTPError as error:
                delay = budget.delay_after_failure(error)
                if delay is None:
                    raise connection_error(request, error) from scrub(error, request)
            else:
                if response.is_success:
                    return response
                delay = budget.delay_after_status(response)
                if delay is None:
                    raise status_error(response)
            sleep(delay)

    def _exchange(self, request: httpx.Request, deadline: Deadline) -> httpx.Response:
        self._check_usable()
        is_streamed = STREAMED in request.extensions
        started = time.perf_counter()
        outcome: object = "no response"
        try:
            with time_limit(deadline):
                response = self._http.send(request, stream=is_streamed)
                outcome = response.status_code
                if is_streamed and not response.is_success:
                    response = read_body(response, request)
        except (TimeoutError, httpx.HTTPError) as error:
            outcome = type(error).__name__
            raise
        finally:
            if logger.isEnabledFor(logging.DEBUG):
                elapsed = time.perf_counter() - started
                correlation_id = request.headers[CORRELATION_ID]
                logger.debug(
                    "%s: %s after %.3f s (%s)",
                    request_line(request),
                    outcome,
                    elapsed,
                    correlation_id,
                )
        return response

    def _check_usable(self) -> None:
        """Refuse to send requests once the client is closed, or in a child process.

        If it shared the connections of its parent, each would read the other's responses.
        """
        if self._http.is_closed:
            raise RuntimeError(
                "this client is closed: create another one, or make all calls before its `with` "
                "block ends; clients made by with_options and for_agent are closed together with "
                "the client that they were made from"
            )
        if self._process_id is None:
            self._process_id = os.getpid()
        elif self._process_id != os.getpid():
            raise RuntimeError(
                "this client was used before the process forked, so its connections belong to the "
                "parent process: create a client in each process"
            )


def _options_of(request: httpx.Request) -> CallOptions:
    options: CallOptions = request.extensions[CALL_OPTIONS]
    return options


def _retry_budget(request: httpx.Request, deadline: float | None) -> RetryBudget:
    options = _options_of(request)
    idempotent = options.idempotent
    if idempotent is None:
        idempotent = request.extensions.get(IDEMPOTENT, request.method in IDEMPOTENT_METHODS)
    return RetryBudget(options.retry_policy, idempotent, Deadline(deadline))
