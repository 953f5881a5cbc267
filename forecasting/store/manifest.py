"""The manifest of a version describes it: its files, its network, its origin and its scores."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

from forecasting.errors import BrokenVersionError, VersionUnavailableError
from forecasting.networks.signature import Signature

MANIFEST = "manifest.json"
NETWORK, COMPILED, SCALER, PLOT = "model.keras", "model.onnx", "scaler.pkl", "plot.png"
CALIBRATION = "calibration.json"
LARGER = "larger.onnx"
"""A larger network of the same signature, compiled, which the best effort asks too."""
MODEL_NAME = r"^[a-z0-9][a-z0-9._-]{0,63}$"
ModelName = Annotated[
    str, Field(pattern=MODEL_NAME, description="Lower case letters, digits, '-', '_' and '.'.")
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileEntry(_Part):
    """The digest and the size of a file that belongs to a version."""

    sha256: str
    size: int = Field(description="In bytes.")

    @classmethod
    def of(cls, content: bytes) -> Self:
        """Return the entry of a file with this content."""
        return cls(sha256=hashlib.sha256(content).hexdigest(), size=len(content))

    def check(self, name: str, content: bytes) -> None:
        """Raise BrokenVersionError if the content of the file `name` is another one."""
        if FileEntry.of(content) != self:
            raise BrokenVersionError(f"{name} is not the file that was published.")


class DataSummary(_Part):
    """The series that a version was fitted on."""

    series: int
    observations: int
    start: str | None = Field(description="The first timestamp; null if the series have none.")
    end: str | None
    frequency: str | None
    digest: str = Field(description="The SHA-256 of all ids, values and covariates.")


class Scores(_Part):
    """Scores over the windows of the held-out tail; a score that does not apply is null."""

    mase: float | None
    smape: float | None
    wql: float | None = None
    coverage_80: float | None = Field(None, description="The share of values in the 80% interval.")


class Evaluation(_Part):
    """The scores of a version and of seasonal naive on the same windows, which no fit has seen."""

    windows: int
    horizon: int
    season_length: int
    model: Scores
    seasonal_naive: Scores
    theta: Scores | None = Field(None, description="The Theta method.")
    zero_shot: Scores | None = Field(
        None, description="`zero-shot`, which forecasts these series without any training."
    )
    base: Scores | None = Field(
        None, description="The version that this one was fine-tuned from, before that."
    )
    production: Scores | None = Field(
        None,
        description="The version that was served until then, if it can forecast the windows.",
    )


class TrainingRound(_Part):
    """The losses at one moment of a training."""

    step: int = Field(description="Batches trained on so far, or epochs for a new network.")
    loss: float = Field(description="On the training part, the mean since the round before.")
    val_loss: float = Field(description="On the validation part.")


class Candidate(_Part):
    """One of the networks among which a training has chosen."""

    name: str
    settings: dict[str, float] = Field(
        {}, description="What was chosen on the validation part: learning rate, steps and so on."
    )
    validation: Scores = Field(description="On windows of the validation part.")
    seconds: float = Field(description="How long it took to make.")
    rounds: tuple[TrainingRound, ...] = ()
    stopped: str | None = Field(None, description="Why its training stopped.")
    chosen: bool = False


class PromotePolicy(StrEnum):
    """When a new version is to take the alias `production`."""

    IF_BETTER = "if_better"
    ALWAYS = "always"
    NEVER = "never"


class Promotion(_Part):
    """Whether the version took the alias `production` when it was published, and why."""

    policy: PromotePolicy
    incumbent: int | None = Field(
        description="The version that was served until then: `production`, or else the latest."
    )
    promoted: bool
    reason: str


class Parent(_Part):
    """The version from which a fine-tuned one went on."""

    model: ModelName
    version: int = Field(ge=1)


class Manifest(_Part):
    """A version's own description, in its folder as manifest.json."""

    format: Annotated[Literal[1], WithJsonSchema({"type": "integer"})] = 1
    model: ModelName
    version: int = Field(ge=1)
    created_at: datetime
    files: dict[str, FileEntry]
    signature: Signature
    onnx_difference: float | None = Field(
        None,
        description="The compiled network's largest relative difference from Keras. If it is over "
        "1e-4, or null because the network could not be compiled, there is no model.onnx.",
    )
    recipe: dict[str, Any] | None = Field(description="In full; null for an imported network.")
    seed: int | None
    data: DataSummary | None
    evaluation: Evaluation | None
    public_scores: dict[str, Evaluation] | None = Field(
        None, description="The scores of a version for any series on public sets of series, by set."
    )
    promotion: Promotion | None = None
    candidates: tuple[Candidate, ...] | None = Field(
        None, description="What a search has tried, in this order; one of them is the version."
    )
    libraries: dict[str, str]
    job: str | None = Field(None, description="The training job that published the version.")
    parent: Parent | None = Field(
        None, description="The version that this one was fine-tuned from."
    )

    @property
    def publisher(self) -> str:
        """On whose behalf the version was published: `cli` or `job <id>`."""
        return "cli" if self.job is None else f"job {self.job}"

    def check_files(self, folder: Path) -> None:
        """Compare every file of the version, which lies in this folder, with its digest.

        Raises:
            BrokenVersionError: if one is missing or not the one that was published.
            VersionUnavailableError: if one cannot be read.
        """
        for name, entry in self.files.items():
            entry.check(name, read_version_file(folder / name))


def parse_manifest(content: bytes) -> Manifest:
    """Return the manifest in the content of a manifest.json.

    Raises:
        BrokenVersionError: if it is not a manifest, or names a file outside the version's folder.
    """
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the file"
        raise BrokenVersionError(f"{MANIFEST}: {field}: {first['msg']}.") from error
    for name in manifest.files:
        if not re.match(MODEL_NAME, name):
            raise BrokenVersionError(f"{MANIFEST} names the file {name!r}.")
    return manifest


def manifest_in(folder: Path) -> Manifest:
    """Return the manifest of the version in a folder, without looking at its other files.

    Raises:
        BrokenVersionError: if it is missing or damaged.
        VersionUnavailableError: if it cannot be read.
    """
    return parse_manifest(read_version_file(folder / MANIFEST))


def read_version_file(path: Path) -> bytes:
    """Return the content of a file in a version's folder.

    Raises:
        BrokenVersionError: if it is missing.
        VersionUnavailableError: if it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BrokenVersionError(f"{path.name} is missing.") from error
    except OSError as error:
        raise VersionUnavailableError(f"{path.name} cannot be read: {error}.") from error
