"""The sandbox over HTTP: its conversations, its recordings and its errors."""

from __future__ import annotations

import array
import io
import json
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
ENVELOPE = yaml.safe_load(SPEC.read_text())["components"]["schemas"]["ErrorEnvelope"]
KNOWN_CODES = ENVELOPE["properties"]["error_code"]["description"]
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
    assert first["limit"] == 50, "the page is larger than max_page_size"
    return [*first["conversations"], *rest["conversations"]]


@pytest.fixture(scope="module")
def call(rows: list[dict[str, Any]]) -> str:
    """Return the path of the newest conversation, which is a finished call with a recording."""
    return f"{LIST}/{rows[0]['conversationId']}"


def samples(http: httpx.Client, path: str, direction: str, redacted: str) -> array.array[int]:
    params = {"direction": direction, "redacted": redacted}
    response = http.get(f"{path}/audio", params=params)
    assert response.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(response.content)) as reader:
        assert reader.getparams()[:3] == (1, 2, 8000)
        return array.array("h", reader.readframes(reader.getnframes()))


INVALID_QUERIES = {
    "limit of 0": ("", {"limit": "0"}, "limit must be at least 1"),
    "limit of -1": ("", {"limit": "-1"}, "limit must be at least 1"),
    "limit of ten": ("", {"limit": "ten"}, "limit must be an integer"),
    "limit of 100 digits": ("", {"limit": "9" * 100}, "limit must be an integer"),
    "two limits": ("", {"limit": ["1", "2"]}, "limit must be given once"),
    "offset of -1": ("", {"offset": "-1"}, "offset must be at least 0"),
    "direction both": ("/audio", {"direction": "both"}, "direction must be one of"),
    "redacted maybe": ("/audio", {"redacted": "maybe"}, "redacted must be true or false"),
}


@pytest.mark.parametrize(
    ("path_suffix", "params", "message"), INVALID_QUERIES.values(), ids=INVALID_QUERIES
)
def test_an_invalid_query_parameter_is_refused_with_its_name(
    http: httpx.Client, call: str, path_suffix: str, params: dict[str, Any], message: str
) -> None:
    response = http.get(call + path_suffix if path_suffix else LIST, params=params)
    assert (response.status_code, response.json()["error_code"]) == (
        400,
        "CONVERSATIONS_VALIDATION_FAILED",
    )
    assert message in response.json()["error_message"]


ANNOTATION = {"turnId": 1, "role": "agent", "annotationType": "wrong_info"}
INVALID_BODIES = {
    "malformed JSON": ("note", b"{", "body must be JSON"),
    "NaN": ("note", b'{"note": NaN}', "body must be JSON"),
    "an array": ("note", b"[]", "body must be an object"),
    "no note field": ("note", b"{}", "note is required"),
    "a note that is a number": ("note", b'{"note": 3}', "note must be a string"),
    "a note with an unpaired surrogate": ("note", b'{"note": "\\ud800"}', "surrogate"),
    "no annotations field": ("annotation", b"{}", "annotations is required"),
    "annotations that are an object": (
        "annotation",
        b'{"annotations": {}}',
        "annotations must be an array",
    ),
    "empty annotations": ("annotation", b'{"annotations": []}', "at least 1 item"),
    "an annotation that is a number": (
        "annotation",
        b'{"annotations": [1]}',
        "annotations[0] must be an object",
    ),
} | {
    f"an annotation with {change}": (
        "annotation",
        json.dumps({"annotations": [{**ANNOTATION, **change}]}).encode(),
        message,
    )
    for change, message in (
        ({"turnId": -1}, "annotations[0].turnId must be at least 0"),
        ({"turnId": True}, "annotations[0].turnId must be an integer"),
        ({"turnId": 1.5}, "annotations[0].turnId must be an integer"),
        ({"turnId": 2**63}, "annotations[0].turnId must be an integer"),
        ({"turnId": 1e400}, "body must be JSON"),
        ({"role": "boss"}, "annotations[0].role must be one of user, agent"),
        ({"annotationType": None}, "annotations[0].annotationType must be one of"),
    )
}


@pytest.mark.parametrize(
    ("path_suffix", "body", "message"), INVALID_BODIES.values(), ids=INVALID_BODIES
)
def test_an_invalid_body_is_refused_with_the_name_of_the_field(
    http: httpx.Client, call: str, path_suffix: str, body: bytes, message: str
) -> None:
    response = http.post(f"{call}/{path_suffix}", content=body, headers=JSON)
    assert (response.status_code, response.json()["error_code"]) == (
        400,
        "SCHEMA_VALIDATION_FAILED",
    )
    assert message in response.json()["error_message"]


ERRORS = {
    "no key": ("GET", LIST, {"X-API-KEY": ""}, 401, "AUTH_USER_UNAUTHORISED"),
    "wrong key": ("GET", LIST, {"X-API-KEY": "other"}, 401, "AUTH_USER_INVALID_TOKEN"),
    "other slug": (
        "GET",
        LIST.replace("PROJECT-SANDBOX", "sandbox"),
        {},
        403,
        "USER_ACCESS_FORBIDDEN",
    ),
    "other agent": ("GET", LIST.replace("SANDBOX", "X"), {}, 403, "USER_ACCESS_FORBIDDEN"),
    "unknown call": ("GET", f"{LIST}/KA-1", {}, 404, "CONVERSATIONS_NOT_FOUND"),
    "id with a slash": ("GET", f"{LIST}/a%2Faudio", {}, 404, "CONVERSATIONS_NOT_FOUND"),
    "audio of an unknown call": ("GET", f"{LIST}/x/audio", {}, 404, "CONVERSATIONS_NOT_FOUND"),
    "unknown path": ("GET", "/v2", {}, 404, None),
    "wrong method": ("DELETE", LIST, {}, 405, None),
    "a body that is not JSON": ("POST", f"{LIST}/x/note", {}, 415, None),
}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "code"), ERRORS.values(), ids=ERRORS
)
def test_an_error_has_the_documented_envelope(
    http: httpx.Client,
    method: str,
    path: str,
    headers: dict[str, str],
    status: int,
    code: str | None,
) -> None:
    response = http.request(method, path, headers=headers)
    envelope = response.json()
    assert (response.status_code, envelope["error_code"]) == (status, code)
    assert code is None or f"`{code}`" in KNOWN_CODES
    assert envelope["success"] is False
    assert envelope["error_id"] == response.headers["X-PolyAI-Correlation-Id"]


def test_the_rate_limited_key_always_exceeds_the_rate_limit(
    http: httpx.Client, sandbox: Sandbox
) -> None:
    response = http.get(LIST, headers={"X-API-KEY": sandbox.rate_limited_key})
    assert (response.status_code, response.headers["retry-after"]) == (429, "5")
    assert response.json()["error_code"] is None


def test_a_body_larger_than_1_mib_is_refused(http: httpx.Client, call: str) -> None:
    body = json.dumps({"note": "x" * 2**20}).encode()
    assert http.post(f"{call}/note", content=body, headers=JSON).status_code == 413


@pytest.mark.parametrize(("sent", "is_echoed"), [("mine", True), ("x" * 201, False), ("", False)])
def test_a_correlation_id_is_echoed_if_it_is_safe_to_log(
    http: httpx.Client,
    sent: str,
    is_echoed: bool,
) -> None:
    response = http.get(LIST, params={"limit": 1}, headers={"X-PolyAI-Correlation-Id": sent})
    assert (response.headers["X-PolyAI-Correlation-Id"] == sent) is is_echoed


def test_audio_of_a_conversation_without_a_recording_is_not_found(
    http: httpx.Client, rows: list[dict[str, Any]]
) -> None:
    ended_calls = [row for row in rows if row["channel"] == "VOICE-SIP" and not row["inProgress"]]
    unrecorded = [row for row in rows if row not in ended_calls]
    assert {row["channel"] for row in unrecorded} >= {"WEBCHAT"}
    for row in unrecorded:
        response = http.get(f"{LIST}/{row['conversationId']}/audio")
        assert response.json()["error_code"] == "CONVERSATIONS_RECORDING_NOT_FOUND"


def test_combined_audio_is_the_sum_of_user_and_agent(http: httpx.Client, call: str) -> None:
    user, agent, combined = (samples(http, call, d, "false") for d in ("user", "agent", "combined"))
    assert len(user) == len(agent) == len(combined)
    assert all(u + a == c for u, a, c in zip(user, agent, combined, strict=True))
    assert any(user)
    assert any(agent)


def test_redaction_silences_personal_data_and_changes_nothing_else(
    http: httpx.Client, call: str
) -> None:
    plain, redacted = (samples(http, call, "user", flag) for flag in ("false", "true"))
    changed = [(p, r) for p, r in zip(plain, redacted, strict=True) if p != r]
    assert changed, "the call contains no personal data"
    assert all(r == 0 for _, r in changed)
    assert any(redacted)


def test_a_recording_is_as_long_as_its_call(http: httpx.Client, rows: list[dict[str, Any]]) -> None:
    for row in [row for row in rows if row.get("audioUrl")][:5]:
        path = f"{LIST}/{row['conversationId']}"
        seconds = len(samples(http, path, "agent", "false")) / 8000
        assert abs(seconds - row["totalDuration"]) <= 1


def test_notes_and_annotations_are_stored(
    http: httpx.Client, sandbox: Sandbox, rows: list[dict[str, Any]]
) -> None:
    conversation_id = rows[3]["conversationId"]
    path = f"{LIST}/{conversation_id}"
    assert http.post(f"{path}/note", json={"note": "called back"}).status_code == 201
    for _ in range(2):
        http.post(f"{path}/annotation", json={"annotations": [ANNOTATION]})
    detail = http.get(path).json()
    assert detail["note"] == "called back"
    assert sandbox.store.annotations(conversation_id) == [ANNOTATION, ANNOTATION]
    assert "annotations" not in detail
    listed = http.get(LIST, params={"limit": 1, "offset": 3}).json()
    assert listed["conversations"][0]["note"] == "called back"


@pytest.mark.parametrize("turn_id", [0, 3.0, 1_000_000])
def test_an_annotation_of_any_turn_is_accepted(
    http: httpx.Client, call: str, turn_id: float
) -> None:
    annotation = {**ANNOTATION, "turnId": turn_id}
    assert http.post(f"{call}/annotation", json={"annotations": [annotation]}).status_code == 201


def test_an_agent_can_be_addressed_by_its_slug(http: httpx.Client) -> None:
    by_slug = LIST.replace("PROJECT-SANDBOX", "project-sandbox")
    assert http.get(by_slug, params={"limit": 2, "offset": 9}).json() == (
        http.get(LIST, params={"limit": 2, "offset": 9}).json()
    )


def test_every_conversation_conforms_to_the_contract(
    http: httpx.Client, rows: list[dict[str, Any]]
) -> None:
    contract = OpenAPI.from_dict(yaml.safe_load(SPEC.read_text()))
    for row in rows:
        path = f"{LIST}/{quote(row['conversationId'])}"
        request = MockRequest("https://api.us.poly.ai", "get", path)
        contract.validate_response(request, MockResponse(data=http.get(path).content))


def test_a_relative_audio_url_leads_to_the_recording(
    http: httpx.Client, rows: list[dict[str, Any]]
) -> None:
    row = next(row for row in rows if row["audioUrl"])
    agent = http.base_url.join("/v1/agents/PROJECT-SANDBOX/")
    response = http.get(agent.join(row["audioUrl"]))
    assert response.headers["content-type"] == "audio/wav"
