"""What a job is asked to do, apart from the series that it does it with."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, TypeAdapter

from forecasting.evaluation.backtest import BacktestPlan
from forecasting.evaluation.backtest_task import BacktestTask
from forecasting.jobs.bulk_task import BulkTask
from forecasting.jobs.fit_options import FitOptions
from forecasting.notes import Note
from forecasting.prediction.bounds import Bounds
from forecasting.prediction.effort.effort import Effort
from forecasting.series.series import Series
from forecasting.store.manifest import ModelName
from forecasting.tables.options import TableOptions


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    program: ClassVar[str] = "training"
    """The package whose `run` does the job, as in `python -m training run`."""

    id: str
    store: str
    """The path of the folder that is the model store, or its URL."""
    traceparent: str | None = None
    """The span of the request that asked for the job, as W3C's Trace Context names it; None if
    requests are not traced."""


class TrainingSpec(_Spec):
    """A job that trains a version and publishes it."""

    kind: Literal["training"] = "training"
    options: FitOptions


class BacktestSpec(_Spec):
    """A job that backtests a version: the fields of a BacktestTask without its series."""

    kind: Literal["backtest"] = "backtest"
    model: ModelName
    version: int
    refit: bool
    """Whether each window is forecast by a version that is trained at its cutoff."""
    season_lengths: tuple[int, ...]
    bounds: tuple[Bounds, ...]
    plan: BacktestPlan
    intervals: dict[str, tuple[float, float]]
    forecasts: bool
    effort: Effort = "standard"
    failed: tuple[tuple[int, dict[str, Any]], ...] = ()
    notes: tuple[Note, ...] = ()

    @classmethod
    def from_task(cls, id: str, store: str, task: BacktestTask, *, refit: bool) -> Self:
        """Return the specification of a job that does the task, whose series come beside it."""
        return cls(
            id=id,
            store=store,
            model=task.model,
            version=task.version,
            refit=refit,
            season_lengths=tuple(task.season_lengths),
            bounds=tuple(task.bounds),
            plan=task.plan,
            intervals=task.intervals,
            forecasts=task.forecasts,
            effort=task.effort,
            failed=tuple(task.failed),
            notes=tuple(task.notes),
        )

    def task(self, series: list[Series]) -> BacktestTask:
        """Return the task with its series, which are those that came with the job."""
        return BacktestTask(
            model=self.model,
            version=self.version,
            series=series,
            season_lengths=self.season_lengths,
            bounds=self.bounds,
            plan=self.plan,
            intervals=self.intervals,
            forecasts=self.forecasts,
            effort=self.effort,
            failed=self.failed,
            notes=self.notes,
        )


class BulkSpec(_Spec):
    """A job that forecasts the series of a table into another table."""

    program: ClassVar[str] = "bulk"
    kind: Literal["bulk"] = "bulk"
    model: ModelName
    version: int
    task: BulkTask
    source: str
    """The table, in the normal form of `forecasting.tables.locations`."""
    destination: str
    """Where the new table goes: a file if the name ends like one, or else a folder of parts."""
    overwrite: bool = False
    """Whether what an earlier bulk job has written there is replaced."""
    table: TableOptions = TableOptions()
    allowed: tuple[str, ...]
    """The locations that the job may read and write, as `AllowedLocations` has them."""
    processes: int = 0
    """How many processes forecast; 0 means as many as there are cores."""
    max_memory_bytes: int
    """What all processes of the job may hold together."""
    series_a_part: int = 2_000
    """How many series are forecast and written together."""


JobSpec = TrainingSpec | BacktestSpec | BulkSpec
JOB_SPEC: TypeAdapter[JobSpec] = TypeAdapter(Annotated[JobSpec, Discriminator("kind")])
"""Reads a job's specification from JSON."""
