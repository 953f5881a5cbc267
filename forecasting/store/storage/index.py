"""The index of a model in an object store: what is on record of it, in one object.

    <prefix>/models/<model>.json                   the index
    <prefix>/versions/<model>/<draft>/…            the files of a version, which never change
    <prefix>/versions/<model>/<draft>/manifest-<digest>.json

A version is there once the index names it. So one conditional write of the index gives out a
number, publishes the version and moves the aliases, all of it or nothing.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forecasting.errors import BrokenVersionError
from forecasting.store.aliases import Aliases, AliasMove
from forecasting.store.manifest import MANIFEST, FileEntry, ModelName
from forecasting.store.storage.records import Deletion, Records

Number = Annotated[int, Field(ge=1)]
INDEXES, _VERSIONS = "models/", "versions/"
"""What the keys of all indexes, and of all files of versions, begin with."""
_CHANGES = 32


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IndexedVersion(_Part):
    """Where the files of a version lie."""

    draft: str
    """The name of the draft that it was made of, which no other version has."""
    manifest: FileEntry
    signature: str | None = None
    """The content of manifest.sig."""

    @classmethod
    def of(cls, draft: str, manifest: bytes, signature: bytes | None) -> Self:
        """Return the entry of a version, from the contents of manifest.json and manifest.sig."""
        signed = None if signature is None else signature.decode()
        return cls(draft=draft, manifest=FileEntry.of(manifest), signature=signed)

    @property
    def tag(self) -> str:
        """What changes if the version is another one, or signed anew."""
        return f"{self.draft} {self.manifest.sha256} {self.signature or ''}"


class Index(_Part):
    """All that is on record of a model."""

    format: Literal[1] = 1
    changes: tuple[str, ...] = ()
    """The latest changes, so that whoever made one can tell whether it has arrived."""
    versions: dict[Number, IndexedVersion] = {}
    aliases: dict[ModelName, Number] = {}
    history: tuple[AliasMove, ...] = ()
    deletions: tuple[Deletion, ...] = ()

    @property
    def content(self) -> bytes:
        """What is written into the object."""
        return self.model_dump_json(indent=1).encode()

    def records(self) -> Records:
        """Return what the index says, as every storage says it."""
        aliases = Aliases(dict(self.aliases), self.history)
        return Records(frozenset(self.versions), aliases, self.deletions)

    def changed(self, records: Records, draft: str | None = None) -> Index:
        """Return the next index, in which a version that was added is made of the draft."""
        versions = {n: found for n, found in self.versions.items() if n in records.versions}
        if records.added is not None and draft is not None:
            added = records.added
            versions[added.version] = IndexedVersion.of(draft, added.manifest, added.signature)
        return self.replaced(records, versions)

    def replaced(self, records: Records, versions: dict[int, IndexedVersion]) -> Index:
        """Return the next index, with these records and versions."""
        return Index(
            changes=self._next_changes(),
            versions=versions,
            aliases=records.aliases.versions,
            history=records.aliases.history,
            deletions=records.deletions,
        )

    def signed(self, version: int, signature: bytes) -> Index:
        """Return the next index, in which a version has another signature."""
        found = self.versions[version].model_copy(update={"signature": signature.decode()})
        versions = self.versions | {version: found}
        return self.model_copy(update={"changes": self._next_changes(), "versions": versions})

    def version_of(self, draft: str) -> int | None:
        """Return the version that a draft has become, or None."""
        return next((n for n, found in self.versions.items() if found.draft == draft), None)

    def _next_changes(self) -> tuple[str, ...]:
        return (*self.changes[1 - _CHANGES :], uuid.uuid4().hex)


@dataclass(frozen=True, slots=True)
class Held:
    """An index as it was read, and the tag of that object; None if there is none yet."""

    index: Index
    tag: str | None


def read_index(model: str, content: bytes) -> Index:
    """Return the index in an object. Raises BrokenVersionError if it is none."""
    try:
        return Index.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the object"
        raise BrokenVersionError(f"{index_key(model)}: {field}: {first['msg']}.") from error


def index_key(model: str) -> str:
    """Return the key of a model's index."""
    return f"{INDEXES}{model}.json"


def model_of(key: str) -> str:
    """Return the model whose index has a key."""
    return key.removeprefix(INDEXES).removesuffix(".json")


def drafts_key(model: str) -> str:
    """Return what the keys of all drafts of a model begin with."""
    return f"{_VERSIONS}{model}/"


def draft_key(model: str, draft: str, name: str = "") -> str:
    """Return the key of a file of a draft, or what the keys of all its files begin with."""
    return f"{drafts_key(model)}{draft}/{name}"


def manifest_name(manifest: FileEntry) -> str:
    """Return the name under which a manifest lies among the files of its draft.

    A draft whose number was taken by another publisher has more than one manifest.
    """
    stem, _, kind = MANIFEST.partition(".")
    return f"{stem}-{manifest.sha256[:16]}.{kind}"
