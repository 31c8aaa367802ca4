"""Authenticates requests: checks their API key, and that it belongs to the agent."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from .error_responses import ApiError
from .rate_limit import rate_limit_error

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request

_RETRY_AFTER_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Credentials:
    """The API key that the sandbox accepts, and the ids and slugs of the agents it belongs to."""

    api_key: str = field(repr=False)
    agents: Collection[str]

    @property
    def rate_limited_key(self) -> str:
        """A valid key that always exceeds its rate limit."""
        return f"{self.api_key}-over-limit"

    def authenticate(self, request: Request) -> None:
        """Check the key and the agent of a request.

        Raises:
            ApiError: The key is missing, invalid or over its rate limit, or has no access to the
                agent.

        """
        key = request.headers.get("X-API-KEY", "")
        if not key:
            raise ApiError(
                HTTPStatus.UNAUTHORIZED,
                "AUTH_USER_UNAUTHORISED",
                "The API key is missing: send it as X-API-KEY",
            )
        if _is_equal(key, self.rate_limited_key):
            raise rate_limit_error(_RETRY_AFTER_SECONDS)
        if not _is_equal(key, self.api_key):
            raise ApiError(
                HTTPStatus.UNAUTHORIZED, "AUTH_USER_INVALID_TOKEN", "The API key is not valid"
            )
        agent_id = unquote(request.path_params["agentId"])
        if agent_id not in self.agents:
            raise ApiError(
                HTTPStatus.FORBIDDEN,
                "USER_ACCESS_FORBIDDEN",
                f"The API key has no access to agent {agent_id}",
            )


def _is_equal(key: str, expected: str) -> bool:
    return hmac.compare_digest(key.encode(), expected.encode())
