"""A standalone Spark cluster of a master and two workers with one core each, on loopback alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psutil
import pyspark

if TYPE_CHECKING:
    from collections.abc import Mapping

JARS = Path(__file__).parents[2] / "build" / "spark" / "jars"
HOST = "127.0.0.1"
_SPARK_CLASS = str(Path(pyspark.__file__).parent / "bin" / "spark-class")
_DEPLOY = "org.apache.spark.deploy"
_START_SECONDS = 60

# Tests run for seconds, in which a compiler that optimizes costs more than it gains.
_QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": HOST,
    "spark.driver.host": HOST,
    "spark.driver.memory": "1g",
    "spark.executor.memory": "1g",
    "spark.driver.extraJavaOptions": _QUICK,
    "spark.executor.extraJavaOptions": _QUICK,
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "50",
    "spark.task.maxFailures": "8",
    "spark.jars": ",".join(map(str, sorted(JARS.glob("delta-*.jar")))),
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.snapshotPartitions": "1",
}
ENVIRONMENT = {
    "SPARK_LOCAL_IP": HOST,
    "PYSPARK_PYTHON": sys.executable,
    "PYSPARK_DRIVER_PYTHON": sys.executable,
    "SPARK_DAEMON_JAVA_OPTS": _QUICK,
    # A worker whose executors are killed again and again must go on starting them.
    "SPARK_MASTER_OPTS": "-Dspark.deploy.maxExecutorRetries=-1",
}


class Cluster:
    """Starts the processes of a cluster, and ends them.

    Args:
        folder: Where the workers keep their logs.
        secrets: Variables of the workers, and so of the executors, which the driver does not have.
    """

    def __init__(self, folder: Path, secrets: Mapping[str, str]) -> None:
        self._folder = folder
        self._secrets = secrets
        self._started: list[subprocess.Popen[bytes]] = []
        self._workers: list[subprocess.Popen[bytes]] = []
        self.url = ""

    def __enter__(self) -> Self:
        port = _free_port()
        self.url = f"spark://{HOST}:{port}"
        self._start("master", f"{_DEPLOY}.master.Master", "--port", str(port), "--webui-port", "0")
        _wait_for_port(port)
        for _ in range(2):
            self.start_worker()
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._started):
            kill(process.pid)
            process.wait()

    def start_worker(self) -> None:
        self._workers.append(
            self._start(
                f"worker-{len(self._workers)}",
                f"{_DEPLOY}.worker.Worker",
                *("--cores", "1", "--memory", "1500m", "--webui-port", "0"),
                *("--work-dir", str(self._folder / "work"), self.url),
                **self._secrets,
            )
        )

    def executors(self) -> list[psutil.Process]:
        """Return the executors that run now."""
        return [
            child
            for worker in self._workers
            for child in _children(worker.pid)
            if "CoarseGrainedExecutorBackend" in " ".join(_command(child))
        ]

    def kill_executor(self, index: int) -> None:
        executors = self.executors()
        kill(executors[index % len(executors)].pid)

    def kill_worker(self) -> None:
        """Kill the oldest worker together with its executor, and start another one."""
        worker = self._workers.pop(0)
        kill(worker.pid)
        worker.wait()
        self.start_worker()

    def memory(self) -> int:
        """Return how many bytes the Python processes of the executors occupy."""
        total = 0
        for executor in self.executors():
            for child in _children(executor.pid):
                with suppress(psutil.NoSuchProcess):
                    total += child.memory_info().rss
        return total

    def _start(self, name: str, *command: str, **variables: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [_SPARK_CLASS, command[0], "--host", HOST, *command[1:]],
                env={**os.environ, **ENVIRONMENT, **variables},
                stdout=log,
                stderr=log,
            )
        self._started.append(process)
        return process


def files_with(secret: str, folder: Path) -> list[Path]:
    """Return the files below a folder that contain a key: logs, events, tables and checkpoints."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and secret.encode() in path.read_bytes()
    ]


def kill(pid: int) -> None:
    """Kill a process and everything that it has started, at once."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in (process, *_children(pid)):
            with suppress(psutil.NoSuchProcess):
                each.kill()


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _command(process: psutil.Process) -> list[str]:
    try:
        command: list[str] = process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []
    return command


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        port: Any = listener.getsockname()[1]
    return int(port)


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on port {port}")
