"""The number of tasks among which a rate is divided, from the settings of Spark."""

from __future__ import annotations

import pytest

from polyai_conversations.spark.slots import slots_of

STANDALONE = {"spark.master": "spark://host:7077"}
KUBERNETES = {"spark.master": "k8s://https://host"}
DYNAMIC = {"spark.dynamicAllocation.enabled": "true", "spark.executor.cores": "4"}


@pytest.mark.parametrize(
    ("settings", "slots"),
    [
        ({"spark.master": "local"}, 1),
        ({"spark.master": "local[2]"}, 2),
        ({"spark.master": "local[3, 8]"}, 3),
        ({"spark.master": "local[*]"}, None),
        ({**STANDALONE, "spark.cores.max": "16"}, 16),
        ({**STANDALONE, "spark.cores.max": "16", "spark.task.cpus": "3"}, 5),
        ({**STANDALONE, "spark.cores.max": "1", "spark.task.cpus": "2"}, None),
        (STANDALONE, None),
        # A standalone cluster ignores the number of executors, and Kubernetes spark.cores.max.
        ({**STANDALONE, "spark.executor.instances": "2", "spark.executor.cores": "4"}, None),
        ({**KUBERNETES, "spark.cores.max": "16"}, None),
        ({**KUBERNETES, "spark.executor.instances": "2", "spark.executor.cores": "4"}, 8),
        ({**KUBERNETES, "spark.executor.instances": "2"}, None),
        ({**KUBERNETES, **DYNAMIC, "spark.executor.instances": "2"}, None),
        ({**KUBERNETES, **DYNAMIC, "spark.dynamicAllocation.maxExecutors": "10"}, 40),
        ({**STANDALONE, **DYNAMIC, "spark.dynamicAllocation.maxExecutors": "10"}, 40),
        ({}, None),
    ],
)
def test_slots_are_the_tasks_that_the_settings_let_run_at_once(
    settings: dict[str, str], slots: int | None
) -> None:
    assert slots_of(settings) == slots
