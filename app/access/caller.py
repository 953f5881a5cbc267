"""Who sends the request that is being answered, and which models they may see and change.

The gate sets the caller of each request. Work that no request asks for, such as looking at the
store, has the caller `NOBODY`, who sees everything.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from app.access.errors import ModelForbiddenError, ScopeMissingError
from app.access.keys import ApiKey
from app.access.scopes import Scope
from forecasting.errors import NotFoundError
from forecasting.networks.recipe import ZERO_SHOT
from forecasting.store.store import ModelStore


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a key."""

    key: ApiKey | None = None
    """None if no keys are asked for."""
    default_model: str = ""
    """A model that every caller sees, besides `zero-shot`."""

    @property
    def name(self) -> str | None:
        """Who holds the key; None if no keys are asked for."""
        return None if self.key is None else self.key.name

    @property
    def models(self) -> str:
        """What the names of the models begin with that are the caller's; empty means all."""
        return "" if self.key is None else self.key.models

    @property
    def key_id(self) -> str:
        """What tells the key from others, be they of the same name; empty if none are asked for."""
        return "" if self.key is None else self.key.id

    def sees(self, model: str) -> bool:
        """Return whether a model is the caller's, or one that everybody sees."""
        return model.startswith(self.models) or model in {self.default_model, ZERO_SHOT}

    def sees_work(self, model: str, owner: str | None, created_at: datetime) -> bool:
        """Return whether a job, or a kept forecast, is the caller's, or of a model that is.

        What is older than the key belongs to another key that had the same name.
        """
        if model.startswith(self.models):
            return True
        return self.key is not None and owner == self.key.name and self.key.created_at <= created_at

    def check_sees(self, model: str, store: ModelStore) -> None:
        """Raise NotFoundError unless the caller sees the model, and it is there.

        This may read the store. The error names no models but those that the caller sees.
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

    def check_cancels(self, owner: str | None, created_at: datetime) -> None:
        """Raise ScopeMissingError unless the caller may cancel a job.

        Those who started it may, and those with a key for trainings. What is older than the key
        was started with another key that had the same name.
        """
        if self.key is None or Scope.TRAIN in self.key.scopes:
            return
        if owner != self.key.name or created_at < self.key.created_at:
            raise ScopeMissingError(
                self.key.name, {Scope.TRAIN}, self.key.scopes, to="To cancel the jobs of others"
            )

    @property
    def by(self) -> str:
        """On whose behalf the histories of models say that a change was made."""
        return "http" if self.name is None else f"http {self.name}"


NOBODY = Caller()

current: ContextVar[Caller] = ContextVar("caller", default=NOBODY)
