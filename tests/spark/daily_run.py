"""The driver of a daily run, as a user would write it; the tests start and kill it.

Its argument is a JSON object: `master`, `folder`, `settings` for Spark, `source` and `fetch` for
this package, and `update` for the sizes of files and batches.
"""

from __future__ import annotations

import json
import sys

from pyspark.sql import SparkSession

from polyai_conversations.spark import CALLS, FAILURES, TODO, ConversationsSource, fetch, update

job = json.loads(sys.argv[1])
builder = SparkSession.builder.appName("daily run").master(job["master"])
for name, value in job["settings"].items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")

# The catalog of this session forgets the tables, which a metastore would remember.
tables = {"calls": CALLS, "failures": FAILURES, "todo": TODO}
for name, columns in tables.items():
    location = f"{job['folder']}/{name}"
    spark.sql(f"CREATE TABLE IF NOT EXISTS {name} ({columns}) USING delta LOCATION '{location}'")

spark.dataSource.register(ConversationsSource)
update(
    spark.read.format("polyai").options(**job["source"]).load(),
    fetch(**job["fetch"]),
    **{name: name for name in tables},
    checkpoint=f"{job['folder']}/checkpoint",
    **job["update"],
)
spark.stop()
