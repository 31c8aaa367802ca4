"""Runs a command, and turns any error into one line on stderr and an exit code."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import typer
from typer.exceptions import TyperException

from polyai_conversations._printable import excerpt, printable
from polyai_conversations.errors import (
    APIError,
    APIStatusError,
    AuthenticationError,
    ConversationsError,
)

from .app import PROGRAM, app
from .exit_codes import ExitCode, OutputClosedError
from .options import is_debug

# Messages also use "region", "timeout" and "deadline" as ordinary words. These are arguments only
# before an equals sign, and "region" also before "or base_url" or its variable.
_PYTHON_ARGUMENT: Final = re.compile(
    r"\b(?:api_key|agent_id|base_url|conversation_id)\b=?|\b(?:region|timeout|deadline)="
    r"|\bregion(?= or base_url| \((?:or base_url|POLYAI_REGION)\))"
)
_OPTIONS: Final = {"conversation_id": "ID", "agent_id": "--agent"}


def run(arguments: Sequence[str]) -> int:
    """Run the command that these arguments name and return the exit code."""
    return run_command(partial(app, arguments, prog_name=PROGRAM, standalone_mode=False))


def run_command(command: Callable[[], object]) -> int:
    """Run a command, report an error on stderr and return the exit code.

    Args:
        command: The command; if it returns an int, that becomes the exit code.
    """
    code = _exit_code_of(command)
    if code == ExitCode.INTERRUPTED:
        _report("interrupted")
    flushed = _exit_code_of(sys.stdout.flush)
    return code or flushed


def _exit_code_of(step: Callable[[], object]) -> int:
    try:
        result = step()
    except (BrokenPipeError, OutputClosedError):
        _discard_output()
        return ExitCode.SUCCESS  # the reader, such as `head`, has read all that it needs
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - users see one line for any error
        if is_debug():
            _write_lines(*traceback.format_exc().splitlines())
        notes = getattr(error, "__notes__", ())
        _report("; ".join((_message(error), *notes, *_remedies(error))))
        if isinstance(error, OSError):
            _discard_unwritable_output(error)
        return _error_code(error)
    return result if isinstance(result, int) else ExitCode.SUCCESS


def _discard_unwritable_output(reported: OSError) -> None:
    """Discard buffered output that cannot be written for a reason that was reported already."""
    try:
        sys.stdout.flush()
    except OSError as error:
        if error.errno == reported.errno:
            _discard_output()


def _discard_output() -> None:
    """Redirect stdout to the null device, because Python flushes its buffer again at exit."""
    null_device = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null_device, sys.stdout.fileno())


def _error_code(error: Exception) -> int:
    if isinstance(error, TyperException):
        return error.exit_code
    # The client raises ValueError for an argument that it rejects before sending anything.
    return ExitCode.USAGE_ERROR if isinstance(error, ValueError) else ExitCode.FAILURE


def _message(error: Exception) -> str:
    if isinstance(error, TyperException):
        return _usage_message(error)
    if isinstance(error, ConversationsError):
        return _with_correlation_id(error, _with_option_names(error))
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    if isinstance(error, ValueError):
        return _replace_argument_names(str(error))
    if isinstance(error, OSError):
        return str(error)
    return f"unexpected {type(error).__name__}: {error}; run with --debug to see where"


def _remedies(error: Exception) -> tuple[str, ...]:
    if isinstance(error, AuthenticationError):
        return (f"to find the key's region, run {PROGRAM} check --all-regions",)
    return ()


def _usage_message(error: TyperException) -> str:
    context: typer.Context | None = getattr(error, "ctx", None)
    message = error.format_message().rstrip(".")
    return f"{message}; see '{context.command_path} --help'" if context else message


def _with_correlation_id(error: ConversationsError, message: str) -> str:
    correlation_id = error.correlation_id if isinstance(error, APIError) else None
    if correlation_id is None or correlation_id in message:
        return message
    return f"{message} (correlation id {correlation_id})"


def _with_option_names(error: ConversationsError) -> str:
    # An error may quote the server, whose words must stay as they are.
    quoted = _words_of_the_server(error)
    if not quoted:
        return _replace_argument_names(str(error))
    before, found, after = str(error).partition(quoted)
    return _replace_argument_names(before) + found + _replace_argument_names(after)


def _words_of_the_server(error: ConversationsError) -> str:
    if not isinstance(error, APIStatusError):
        return ""
    return printable(error.error_message or "") or excerpt(error.body)


def _replace_argument_names(text: str) -> str:
    """Name the options of this program where a message of the library names its arguments."""
    return _PYTHON_ARGUMENT.sub(_option_name, text)


def _option_name(argument: re.Match[str]) -> str:
    name = argument[0].removesuffix("=")
    return _OPTIONS.get(name, "--" + name.replace("_", "-"))


def _report(message: str) -> None:
    _write_lines(f"{PROGRAM}: {message}")


def _write_lines(*lines: str) -> None:
    sys.stderr.writelines(f"{printable(line)}\n" for line in lines)
