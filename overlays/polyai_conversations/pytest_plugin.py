"""A pytest plugin for the tests of programs that use this package.

pytest finds it by its entry point, so its fixtures need no import. It imports nothing else until a
test uses one of them.

- `polyai_sandbox` is a local server for one test. The environment variables of the settings lead to
  it, so the code under test needs no change.
- `vcr_config` keeps the API key out of the cassettes of pytest-recording. To add settings of your
  own, define a fixture with this name, and extend what `cassette_settings` returns.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from polyai_conversations.sandbox import Sandbox

_KEY_HEADER = "X-API-KEY"
_MARKER = "polyai_sandbox"


def cassette_settings() -> dict[str, Any]:
    """Return settings for pytest-recording and vcrpy that keep the API key out of cassettes.

    By default, vcrpy records all request headers, and the key with them.
    """
    return {"filter_headers": [(_KEY_HEADER, "hidden")]}


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that passes arguments to the sandbox."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(**arguments): arguments for the Sandbox of the fixture polyai_sandbox, such as "
        "conversations=20 or latency=0.1",
    )


def _check_marker(marker: pytest.Mark, signature: inspect.Signature) -> None:
    """Check that a marker has only arguments that the sandbox accepts.

    Raises:
        pytest.UsageError: It has others.
    """
    if marker.args:
        values = ", ".join(map(repr, marker.args))
        raise pytest.UsageError(
            f"the marker {_MARKER} takes keyword arguments, such as conversations=5, not {values}"
        )
    for name in marker.kwargs:
        if name not in signature.parameters:
            known = ", ".join(signature.parameters)
            raise pytest.UsageError(
                f"the marker {_MARKER} has no argument {name!r}; it has: {known}"
            )


@pytest.fixture(scope="session")
def vcr_config() -> dict[str, Any]:
    """The settings of cassettes: the API key is not written."""
    return cassette_settings()


@pytest.fixture
def polyai_sandbox(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sandbox]:
    """A sandbox of its own for each test, which every client without settings connects to.

    The marker `polyai_sandbox` passes arguments by keyword, for example
    `@pytest.mark.polyai_sandbox(conversations=20)`. Default: 40 conversations.
    """
    from polyai_conversations.sandbox import Sandbox

    marker = request.node.get_closest_marker(_MARKER)
    if marker is not None:
        _check_marker(marker, inspect.signature(Sandbox))
    arguments: dict[str, Any] = {"conversations": 40, **(marker.kwargs if marker else {})}
    with Sandbox(**arguments) as sandbox:
        monkeypatch.delenv("POLYAI_REGION", raising=False)
        monkeypatch.setenv("POLYAI_API_KEY", sandbox.api_key)
        monkeypatch.setenv("POLYAI_AGENT_ID", sandbox.agent_id)
        monkeypatch.setenv("POLYAI_BASE_URL", sandbox.url)
        yield sandbox
