"""The public names of `polyai_conversations`, which are imported when they are first used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import polyai_conversations


@pytest.mark.parametrize("name", polyai_conversations.__all__)
def test_every_public_name_can_be_imported(name: str) -> None:
    assert getattr(polyai_conversations, name) is not None
    assert name in dir(polyai_conversations)


def test_an_unknown_name_raises_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Unknown'"):
        _ = polyai_conversations.Unknown  # type: ignore[attr-defined]
    with pytest.raises(ImportError, match="Unknown"):
        from polyai_conversations import Unknown  # type: ignore[attr-defined]  # noqa: F401


@pytest.mark.parametrize("module", ["polyai_conversations", "polyai_conversations.cli.runner"])
def test_importing_the_package_loads_no_slow_modules(module: str) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert module in loaded
    assert {"httpx", "attrs", "rich.console", "polyai_conversations_api"}.isdisjoint(loaded)


@pytest.mark.parametrize(
    ("client", "unused"),
    [
        ("ConversationsClient", {"asyncio", "filelock", "httpcore"}),
        ("AsyncConversationsClient", {"filelock", "httpcore", "polyai_conversations._sync"}),
    ],
)
def test_importing_a_client_loads_nothing_slow_that_it_uses_only_later(
    client: str, unused: set[str]
) -> None:
    code = f"import sys; from polyai_conversations import {client}; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert {"httpx", "polyai_conversations_api"} <= set(loaded)
    slow = {"numpy", "pyarrow", "polyai_conversations.cli", "polyai_conversations.sandbox"}
    assert (unused | slow).isdisjoint(loaded)


def test_a_star_import_includes_every_public_name() -> None:
    code = "from polyai_conversations import *; print(*globals())"
    names = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert set(polyai_conversations.__all__) <= set(names)
