"""How the program ends: what went wrong becomes one line and an exit status."""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from functools import partial
from typing import TYPE_CHECKING, Final

import typer
from typer.exceptions import TyperException

from polyai_conversations.errors import (
    APIError,
    APITimeoutError,
    AuthenticationError,
    ConfigurationError,
    ConversationsError,
)

from . import PROGRAM
from .app import app
from .exits import OutputClosedError, Status
from .plain import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


_PYTHON_ARGUMENT: Final = re.compile(r"\b(api_key|agent_id|region|base_url|timeout)=")


def run(arguments: Sequence[str]) -> int:
    """Run a command to its end; give the exit status."""
    status = _guarded(partial(app, arguments, prog_name=PROGRAM, standalone_mode=False))
    if status == Status.INTERRUPTED:
        _say("interrupted")
    flushed = _guarded(sys.stdout.flush)
    return status or flushed


def _guarded(step: Callable[[], object]) -> int:
    try:
        outcome = step()
    except (BrokenPipeError, OutputClosedError):
        _stop_writing()
        return Status.DONE  # whoever read the results has read enough
    except (KeyboardInterrupt, typer.Abort):
        return Status.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever it is, it becomes one line
        if logging.getLogger("polyai_conversations").isEnabledFor(logging.DEBUG):
            _write(*traceback.format_exc().splitlines())
        _say("; ".join((describe(error), *getattr(error, "__notes__", ()))))
        if isinstance(error, OSError):
            _discard_results_that_fail_alike(error)
        return status_of(error)
    return outcome if isinstance(outcome, int) else Status.DONE


def _discard_results_that_fail_alike(reported: OSError) -> None:
    """Discard buffered results that cannot be written for a reason that was reported already."""
    try:
        sys.stdout.flush()
    except OSError as error:
        if error.errno == reported.errno:
            _stop_writing()


def status_of(error: Exception) -> int:
    """Tell the exit status that stands for an error."""
    if isinstance(error, TyperException):
        return error.exit_code
    # A ValueError is how the client refuses an argument before it sends anything.
    return Status.WRONG_USE if isinstance(error, ValueError) else Status.FAILED


def describe(error: Exception) -> str:
    """Say what went wrong and what to do."""
    if isinstance(error, TyperException):
        return _wrong_use(error)
    if isinstance(error, ConversationsError):
        return _with_id(error, _for_the_command_line(error))
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    if isinstance(error, ValueError | OSError):
        return str(error)
    return f"unexpected {type(error).__name__}: {error}; --debug shows where"


def _wrong_use(error: TyperException) -> str:
    context: typer.Context | None = getattr(error, "ctx", None)
    message = error.format_message().rstrip(".")
    return f"{message}; see '{context.command_path} --help'" if context else message


def _with_id(error: ConversationsError, message: str) -> str:
    correlation_id = error.correlation_id if isinstance(error, APIError) else None
    if correlation_id is None or correlation_id in message:
        return message
    return f"{message} (correlation id {correlation_id})"


def _for_the_command_line(error: ConversationsError) -> str:
    if isinstance(error, AuthenticationError):
        return f"{error}; to look for the key's region: {PROGRAM} check --all-regions"
    # The others hold what a server said, which is not for us to change.
    if isinstance(error, ConfigurationError | APITimeoutError):
        return _PYTHON_ARGUMENT.sub(_option, str(error))
    return str(error)


def _option(argument: re.Match[str]) -> str:
    return "--" + argument[1].replace("_", "-")


def _say(line: str) -> None:
    _write(f"{PROGRAM}: {line}")


def _write(*lines: str) -> None:
    sys.stderr.writelines(f"{plain(line)}\n" for line in lines)


def _stop_writing() -> None:
    """Let what is left in the buffers go nowhere: Python writes it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
