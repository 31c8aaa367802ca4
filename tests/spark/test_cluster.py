"""Daily runs on two local workers, whose processes are killed at random moments."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from bisect import bisect_left
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
import httpx
import pytest
from cluster import ENVIRONMENT, SETTINGS, Cluster, files_with, kill
from deltalake import DeltaTable
from moto.server import ThreadedMotoServer
from todo import Key, ended, recorded

from polyai_conversations import ConversationsClient
from polyai_conversations.sandbox import Sandbox
from polyai_conversations.sandbox.server.rate_limit import RateLimit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

DAILY_RUN = Path(__file__).with_name("daily_run.py")
KEY = "only-the-executors-know-this-key"
RATE_LIMIT = 100
RATE = 90
RUN_SECONDS = 900


class Lake:
    """A sandbox with two agents, an S3 server, two workers, and the tables of the daily runs."""

    def __init__(self, folder: Path, sandbox: Sandbox, cluster: Cluster) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.cluster = cluster
        self.agents = (sandbox.agent_id, *sandbox.other_agents)
        self.log = folder / "driver.log"
        self.settings: dict[str, str] = {}
        self.fetch: dict[str, Any] = {"rate": RATE, "slots": 2}
        self.source: dict[str, Any] = {"rate": RATE, "slots": 2}
        self.update = {"tasks": 4, "rows_per_file": 30, "files_per_batch": 2}

    @contextmanager
    def start(self) -> Iterator[subprocess.Popen[bytes]]:
        """Start a daily run; the driver does not have the key."""
        common = {"base_url": self.sandbox.url}
        job = {
            "master": self.cluster.url,
            "folder": str(self.folder / "lake"),
            "settings": {
                **SETTINGS,
                "spark.eventLog.enabled": "true",
                "spark.eventLog.compress": "false",
                "spark.eventLog.dir": str(self.folder / "events"),
                **self.settings,
            },
            "source": {"agents": ",".join(self.agents), **common, **self.source},
            "fetch": {"audio": "combined", "to": "s3://lake/audio", **common, **self.fetch},
            "update": self.update,
        }
        with self.log.open("ab") as log:
            driver = subprocess.Popen(
                [sys.executable, str(DAILY_RUN), json.dumps(job)],
                env={**os.environ, **ENVIRONMENT},
                stdout=log,
                stderr=log,
            )
        try:
            yield driver
        finally:
            kill(driver.pid)
            driver.wait()

    def run(self) -> int:
        """Run to the end; return the exit status of the driver."""
        with self.start() as driver:
            return driver.wait(RUN_SECONDS)

    def wait_for_requests(self, number: int) -> None:
        """Wait until the sandbox has served a number of conversations since this call."""
        target = self.fetched + number
        deadline = time.monotonic() + RUN_SECONDS
        while self.fetched < target:
            assert time.monotonic() < deadline, self.log.read_text()[-2_000:]
            time.sleep(0.01)

    def wait_for_tables(self) -> None:
        """Wait until the tables exist."""
        deadline = time.monotonic() + RUN_SECONDS
        tables = [str(self.folder / "lake" / name) for name in ("calls", "failures", "todo")]
        while not all(DeltaTable.is_deltatable(table) for table in tables):
            assert time.monotonic() < deadline, self.log.read_text()[-2_000:]
            time.sleep(0.1)

    @property
    def fetched(self) -> int:
        return self.sandbox.requests["getConversation", 200]

    def calls(self) -> dict[Key, dict[str, Any]]:
        """Read the table with another engine than Spark; every key must occur once."""
        rows = self.rows("calls")
        calls = {(row["agent_id"], row["conversation_id"]): row for row in rows}
        assert len(calls) == len(rows), "a conversation occurs twice"
        return calls

    def rows(self, table: str) -> list[dict[str, Any]]:
        arrow: Any = DeltaTable(str(self.folder / "lake" / table)).to_pyarrow_table()
        rows: list[dict[str, Any]] = arrow.to_pylist()
        return rows

    def check_complete(
        self, expected: dict[Key, dict[str, Any]], departed: AbstractSet[Key] = frozenset()
    ) -> None:
        """Compare the tables and objects with what the API has, or had before some departed."""
        calls = self.calls()
        assert calls.keys() == expected.keys()
        addresses = {key: row["recording"] for key, row in calls.items() if row["recording"]}
        assert addresses.keys() == recorded(expected)
        files = fsspec.filesystem("s3", use_listings_cache=False, skip_instance_cache=True)
        stored = {f"s3://{path}" for path in files.find("lake/audio")}
        assert stored >= set(addresses.values())
        others = stored - set(addresses.values())
        assert all(any(its_id in path for _, its_id in departed) for path in others)
        with ConversationsClient(
            api_key=KEY, agent_id=self.agents[0], base_url=self.sandbox.url
        ) as client:
            for agent_id, its_id in random.sample(sorted(addresses), 10):
                recording = client.for_agent(agent_id).read_audio(its_id)
                assert files.cat_file(addresses[agent_id, its_id]) == recording


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    (tmp_path / "events").mkdir()
    with ExitStack() as running:
        s3 = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        s3.start()
        running.callback(s3.stop)
        endpoint = f"http://127.0.0.1:{s3.get_host_and_port()[1]}"
        # The servers of one process share their buckets, with the objects of other tests.
        httpx.post(f"{endpoint}/moto-api/reset").raise_for_status()
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        fsspec.filesystem("s3", skip_instance_cache=True).makedirs("lake")
        sandbox = running.enter_context(
            Sandbox(
                conversations=70,
                other_agents=["PROJECT-B"],
                api_key=KEY,
                rate_limit=RATE_LIMIT,
                latency=0.01,
                cached_recordings=1_000,
            )
        )
        cluster = running.enter_context(Cluster(tmp_path, {"POLYAI_API_KEY": KEY}))
        yield Lake(tmp_path, sandbox, cluster)


@pytest.fixture
def arrivals(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When each request arrived at the limit of the sandbox, which accepts or rejects it."""
    moments: list[float] = []
    check = RateLimit.check

    def record(limit: RateLimit) -> None:
        moments.append(time.monotonic())
        check(limit)

    monkeypatch.setattr(RateLimit, "check", record)
    return moments


def highest_rate(moments: list[float]) -> int:
    """Return the largest number of moments within any second."""
    return max(
        bisect_left(moments, first + 1) - index for index, first in enumerate(sorted(moments))
    )


def test_daily_runs_lose_and_double_nothing_when_processes_are_killed(
    lake: Lake, arrivals: list[float]
) -> None:
    seed = random.randrange(1_000)
    print(f"The moments are those of seed {seed}")
    moments = random.Random(seed)
    first = ended(lake.sandbox, *lake.agents)

    with lake.start() as driver:
        lake.wait_for_requests(moments.randint(10, 40))
        lake.cluster.kill_executor(moments.randint(0, 1))
        lake.wait_for_requests(moments.randint(5, 30))
        lake.cluster.kill_worker()
        lake.wait_for_requests(moments.randint(5, 30))
        kill(driver.pid)
    fetched = lake.calls()

    # Conversations arrive, one changes, and others leave, some of which were not fetched yet.
    agent_id, noted = min(fetched or first)
    lake.sandbox.store_of(agent_id).set_note(noted, "call back")
    for agent_id, its_id in {max(first.keys() - fetched.keys()), max(fetched or first)}:
        store = lake.sandbox.store_of(agent_id)
        ids = [row["conversationId"] for row in store.page(store.count, 0)]
        store.delete(ids.index(its_id))
        for _ in range(20):
            store.insert()
    second = ended(lake.sandbox, *lake.agents)
    departed = first.keys() - second.keys() - fetched.keys()
    assert departed

    assert lake.run() == 0
    all_listed = {**first, **second}
    lake.check_complete({key: all_listed[key] for key in all_listed.keys() - departed}, departed)
    assert [row["conversation_id"] for row in lake.calls().values() if row["note"] == "call back"]
    failures = {(row["agent_id"], row["conversation_id"]): row for row in lake.rows("failures")}
    assert failures.keys() == departed
    assert all(row["correlation_id"] for row in failures.values())

    repeated = lake.fetched - len(lake.calls()) - 1
    print(f"{len(all_listed)} conversations; the kills repeated {repeated} details")
    highest = highest_rate(arrivals)
    print(f"{len(arrivals)} requests, at most {highest} within a second; the limit is {RATE_LIMIT}")
    assert highest <= RATE_LIMIT
    assert [key for key in lake.sandbox.requests if key[1] == 429] == []
    assert files_with("daily run", lake.folder / "events"), "the event logs cannot be searched"
    assert files_with(KEY, lake.folder) == []


def test_a_wrong_key_ends_the_run_and_is_nowhere_readable(tmp_path: Path) -> None:
    wrong = "this-key-of-the-workers-is-wrong"
    (tmp_path / "events").mkdir()
    with (
        Sandbox(conversations=30, other_agents=["PROJECT-B"], api_key=KEY) as sandbox,
        Cluster(tmp_path, {"POLYAI_API_KEY": wrong}) as cluster,
    ):
        lake = Lake(tmp_path, sandbox, cluster)
        lake.fetch = {"audio": None, "to": None}
        assert lake.run() != 0
        rejected = sandbox.requests["listConversations", 401]
        assert set(sandbox.requests) == {("listConversations", 401)}
    print(f"The wrong key was sent {rejected} times")
    attempts = int(SETTINGS["spark.task.maxFailures"])
    assert 1 <= rejected <= attempts * len(lake.agents)
    assert lake.rows("todo") == lake.rows("calls") == lake.rows("failures") == []
    for searched in ("events", "work"):
        found = files_with("AuthenticationError", tmp_path / searched)
        assert found, f"the logs in {searched} cannot be searched"
    assert "AuthenticationError" in lake.log.read_text()
    assert files_with(wrong, tmp_path) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_repeated_kills_lose_and_double_nothing(lake: Lake, seed: int) -> None:
    moments = random.Random(seed)
    lake.fetch = lake.source = {}
    expected = ended(lake.sandbox, *lake.agents)
    for _ in range(moments.randint(1, 3)):
        with lake.start() as driver:
            # Delta does not complete the creation of a table that was interrupted.
            lake.wait_for_tables()
            time.sleep(moments.uniform(0, 25))
            for _ in range(moments.randint(0, 2)):
                if moments.random() < 0.5 and lake.cluster.executors():
                    lake.cluster.kill_executor(moments.randint(0, 1))
                else:
                    lake.cluster.kill_worker()
                time.sleep(moments.uniform(0, 8))
            kill(driver.pid)
            driver.wait()
    assert lake.run() == 0
    lake.check_complete(expected)
    assert lake.rows("failures") == []
    requests = lake.sandbox.requests
    assert lake.run() == 0
    assert set(lake.sandbox.requests - requests) == {("listConversations", 200)}


@pytest.mark.long
def test_memory_does_not_grow_with_the_number_of_conversations(tmp_path: Path) -> None:
    few, many = (peak_memory(tmp_path / str(count), count) for count in (5_000, 50_000))
    assert many < few + 40 * 2**20


def peak_memory(folder: Path, count: int) -> int:
    """Return how many bytes a run needs in the Python processes of the executors, at most."""
    (folder / "events").mkdir(parents=True)
    with (
        Sandbox(conversations=count, api_key=KEY) as sandbox,
        Cluster(folder, {"POLYAI_API_KEY": KEY}) as cluster,
    ):
        lake = Lake(folder, sandbox, cluster)
        lake.source = {}
        lake.fetch = {"audio": None, "to": None}
        # One batch, so that a task gets a quarter of all rows.
        lake.update = {"tasks": 4, "rows_per_file": 1_000, "files_per_batch": 100}
        peak = 0
        ended_run = threading.Event()

        def watch() -> None:
            nonlocal peak
            while not ended_run.wait(0.2):
                peak = max(peak, cluster.memory())

        watcher = threading.Thread(target=watch)
        watcher.start()
        started = time.monotonic()
        try:
            assert lake.run() == 0
        finally:
            ended_run.set()
            watcher.join()
        seconds = time.monotonic() - started
        print(f"{count} conversations: at most {peak / 2**20:.0f} MiB, in {seconds:.0f} s")
        assert len(lake.calls()) == len(ended(sandbox, sandbox.agent_id))
    return peak
