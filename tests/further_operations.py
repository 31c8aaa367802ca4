"""Calls operations for which there is no hand-written code; run by test_further_operations.py.

It runs in its own process, where the package with those operations replaces the usual one, and
prints what each call returned or raised.
"""

from __future__ import annotations

import asyncio
import datetime
import importlib
import io
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import attrs
import httpx

from clients import make_client, no_delays
from polyai_conversations import (
    APIStatusError,
    ConversationsError,
    CursorPaging,
    OffsetPaging,
    SavedFile,
    models,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

JOB = UUID("12345678-1234-5678-1234-567812345678")
DAY = datetime.date(2026, 5, 26)
MOMENT = datetime.datetime(2026, 5, 26, 10, tzinfo=datetime.UTC)
CALLERS = OffsetPaging(
    items="callers", key="caller_id", total="total", limit="take", offset="skip", page_size=3
)
EVENTS = CursorPaging(items="items", next_cursor="next_cursor", cursor="cursor")


def operation(name: str) -> ModuleType:
    return importlib.import_module(f"polyai_conversations_api.api.further.{name}")


def model(name: str, /, **fields: Any) -> Any:
    return getattr(models, name)(**fields)


def upload(client: Any) -> Any:
    file = models.File(io.BytesIO(b"a\r\n--+++\r\nb"), "notes.txt", "text/plain")
    return client.call(operation("upload_file"), body=model("Upload", file=file, title="Notes"))


def upload_bytes(client: Any) -> Any:
    return client.call(operation("replace_logo"), body=models.File(io.BytesIO(b"\x89PNG")))


def stream_report(client: Any) -> str:
    with client.stream(operation("get_report")) as stream:
        return b"".join(stream.iter_bytes()).decode()


def download_report(client: Any) -> list[Any]:
    with tempfile.TemporaryDirectory() as directory:
        saved = client.download(operation("get_report"), Path(directory, "report.pdf"))
        assert isinstance(saved, SavedFile)
        return [saved.path.name, saved.bytes, saved.path.read_text()]


def labels(client: Any) -> Any:
    body = [model("Label", name="new", colour="red"), model("Label", name="old")]
    return client.call(operation("replace_labels"), body=body)


def table(client: Any) -> Any:
    return client.call(operation("get_usage_table"), day=DAY, since=MOMENT)


def rename_job(client: Any) -> Any:
    changes = model("JobChanges", name=None)  # null, and without a priority
    return client.call(operation("update_job"), JOB, body=changes)


CALLS: dict[str, Callable[[Any], Any]] = {
    "no body": lambda client: client.call(operation("remove_flag"), "KA-1"),
    "text": lambda client: client.call(operation("get_motto")),
    "csv": table,
    "array of models": lambda client: client.call(operation("list_labels")),
    "array as request": labels,
    "formats, enum and const": lambda client: client.call(operation("get_job"), JOB),
    "patch with null": rename_job,
    "union": lambda client: client.call(operation("get_shape"), "ACCOUNT-1"),
    "union with discriminator": lambda client: client.call(operation("get_event"), 7),
    "multipart": upload,
    "binary as request": upload_bytes,
    "unusual names": lambda client: client.call(operation("get_settings")),
    "binary": lambda client: client.call(operation("get_report")),
    "streamed binary": stream_report,
    "saved binary": download_report,
    "pages by offset": lambda client: list(
        client.paginate(operation("list_callers"), paging=CALLERS)
    ),
    "pages by cursor": lambda client: list(
        client.paginate(operation("list_events"), paging=EVENTS, page_size=2)
    ),
}


def describe(result: Any) -> Any:
    match result:
        case models.File():
            return result.payload.read().decode()
        case list():
            return [describe(item) for item in result]
        case APIStatusError():
            return {"error": type(result).__name__, "code": result.error_code}
        case ConversationsError():
            return {"error": type(result).__name__}
        case _ if attrs.has(type(result)):
            return result.to_dict()
        case _:
            return result


def outcome(call: Callable[[Any], Any], client: Any) -> Any:
    try:
        return call(client)
    except ConversationsError as error:
        return error


def main(kind: str, *urls: str) -> None:
    results = []
    with asyncio.Runner() as runner:
        for url in urls:
            client = make_client(
                kind,
                runner,
                api_key="test-key",
                agent_id="PROJECT-TEST",
                base_url=url,
                timeout=httpx.Timeout(5, read=0.5),
                retry_policy=no_delays(1),
            )
            results.append({name: describe(outcome(call, client)) for name, call in CALLS.items()})
            client.close()
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
