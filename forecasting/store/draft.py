"""Publishing a version: its files are written into a draft, which one step makes a version."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from forecasting.errors import AliasMovedError, ConflictError
from forecasting.store.aliases import PRODUCTION, Aliases
from forecasting.store.manifest import MANIFEST, MODEL_NAME, FileEntry, Manifest, parse_manifest
from forecasting.store.signing import SIGNATURE
from forecasting.store.storage.records import Addition, Records
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
        permission: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> Manifest:
        """Make the draft the next version of its model, and return its manifest.

        Everything else is where it lasts before the manifest is written; then one step makes the
        draft a version. `describe` returns the manifest for a version number and the files. If the
        manifest promotes the version, `production` moves in the same step. If it does not, the
        version that is served until then stays the served one, even if no alias named it before.

        The step happens inside what `permission` gives. If that raises, nothing is published.

        The store's key signs the manifest, unless there is a signature among the files. That one
        is of a version that was published elsewhere, so that `describe` returns its manifest as
        it was signed, with its number.

        Raises:
            ConflictError: if the number of a version that is signed already is taken.
            SigningKeyError: if the store trusts certain keys, and has none of them to sign with.
            AliasMovedError: if another version is served by now than the one that the promotion
                was decided on. Nothing is published then, and `publish` may be called again.
            StoreUnreachableError: if an object store does not answer. `publish` may be called
                again, and publishes the draft once, even if only the answer was lost.
            StoreError: if the store cannot be written.
        """
        files = {
            path.name: FileEntry.of(path.read_bytes())
            for path in sorted(self.folder.iterdir())
            if path.name not in {MANIFEST, SIGNATURE}
        }

        def add(records: Records) -> Records:
            manifest = describe(max(records.taken, default=0) + 1, files)
            if manifest.version in records.taken:
                raise ConflictError(
                    f"model {self.model!r} has or had a version {manifest.version} already, and "
                    "a signed version keeps its number."
                )
            content = (manifest.model_dump_json(indent=2) + "\n").encode()
            addition = Addition(manifest.version, content, self._sign(manifest))
            return records.with_added(addition, _aliases_with(records, manifest))

        storage = self.store.storage
        storage.seal(self.model, self.folder)
        with permission():
            added = storage.change(self.model, add, self.folder).added
        assert added is not None
        return parse_manifest(added.manifest)

    def _sign(self, manifest: Manifest) -> bytes | None:
        """Return the signature among the files, or else one by the store's key, if it has one."""
        made = self.folder / SIGNATURE
        if made.exists():
            return made.read_bytes()
        self.store.check_can_publish()
        key = self.store.signing_key
        return None if key is None else key.sign(manifest)


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
    with store.storage.drafting(model, job) as folder:
        yield Draft(store, model, folder)


def finish_promotion(store: ModelStore, manifest: Manifest) -> None:
    """Promote a version as its manifest decides, if its publisher was killed before it could.

    Nothing happens if `production` has named the version before, or has moved since the decision.

    Raises:
        StoreError: if the store cannot be written.
        BrokenVersionError: if the model's aliases are damaged.
    """

    def finish(records: Records) -> Records:
        if manifest.version in records.aliases[PRODUCTION].versions:
            return records
        return records.with_aliases(_promoted(records.aliases, manifest))

    store.storage.change(manifest.model, finish)


def _aliases_with(records: Records, manifest: Manifest) -> Aliases:
    """Return the aliases once a version is there.

    If it is not promoted, `production` is on the version that is served by default now. Without
    the alias, the new version would be served merely because it is the latest.
    """
    aliases, promotion = records.aliases, manifest.promotion
    if promotion is None:
        return aliases
    serving = aliases.versions.get(PRODUCTION, max(records.versions, default=None))
    if serving != promotion.incumbent:
        raise AliasMovedError(f"{manifest.model}: version {serving} is served by now.")
    if serving is not None and PRODUCTION not in aliases.versions:
        reason = "the latest until a newer version was published"
        aliases = aliases.moved(PRODUCTION, serving, by=manifest.publisher, reason=reason)
    return _promoted(aliases, manifest)


def _promoted(aliases: Aliases, manifest: Manifest) -> Aliases:
    promotion = manifest.promotion
    if promotion is None or not promotion.promoted:
        return aliases
    if aliases.versions.get(PRODUCTION) != promotion.incumbent:
        return aliases
    return aliases.moved(
        PRODUCTION, manifest.version, by=manifest.publisher, reason=promotion.reason
    )
