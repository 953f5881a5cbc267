"""Publishing a version: its files are written into a draft, which one rename makes a version.

A draft is a hidden folder beside the model's versions. It names the training job that writes it, if
there is one, so that the drafts of a job that was killed can be found and removed.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from forecasting.errors import AliasMovedError, ConflictError
from forecasting.store.aliases import PRODUCTION, Aliases
from forecasting.store.atomic_files import clear_write_errors, exclusive_lock, fsync_path
from forecasting.store.manifest import MANIFEST, MODEL_NAME, FileEntry, Manifest, Promotion
from forecasting.store.signing import SIGNATURE
from forecasting.store.store import ModelStore


@dataclass(frozen=True, slots=True)
class Draft:
    """A version that is not published yet: write its files into `folder`."""

    store: ModelStore
    model: str
    folder: Path

    def publish(
        self,
        describe: Callable[[int, dict[str, FileEntry]], Manifest],
        permission: AbstractContextManager[None] | None = None,
    ) -> Manifest:
        """Make the draft the next version of its model, and return its manifest.

        The manifest is written last, everything is on disk, then one rename follows. `describe`
        returns the manifest for a version number and the files. If the manifest promotes the
        version, `production` moves in the same step. If it does not, the version that is served
        until then stays the served one, even if no alias named it before.

        All of this happens inside `permission`. If that raises, nothing is published.

        The store's key signs the manifest, unless there is a signature among the files. That one
        is of a version that was published elsewhere, so that `describe` returns its manifest as
        it was signed, with its number.

        Raises:
            ConflictError: if the number of a version that is signed already is taken.
            SigningKeyError: if the store trusts certain keys, and has none of them to sign with.
            AliasMovedError: if another version is served by now than the one that the promotion
                was decided on. Nothing is published then, and `publish` may be called again.
            StoreError: if the store cannot be written.
        """
        files = {}
        for path in sorted(self.folder.iterdir()):
            if path.name not in {MANIFEST, SIGNATURE}:
                files[path.name] = FileEntry.of(path.read_bytes())
                fsync_path(path)
        self.folder.chmod(0o755)
        home = self.store.root / self.model
        with permission or nullcontext(), self.store.changing():
            taken = self.store.numbers_taken(self.model)
            manifest = describe(max(taken, default=0) + 1, files)
            if manifest.version in taken:
                raise ConflictError(
                    f"model {self.model!r} has or had a version {manifest.version} already, and "
                    "a signed version keeps its number."
                )
            self._sign(manifest)
            aliases = Aliases.read(home)
            if manifest.promotion is not None:
                aliases = self._keep_serving(aliases, manifest.promotion, by=manifest.publisher)
            written = self.folder / MANIFEST
            written.write_text(manifest.model_dump_json(indent=2) + "\n")
            fsync_path(written)
            fsync_path(self.folder)
            self.folder.rename(home / str(manifest.version))
            fsync_path(home)
            _promote(aliases, manifest)
            return manifest

    def _sign(self, manifest: Manifest) -> None:
        """Write the signature, unless it is there or no signatures are asked for."""
        written = self.folder / SIGNATURE
        if not written.exists():
            self.store.check_can_publish()
            if self.store.signing_key is None:
                return
            written.write_bytes(self.store.signing_key.sign(manifest))
        fsync_path(written)

    def _keep_serving(self, aliases: Aliases, promotion: Promotion, *, by: str) -> Aliases:
        """Return the aliases with `production` on the version that is served by default now.

        Without the alias, the new version would be served merely because it is the latest.
        """
        serving = self.store.default_version(self.model)
        if serving != promotion.incumbent:
            raise AliasMovedError(f"{self.model}: version {serving} is served by now.")
        if serving is not None and PRODUCTION not in aliases.versions:
            reason = "the latest until a newer version was published"
            aliases = aliases.moved(PRODUCTION, serving, by=by, reason=reason)
            aliases.write()
        return aliases


@contextmanager
def publishing(store: ModelStore, model: str, job: str | None = None) -> Iterator[Draft]:
    """Give a draft to write a version's files into; `Draft.publish` makes them a version.

    A draft that is not published when the block ends is removed.

    Raises:
        ValueError: if `model` cannot be the name of a model.
        StoreError: if the store cannot be written.
    """
    if not re.match(MODEL_NAME, model):
        raise ValueError(f"{model!r} is no model name: it must match {MODEL_NAME}")
    home = store.root / model
    with clear_write_errors(home):
        with exclusive_lock(store.root / ".lock"):
            home.mkdir(exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix=_draft_prefix(job), dir=home))
        try:
            yield Draft(store, model, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            _remove_if_empty(store, home)


def discard_drafts(store: ModelStore, model: str, job: str) -> None:
    """Remove the drafts that a training job left behind when it was killed."""
    home = store.root / model
    for folder in home.glob(f"{_draft_prefix(job)}*"):
        shutil.rmtree(folder, ignore_errors=True)
    _remove_if_empty(store, home)


def finish_promotion(store: ModelStore, manifest: Manifest) -> None:
    """Promote a version as its manifest decides, if its publisher was killed before it could.

    Nothing happens if `production` has named the version before, or has moved since the decision.

    Raises:
        StoreError: if the store cannot be written.
        BrokenVersionError: if the model's aliases are damaged.
    """
    with store.changing():
        aliases = Aliases.read(store.root / manifest.model)
        if manifest.version not in aliases[PRODUCTION].versions:
            _promote(aliases, manifest)


def _promote(aliases: Aliases, manifest: Manifest) -> None:
    promotion = manifest.promotion
    if promotion is None or not promotion.promoted:
        return
    if aliases.versions.get(PRODUCTION) == promotion.incumbent:
        aliases.moved(
            PRODUCTION, manifest.version, by=manifest.publisher, reason=promotion.reason
        ).write()


def _remove_if_empty(store: ModelStore, home: Path) -> None:
    """Remove a model's folder, unless there is something in it."""
    with suppress(OSError), exclusive_lock(store.root / ".lock"):
        home.rmdir()


def _draft_prefix(job: str | None) -> str:
    return ".draft-" if job is None else f".draft-{job}-"
