"""What a store needs of the place where its versions lie, be it a folder or an object store."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from forecasting.store.storage.records import Records

Step = Callable[[Records], Records]
"""From the records of a model to what they are after a change; the same ones if nothing changes.

It may be called again, with newer records, until nobody else has changed them meanwhile."""


class Storage(Protocol):
    """A place for versions. Each change of a model's records happens whole, or not at all.

    Everything raises StoreUnreachableError if an object store does not answer. What changes
    something raises StoreError if that cannot be written.
    """

    location: str
    """The absolute path of the folder, or the URL."""
    is_remote: bool
    """Whether reading a version may mean to fetch it over the network."""
    poll_seconds: float
    """How often it makes sense to look for what is new."""

    def models(self) -> list[str]:
        """Return the names of the models that have at least one version, sorted."""
        ...

    def models_on_record(self) -> list[str]:
        """Return those too whose versions have all been deleted; their numbers stay taken."""
        ...

    def versions(self, model: str) -> Mapping[int, Hashable]:
        """Return the versions of a model, each with a tag that changes when its files do."""
        ...

    def aliases(self, model: str) -> dict[str, int]:
        """Return the version that each alias names; BrokenVersionError if they are damaged."""
        ...

    def records(self, model: str) -> Records:
        """Return all that is on record of a model; BrokenVersionError if that is damaged."""
        ...

    def snapshot(self) -> Storage:
        """Return what answers about models, versions and aliases as they are now.

        On an object store this takes few requests, and the answers take none.
        """
        ...

    def opened(self, model: str, version: int) -> AbstractContextManager[Path]:
        """Give the folder of a version that is there; it stays inside the block.

        Raises VersionUnavailableError if it cannot be read, and BrokenVersionError if its files
        are not those that were published. A folder that is the store itself is not checked here.
        """
        ...

    def read(self, model: str, version: int, name: str) -> bytes:
        """Return the content of a file of a version that is there, with the errors of `opened`."""
        ...

    def signature(self, model: str, version: int) -> bytes | None:
        """Return the content of a version's manifest.sig, or None if it is not signed."""
        ...

    def sign(self, model: str, version: int, sign: Callable[[], bytes]) -> None:
        """Put what `sign` returns in the place of a version's manifest.sig."""
        ...

    def drafting(self, model: str, job: str | None) -> AbstractContextManager[Path]:
        """Give an empty folder for the files of a new version; it is gone after the block."""
        ...

    def seal(self, model: str, draft: Path) -> None:
        """Put the files of a draft where they last, before `change` makes it a version."""
        ...

    def change(self, model: str, step: Step, draft: Path | None = None) -> Records:
        """Change the records of a model by a step, as if nobody else did at the same time.

        Versions that the step takes away are deleted, and the one that it adds is made of `draft`.
        Returns the records after the change, with the version that was added. What the step raises
        is raised, and then nothing has changed.
        """
        ...

    def discard_drafts(self, model: str, job: str) -> None:
        """Remove what a job that was killed has left behind of its drafts."""
        ...
