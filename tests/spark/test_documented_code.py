"""Runs the Python blocks of `docs/spark.md` as printed, apart from addresses and sizes."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cluster import ENVIRONMENT, SETTINGS
from pyspark.sql import SparkSession
from todo import ended, keys_of, recorded

from polyai_conversations.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # py4j's connections

DOCUMENT = Path(__file__).parents[2] / "docs" / "spark.md"
BLOCKS = re.findall(r"^```python\n(.+?)^```", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    folder = tmp_path_factory.mktemp("warehouse")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**ENVIRONMENT, "POLYAI_API_KEY": "sandbox-key"}.items():
            patch.setitem(os.environ, name, value)
        builder = SparkSession.builder.master("local[2]")
        for name, value in {**SETTINGS, "spark.sql.warehouse.dir": str(folder)}.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()


@pytest.mark.parametrize("block", BLOCKS, ids=["update", "parts"])
def test_the_code_in_the_documentation_runs_as_printed(
    spark: SparkSession, tmp_path: Path, block: str
) -> None:
    with Sandbox(
        conversations=12, agent_id="PROJECT-A", other_agents=["PROJECT-B"], rate_limit=50
    ) as sandbox:
        block = block.replace("s3://lake", str(tmp_path))
        block = block.replace('region="uk"', f'base_url="{sandbox.url}"')
        block = block.replace("slots=16", "slots=2").replace("tasks=64", "tasks=2")
        spark.sql("CREATE DATABASE lake")
        try:
            exec(block, {"spark": spark})
            expected = ended(sandbox, "PROJECT-A", "PROJECT-B")
            rows = [row.asDict() for row in spark.table("lake.polyai_calls").collect()]
            assert sorted(keys_of(rows)) == sorted(expected)
            assert len(list((tmp_path / "audio").rglob("*.wav"))) == len(recorded(expected))

            requests = sandbox.requests
            exec(block, {"spark": spark})
            assert set(sandbox.requests - requests) == {("listConversations", 200)}
            assert spark.table("lake.polyai_calls").count() == len(expected)
        finally:
            spark.sql("DROP DATABASE lake CASCADE")
