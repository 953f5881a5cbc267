"""Publishing a network and its scaler in the store, as the next version of a model."""

from __future__ import annotations

import platform
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version as library_version
from pathlib import Path

from pydantic import BaseModel

from forecasting.errors import AliasMovedError
from forecasting.networks.runtime import load_keras
from forecasting.store.draft import publishing
from forecasting.store.manifest import (
    CALIBRATION,
    COMPILED,
    LARGER,
    NETWORK,
    PLOT,
    SCALER,
    Candidate,
    DataSummary,
    Evaluation,
    FileEntry,
    Manifest,
    Parent,
)
from forecasting.store.scaler_pickle import dump_scaler
from forecasting.store.store import ModelStore
from forecasting.types import NetworkFloats
from training.fitting.fit import FittedNetwork
from training.onnx_export import compile_network
from training.outages import outlast
from training.promotion import PromotionDecision

_LIBRARIES = ("keras", "numpy", "onnxruntime", "scikit-learn", "tensorflow")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a version comes from, as its manifest says. Nothing is known of an imported network."""

    recipe: BaseModel | None = None
    seed: int | None = None
    data: DataSummary | None = None
    parent: Parent | None = None
    """The version that it was fine-tuned from."""
    job: str | None = None
    """The job of the service that trained it."""


def publish(
    store: ModelStore,
    model: str,
    fitted: FittedNetwork,
    *,
    provenance: Provenance,
    real_inputs: NetworkFloats,
    decide: Callable[[], PromotionDecision],
    draw: Callable[[Path], None] | None = None,
    public_scores: dict[str, Evaluation] | None = None,
    candidates: tuple[Candidate, ...] | None = None,
    permission: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Manifest:
    """Publish a fitted network as the next version of the model, and return its manifest.

    Args:
        store: the store to publish in.
        model: the name of the model.
        fitted: the network with its scaler, signature and calibration.
        provenance: what the manifest says of the version's origin.
        real_inputs: inputs (n, t, channels) on which the compiled network is compared with Keras.
        decide: decides whether the version takes the alias production. It is called again if that
            alias has moved before the version is published.
        draw: draws the plot that is published with the version.
        public_scores: the scores on public sets, by the name of the set.
        candidates: what a search has tried.
        permission: gives what is held while the version is published; what it raises is raised,
            and nothing is published.

    If anything is raised, nothing of the version is left in the store.
    """
    with publishing(store, model, provenance.job) as draft:
        difference = _write_files(draft.folder, fitted, real_inputs)
        if draw is not None:
            draw(draft.folder / PLOT)

        while True:
            describe = partial(
                _manifest,
                model=model,
                fitted=fitted,
                onnx_difference=difference,
                provenance=provenance,
                decision=outlast(decide),
                public_scores=public_scores,
                candidates=candidates,
            )
            with suppress(AliasMovedError):
                return outlast(partial(draft.publish, describe, permission))


def _write_files(folder: Path, fitted: FittedNetwork, real_inputs: NetworkFloats) -> float | None:
    """Write all files but the plot; return how much the compiled network differs from Keras.

    The network is compiled from its file, because that is what is opened again later.
    """
    fitted.network.save(folder / NETWORK)
    (folder / SCALER).write_bytes(dump_scaler(fitted.scaler))
    if fitted.calibration is not None:
        (folder / CALIBRATION).write_text(fitted.calibration.model_dump_json() + "\n")
    lengths = fitted.signature.input_lengths or (fitted.signature.input_steps,)
    compiled = partial(compile_network, lengths=lengths, real_inputs=real_inputs)
    if fitted.larger is not None:
        compiled(fitted.larger, folder / LARGER)
    return compiled(load_keras(folder / NETWORK), folder / COMPILED)


def _manifest(
    version: int,
    files: dict[str, FileEntry],
    *,
    model: str,
    fitted: FittedNetwork,
    onnx_difference: float | None,
    provenance: Provenance,
    decision: PromotionDecision,
    public_scores: dict[str, Evaluation] | None,
    candidates: tuple[Candidate, ...] | None,
) -> Manifest:
    recipe = provenance.recipe
    libraries = {name: library_version(name) for name in _LIBRARIES}
    return Manifest(
        model=model,
        version=version,
        created_at=datetime.now(UTC),
        files=files,
        signature=fitted.signature,
        onnx_difference=onnx_difference,
        recipe=None if recipe is None else recipe.model_dump(mode="json"),
        seed=provenance.seed,
        data=provenance.data,
        evaluation=decision.evaluation,
        public_scores=public_scores,
        promotion=decision.promotion,
        candidates=candidates,
        parent=provenance.parent,
        job=provenance.job,
        libraries=libraries | {"python": platform.python_version()},
    )
