"""Writing a network and its scaler into the store as the next version of a model."""

from __future__ import annotations

import platform
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from importlib.metadata import version as library_version
from pathlib import Path

from pydantic import BaseModel

from forecasting.errors import AliasMovedError
from forecasting.networks.runtime import load_keras
from forecasting.store.draft import publishing
from forecasting.store.manifest import (
    CALIBRATION,
    COMPILED,
    NETWORK,
    PLOT,
    SCALER,
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
from training.promotion import PromotionDecision

_LIBRARIES = ("keras", "numpy", "onnxruntime", "scikit-learn", "tensorflow")


def publish(
    store: ModelStore,
    model: str,
    fitted: FittedNetwork,
    *,
    real_inputs: NetworkFloats,
    decide: Callable[[], PromotionDecision],
    draw: Callable[[Path], None] | None = None,
    recipe: BaseModel | None = None,
    seed: int | None = None,
    data: DataSummary | None = None,
    public_scores: dict[str, Evaluation] | None = None,
    parent: Parent | None = None,
    job: str | None = None,
    permission: AbstractContextManager[None] | None = None,
) -> Manifest:
    """Write network, compiled network, scaler, calibration and plot; returns the manifest.

    What is compiled is the network as it opens again from its file; `real_inputs` (n, t, channels)
    are what both are compared on, besides random ones. `decide` says whether the version takes the
    alias production, and is called again if that alias moves before the version is published;
    `draw` draws the plot. On any error nothing of it is left in the store.
    """
    difference: float | None = None
    decision: PromotionDecision

    def describe(version: int, files: dict[str, FileEntry]) -> Manifest:
        return Manifest(
            model=model,
            version=version,
            created_at=datetime.now(UTC),
            files=files,
            signature=fitted.signature,
            onnx_difference=difference,
            recipe=None if recipe is None else recipe.model_dump(mode="json"),
            seed=seed,
            data=data,
            evaluation=decision.evaluation,
            public_scores=public_scores,
            promotion=decision.promotion,
            parent=parent,
            job=job,
            libraries={name: library_version(name) for name in _LIBRARIES}
            | {"python": platform.python_version()},
        )

    with publishing(store, model, job) as draft:
        fitted.network.save(draft.folder / NETWORK)
        (draft.folder / SCALER).write_bytes(dump_scaler(fitted.scaler))
        if fitted.calibration is not None:
            content = fitted.calibration.model_dump_json()
            (draft.folder / CALIBRATION).write_text(content + "\n")
        difference = compile_network(
            load_keras(draft.folder / NETWORK),
            draft.folder / COMPILED,
            context_length=fitted.signature.context_length,
            real_inputs=real_inputs,
        )
        if draw is not None:
            draw(draft.folder / PLOT)
        while True:
            decision = decide()
            try:
                return draft.publish(describe, permission)
            except AliasMovedError:
                continue
