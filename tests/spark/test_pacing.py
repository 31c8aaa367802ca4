"""The rate of one task: even, lower after status 429, and never above what it is given."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from todo import ended, run, todo

from polyai_conversations.sandbox import Sandbox
from polyai_conversations.spark import fetch
from polyai_conversations.spark.pacing import Pacer

if TYPE_CHECKING:
    from polyai_conversations.sandbox.data.store import ConversationStore


class Clock:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def pacer(self, rate: float) -> Pacer:
        return Pacer(rate, clock=lambda: self.now, sleep=self.sleep)


def test_requests_are_sent_at_equal_intervals() -> None:
    pacer = Clock().pacer(rate=4)
    assert [pacer.wait() for _ in range(4)] == [100.25, 100.5, 100.75, 101.0]


def test_time_that_passed_unused_is_not_made_up_for() -> None:
    clock = Clock()
    pacer = clock.pacer(rate=4)
    clock.now += 60
    assert [pacer.wait() for _ in range(3)] == [160.0, 160.25, 160.5]


def test_retry_after_stops_every_thread_and_halves_the_rate() -> None:
    clock = Clock()
    pacer = clock.pacer(rate=4)
    sent_at = pacer.wait()
    pacer.adapt(sent_at, 429, retry_after=7)
    assert pacer.wait() == sent_at + 7
    assert pacer.rate == 2
    assert pacer.wait() == sent_at + 7.5


def test_several_responses_429_to_the_same_burst_halve_the_rate_once() -> None:
    clock = Clock()
    pacer = clock.pacer(rate=100)
    sent = [pacer.wait() for _ in range(8)]
    clock.now += 1
    for moment in sent:
        pacer.adapt(moment, 429, retry_after=None)
    assert pacer.rate == 50


def test_the_rate_recovers_but_never_exceeds_what_it_was() -> None:
    clock = Clock()
    pacer = clock.pacer(rate=10)
    pacer.adapt(pacer.wait(), 429, retry_after=None)
    assert pacer.rate == 5
    rates = []
    for _ in range(100):
        pacer.adapt(pacer.wait(), 200, retry_after=None)
        rates.append(pacer.rate)
    assert rates == sorted(rates)
    assert rates[-1] == 10


def test_threads_share_the_rate() -> None:
    started = time.monotonic()
    pacer = Pacer(100)
    with ThreadPoolExecutor(8) as threads:
        sent = sorted(threads.map(lambda _: pacer.wait(), range(40)))
    assert sent[-1] - started >= 0.39


@pytest.fixture
def store(limited: Sandbox) -> ConversationStore:
    return limited.store


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> object:
    with Sandbox(conversations=60, rate_limit=40) as sandbox:
        monkeypatch.setenv("POLYAI_API_KEY", sandbox.api_key)
        yield sandbox


def test_a_rate_below_the_servers_limit_meets_no_status_429(limited: Sandbox) -> None:
    rows = todo(ended(limited, limited.agent_id))
    started = time.monotonic()
    assert len(run(fetch(base_url=limited.url, rate=30, slots=1), rows)) == len(rows)
    assert time.monotonic() - started >= len(rows) / 30
    assert set(limited.requests) == {("getConversation", 200)}


def test_a_rate_above_the_servers_limit_adapts_and_loses_nothing(limited: Sandbox) -> None:
    rows = todo(ended(limited, limited.agent_id)) * 2
    fetched = run(fetch(base_url=limited.url, rate=400, slots=1), rows)
    assert [row["reason"] for row in fetched] == [None] * len(rows)
    assert limited.requests["getConversation", 200] == len(rows)
    # Without the pauses, the eight threads would meet it more often than the server answers.
    assert 1 <= limited.requests["getConversation", 429] <= len(rows) / 2
