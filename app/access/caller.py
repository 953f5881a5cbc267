"""Who sends the request that is being answered, and which models they may see and change.

The gate sets the caller of each request. Work that no request asks for, such as looking at the
store, has the caller `NOBODY`, who sees everything.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from app.errors import ModelForbiddenError
from forecasting.errors import NotFoundError
from forecasting.store.store import ModelStore


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a key."""

    name: str | None = None
    """None if no keys are asked for."""
    models: str = ""
    """What the names of the models begin with that are the caller's; empty means all."""
    default_model: str = ""
    """The model that every caller sees."""

    def sees(self, model: str) -> bool:
        """Return whether a model is the caller's, or the one that everybody sees."""
        return model.startswith(self.models) or model == self.default_model

    def sees_job(self, model: str, owner: str | None) -> bool:
        """Return whether a job is the caller's, or of a model that is."""
        return model.startswith(self.models) or (owner is not None and owner == self.name)

    def check_sees(self, model: str, store: ModelStore) -> None:
        """Raise NotFoundError unless the caller sees the model, and it is there.

        The error names no models but those that the caller sees.
        """
        if not self.models or (self.sees(model) and store.versions(model)):
            return
        names = ", ".join(filter(self.sees, store.models())) or "none"
        raise NotFoundError(
            f"there is no model {model!r} that your key may see; it sees: {names}.",
            code="model_not_found",
        )

    def check_owns(self, model: str) -> None:
        """Raise ModelForbiddenError unless a model, be it there or not, is the caller's."""
        if not model.startswith(self.models):
            raise ModelForbiddenError(model, self.models)

    @property
    def by(self) -> str:
        """On whose behalf the histories of models say that a change was made."""
        return "http" if self.name is None else f"http {self.name}"


NOBODY = Caller()

current: ContextVar[Caller] = ContextVar("caller", default=NOBODY)
