"""A backup of a running service is whole, and comes back whole or not at all."""

import gzip
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from app.backup.archive import BackupError, writing
from app.backup.backup import back_up
from app.backup.restore import check_whole, finish, is_cut_off, restore
from app.jobs.open_ledger import open_ledger
from app.jobs.schemas import JobState
from forecasting.jobs.job_folder import JobFolder
from forecasting.store.lifecycle import prune, set_alias, sign_version
from forecasting.store.signing import SigningKey, TrustedKeys
from forecasting.store.storage.index import index_key
from forecasting.store.store import ModelStore
from tests.support.buckets import FailingObjects, memory_store
from tests.support.service import ROOT, Service, wait_until
from tests.support.tiny_models import publish_copy
from tests.support.training_jobs import get_job, train, wait_for_end
from tests.upgrade.test_upgrade import COPY

VERSION = COPY / "store" / "tiny" / "1"
Folders = tuple[ModelStore, Path]


@pytest.fixture
def source(tmp_path: Path) -> Folders:
    copy = shutil.copytree(COPY, tmp_path / "source")
    return ModelStore(copy / "store"), copy / "jobs"


@pytest.fixture
def target(tmp_path: Path) -> Folders:
    return ModelStore(tmp_path / "target" / "store"), tmp_path / "target" / "jobs"


def content(folders: Folders) -> dict[str, bytes]:
    """The visible files, but for job.json, which names the store."""
    return {
        f"{folder.name}/{path.relative_to(folder)}": path.read_bytes()
        for folder in (Path(folders[0].location), folders[1])
        for path in folder.glob("[!.]*/**/*")
        if path.is_file() and path.name != "job.json"
    }


def check_consistent(store: ModelStore, jobs: Path) -> None:
    for model in store.models():
        for version in store.versions(model):
            store.manifest(model, version)
        assert set(store.aliases(model).values()) <= set(store.versions(model))
    ledger = open_ledger(jobs)
    found = ledger.jobs()
    ledger.close()
    assert found
    for job in found:
        assert JobFolder(jobs / job.id).read_spec().store == store.location


def test_a_backup_of_a_running_service_goes_on_elsewhere(tmp_path: Path, source: Folders) -> None:
    store, _ = source
    key = SigningKey.create(tmp_path / "release.key")
    sign_version(store, "tiny", 1, key)
    env = {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "FORECAST_TRUSTED_KEYS": key.public,
        "FORECAST_SIGNING_KEY": str(tmp_path / "release.key"),
        "FORECAST_MODEL_STORE": store.location,
        "FORECAST_JOBS_DIR": str(tmp_path / "jobs"),
    }

    def command(*words: str, **changes: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "app", *words],
            cwd=ROOT,
            env=os.environ | env | changes,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    (tmp_path / "jobs").mkdir()
    file, restored = str(tmp_path / "backup.tar"), tmp_path / "restored"
    log = tmp_path / "service.log"
    with Service(Path(store.location), tmp_path / "jobs", env, log=log) as service:
        with service.client() as client:
            job = train(client, promote="always")
            wait_until(lambda: get_job(client, job).state is JobState.RUNNING, what="its start")
            assert "1 models, 2 jobs and databases" in command("backup", file)
            assert "a service is running" in command("restore", file, "--overwrite")
        service.kill()
    moved = {
        "FORECAST_MODEL_STORE": str(restored / "store"),
        "FORECAST_JOBS_DIR": str(restored / "jobs"),
    }
    assert "1 models, 2 jobs and databases" in command("restore", file, **moved)
    with (
        Service(restored / "store", restored / "jobs", env | moved, log=log) as service,
        service.client() as client,
    ):
        ended = wait_for_end(client, job)
        assert (ended.state, ended.version, len(ended.attempts)) == (JobState.SUCCEEDED, 1, 2)
        answer = client.post("/predict", json={"series": [1, 2, 3, 4] * 5, "model": "mine"})
        assert answer.status_code == 200, answer.text
    ModelStore(restored / "store", TrustedKeys.parse(key.public)).manifest("mine", 1)
    assert ModelStore(store.location).models() == ["tiny"]


@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_a_backup_is_consistent_while_versions_come_and_go(
    tmp_path: Path, source: Folders, target: Folders, kind: str
) -> None:
    store, jobs = source
    if kind == "bucket":
        store = memory_store(FailingObjects(), tmp_path / "cache")
        publish_copy(store, "tiny", of=VERSION)
    stop = threading.Event()

    def change() -> None:
        while not stop.is_set():
            version = publish_copy(store, "tiny", of=VERSION).version
            set_alias(store, "tiny", "production", version, by="cli")
            prune(store, "tiny", 2, by="cli")

    changing = threading.Thread(target=change)
    changing.start()
    try:
        for number in range(5):
            file = tmp_path / f"{number}.tar"
            back_up(store, jobs, file)
            restore(file, *target, overwrite=True)
            check_consistent(*target)
    finally:
        stop.set()
        changing.join()


def test_a_restore_that_is_killed_leaves_the_old_or_is_finished(
    tmp_path: Path, source: Folders, target: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup.tar"
    back_up(*source, file)
    restored = content(source)
    old_store, old_jobs = target
    for number in range(100):
        for folder in (Path(old_store.location), old_jobs):
            shutil.rmtree(folder, ignore_errors=True)
            (folder / "old").mkdir(parents=True)
            (folder / "old" / "file").write_text("old")
        before = content(target)
        if not dies_at(number, lambda: restore(file, *target, overwrite=True), monkeypatch):
            assert number > 10
            return
        if is_cut_off(old_jobs):
            with pytest.raises(BackupError, match="to finish it"):
                check_whole(old_jobs)
            finish(*target)
            assert content(target) == restored
        else:
            assert content(target) in (before, restored)
    pytest.fail("it never comes to an end")


class Killed(BaseException):
    """Ends the restore at once, as a signal does."""


def dies_at(number: int, run: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the run is killed before its `number`th change of names."""
    steps = iter(range(1000))

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            if next(steps) == number:
                raise Killed
            return real(*args, **kwargs)

        return step

    with monkeypatch.context() as patched:
        for name in ("rename", "replace", "unlink"):
            patched.setattr(Path, name, counted(getattr(Path, name)))
        try:
            run()
        except Killed:
            return True
    return False


def test_a_folder_moves_into_a_bucket_and_back(
    tmp_path: Path, source: Folders, target: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = SigningKey.create(tmp_path / "release.key")
    sign_version(source[0], "tiny", 1, key)
    file, back = tmp_path / "backup.tar", tmp_path / "back.tar"
    back_up(*source, file)
    objects = FailingObjects()
    bucket, jobs = memory_store(objects, tmp_path / "cache"), tmp_path / "jobs"
    number = 1
    while number == 1 or objects.calls >= number:  # each call fails in turn
        shutil.rmtree(jobs, ignore_errors=True)
        objects.calls, objects.fails_at = 0, number
        number += 1
        with suppress(BackupError):
            restore(file, bucket, jobs, overwrite=True)
        if is_cut_off(jobs):
            finish(bucket, jobs)
    assert number > 8
    objects.fails_at = None
    check_consistent(bucket, jobs)
    with pytest.raises(BackupError, match="With --overwrite"):
        restore(file, bucket, tmp_path / "other", overwrite=False)
    back_up(bucket, jobs, back)
    restore(back, *target, overwrite=False)
    assert content(target) == content(source)


@pytest.mark.parametrize(
    ("name", "damaged", "why"),
    [
        ("1/manifest.json", None, "version 1 of tiny is damaged: manifest.json is missing"),
        ("1/manifest.json", b'{"format": 1,', "version 1 of tiny is damaged: manifest.json"),
        ("1/model.onnx", b"cut off", "version 1 of tiny is damaged: model.onnx is not the file"),
        ("1/manifest.sig", b"\xff", "version 1 of tiny is damaged"),
        ("aliases.json", b"{", "aliases.json cannot be read"),
    ],
)
def test_no_damaged_version_is_half_brought_into_a_bucket(
    tmp_path: Path, source: Folders, name: str, damaged: bytes | None, why: str
) -> None:
    bucket, jobs = memory_store(FailingObjects(), tmp_path / "cache"), tmp_path / "jobs"
    publish_copy(bucket, "before", of=VERSION)
    home = Path(source[0].location, "tiny")
    file = tmp_path / "made.tar"
    with writing(file) as writer:
        for path in home.rglob("*.*"):
            if path != home / name:
                writer.add(f"store/tiny/{path.relative_to(home)}", path)
        if damaged is not None:
            writer.add_content(f"store/tiny/{name}", damaged)
        writer.finish()
    with pytest.raises(BackupError, match=why):
        restore(file, bucket, jobs, overwrite=True)
    assert not is_cut_off(jobs)
    assert bucket.models() == ["before"]


def test_a_backup_replaces_a_damaged_index(tmp_path: Path, source: Folders) -> None:
    file, jobs = tmp_path / "backup.tar", tmp_path / "jobs"
    back_up(*source, file)
    objects = FailingObjects()
    bucket = memory_store(objects, tmp_path / "cache")
    for model in ("tiny", "other"):
        objects.write(index_key(model), b"{")
    restore(file, bucket, jobs, overwrite=True)
    assert bucket.models() == ["tiny"]
    check_consistent(bucket, jobs)


def test_what_is_no_whole_backup_changes_nothing(
    tmp_path: Path, source: Folders, target: Folders
) -> None:
    file, cut, changed = (tmp_path / name for name in ("backup.tar", "cut.tar", "changed.tar"))
    back_up(*source, file)
    whole = file.read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    changed.write_bytes(whole.replace(b'"version": 1,', b'"version": 7,', 1))
    packed = tmp_path / "backup.tar.gz"
    packed.write_bytes(gzip.compress(whole))
    for path, words in (
        (cut, "no whole backup|cannot be read"),
        (changed, "not the file that was"),
        (packed, "Unpack it first: gunzip .*/backup.tar.gz"),
    ):
        with pytest.raises(BackupError, match=words):
            restore(path, *target, overwrite=False)
        assert not content(target)
    with pytest.raises(BackupError, match="is there already"):
        back_up(*source, file)


def test_a_damaged_job_does_not_keep_the_rest_from_being_restored(
    tmp_path: Path, source: Folders, target: Folders
) -> None:
    damaged = next(source[1].glob("*/job.json"))
    damaged.write_bytes(b"{")
    back_up(*source, tmp_path / "backup.tar")
    restore(tmp_path / "backup.tar", *target, overwrite=False)
    assert content(target) == content(source)
    assert (target[1] / damaged.relative_to(source[1])).read_bytes() == b"{"


def test_a_link_in_a_backup_is_no_file(tmp_path: Path, target: Folders) -> None:
    made, some, linked = (tmp_path / name for name in ("made.tar", "some", "linked.tar"))
    some.write_bytes(b"content")
    with writing(made) as writer:
        writer.add("store/some", some)
        writer.finish()
    with tarfile.open(made) as whole, tarfile.open(linked, "w") as archive:
        for member in whole:
            link = tarfile.TarInfo(member.name)
            link.type, link.linkname = tarfile.SYMTYPE, str(some)
            if member.name == "store/some":
                archive.addfile(link)
            else:
                archive.addfile(member, whole.extractfile(member))
    with pytest.raises(BackupError, match="store/some is missing"):
        restore(linked, *target, overwrite=False)


@pytest.mark.parametrize(
    "name", ["jobs//{away}/x", "{away}/x", "jobs/../x", "store/./x", "jobs/.restore/x", "x", ""]
)
def test_no_name_in_a_backup_leads_out_of_the_folders(
    tmp_path: Path, target: Folders, name: str
) -> None:
    file, some, away = tmp_path / "made.tar", tmp_path / "some", tmp_path / "away"
    some.write_bytes(b"planted")
    with writing(file) as writer:
        writer.add(name.format(away=away), some)
        writer.finish()
    with pytest.raises(BackupError, match="cannot be the name of a file"):
        restore(file, *target, overwrite=False)
    assert not away.exists()
    assert not list(target[1].rglob("*.json"))


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({}, "FORECAST_MODEL_STORE=/no/store: there is no such folder"),
        ({"FORECAST_DATABASE_URL": "postgresql://"}, "the ledger of the jobs is in PostgreSQL"),
    ],
)
def test_what_cannot_be_kept_is_not_backed_up(
    tmp_path: Path, settings: dict[str, str], why: str
) -> None:
    asked = [sys.executable, "-m", "app", "backup", str(tmp_path / "backup.tar")]
    folders = {"FORECAST_MODEL_STORE": "/no/store", "FORECAST_JOBS_DIR": "/no/jobs"}
    env = os.environ | folders | settings
    ran = subprocess.run(asked, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert (ran.returncode, list(tmp_path.iterdir())) == (2, [])
    assert why in ran.stderr


def test_nothing_is_overwritten_and_no_open_ledger_replaced(
    tmp_path: Path, source: Folders, target: Folders
) -> None:
    file = tmp_path / "backup.tar"
    back_up(*source, file)
    restore(file, *target, overwrite=False)
    assert content(target) == content(source)
    with pytest.raises(BackupError, match="With --overwrite"):
        restore(file, *target, overwrite=False)
    ledger = open_ledger(target[1])
    with pytest.raises(BackupError, match="a service is running"):
        restore(file, *target, overwrite=True)
    ledger.close()
    restore(file, *target, overwrite=True)
    check_consistent(*target)
