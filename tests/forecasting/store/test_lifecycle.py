"""Moving aliases and deleting versions, in a folder and in S3, whoever does so at the same time."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from forecasting.errors import (
    AliasMovedError,
    ConflictError,
    NotFoundError,
    RequestError,
)
from forecasting.store import lifecycle
from forecasting.store.aliases import ABSENT, ANY, PRODUCTION, Action, Alias
from forecasting.store.draft import publishing
from forecasting.store.manifest import FileEntry, Manifest, PromotePolicy, Promotion
from forecasting.store.store import ModelStore
from tests.forecasting.store.conftest import VERSION, OpenStore, publish_three
from tests.support.buckets import damage
from tests.support.service import ROOT
from tests.support.tiny_models import publish_copy


@pytest.fixture(params=["folder", "s3"])
def three(request: pytest.FixtureRequest, open_store: OpenStore) -> ModelStore:
    return publish_three(open_store(request.param))


def move(store: ModelStore, *versions: int) -> Alias:
    for version in versions:
        alias = lifecycle.set_alias(store, "m", PRODUCTION, version, by="cli")
    return alias


def production(store: ModelStore) -> int | None:
    return store.aliases("m").get(PRODUCTION)


def back(store: ModelStore) -> int | None:
    return lifecycle.roll_back(store, "m", by="cli").version


def test_a_move_is_recorded_with_who_from_to_and_why(three: ModelStore) -> None:
    move(three, 1)
    lifecycle.set_alias(three, "m", PRODUCTION, 3, by="http", reason="looks right")
    first, second = three.aliases_and_history("m")[PRODUCTION].history
    assert (first.from_version, first.to_version, first.by, first.reason) == (None, 1, "cli", None)
    assert (second.from_version, second.to_version) == (1, 3)
    assert (second.by, second.reason, second.action) == ("http", "looks right", Action.SET)
    assert first.at <= second.at
    assert three.aliases("m") == {"production": 3}


def test_moving_an_alias_to_where_it_is_changes_nothing(three: ModelStore) -> None:
    assert move(three, 2) == move(three, 2)


def test_rollback_goes_back_step_by_step_and_then_says_there_is_nothing(three: ModelStore) -> None:
    move(three, 1, 2, 3)
    assert [back(three), back(three)] == [2, 1]
    with pytest.raises(ConflictError) as refused:
        back(three)
    assert refused.value.code == "nothing_to_roll_back_to"
    assert production(three) == 1


def test_rollback_undoes_a_move_back_by_hand_too(three: ModelStore) -> None:
    move(three, 1, 2, 1)
    assert back(three) == 2
    move(three, 3)
    assert back(three) == 2


def test_rollback_brings_a_removed_production_back(three: ModelStore) -> None:
    move(three, 1, 2)
    lifecycle.remove_alias(three, "m", PRODUCTION, by="cli")
    assert three.default_version("m") == 3
    assert back(three) == 2


def test_rollback_passes_over_what_is_deleted_or_broken(three: ModelStore) -> None:
    publish_copy(three, "m", of=VERSION)
    move(three, 1, 2, 3, 4)
    lifecycle.delete_version(three, "m", 3, by="cli")
    damage(three, "m", 2, "model.keras")
    moved = lifecycle.roll_back(three, "m", by="cli")
    assert (moved.version, moved.passed_over) == (1, [3, 2])
    assert move(three, 4).passed_over == []


def test_an_expectation_that_fails_moves_nothing(three: ModelStore) -> None:
    stale = move(three, 1)
    move(three, 2, 1)
    for expected in ({stale.tag}, {ABSENT}, set()):
        with pytest.raises(AliasMovedError, match="names version 1 by now"):
            lifecycle.set_alias(three, "m", PRODUCTION, 3, by="cli", expected=expected)
        with pytest.raises(AliasMovedError):
            lifecycle.roll_back(three, "m", by="cli", expected=expected)
        with pytest.raises(AliasMovedError):
            lifecycle.remove_alias(three, "m", PRODUCTION, by="cli", expected=expected)
    with pytest.raises(AliasMovedError, match="is not there"):
        lifecycle.set_alias(three, "m", "staging", 3, by="cli", expected={ANY})
    assert three.aliases("m") == {"production": 1}
    now = lifecycle.show_alias(three, "m", PRODUCTION)
    lifecycle.set_alias(three, "m", PRODUCTION, 3, by="cli", expected={now.tag, "other"})
    lifecycle.set_alias(three, "m", "staging", 3, by="cli", expected={ABSENT})
    assert three.aliases("m") == {"production": 3, "staging": 3}


def test_an_alias_names_sound_versions_only(three: ModelStore) -> None:
    damage(three, "m", 2, "scaler.pkl")
    with pytest.raises(ConflictError, match=r"scaler\.pkl") as refused:
        move(three, 2)
    assert refused.value.code == "version_broken"
    with pytest.raises(NotFoundError):
        move(three, 9)
    with pytest.raises(NotFoundError):
        lifecycle.set_alias(three, "other", PRODUCTION, 1, by="cli")
    for name in ("latest", "3", "", "Up", "a" * 65, "../up"):
        with pytest.raises(RequestError):
            lifecycle.set_alias(three, "m", name, 1, by="cli")
    assert three.aliases("m") == {}


def test_a_version_in_use_is_not_deleted(three: ModelStore) -> None:
    move(three, 2)
    with pytest.raises(ConflictError, match="named by: production") as refused:
        lifecycle.delete_version(three, "m", 2, by="cli")
    assert refused.value.code == "version_in_use"
    assert three.versions("m") == [1, 2, 3]


def test_what_is_served_for_want_of_an_alias_is_deleted_only_on_demand(three: ModelStore) -> None:
    damage(three, "m", 3, "scaler.pkl")
    with pytest.raises(ConflictError, match=r"Without it, version 1 would be served.") as refused:
        lifecycle.delete_version(three, "m", 2, by="cli")
    assert refused.value.code == "version_served"
    for version in (3, 1):
        lifecycle.delete_version(three, "m", version, by="cli")
    with pytest.raises(ConflictError, match=r"Without it, the model would be gone."):
        lifecycle.delete_version(three, "m", 2, by="cli")
    assert three.versions("m") == [2]
    lifecycle.delete_version(three, "m", 2, by="cli", even_if_served=True)
    assert three.models() == []


def test_the_number_of_a_deleted_version_is_never_given_out_again(three: ModelStore) -> None:
    lifecycle.delete_version(three, "m", 3, by="cli", reason="a mistake", even_if_served=True)
    lifecycle.delete_version(three, "m", 1, by="cli")
    with pytest.raises(NotFoundError, match=r"deleted on .* by cli; it has: 2"):
        three.manifest("m", 3)
    assert publish_copy(three, "m", of=VERSION).version == 4
    for version in (2, 4):
        lifecycle.delete_version(three, "m", version, by="cli", even_if_served=True)
    assert three.models() == []
    assert publish_copy(three, "m", of=VERSION).version == 5
    assert three.versions("m") == [5]


def test_pruning_keeps_the_newest_the_aliased_and_the_way_back(three: ModelStore) -> None:
    for _ in range(5):
        publish_copy(three, "m", of=VERSION)
    move(three, 1, 2, 3)
    lifecycle.set_alias(three, "m", "staging", 5, by="cli")
    assert lifecycle.prune(three, "m", 0, by="cli") == []
    assert lifecycle.prune(three, "m", 2, by="cli") == [1, 4, 6]
    assert three.versions("m") == [2, 3, 5, 7, 8]
    assert back(three) == 2


def decided(store: ModelStore, *, promoted: bool) -> int:
    promotion = Promotion(
        policy=PromotePolicy.IF_BETTER,
        incumbent=store.default_version("m"),
        promoted=promoted,
        reason="MASE 1, version 3 2",
    )
    return publish_copy(store, "m", of=VERSION, promotion=promotion, job="a1").version


def test_what_was_served_without_an_alias_keeps_its_place(three: ModelStore) -> None:
    assert decided(three, promoted=False) == 4
    assert production(three) == 3
    assert decided(three, promoted=True) == 5
    assert production(three) == 5
    held, moved = three.aliases_and_history("m").history
    assert (held.to_version, moved.from_version, moved.to_version) == (3, 3, 5)
    assert (moved.by, moved.reason) == ("job a1", "MASE 1, version 3 2")


def test_a_decision_on_another_version_than_is_served_publishes_nothing(three: ModelStore) -> None:
    move(three, 1)
    promotion = Promotion(
        policy=PromotePolicy.IF_BETTER, incumbent=3, promoted=True, reason="better"
    )
    described, permitted = three.manifest("m", 1), []

    @contextmanager
    def permission() -> Iterator[None]:
        permitted.append(True)
        yield

    def decided_on(promotion: Promotion) -> Callable[[int, dict[str, FileEntry]], Manifest]:
        return lambda version, files: described.model_copy(
            update={"version": version, "files": files, "promotion": promotion}
        )

    with publishing(three, "m") as draft:
        with pytest.raises(AliasMovedError, match="version 1 is served by now"):
            draft.publish(decided_on(promotion), permission)
        assert three.versions("m") == [1, 2, 3]
        again = promotion.model_copy(update={"incumbent": 1})
        assert draft.publish(decided_on(again), permission).version == 4
    assert production(three) == 4
    assert len(permitted) == 2


PUBLISH = """
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from forecasting.store.manifest import Manifest
from forecasting.store.store import ModelStore
from tests.support.tiny_models import publish_copy
store, source = ModelStore(sys.argv[1]), Path(sys.argv[2])
sys.stdin.readline()
print(*(publish_copy(store, "m", of=source).version for _ in range(5)))
"""


RACE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from forecasting.store.aliases import PRODUCTION
from forecasting.errors import AliasMovedError
from forecasting.store.lifecycle import set_alias
from forecasting.store.store import ModelStore
store = ModelStore(sys.argv[1])

def wins(tag, version):
    try:
        set_alias(store, "m", PRODUCTION, version, by="cli", expected={tag})
    except AliasMovedError:
        return 0
    return 1

with ThreadPoolExecutor(5) as pool:
    for line in sys.stdin:
        tag, version = line.split()
        print(sum(pool.map(wins, [tag] * 5, [int(version)] * 5)), flush=True)
"""


def python(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_that_publish_at_once_never_share_a_number(three: ModelStore) -> None:
    children = [python(PUBLISH, three.location, VERSION) for _ in range(2)]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    outputs = [child.communicate()[0].split() for child in children]
    assert sorted(int(number) for numbers in outputs for number in numbers) == list(range(4, 14))
    assert all(three.manifest("m", version).version == version for version in three.versions("m"))


def test_of_twenty_moves_at_once_that_expect_the_same_one_wins(three: ModelStore) -> None:
    alias = move(three, 1)
    children = [python(RACE, three.location) for _ in range(4)]
    for turn in range(4 if three.storage.is_remote else 10):
        version = 2 + turn % 2
        for child in children:
            assert child.stdin is not None
            child.stdin.write(f"{alias.tag} {version}\n")
            child.stdin.flush()
        wins = [int(child.stdout.readline()) for child in children if child.stdout]
        assert sum(wins) == 1, wins
        alias = three.aliases_and_history("m")[PRODUCTION]
        assert (alias.version, len(alias.history)) == (version, turn + 2)
    for child in children:
        child.communicate()
