"""Keys are made, listed and removed from the command line; a file holds their digests."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.access.keys import KeyRing, KeysError, add_key, read_keys, remove_key
from app.access.scopes import Scope
from tests.support.service import ROOT


def keys_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", "keys", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def test_the_command_line_adds_lists_and_removes(file: Path) -> None:
    at = ("--file", str(file))
    added = keys_command("add", *at, "--name", "alice", "--scope", "predict,train")
    key = added.stdout.strip()
    found = KeyRing(file).find(key)
    assert found is not None
    assert found.name == "alice"
    assert found.scopes == {Scope.PREDICT, Scope.TRAIN}
    assert key not in file.read_text()
    assert key.rsplit("_", 1)[1] not in file.read_text()
    listed = keys_command("list", *at).stdout
    assert "alice  predict,train  all" in listed
    file.chmod(0o640)
    assert keys_command("remove", *at, "alice").returncode == 0
    assert read_keys(file) == []
    assert file.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "--name", "bob", "--scope", "all"), "admin"),
        (("add", "--name", "a b", "--scope", "predict"), "--name a b"),
        (("add", "--name", "bob", "--scope", "predict", "--models", "Team A"), "--models Team A"),
        (("add", "--name", "alice", "--scope", "predict"), "already"),
        (("remove", "bob"), "alice"),
    ],
)
def test_a_mistake_is_said_in_one_line(file: Path, arguments: tuple[str, ...], words: str) -> None:
    add_key(file, "alice", [Scope.PREDICT])
    command, *others = arguments
    done = keys_command(command, "--file", str(file), *others)
    assert done.returncode == 2
    assert words in done.stderr.splitlines()[-1]
    assert [key.name for key in read_keys(file)] == ["alice"]


def test_two_keys_that_cannot_be_told_apart_are_refused(file: Path) -> None:
    add_key(file, "alice", [Scope.PREDICT])
    keys = json.loads(file.read_text())["keys"]
    for changes in ({"name": "bob"}, {"id": "0" * 12}):
        file.write_text(json.dumps({"keys": [*keys, keys[0] | changes]}))
        with pytest.raises(KeysError, match="several keys with the"):
            read_keys(file)


def test_no_other_text_is_a_key(file: Path) -> None:
    key, ring = add_key(file, "alice", [Scope.PREDICT]), KeyRing(file)
    others = ("", "fk_", key[:-1], key + "A", key.upper(), key.replace("fk_", ""), "é" * 60)
    assert ring.find(key) is not None
    assert [ring.find(other) for other in others] == [None] * len(others)


def test_a_changed_file_is_read_again_and_a_broken_one_changes_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.access.keys._LOOK_EVERY_SECONDS", 0.0)
    alice = add_key(file, "alice", [Scope.PREDICT])
    ring = KeyRing(file)
    bob = add_key(file, "bob", [Scope.PREDICT])
    assert ring.find(bob) is not None
    remove_key(file, "alice")
    assert ring.find(alice) is None
    file.write_text("{")
    assert ring.find(bob) is not None
    file.unlink()
    assert ring.find(bob) is not None


def test_a_file_that_is_not_there_is_an_error_with_the_cure(file: Path) -> None:
    with pytest.raises(KeysError, match="python -m app keys add"):
        KeyRing(file)
