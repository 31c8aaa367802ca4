"""Checks the arguments of calls before anything is sent."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import AsyncIterable, Awaitable, Iterable, Mapping
from typing import Any, Final, get_args

from polyai_conversations.models import AnnotationDict
from polyai_conversations_api.models import (
    AddAnnotationsBody,
    AnnotationItem,
    AnnotationItemAnnotationType,
    AnnotationItemRole,
    GetConversationsResponse,
    UpsertNoteBody,
)

from .json_values import check_json

Annotation = AnnotationItem | AnnotationDict

_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")  # a single letter is a drive
_ROLES = get_args(AnnotationItemRole)
_ANNOTATION_TYPES = get_args(AnnotationItemAnnotationType)


def check_count(name: str, value: object, at_least: int) -> None:
    """Check that a value is a whole number of at least `at_least`.

    Raises:
        ValueError: It is not.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least}, not {value}")


def check_flag(name: str, value: object) -> None:
    """Check that a value is True or False.

    Raises:
        ValueError: It is not. A string such as "no" would count as true.
    """
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, not {value!r}")


def check_callback(name: str, function: object) -> None:
    """Check that an argument is a function that can be called without `await`, or None.

    Raises:
        ValueError: It is not.
    """
    if function is None:
        return
    if not callable(function):
        raise ValueError(f"{name} must be a function, not {function!r}")
    if inspect.iscoroutinefunction(function):
        raise ValueError(f"{name} must be a function without async, because nothing awaits it")


def check_paging(page_size: object, max_items: object, start: object, prefetch: object) -> None:
    """Check the arguments of `list_conversations`.

    Raises:
        ValueError: One is not a whole number, or is too small.
    """
    check_count("page_size", page_size, at_least=1)
    check_max_items(max_items)
    check_count("start", start, at_least=0)
    check_count("prefetch", prefetch, at_least=1)


def check_max_items(max_items: object) -> None:
    """Check the maximum number of items of a list.

    Raises:
        ValueError: It is neither a whole number nor None.
    """
    if max_items is not None:
        check_count("max_items", max_items, at_least=0)


def check_ids(ids: object) -> None:
    """Check that ids are not a single string, whose characters would be taken for ids.

    Raises:
        ValueError: `ids` is a string, or not iterable.
    """
    if isinstance(ids, str):
        raise ValueError(f"ids must be a list of ids, even for a single one, not {ids!r}")
    check_items("ids", ids, Iterable, AsyncIterable)


def check_items(name: str, items: object, *kinds: type) -> None:
    """Check that an argument is iterable.

    Args:
        name: The name of the argument.
        items: Its value.
        *kinds: The kinds of iterables that the caller can read.

    Raises:
        ValueError: It is not; the message says what to pass instead of a page or a conversation.
    """
    if isinstance(items, kinds):
        return
    problem = f"{name} must be a list or another iterable, not {type(items).__name__}"
    if isinstance(items, GetConversationsResponse):
        raise ValueError(f"{problem}: pass page.conversations")
    if hasattr(items, "conversation_id"):
        raise ValueError(f"{problem}: pass [conversation], even for a single one")
    if isinstance(items, Awaitable):
        raise ValueError(f"{problem}: await it first")
    raise ValueError(problem)


def check_directory(name: str, directory: str | os.PathLike[str]) -> None:
    """Check that a directory's name is a path, but not empty: that would be the working directory.

    Raises:
        ValueError: The name is empty, or is not a path on this machine.
    """
    check_path(name, directory)
    if not os.fspath(directory):
        raise ValueError(f"{name} must not be empty; for the working directory, pass '.'")


def check_path(name: str, path: object) -> None:
    """Check that a path is one, and not a URL, which would name a local directory such as `s3:`.

    Raises:
        ValueError: It is not. The message omits a URL, because it may contain a password.
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else path
    if not isinstance(text, str):  # a PathLike may be of bytes
        raise ValueError(f"{name} must be a string or a path, not {type(path).__name__}")
    if "\0" in text:
        raise ValueError(f"{name} must not contain a null character: {text!r}")
    match = _URL.match(text)
    if match:
        raise ValueError(
            f"{name} must be a path on this machine, not a URL ({match[1]}://…): save to a local "
            "directory, and upload it from there"
        )


def note_body(note: object) -> UpsertNoteBody:
    """Make the request body that sets a note.

    Raises:
        ValueError: The note is not a string, or contains a lone surrogate.
    """
    if not isinstance(note, str):
        raise ValueError(f"note must be a string, not {type(note).__name__}")
    check_json("note", note)
    return UpsertNoteBody(note=note)


def annotations_body(annotations: Iterable[Annotation]) -> AddAnnotationsBody:
    """Make the request body that adds annotations.

    Raises:
        ValueError: There is none, or one is invalid; the message says which, and why.
    """
    if isinstance(annotations, str | Mapping) or not isinstance(annotations, Iterable):
        raise ValueError("annotations must be a list of annotations, even for a single one")
    items = [_annotation(index, item) for index, item in enumerate(annotations)]
    if not items:
        raise ValueError("annotations must contain at least one annotation")
    return AddAnnotationsBody(annotations=items)


def _annotation(index: int, annotation: object) -> AnnotationItem:
    where = f"annotations[{index}]"
    if isinstance(annotation, AnnotationItem):
        fields: Mapping[str, Any] = annotation.to_dict()
    elif isinstance(annotation, Mapping):
        fields = annotation
    else:
        kind = type(annotation).__name__
        raise ValueError(f"{where} must be a mapping or an AnnotationItem, not {kind}")
    check_json(where, fields)
    for name in ("turnId", "role", "annotationType"):
        if name not in fields:
            raise ValueError(f"{where} lacks {name!r}")
    check_count(f"{where}['turnId']", fields["turnId"], at_least=0)
    _check_choice(f"{where}['role']", fields["role"], _ROLES)
    _check_choice(f"{where}['annotationType']", fields["annotationType"], _ANNOTATION_TYPES)
    return AnnotationItem.from_dict(fields)


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
