"""Brings tables up to date with the lists: finds what is missing, and fetches it in a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyspark.sql import functions as f

from .schemas import CALLS, CALLS_ARROW, FAILURES, FAILURES_ARROW, FETCHED, TODO

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

    from .fetching import FetchConversations

_KEY: Final = ("agent_id", "conversation_id")


def update(
    listed: DataFrame,
    fetch: FetchConversations,
    *,
    calls: str,
    failures: str,
    todo: str,
    checkpoint: str,
    tasks: int,
    rows_per_file: int = 1_000,
    files_per_batch: int = 10,
) -> None:
    """Fetch what is listed and not in the table `calls` yet, or has changed since.

    The tables are Delta tables, which are created if needed. `calls` has one row for each agent
    and conversation; `failures` has one for each conversation whose last attempt failed. The next
    call tries these again. After an interruption, even by `kill -9`, the next call first completes
    what was begun. Only one call at a time may use the same tables.

    Args:
        listed: What the format `polyai` reads, or a selection of its rows.
        fetch: Fetches the conversations.
        calls: The table of conversations, with the columns `CALLS`.
        failures: The table of failures, with the columns `FAILURES`.
        todo: The table of what was to be fetched, with the columns `TODO`; it grows with each call.
        checkpoint: The folder for the state of the stream that reads `todo`.
        tasks: Into how many tasks each batch is divided; a few times the number of slots.
        rows_per_file: Maximum number of rows in a file of `todo`.
        files_per_batch: Number of these files in one batch of the stream, which becomes one commit
            in `calls`.
    """
    spark = listed.sparkSession
    create_tables(spark, calls=calls, failures=failures, todo=todo)

    def fetch_todo() -> None:
        stream = spark.readStream.option("maxFilesPerTrigger", files_per_batch).table(todo)
        query = (
            stream.repartition(tasks)
            .mapInArrow(fetch, FETCHED)
            .writeStream.foreachBatch(BatchWriter(calls, failures))
            .option("checkpointLocation", checkpoint)
            .trigger(availableNow=True)
            .start()
        )
        query.awaitTermination()

    # What an interrupted call has left must be fetched first: until then, it is not in `calls`,
    # and would be added to `todo` once more.
    fetch_todo()
    missing = select_todo(listed, spark.table(calls))
    missing.write.option("maxRecordsPerFile", rows_per_file).format("delta").mode(
        "append"
    ).saveAsTable(todo)
    fetch_todo()


def create_tables(spark: SparkSession, *, calls: str, failures: str, todo: str) -> None:
    """Create the tables of `update` that do not exist, where the catalog puts them.

    To choose the place yourself, create them before: `CREATE TABLE … ({CALLS}) USING delta`.
    """
    for table, columns in ((calls, CALLS), (failures, FAILURES), (todo, TODO)):
        if not spark.catalog.tableExists(table):
            spark.createDataFrame([], columns).write.format("delta").saveAsTable(table)


def select_todo(listed: DataFrame, calls: DataFrame) -> DataFrame:
    """Return what must be fetched, with the columns `TODO`.

    Args:
        listed: Rows with the columns `agent_id`, `conversation_id` and `revision`.
        calls: The conversations that have been fetched, with the same columns. A null revision
            means that the conversation must be fetched again.
    """
    known = calls.select(*_KEY, f.col("revision").alias("known"), f.lit(True).alias("changed"))
    return (
        listed.select(*_KEY, "revision")
        .dropDuplicates([*_KEY])
        .join(known, [*_KEY], "left")
        .where("known IS NULL OR known <> revision")
        .select(*_KEY, "revision", f.coalesce("changed", f.lit(False)).alias("changed"))
    )


class BatchWriter:
    """Writes the batches of a stream with the columns `FETCHED` to two tables.

    Each batch becomes one commit in `calls`, and at most one in `failures`. After an interruption,
    Spark repeats the last batch, so the first one is merged into `calls` by key; the others are
    appended, which costs less, unless they contain conversations that were fetched before.

    Args:
        calls: The table of conversations.
        failures: The table of failures.
    """

    def __init__(self, calls: str, failures: str) -> None:
        self._calls = calls
        self._failures = failures
        self._may_repeat = True

    def __call__(self, batch: DataFrame, _: int) -> None:
        """Write a batch."""
        batch = batch.persist()
        try:
            self._write_calls(batch)
            self._write_failures(batch)
            self._may_repeat = False
        finally:
            batch.unpersist()

    def _write_calls(self, batch: DataFrame) -> None:
        incomplete = f.col("reason").isNotNull()
        rows = (
            batch.where("account_id IS NOT NULL")
            .withColumn("revision", f.when(incomplete, None).otherwise(f.col("revision")))
            .select(CALLS_ARROW.names)
        )
        if self._may_repeat or not batch.where("changed").isEmpty():
            merge = rows.alias("new").mergeInto(self._calls, _same_key(self._calls))
            merge.whenMatched().updateAll().whenNotMatched().insertAll().merge()
        else:
            rows.write.format("delta").mode("append").saveAsTable(self._calls)

    def _write_failures(self, batch: DataFrame) -> None:
        rows = batch.select(FAILURES_ARROW.names).alias("new")
        failed = f.col("new.reason").isNotNull()
        if rows.where(failed).isEmpty() and batch.sparkSession.table(self._failures).isEmpty():
            return
        (
            rows.mergeInto(self._failures, _same_key(self._failures))
            .whenMatched(~failed)
            .delete()
            .whenMatched()
            .updateAll()
            .whenNotMatched(failed)
            .insertAll()
            .merge()
        )


def _same_key(table: str) -> Column:
    columns = (f.col(f"{table}.{name}") == f.col(f"new.{name}") for name in _KEY)
    return next(columns) & next(columns)
