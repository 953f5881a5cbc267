"""What only a store in a folder shows: files that people edit, full disks, and what kills leave."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import pytest

from forecasting.errors import BrokenVersionError
from forecasting.store import lifecycle
from forecasting.store.aliases import PRODUCTION
from forecasting.store.draft import finish_promotion
from forecasting.store.store import ModelStore
from tests.forecasting.store.test_lifecycle import back, decided, move, production, python
from tests.support.service import ROOT

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


@pytest.fixture
def image(three: ModelStore, tmp_path: Path) -> Iterator[Path]:
    """The store as a container sees it whose image brings it: on an overlay file system."""
    upper, work, merged = (tmp_path / name for name in ("upper", "work", "merged"))
    for folder in (upper, work, merged):
        folder.mkdir()
    layers = f"lowerdir={three.location},upperdir={upper},workdir={work}"
    mount = ["mount", "-t", "overlay", "overlay", "-o", layers, str(merged)]
    if not shutil.which("mount") or subprocess.run(mount, check=False).returncode:
        pytest.skip("overlay file systems cannot be mounted here")
    yield merged
    subprocess.run(["umount", str(merged)], check=True)


def test_a_change_by_hand_is_in_the_history_and_can_be_rolled_back(three: ModelStore) -> None:
    """So is a move whose line was lost because the machine stopped after aliases.json."""
    move(three, 1, 2)
    before = three.aliases_and_history("m")[PRODUCTION]
    Path(three.location, "m", "aliases.json").write_text('{"production": 3}')
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


def test_a_damaged_history_is_refused_and_left_alone(three: ModelStore) -> None:
    move(three, 1)
    history = Path(three.location, "m", "history.jsonl")
    history.write_text("{")
    with pytest.raises(BrokenVersionError, match=r"m/history\.jsonl, line 1"):
        move(three, 2)
    assert history.read_text() == "{"
    assert production(three) == 1


def test_a_deletion_that_was_killed_half_way_is_finished_by_the_next(three: ModelStore) -> None:
    left = Path(three.location, "m", ".removed-left")
    Path(three.location, "m", "1").rename(left)
    assert three.versions("m") == [2, 3]
    lifecycle.delete_version(three, "m", 2, by="cli")
    assert not left.exists()


def test_a_version_in_a_layer_of_an_image_is_deleted(three: ModelStore, image: Path) -> None:
    store = ModelStore(image)
    lifecycle.delete_version(store, "m", 2, by="cli")
    assert store.versions("m") == [1, 3]
    assert not list(image.glob("m/.removed-*"))
    assert decided(store, promoted=False) == 4
    assert three.versions("m") == [1, 2, 3]


def test_a_draft_goes_if_it_is_old_and_its_owner_was_killed(three: ModelStore) -> None:
    draft = """
import sys, time
from pathlib import Path
from forecasting.store.draft import publishing
from forecasting.store.store import ModelStore
with publishing(ModelStore(Path(sys.argv[1])), sys.argv[2]) as draft:
    print(draft.folder, flush=True)
    time.sleep(300)
"""
    owners = [
        subprocess.Popen(
            [sys.executable, "-c", draft, three.location, model], cwd=ROOT, stdout=PIPE, text=True
        )
        for model in ("m", "m", "new")
    ]
    try:
        living, *left = (Path(owner.stdout.readline().strip()) for owner in owners if owner.stdout)
        for owner in owners[1:]:
            owner.kill()
            owner.wait()
        decided(three, promoted=False)
        assert all(folder.is_dir() for folder in (living, *left)), "they are not old yet"
        for folder in (living, *left):
            os.utime(folder, (0, 0))
        decided(three, promoted=False)
        assert [folder.is_dir() for folder in (living, *left)] == [True, False, False]
        assert not Path(three.location, "new").exists()
    finally:
        for owner in owners:
            owner.kill()
            owner.communicate()


def test_a_promotion_is_finished_once_where_its_publisher_was_killed(three: ModelStore) -> None:
    move(three, 1)
    kept = {
        name: Path(three.location, "m", name).read_bytes()
        for name in ("aliases.json", "history.jsonl")
    }
    manifest = three.manifest("m", decided(three, promoted=True))
    for name, content in kept.items():
        Path(three.location, "m", name).write_bytes(content)
    finish_promotion(three, manifest)
    assert production(three) == 4
    assert back(three) == 1
    finish_promotion(three, manifest)
    assert production(three) == 1


def test_a_full_disk_changes_nothing_and_says_so(three: ModelStore) -> None:
    """No file may grow in that process: what a write meets on a full disk."""
    move(three, 1, 2)
    lines = python(FULL, three.location).communicate()[0].splitlines()
    assert len(lines) == 2
    assert all("cannot be written" in line for line in lines)
    assert production(three) == 2
    assert three.versions("m") == [1, 2, 3]
    assert back(three) == 1


def test_aliases_are_read_and_damaged_ones_refused(three: ModelStore) -> None:
    aliases = Path(three.location, "m", "aliases.json")
    aliases.write_text('{"production": 1}')
    assert three.aliases("m") == {"production": 1}
    aliases.write_text('{"production": "1"}')
    with pytest.raises(BrokenVersionError):
        three.aliases("m")


def test_the_manifest_of_another_version_is_refused(three: ModelStore) -> None:
    first, second = (Path(three.location, "m", number, "manifest.json") for number in "12")
    first.write_bytes(second.read_bytes())
    with pytest.raises(BrokenVersionError, match="m/2"):
        three.manifest("m", 1)
