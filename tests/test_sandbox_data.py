"""The generated conversations are what the contract describes, in every form that it describes."""

from __future__ import annotations

import json
import re
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from polyai_conversations.sandbox.data.store import ConversationStore

SPEC = yaml.safe_load((Path(__file__).parent.parent / "openapi.yaml").read_text())
SCHEMAS = SPEC["components"]["schemas"]
AGENT = "PROJECT-SANDBOX"
SEEDS = range(20)
PER_SEED = 30
ID = re.compile(r"CA[0-9a-f]{32}|LOCAL-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|KA-[0-9]+")


def closed(schema: Any) -> Any:
    """Return a schema without references in which objects have no other fields than those named."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return closed(SCHEMAS[schema["$ref"].rpartition("/")[2]])
    if "allOf" in schema:
        parts = [closed(part) for part in schema["allOf"]]
        properties = {name: p for part in parts for name, p in part["properties"].items()}
        return {**parts[0], "properties": properties}
    inner = {name: closed(part) for name, part in schema.items()}
    return {"additionalProperties": False, **inner} if "properties" in schema else inner


def errors(validator: Draft202012Validator, value: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


SUMMARY = Draft202012Validator(closed(SCHEMAS["ConversationSummaryResponse"]))
DETAIL = Draft202012Validator(closed(SCHEMAS["ConversationDetailResponse"]))


@pytest.fixture(scope="module")
def details() -> list[dict[str, Any]]:
    stores = (ConversationStore(PER_SEED, seed, AGENT) for seed in SEEDS)
    return [
        store.detail(row["conversationId"]) for store in stores for row in store.page(PER_SEED, 0)
    ]


@pytest.fixture(scope="module")
def turns(details: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [turn for detail in details for turn in detail["turns"]]


@pytest.fixture(scope="module")
def events(details: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        event
        for detail in details
        for of_turn in detail["functionEvents"].values()
        for event in of_turn
    ]


@pytest.mark.parametrize("schema", ["ConversationSummaryResponse", "ConversationTurn"])
def test_a_field_that_the_contract_does_not_name_is_an_error(schema: str) -> None:
    validator = Draft202012Validator(closed(SCHEMAS[schema]))
    ids = {"conversationId": "c", "accountId": "a", "projectId": "p"}
    assert "'sentiment'" in errors(validator, {**ids, "sentiment": 1})[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_conversation_is_exactly_what_the_contract_describes(seed: int) -> None:
    store = ConversationStore(PER_SEED, seed, AGENT)
    for row in store.page(PER_SEED, 0):
        detail = store.detail(row["conversationId"])
        assert errors(SUMMARY, row) == []
        assert errors(DETAIL, detail) == []
        assert row | {"audioUrl": detail["audioUrl"]} == {name: detail[name] for name in row}


def test_the_list_leaves_out_the_urls_of_some_recordings() -> None:
    store = ConversationStore(PER_SEED, SEEDS[0], AGENT)
    rows = [row for row in store.page(PER_SEED, 0) if not row["audioUrl"]]
    details = [store.detail(row["conversationId"]) for row in rows]
    assert {bool(detail["audioUrl"]) for detail in details} == {True, False}


def test_every_field_of_the_contract_occurs(
    details: list[dict[str, Any]], turns: list[dict[str, Any]], events: list[dict[str, Any]]
) -> None:
    for schema, found in (
        ("ConversationSummaryResponse", details),
        ("ConversationTurn", turns),
        ("FunctionEvent", events),
    ):
        assert set(SCHEMAS[schema]["properties"]) <= {name for each in found for name in each}


def share(values: list[bool]) -> float:
    return sum(values) / len(values)


def test_summaries_are_objects_text_json_and_null(details: list[dict[str, Any]]) -> None:
    summaries = [detail["shortSummary"] for detail in details]
    texts = [summary for summary in summaries if isinstance(summary, str) and summary]
    assert share([isinstance(summary, dict) for summary in summaries]) > 0.3
    assert share([text.startswith("{") for text in texts]) > 0.3
    assert share([not text.startswith("{") for text in texts]) > 0.3
    assert {"heading", "content"} == set(
        json.loads(next(text for text in texts if text.startswith("{")))
    )
    assert None in summaries


def test_latencies_are_objects_and_numbers(turns: list[dict[str, Any]]) -> None:
    latencies = [turn["latency"] for turn in turns]
    assert share([isinstance(latency, dict) for latency in latencies]) > 0.3
    assert share([isinstance(latency, float) for latency in latencies]) > 0.2


def test_latency_is_null_in_some_turns_without_input(turns: list[dict[str, Any]]) -> None:
    unmeasured = [turn for turn in turns if turn["latency"] is None]
    assert share([turn in unmeasured for turn in turns]) > 0.05
    assert not any(turn["user_input"] or "user_input_dtmf" in turn for turn in unmeasured)


def test_metrics_are_rows_and_plain_values(details: list[dict[str, Any]]) -> None:
    metrics = [value for detail in details for value in detail["metrics"].values()]
    rows = [value for value in metrics if isinstance(value, list) and isinstance(value[0], dict)]
    assert share([value in rows for value in metrics]) > 0.3
    assert {len(value) for value in rows} >= {1, 2}
    assert {type(value) for value in metrics} >= {list, bool, int, float}


def test_function_events_name_the_turn_in_which_they_happened(
    details: list[dict[str, Any]],
) -> None:
    for detail in details:
        for number, of_turn in detail["functionEvents"].items():
            turn = detail["turns"][int(number) - 1]
            for event in of_turn:
                assert event["turn_id"] == int(number)
                assert event["utterance"] == turn["agent_response"]
                assert detail["startedAt"][:13] <= (
                    parsedate_to_datetime(event["start_time"]).isoformat()
                )


def test_a_handoff_is_an_event_with_its_reason(details: list[dict[str, Any]]) -> None:
    handed_off = [detail for detail in details if detail["handoff"]]
    assert handed_off
    for detail in handed_off:
        event = detail["functionEvents"][str(len(detail["turns"]))][-1]
        assert event["handoff"]["reason"] == detail["handoffReason"]
        assert event["state_changes"]["added"] == {"handoff_reason": detail["handoffReason"]}


def test_ids_have_every_known_form_and_lead_to_their_conversation(
    details: list[dict[str, Any]],
) -> None:
    ids = [detail["conversationId"] for detail in details]
    assert all(map(ID.fullmatch, ids))
    assert {id_[:2] for id_ in ids} == {"CA", "LO", "KA"}


def test_test_calls_have_a_slug_an_email_address_and_a_word(details: list[dict[str, Any]]) -> None:
    calls = [detail for detail in details if detail["conversationId"].startswith("LOCAL-")]
    assert share([detail in calls for detail in details]) > 0.1
    assert {detail["projectId"] for detail in calls} == {"project-sandbox"}
    assert {detail["clientEnv"] for detail in calls} == {"sandbox"}
    for detail in calls:
        assert "@" in detail["fromNumber"] + detail["toNumber"]
        assert "studio" in {detail["fromNumber"], detail["toNumber"]}


def test_audio_urls_are_relative_null_or_empty(details: list[dict[str, Any]]) -> None:
    for detail in details:
        url = f"conversations/{detail['conversationId']}/audio"
        assert detail["audioUrl"] in {url, None, ""}
    assert {detail["audioUrl"] for detail in details} >= {None, ""}


def test_a_conversation_in_progress_has_neither_an_end_nor_a_recording(
    details: list[dict[str, Any]],
) -> None:
    in_progress = [detail for detail in details if detail["inProgress"]]
    assert {"finishedAt" in detail for detail in in_progress} == {True, False}
    assert not any(detail.get("finishedAt") or detail["audioUrl"] for detail in in_progress)


def test_empty_text_is_null_in_recorded_conversations_and_blank_in_their_turns(
    details: list[dict[str, Any]],
) -> None:
    recorded = [detail for detail in details if isinstance(detail["turns"][0]["latency"], dict)]
    for name in ("language", "variantId", "handoffReason", "deploymentId", "polyScore", "note"):
        values = [detail.get(name) for detail in recorded]
        assert None in values
        assert "" not in values
    for turn in (turn for detail in recorded for turn in detail["turns"]):
        texts = ("user_input", "user_input_dtmf", "translated_user_input", "asr_lang_code")
        assert all(isinstance(turn[name], str) for name in texts)


def test_ids_of_turns_are_large_and_not_their_index(turns: list[dict[str, Any]]) -> None:
    assert min(turn["turn_id"] for turn in turns if "turn_id" in turn) >= 10**8


def test_what_the_store_returns_can_be_changed_without_effect() -> None:
    store = ConversationStore(5, seed=7, agent_id=AGENT)
    (row,) = store.page(1, 0)
    before = json.dumps(store.detail(row["conversationId"]))
    row["shortSummary"] = row["tags"].append("changed")
    store.detail(row["conversationId"])["shortSummary"] = {"heading": "changed"}
    assert json.dumps(store.detail(row["conversationId"])) == before
