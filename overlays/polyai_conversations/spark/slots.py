"""How many tasks Spark can run at once, according to its settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_MASTER: Final = "spark.master"
_MAX_CORES: Final = "spark.cores.max"
_DYNAMIC: Final = "spark.dynamicAllocation.enabled"
_MAX_EXECUTORS: Final = "spark.dynamicAllocation.maxExecutors"
_INSTANCES: Final = "spark.executor.instances"
_EXECUTOR_CORES: Final = "spark.executor.cores"
_TASK_CPUS: Final = "spark.task.cpus"
_SETTINGS: Final = (
    _MASTER,
    _MAX_CORES,
    _DYNAMIC,
    _MAX_EXECUTORS,
    _INSTANCES,
    _EXECUTOR_CORES,
    _TASK_CPUS,
)
_LOCAL: Final = re.compile(r"local(?:\[(\d+)(?:,.*)?\])?")


def slots_of_session() -> int | None:
    """Return the largest number of tasks that the active Spark session can run at once.

    None means that there is no session, or that its settings do not limit the number.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ModuleNotFoundError:
        return None
    try:
        session = SparkSession.active()
    except PySparkException:
        return None
    settings = {name: session.conf.get(name, None) for name in _SETTINGS}
    return slots_of({name: value for name, value in settings.items() if value is not None})


def slots_of(settings: Mapping[str, str]) -> int | None:
    """Return the largest number of tasks that these settings of Spark let run at once.

    None means that they do not limit the number.
    """
    cores = _cores(settings)
    return None if cores is None else cores // int(settings.get(_TASK_CPUS, 1)) or None


def _cores(settings: Mapping[str, str]) -> int | None:
    master = settings.get(_MASTER, "")
    standalone = master.startswith("spark://")
    if local := _LOCAL.fullmatch(master):
        return int(local[1] or 1)
    if standalone and _MAX_CORES in settings:
        return int(settings[_MAX_CORES])
    if settings.get(_DYNAMIC, "false").lower() == "true":
        executors = settings.get(_MAX_EXECUTORS)
    else:
        # A standalone cluster starts as many executors as fit.
        executors = None if standalone else settings.get(_INSTANCES)
    if executors is None or _EXECUTOR_CORES not in settings:
        return None
    return int(executors) * int(settings[_EXECUTOR_CORES])
