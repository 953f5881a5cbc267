"""Nodes of a Ray cluster, of one core each, which can be killed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import Any, Self

from tests.support.service import free_port

NO_RAY = "Ray is not installed: make test-cluster"
_OBJECT_STORE_BYTES = 80 * 2**20
_QUICK_HEALTH_CHECKS = {
    "health_check_initial_delay_ms": 1_000,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 2_000,
    "health_check_failure_threshold": 4,
}


class RayNodes:
    """A head without cores and so many nodes with one, inside the `with` block.

    If cores of this machine are given, each node runs on one of them, in turn, and on no other.
    """

    def __init__(self, count: int, cores: Sequence[int] = ()) -> None:
        from ray.cluster_utils import Cluster

        self._cluster = Cluster(
            initialize_head=True,
            head_node_args={
                "num_cpus": 0,
                "include_dashboard": True,
                "dashboard_port": 0,
                "dashboard_agent_listen_port": free_port(),  # Another cluster may be here, too.
                "object_store_memory": _OBJECT_STORE_BYTES,
                "_system_config": _QUICK_HEALTH_CHECKS,
            },
        )
        self._nodes: list[Any] = []
        self._cores = cycle([{core} for core in cores] or [os.sched_getaffinity(0)])
        for _ in range(count):
            self.add()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._cluster.shutdown()

    @property
    def address(self) -> str:
        """The address of the Jobs API."""
        return f"http://{self._cluster.head_node.webui_url}"

    @property
    def gcs_address(self) -> str:
        """The address by which Ray's programs join the cluster."""
        return str(self._cluster.address)

    def add(self) -> None:
        """Add a node of one core."""
        with _on_cores(next(self._cores)):
            node = self._cluster.add_node(num_cpus=1, object_store_memory=_OBJECT_STORE_BYTES)
        self._nodes.append(node)

    def any_node(self) -> str:
        """Return the id of one of the nodes."""
        return str(self._nodes[0].node_id)

    def kill(self, node_id: str) -> None:
        """Kill all processes of a node, as a power cut does."""
        (node,) = [node for node in self._nodes if node.node_id == node_id]
        self._cluster.remove_node(node, allow_graceful=False)
        self._nodes.remove(node)

    def node_of(self, job: str) -> str | None:
        """Return the id of the node on which the attempt at a job runs now, if one does."""
        from ray.job_submission import JobSubmissionClient

        for details in JobSubmissionClient(self.address).list_jobs():
            if (details.metadata or {}).get("job") == job and details.status == "RUNNING":
                return str(details.driver_node_id)
        return None

    def finished_tasks(self, name: str) -> int:
        """Return how many tasks of that name have run to their end."""
        from ray.util.state import list_tasks

        wanted = [("name", "=", name), ("state", "=", "FINISHED")]
        return len(list_tasks(address=self.address, filters=wanted))


@contextmanager
def _on_cores(cores: set[int]) -> Iterator[None]:
    """Let what this thread starts inside the `with` block run on some cores only."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)
