"""On a Ray cluster of two nodes, one of which is killed while it works: every member comes back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toys import Plain

from madang.models.many.design import given
from madang.models.many.distributed import LOOPBACK
from madang.models.many.experiments import evaluate

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'madang[cluster]'")

pytestmark = pytest.mark.filterwarnings("ignore")  # Ray leaves handles of its own children open


@pytest.fixture(scope="module")
def two_nodes() -> Iterator[Any]:
    """A cluster of two nodes on loopback, one core each."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as told:
        told.setenv("RAY_USAGE_STATS_ENABLED", "0")
        told.setenv("RAY_DISABLE_IMPORT_WARNING", "1")
        each = {"num_cpus": 1, "object_store_memory": 80 * 2**20, "node_ip_address": LOOPBACK}
        cluster = Cluster(initialize_head=True, head_node_args={**each, "include_dashboard": False})
        second = cluster.add_node(**each)
        try:
            yield cluster, second
        finally:
            ray.shutdown()
            cluster.shutdown()


def test_all_members_come_back_when_a_node_is_killed_in_the_midst(two_nodes: Any, tmp_path: Path) -> None:
    cluster, second = two_nodes
    design = given(Plain.spec, {"x": [float(x) for x in range(60)]})
    killed: list[float] = []

    def kill_one(share: float, what: str) -> None:
        if share > 0 and not killed:
            killed.append(share)
            cluster.remove_node(second, allow_graceful=False)

    found = evaluate(Together(str(tmp_path)), {}, design, executor=f"ray:{cluster.address}", progress=kill_one)
    assert killed
    assert killed[0] < 1
    assert len(workers_seen(tmp_path)) >= 2
    assert found.failed == ()
    assert np.array_equal(found.outcomes["plain.y"], 2 * design.points[:, 0])
    assert not ray.is_initialized()
    # The node that is left goes on answering, and names who dies and who hangs.
    few = given(Plain.spec, {"x": [0.0, 1.0, 2.0]})
    for mischief, code in (("raise", "plain.dry"), ("die", "many.worker-lost")):
        bad = evaluate(Plain("", mischief, 1.0), {}, few, executor=f"ray:{cluster.address}")
        assert [(one.member, one.code) for one in bad.failed] == [(1, code)]
        assert bad.outcomes["plain.y"][2] == 4.0


class Together(Plain):
    """As Plain, but no member is answered before two workers are at it: so one of them can be killed in the midst."""

    def run(self, inputs: Any, params: Any, ctx: Any) -> Any:
        answer = super().run(inputs, params, ctx)
        while len(workers_seen(Path(self.folder))) < 2:
            threading.Event().wait(0.01)
        return answer


def workers_seen(folder: Path) -> set[str]:
    """The processes that have begun a member."""
    return {file.name.split("-")[1] for file in folder.iterdir()}
