"""The sandbox as a server: the contract, the errors, the world it makes up."""

from __future__ import annotations

import array
import io
import json
import signal
import socket
import subprocess
import sys
import wave
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest
import yaml
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = Path(__file__).parent.parent / "openapi.yaml"
LIST = "/v1/agents/PROJECT-SANDBOX/conversations"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(conversations=60, seed=7, max_page_size=50) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"X-API-KEY": sandbox.api_key}
    with httpx.Client(base_url=sandbox.url, headers=headers) as client:
        yield client


@pytest.fixture(scope="module")
def rows(http: httpx.Client) -> list[dict[str, Any]]:
    first = http.get(LIST, params={"limit": 1000}).json()
    rest = http.get(LIST, params={"limit": 1000, "offset": first["limit"]}).json()
    assert first["limit"] == 50, "the server caps the page"
    return [*first["conversations"], *rest["conversations"]]


@pytest.fixture(scope="module")
def call(rows: list[dict[str, Any]]) -> str:
    """Give the path of a finished call with a recording: the newest conversation."""
    return f"{LIST}/{rows[0]['conversationId']}"


def samples(http: httpx.Client, path: str, direction: str, redacted: str) -> array.array[int]:
    params = {"direction": direction, "redacted": redacted}
    answer = http.get(f"{path}/audio", params=params)
    assert answer.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(answer.content)) as reader:
        assert reader.getparams()[:3] == (1, 2, 8000)
        return array.array("h", reader.readframes(reader.getnframes()))


BAD_QUERIES = {
    "limit of 0": ("", {"limit": "0"}, "limit must be at least 1"),
    "limit of -1": ("", {"limit": "-1"}, "limit must be at least 1"),
    "limit of ten": ("", {"limit": "ten"}, "limit must be an integer"),
    "limit of 100 digits": ("", {"limit": "9" * 100}, "limit must be an integer"),
    "two limits": ("", {"limit": ["1", "2"]}, "limit must be given once"),
    "offset of -1": ("", {"offset": "-1"}, "offset must be at least 0"),
    "direction both": ("/audio", {"direction": "both"}, "direction must be one of"),
    "redacted maybe": ("/audio", {"redacted": "maybe"}, "redacted must be true or false"),
}


@pytest.mark.parametrize(("tail", "params", "message"), BAD_QUERIES.values(), ids=BAD_QUERIES)
def test_a_bad_parameter_is_named(
    http: httpx.Client, call: str, tail: str, params: dict[str, Any], message: str
) -> None:
    answer = http.get(call + tail if tail else LIST, params=params)
    assert (answer.status_code, answer.json()["error_code"]) == (
        400,
        "CONVERSATIONS_VALIDATION_FAILED",
    )
    assert message in answer.json()["error_message"]


GOOD_ITEM = {"turnId": 1, "role": "agent", "annotationType": "wrong_info"}
BAD_BODIES = {
    "no JSON": ("note", b"{", "body must be JSON"),
    "not a number": ("note", b'{"note": NaN}', "body must be JSON"),
    "a list": ("note", b"[]", "body must be an object"),
    "no note": ("note", b"{}", "note is required"),
    "a number for a note": ("note", b'{"note": 3}', "note must be a string"),
    "half a character": ("note", b'{"note": "\\ud800"}', "surrogate"),
    "no annotations": ("annotation", b"{}", "annotations is required"),
    "annotations no list": ("annotation", b'{"annotations": {}}', "annotations must be an array"),
    "empty annotations": ("annotation", b'{"annotations": []}', "at least 1 item"),
    "an item no object": ("annotation", b'{"annotations": [1]}', "annotations[0] must be an obj"),
} | {
    f"item with {change}": (
        "annotation",
        json.dumps({"annotations": [{**GOOD_ITEM, **change}]}).encode(),
        message,
    )
    for change, message in (
        ({"turnId": -1}, "annotations[0].turnId must be at least 0"),
        ({"turnId": True}, "annotations[0].turnId must be an integer"),
        ({"turnId": 1000}, "annotations[0].turnId must be below"),
        ({"role": "boss"}, "annotations[0].role must be one of user, agent"),
        ({"annotationType": None}, "annotations[0].annotationType must be one of"),
    )
}


@pytest.mark.parametrize(("tail", "body", "message"), BAD_BODIES.values(), ids=str)
def test_a_bad_body_is_named(
    http: httpx.Client, call: str, tail: str, body: bytes, message: str
) -> None:
    answer = http.post(f"{call}/{tail}", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "SCHEMA_VALIDATION_FAILED")
    assert message in answer.json()["error_message"]


REFUSALS = {
    "no key": ("GET", LIST, {"X-API-KEY": ""}, 401, "AUTH_USER_UNAUTHORISED"),
    "wrong key": ("GET", LIST, {"X-API-KEY": "other"}, 401, "AUTH_USER_INVALID_TOKEN"),
    "other agent": ("GET", LIST.replace("SANDBOX", "X"), {}, 403, "USER_ACCESS_FORBIDDEN"),
    "unknown call": ("GET", f"{LIST}/KA-1", {}, 404, "CONVERSATIONS_NOT_FOUND"),
    "id with a slash": ("GET", f"{LIST}/a%2Faudio", {}, 404, "CONVERSATIONS_NOT_FOUND"),
    "audio of an unknown call": ("GET", f"{LIST}/x/audio", {}, 404, "CONVERSATIONS_NOT_FOUND"),
    "unknown path": ("GET", "/v2", {}, 404, "NOT_FOUND"),
    "wrong method": ("DELETE", LIST, {}, 405, "METHOD_NOT_ALLOWED"),
    "a form": ("POST", f"{LIST}/x/note", {}, 415, "UNSUPPORTED_MEDIA_TYPE"),
}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "code"), REFUSALS.values(), ids=REFUSALS
)
def test_a_refusal_is_the_documented_envelope(  # noqa: PLR0913, PLR0917 - a row of the table
    http: httpx.Client, method: str, path: str, headers: dict[str, str], status: int, code: str
) -> None:
    answer = http.request(method, path, headers=headers)
    envelope = answer.json()
    assert (answer.status_code, envelope["error_code"]) == (status, code)
    assert envelope["success"] is False
    assert envelope["error_id"] == answer.headers["X-PolyAI-Correlation-Id"]


def test_a_body_over_1_mib_is_refused(http: httpx.Client, call: str) -> None:
    body = json.dumps({"note": "x" * 2**20}).encode()
    assert http.post(f"{call}/note", content=body, headers=JSON).status_code == 413


@pytest.mark.parametrize(("sent", "kept"), [("mine", True), ("x" * 201, False), ("", False)])
def test_the_callers_correlation_id_is_used(http: httpx.Client, sent: str, kept: bool) -> None:  # noqa: FBT001
    answer = http.get(LIST, params={"limit": 1}, headers={"X-PolyAI-Correlation-Id": sent})
    assert (answer.headers["X-PolyAI-Correlation-Id"] == sent) is kept


def test_a_conversation_without_recording_says_so(
    http: httpx.Client, rows: list[dict[str, Any]]
) -> None:
    silent = [row for row in rows if not row.get("audioUrl")]
    assert {row["channel"] for row in silent} >= {"WEBCHAT"}
    for row in silent:
        answer = http.get(f"{LIST}/{row['conversationId']}/audio")
        assert answer.json()["error_code"] == "CONVERSATIONS_RECORDING_NOT_FOUND"


def test_combined_is_the_mix_of_user_and_agent(http: httpx.Client, call: str) -> None:
    user, agent, both = (samples(http, call, d, "false") for d in ("user", "agent", "combined"))
    assert len(user) == len(agent) == len(both)
    assert all(u + a == b for u, a, b in zip(user, agent, both, strict=True))
    assert any(user)
    assert any(agent)


def test_redaction_silences_personal_data_and_nothing_else(http: httpx.Client, call: str) -> None:
    plain, redacted = (samples(http, call, "user", flag) for flag in ("false", "true"))
    changed = [(p, r) for p, r in zip(plain, redacted, strict=True) if p != r]
    assert changed, "this call holds no personal data"
    assert all(r == 0 for _, r in changed)
    assert any(redacted)


def test_the_recording_is_as_long_as_the_call(
    http: httpx.Client, rows: list[dict[str, Any]]
) -> None:
    for row in [row for row in rows if row.get("audioUrl")][:5]:
        path = f"{LIST}/{row['conversationId']}"
        seconds = len(samples(http, path, "agent", "false")) / 8000
        assert abs(seconds - row["totalDuration"]) <= 1


def test_notes_and_annotations_last(http: httpx.Client, rows: list[dict[str, Any]]) -> None:
    path = f"{LIST}/{rows[3]['conversationId']}"
    assert http.post(f"{path}/note", json={"note": "called back"}).status_code == 201
    for _ in range(2):
        http.post(f"{path}/annotation", json={"annotations": [GOOD_ITEM]})
    detail = http.get(path).json()
    assert detail["note"] == "called back"
    assert detail["annotations"] == [GOOD_ITEM, GOOD_ITEM]
    listed = http.get(LIST, params={"limit": 1, "offset": 3}).json()
    assert listed["conversations"][0]["note"] == "called back"


def test_every_conversation_keeps_the_contract(
    http: httpx.Client, rows: list[dict[str, Any]]
) -> None:
    contract = OpenAPI.from_dict(yaml.safe_load(SPEC.read_text()))
    for row in rows:
        path = f"{LIST}/{quote(row['conversationId'])}"
        request = MockRequest("https://api.us.poly.ai", "get", path)
        contract.validate_response(request, MockResponse(data=http.get(path).content))


def test_the_world_is_as_varied_as_the_api(rows: list[dict[str, Any]]) -> None:
    assert rows[0]["startedAt"] > rows[-1]["startedAt"]
    ids = [row["conversationId"] for row in rows]
    assert len(set(ids)) == len(ids)
    assert {id_[:2] for id_ in ids} == {"CA", "KA"}
    summaries = [row["shortSummary"] or "" for row in rows]
    assert any(text.startswith("{") for text in summaries)
    assert any(text and not text.startswith("{") for text in summaries)
    assert any(row["inProgress"] for row in rows)
    assert any(row["handoff"] for row in rows)
    assert {type(row["note"]) for row in rows} >= {str, type(None)}


def fingerprint(seed: int) -> list[dict[str, Any]]:
    with Sandbox(conversations=12, seed=seed, public_url="https://api.us.poly.ai") as sandbox:
        return [sandbox.store.detail(row["conversationId"]) for row in sandbox.store.page(12, 0)]


def test_the_same_seed_makes_the_same_world() -> None:
    assert fingerprint(7) == fingerprint(7)
    assert fingerprint(7) != fingerprint(8)


BAD_SETTINGS = {
    "conversations": -1,
    "port": 70_000,
    "max_page_size": 0,
    "latency": -0.1,
    "insertions": -1,
    "deletions": {1: -2},
    "api_key": "",
    "agent_id": "",
}


@pytest.mark.parametrize("name", BAD_SETTINGS)
def test_a_bad_setting_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Sandbox(**{name: BAD_SETTINGS[name]})  # type: ignore[arg-type]


def test_a_setting_of_another_kind_is_named() -> None:
    with pytest.raises(ValueError, match="port must be a whole number"):
        Sandbox(port="8400")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="api_key must not be empty nor begin"):
        Sandbox(api_key=" key ")


def test_the_key_is_not_shown(sandbox: Sandbox) -> None:
    assert sandbox.api_key not in repr(sandbox)
    assert sandbox.url in repr(sandbox)


def test_a_sandbox_runs_once_at_a_time(sandbox: Sandbox) -> None:
    with pytest.raises(RuntimeError, match="runs already"):
        sandbox.__enter__()


@pytest.mark.parametrize("name", ["url", "store"])
def test_before_its_start_a_sandbox_has_nothing_to_show(name: str) -> None:
    with pytest.raises(RuntimeError, match="before it starts"):
        getattr(Sandbox(), name)


def test_a_waiting_request_does_not_hold_up_the_end() -> None:
    with Sandbox(conversations=1, latency=0.05) as sandbox:
        assert httpx.get(sandbox.url).status_code == 404


def run(*options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "polyai_conversations.sandbox", *options]
    return subprocess.Popen(  # noqa: S603 - this very package
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_what_to_export_and_stops_quietly(wish: signal.Signals) -> None:
    with run("--port", "0", "--conversations", "3", "--seed", "1") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(4)]
        settings = dict(line.removeprefix("export ").split("=", 1) for line in lines[1:])
        headers = {"X-API-KEY": settings["POLYAI_API_KEY"]}
        path = f"/v1/agents/{settings['POLYAI_AGENT_ID']}/conversations"
        page = httpx.get(settings["POLYAI_BASE_URL"] + path, headers=headers).json()
        process.send_signal(wish)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert page["count"] == 3


def test_a_taken_port_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with run("--port", port) as process:
            _, complaint = process.communicate(timeout=20)
    assert process.returncode == 1
    assert complaint.count("\n") == 1
    assert port in complaint


def test_a_bad_option_is_one_line() -> None:
    with run("--conversations", "-1", "--port", "0") as process:
        _, complaint = process.communicate(timeout=20)
    assert (process.returncode, complaint.count("\n")) == (1, 1)
    assert "conversations must be at least 0" in complaint
