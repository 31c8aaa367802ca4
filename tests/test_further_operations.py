"""Operations that are added to the contract can be called without any hand-written code."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import pytest
import yaml

import polyai_conversations
from faulty_server import FaultyServer, hang, respond
from workflows.generator import ROOT, generate
from workflows.regenerate import described_changes, sources

if TYPE_CHECKING:
    from faulty_server import ReceivedRequest, Responder

SPEC = yaml.safe_load((ROOT / "openapi.yaml").read_text())
FURTHER = yaml.safe_load(Path(__file__).with_name("further_operations.yaml").read_text())
JOB_ID = "12345678-1234-5678-1234-567812345678"
JOB = {
    "id": JOB_ID,
    "createdAt": "2026-05-26T10:00:00+00:00",
    "day": "2026-05-26",
    "state": "waiting",
    "kind": "job",
    "owner": 7,
    "result": None,
    "finishedAt": None,
}
SETTINGS = {
    "x-version": 2,
    "@type": "settings",
    "1st": True,
    "_hidden": False,
    "a b": "c",
    "class": "large",
    "HTMLText": "<p>",
    "label": {"name": "new"},
    "wheel": {"radius": 0.5},
}
AGENT: Final = "/v1/agents/PROJECT-TEST"
EVENTS = {"": (["a", "b"], "next"), "next": (["c"], None)}
MULTIPART = re.compile(
    rb"--(?P<boundary>[0-9a-f]{32})\r\n"
    rb'Content-Disposition: form-data; name="file"; filename="notes.txt"\r\n'
    rb"Content-Type: text/plain\r\n\r\na\r\n--\+\+\+\r\nb\r\n--(?P=boundary)\r\n"
    rb'Content-Disposition: form-data; name="title"\r\n'
    rb"Content-Type: text/plain\r\n\r\nNotes\r\n--(?P=boundary)--\r\n"
)
REPORT = respond(200, b"%PDF", content_type="application/pdf")


def json_response(body: Any, status: int = 200) -> Responder:
    return respond(status, json.dumps(body).encode())


def page_of_callers(path: str) -> Responder:
    skip = int(re.search(r"skip=(\d+)", path)[1])  # type: ignore[index]
    ids = [f"+{number}" for number in range(7)]
    page = [{"callerId": caller} for caller in ids[skip : skip + 3]]
    return json_response({"callers": page, "total": len(ids)})


def page_of_events(path: str) -> Responder:
    assert "pageSize=2" in path
    cursor = re.search(r"cursor=(\w*)", path)
    reasons, next_cursor = EVENTS[cursor[1] if cursor else ""]
    items = [{"kind": "ended", "reason": reason} for reason in reasons]
    return json_response({"items": items, "nextCursor": next_cursor})


def success(request: ReceivedRequest) -> Responder:
    """Respond to a request if it is exactly what the operation describes."""
    path = request.path
    if path.startswith(f"{AGENT}/callers?"):
        return page_of_callers(path)
    if path.startswith(f"{AGENT}/events?"):
        return page_of_events(path)
    if (request.method, path) == ("POST", f"{AGENT}/files"):
        assert MULTIPART.fullmatch(request.body), request.body
        return json_response({"success": True}, 201)
    if (request.method, path) == ("PUT", f"{AGENT}/logo"):
        assert request.body == b"\x89PNG", request.body
        return respond(204, b"")
    body = json.loads(request.body) if request.body else None
    responses: dict[tuple[str, str, str], Responder] = {
        ("DELETE", f"{AGENT}/conversations/KA-1/flag", "null"): respond(204, b""),
        ("GET", f"{AGENT}/motto", "null"): respond(200, b"Hello", content_type="text/plain"),
        (
            "GET",
            f"{AGENT}/usage.csv?day=2026-05-26&since=2026-05-26T10%3A00%3A00%2B00%3A00",
            "null",
        ): respond(200, b"day,calls\n", content_type="text/csv"),
        ("GET", f"{AGENT}/labels", "null"): json_response([{"name": "new"}, {"name": "old"}]),
        (
            "PUT",
            f"{AGENT}/labels",
            '[{"name": "new", "colour": "red"}, {"name": "old"}]',
        ): json_response(["new", "old"]),
        ("GET", f"/v1/jobs/{JOB_ID}", "null"): json_response(JOB),
        ("PATCH", f"/v1/jobs/{JOB_ID}", '{"name": null}'): json_response(JOB),
        ("GET", "/v1/accounts/ACCOUNT-1/agents/PROJECT-TEST/shape", "null"): json_response(
            {"side": 2.5}
        ),
        ("GET", "/v1/events/7", "null"): json_response({"kind": "ended", "reason": "hung up"}),
        ("GET", f"{AGENT}/settings", "null"): json_response(SETTINGS),
        ("GET", f"{AGENT}/report", "null"): REPORT,
    }
    return responses[request.method, path, json.dumps(body)]


class ScenarioServer(FaultyServer):
    """A server whose base path says how it responds: /success, /busy, /missing, /silent."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[tuple[str, str]] = set()

    def responder_for(self, request: ReceivedRequest) -> Responder:
        _, scenario, rest = request.path.split("/", 2)
        if scenario == "silent":
            return hang
        if scenario == "missing":
            return json_response({"error_code": "CONVERSATIONS_NOT_FOUND"}, 404)
        key = (request.method, request.path)
        if scenario == "busy" and key not in self._seen:
            self._seen.add(key)
            return respond(429, retry_after="0")
        return success(attrs.evolve(request, path=f"/{rest}"))


def spec_with_further_operations() -> dict[str, Any]:
    spec: dict[str, Any] = copy.deepcopy(SPEC)
    spec["paths"] |= FURTHER["paths"]
    spec["components"]["schemas"] |= FURTHER["components"]["schemas"]
    return spec


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package that is generated from the contract with the further operations."""
    directory = tmp_path_factory.mktemp("generated")
    contract = directory / "openapi.yaml"
    contract.write_text(yaml.safe_dump(spec_with_further_operations(), sort_keys=False))
    return generate(contract, directory)


SCENARIOS = ("success", "busy", "missing", "silent")
Results = dict[str, dict[str, Any]]


@pytest.fixture(scope="module", params=["sync", "async"])
def results(request: pytest.FixtureRequest, package: Path) -> Results:
    """What each call returns in each scenario."""
    overlays = Path(polyai_conversations.__file__).parent.parent
    with ScenarioServer() as server:
        urls = [f"{server.url}/{scenario}" for scenario in SCENARIOS]
        finished = subprocess.run(
            [
                sys.executable,
                Path(__file__).with_name("further_operations.py"),
                request.param,
                *urls,
            ],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": f"{package.parent}{os.pathsep}{overlays}"},
        )
    return dict(zip(SCENARIOS, json.loads(finished.stdout), strict=True))


EXPECTED: dict[str, Any] = {
    "no body": None,
    "text": "Hello",
    "csv": "day,calls\n",
    "array of models": [{"name": "new"}, {"name": "old"}],
    "array as request": ["new", "old"],
    "formats, enum and const": JOB,
    "patch with null": JOB,
    "union": {"side": 2.5},
    "union with discriminator": {"kind": "ended", "reason": "hung up"},
    "multipart": {"success": True},
    "binary as request": None,
    "unusual names": SETTINGS,
    "binary": "%PDF",
    "streamed binary": "%PDF",
    "saved binary": ["report.pdf", 4, "%PDF"],
    "pages by offset": [{"callerId": f"+{number}"} for number in range(7)],
    "pages by cursor": [{"kind": "ended", "reason": reason} for reason in "abc"],
}
NOT_FOUND = {"error": "NotFoundError", "code": "CONVERSATIONS_NOT_FOUND"}
TIMEOUT = {"error": "APITimeoutError"}


@pytest.mark.parametrize("call", EXPECTED)
def test_a_call_returns_what_the_contract_describes(results: Results, call: str) -> None:
    assert results["success"][call] == EXPECTED[call]


@pytest.mark.parametrize("call", EXPECTED)
def test_a_call_is_retried(results: Results, call: str) -> None:
    assert results["busy"][call] == EXPECTED[call]


@pytest.mark.parametrize("call", EXPECTED)
def test_an_error_status_raises_a_typed_error(results: Results, call: str) -> None:
    assert results["missing"][call] == NOT_FOUND


@pytest.mark.parametrize("call", EXPECTED)
def test_a_server_that_does_not_respond_raises_a_timeout(results: Results, call: str) -> None:
    assert results["silent"][call] == TIMEOUT


def test_regenerating_lists_what_was_added(package: Path) -> None:
    before = sources(ROOT / "generated" / package.name)
    lines = list(described_changes(before, sources(package)))
    operations = [line for line in lines if line.startswith("+ operation further.")]
    described = [path.values() for path in FURTHER["paths"].values()]
    assert len(operations) == sum(
        "operationId" in item for items in described for item in items if isinstance(item, dict)
    )
    assert "+ operation further.get_motto (GET /v1/agents/{agent_id}/motto)" in operations
    assert all(line.startswith("+") for line in lines)
