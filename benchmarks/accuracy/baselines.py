"""The statistical methods to compare with, run by statsforecast on one core.

statsforecast runs as a process in an environment of its own, which `make` builds from
baselines.lock. The slow methods take minutes for a set, so their forecasts are kept if a folder for
them is given.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.accuracy.scores import QUANTILES, Forecasts
from benchmarks.accuracy.sets import BenchmarkError, EvaluationSet

BASELINES = ("SeasonalNaive", "AutoTheta", "AutoETS", "DynamicOptimizedTheta")
"""The methods that run on the sets with one cutoff."""
ROLLING_BASELINES = ("AutoETS", "AutoTheta", "MSTL")
"""The methods that run on the rolling tasks."""

_LONGEST_PAST, _MOST_SEASONS = 1_000, 4
"""A method is given this many of the latest values, or of its longest seasons if that is more."""
_SECOND_SEASON = {7: 365, 24: 168}
"""MSTL is told of the week and the year of days, and of the day and the week of hours, but of no
second season that a series does not hold twice. The other methods take one season length."""
_FOLDER = Path(__file__).parent
_ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Baselines:
    """The statistical methods of statsforecast."""

    python: Path
    """A Python interpreter that has statsforecast."""
    cache: Path | None
    """The folder in which forecasts are kept; None if they are not kept."""

    def forecast(self, evaluation_set: EvaluationSet, model: str) -> Forecasts:
        """Forecast a set with a method of statsforecast, which is told the season length.

        Gaps in the past are filled as the service fills them. Raises BenchmarkError if
        statsforecast is missing or fails.
        """
        pasts = [past.values for past in evaluation_set.pasts]
        season_lengths = [evaluation_set.season_length]
        second = _SECOND_SEASON.get(evaluation_set.season_length)
        if model == "MSTL" and second and all(past.size >= 2 * second for past in pasts):
            season_lengths.append(second)
        longest = max(_LONGEST_PAST, _MOST_SEASONS * max(season_lengths))
        known = [past[-longest:] for past in pasts]
        series = {
            "values": np.concatenate(known),
            "lengths": np.array([past.size for past in known]),
            "horizon": np.array(evaluation_set.horizon),
            "season_lengths": np.array(season_lengths),
            "quantiles": np.array(QUANTILES),
        }
        with tempfile.TemporaryDirectory() as scratch:
            folder = self.cache or Path(scratch)
            folder.mkdir(parents=True, exist_ok=True)
            file_name = f"{evaluation_set.name}-{model}-{statsforecast_version()}-{_digest(series)}"
            forecasts = folder / f"{file_name}.npz"
            if not forecasts.exists():
                source, target = Path(scratch) / "series.npz", folder / f"{file_name}.part.npz"
                np.savez(source, allow_pickle=False, **series)
                self._run(model, evaluation_set.name, source, target)
                target.rename(forecasts)
            with np.load(forecasts) as arrays:
                return Forecasts(arrays["point"], arrays["quantiles"], float(arrays["seconds"]))

    def _run(self, model: str, name: str, source: Path, target: Path) -> None:
        if not self.python.exists():
            raise BenchmarkError(
                f"{self.python} is missing, and statsforecast needs it. Start the benchmark with "
                "make bench-accuracy, which builds it, or pass --without-baselines."
            )
        ran = subprocess.run(
            [self.python, "-I", _FOLDER / "run_statsforecast.py", model, source, target],
            env=os.environ | _ONE_CORE,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            raise BenchmarkError(f"{model} failed on {name}:\n{ran.stderr[-2000:]}")


def statsforecast_version() -> str:
    """Return the version of statsforecast that baselines.lock pins."""
    found = re.search(
        r"^statsforecast==(\S+)", (_FOLDER / "baselines.lock").read_text(), re.MULTILINE
    )
    assert found is not None
    return found[1]


def _digest(series: dict[str, npt.NDArray[Any]]) -> str:
    """Return a digest of everything the forecasts depend on, except the version of the library."""
    digest = hashlib.sha256()
    for name, values in series.items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()[:16]
