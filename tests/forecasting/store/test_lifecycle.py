"""Moving aliases and deleting versions, by one process or by many at once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from forecasting.errors import (
    AliasMovedError,
    BrokenVersionError,
    ConflictError,
    NotFoundError,
    RequestError,
)
from forecasting.store import lifecycle
from forecasting.store.aliases import ABSENT, ANY, PRODUCTION, Action, Alias
from forecasting.store.draft import finish_promotion
from forecasting.store.manifest import PromotePolicy, Promotion
from forecasting.store.store import ModelStore
from tests.support.service import ROOT
from tests.support.tiny_models import publish_copy


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
    assert json.loads((three.root / "m" / "aliases.json").read_text()) == {"production": 3}


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


def test_rollback_passes_over_what_is_deleted_or_broken(three: ModelStore, trained: Path) -> None:
    publish_copy(three, "m", of=trained)
    move(three, 1, 2, 3, 4)
    lifecycle.delete_version(three, "m", 3, by="cli")
    (three.folder("m", 2) / "model.keras").write_bytes(b"damaged")
    assert back(three) == 1


def test_a_change_by_hand_is_in_the_history_and_can_be_rolled_back(three: ModelStore) -> None:
    """So is a move whose line was lost because the machine stopped after aliases.json."""
    move(three, 1, 2)
    before = three.aliases_and_history("m")[PRODUCTION]
    (three.root / "m" / "aliases.json").write_text('{"production": 3}')
    alias = three.aliases_and_history("m")[PRODUCTION]
    assert alias.tag != before.tag
    assert (alias.version, alias.history[-1].from_version, alias.history[-1].by) == (
        3,
        2,
        "unknown",
    )
    assert back(three) == 2
    assert [line.by for line in three.aliases_and_history("m").history] == [
        *("cli", "cli", "unknown", "cli")
    ]


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
    (three.folder("m", 2) / "scaler.pkl").write_bytes(b"damaged")
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


def test_a_damaged_history_is_refused_and_left_alone(three: ModelStore) -> None:
    move(three, 1)
    history = three.root / "m" / "history.jsonl"
    history.write_text("{")
    with pytest.raises(BrokenVersionError, match=r"m/history\.jsonl, line 1"):
        move(three, 2)
    assert history.read_text() == "{"
    assert production(three) == 1


def test_a_version_in_use_is_not_deleted(three: ModelStore) -> None:
    move(three, 2)
    with pytest.raises(ConflictError, match="named by: production") as refused:
        lifecycle.delete_version(three, "m", 2, by="cli")
    assert refused.value.code == "version_in_use"
    assert three.versions("m") == [1, 2, 3]


def test_the_number_of_a_deleted_version_is_never_given_out_again(
    three: ModelStore, trained: Path
) -> None:
    lifecycle.delete_version(three, "m", 3, by="cli", reason="a mistake")
    lifecycle.delete_version(three, "m", 1, by="cli")
    with pytest.raises(NotFoundError, match=r"deleted on .* by cli; it has: 2"):
        three.manifest("m", 3)
    assert publish_copy(three, "m", of=trained).version == 4
    for version in (2, 4):
        lifecycle.delete_version(three, "m", version, by="cli")
    assert three.models() == []
    assert publish_copy(three, "m", of=trained).version == 5
    assert [p.name for p in (three.root / "m").iterdir() if p.is_dir()] == ["5"]


def test_a_deletion_that_was_killed_half_way_is_finished_by_the_next(three: ModelStore) -> None:
    left = three.root / "m" / ".removed-left"
    (three.root / "m" / "1").rename(left)
    assert three.versions("m") == [2, 3]
    lifecycle.delete_version(three, "m", 2, by="cli")
    assert not left.exists()


def test_pruning_keeps_the_newest_the_aliased_and_the_way_back(
    three: ModelStore, trained: Path
) -> None:
    for _ in range(5):
        publish_copy(three, "m", of=trained)
    move(three, 1, 2, 3)
    lifecycle.set_alias(three, "m", "staging", 5, by="cli")
    assert lifecycle.prune(three, "m", 0, by="cli") == []
    assert lifecycle.prune(three, "m", 2, by="cli") == [1, 4, 6]
    assert three.versions("m") == [2, 3, 5, 7, 8]
    assert back(three) == 2


def decided(store: ModelStore, trained: Path, *, promoted: bool) -> int:
    promotion = Promotion(
        policy=PromotePolicy.IF_BETTER,
        incumbent=store.default_version("m"),
        promoted=promoted,
        reason="MASE 1, version 3 2",
    )
    return publish_copy(store, "m", of=trained, promotion=promotion, job="a1").version


def test_what_was_served_without_an_alias_keeps_its_place(three: ModelStore, trained: Path) -> None:
    assert decided(three, trained, promoted=False) == 4
    assert production(three) == 3
    assert decided(three, trained, promoted=True) == 5
    assert production(three) == 5
    held, moved = three.aliases_and_history("m").history
    assert (held.to_version, moved.from_version, moved.to_version) == (3, 3, 5)
    assert (moved.by, moved.reason) == ("job a1", "MASE 1, version 3 2")


def test_a_decision_on_another_version_than_is_served_publishes_nothing(
    three: ModelStore, trained: Path
) -> None:
    move(three, 1)
    promotion = Promotion(
        policy=PromotePolicy.IF_BETTER, incumbent=3, promoted=True, reason="better"
    )
    with pytest.raises(AliasMovedError, match="version 1 is served by now"):
        publish_copy(three, "m", of=trained, promotion=promotion)
    assert three.versions("m") == [1, 2, 3]


def test_a_promotion_is_finished_once_where_its_publisher_was_killed(
    three: ModelStore, trained: Path
) -> None:
    move(three, 1)
    kept = {
        name: (three.root / "m" / name).read_bytes() for name in ("aliases.json", "history.jsonl")
    }
    manifest = three.manifest("m", decided(three, trained, promoted=True))
    for name, content in kept.items():
        (three.root / "m" / name).write_bytes(content)
    finish_promotion(three, manifest)
    assert production(three) == 4
    assert back(three) == 1
    finish_promotion(three, manifest)
    assert production(three) == 1


PUBLISH = """
import sys
from pathlib import Path
from forecasting.store.manifest import Manifest
from forecasting.store.store import ModelStore
from tests.support.tiny_models import publish_copy
store, source = ModelStore(Path(sys.argv[1])), Path(sys.argv[2])
sys.stdin.readline()
print(*(publish_copy(store, "m", of=source).version for _ in range(10)))
"""

RACE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from forecasting.store.aliases import PRODUCTION
from forecasting.errors import AliasMovedError
from forecasting.store.lifecycle import set_alias
from forecasting.store.store import ModelStore
store = ModelStore(Path(sys.argv[1]))

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

FULL = """
import resource, signal, sys
from pathlib import Path
from forecasting.errors import StoreError
from forecasting.store.lifecycle import delete_version, set_alias
from forecasting.store.store import ModelStore
store = ModelStore(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
for change in (
    lambda: set_alias(store, "m", "production", 3, by="cli"),
    lambda: delete_version(store, "m", 1, by="cli"),
):
    try:
        change()
    except StoreError as error:
        print(error.message)
"""


def python(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_that_publish_at_once_never_share_a_number(
    three: ModelStore, trained: Path
) -> None:
    children = [python(PUBLISH, three.root, trained) for _ in range(2)]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    outputs = [child.communicate()[0].split() for child in children]
    assert sorted(int(number) for numbers in outputs for number in numbers) == list(range(4, 24))
    assert all(three.manifest("m", version).version == version for version in three.versions("m"))


def test_of_twenty_moves_at_once_that_expect_the_same_one_wins(three: ModelStore) -> None:
    alias = move(three, 1)
    children = [python(RACE, three.root) for _ in range(4)]
    for turn in range(10):
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


def test_a_full_disk_changes_nothing_and_says_so(three: ModelStore) -> None:
    """No file may grow in that process: what a write meets on a full disk."""
    move(three, 1, 2)
    lines = python(FULL, three.root).communicate()[0].splitlines()
    assert len(lines) == 2
    assert all("cannot be written" in line for line in lines)
    assert production(three) == 2
    assert three.versions("m") == [1, 2, 3]
    assert back(three) == 1
