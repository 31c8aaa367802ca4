"""Runs a function at chosen places of the code under test, so that a test can fail or wait there.

It uses Python's own tracing, so the code under test needs no hooks. It traces the current thread,
and the threads that start within the `with` block.
"""

from __future__ import annotations

import itertools
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType, FunctionType, ModuleType


@contextmanager
def before_each_line(modules: list[ModuleType], action: Callable[[], None]) -> Iterator[None]:
    """Run an action before each line of some modules; an error that it raises is the line's."""
    files = {module.__file__ for module in modules}

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            action()
        return trace

    with _tracing(trace):
        yield


@contextmanager
def before_line(
    number: int, modules: list[ModuleType], action: Callable[[], None]
) -> Iterator[None]:
    """Run an action before one line of some modules: before the first one that runs, or the second,
    and so on.
    """
    lines = itertools.count(1)

    def count() -> None:
        if next(lines) == number:
            action()

    with before_each_line(modules, count):
        yield


@contextmanager
def before_each_call(function: FunctionType, action: Callable[[], None]) -> Iterator[None]:
    """Run an action before each call of a function."""

    def trace(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code is function.__code__:
            action()

    with _tracing(trace):
        yield


@contextmanager
def _tracing(trace: Callable[[FrameType, str, Any], Any]) -> Iterator[None]:
    active = True

    def trace_while_active(frame: FrameType, event: str, argument: Any) -> Any:
        # A thread that outlives the `with` block keeps its trace function.
        return trace(frame, event, argument) if active else None

    previous = sys.gettrace(), threading.gettrace()
    threading.settrace(trace_while_active)
    sys.settrace(trace_while_active)
    try:
        yield
    finally:
        active = False
        sys.settrace(previous[0])
        threading.settrace(previous[1])
