"""Writing a network and its scaler into the store as the next version of a model."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version as library_version

from forecasting.manifest import DataSummary, Evaluation, FileEntry, Manifest
from forecasting.recipe import ResolvedRecipe
from forecasting.scaler_pickle import dump_scaler
from forecasting.store import ModelStore
from training.fit import Fitted

_LIBRARIES = ("keras", "numpy", "scikit-learn", "tensorflow")


def publish(
    store: ModelStore,
    model: str,
    fitted: Fitted,
    *,
    recipe: ResolvedRecipe | None = None,
    seed: int | None = None,
    data: DataSummary | None = None,
    evaluation: Evaluation | None = None,
) -> Manifest:
    """Returns the manifest of the new version. On any error nothing of it is left in the store."""

    def describe(version: int, files: dict[str, FileEntry]) -> Manifest:
        return Manifest(
            model=model,
            version=version,
            created_at=datetime.now(UTC),
            files=files,
            signature=fitted.signature,
            recipe=None if recipe is None else recipe.model_dump(mode="json"),
            seed=seed,
            data=data,
            evaluation=evaluation,
            libraries={name: library_version(name) for name in _LIBRARIES}
            | {"python": platform.python_version()},
        )

    with store.publishing(model) as draft:
        fitted.network.save(draft.folder / "model.keras")
        (draft.folder / "scaler.pkl").write_bytes(dump_scaler(fitted.scaler))
        return draft.publish(describe)
