"""The statistical methods to compare with, by statsforecast on one core.

It runs as a process in an environment of its own (`make` builds it from baselines.lock). The slow
methods take minutes a set, so what they said is kept, where a folder for it is given.
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

from benchmarks.accuracy.errors import BenchmarkError
from benchmarks.accuracy.forecasts import QUANTILES, Forecasts
from benchmarks.accuracy.sets import EvaluationSet

BASELINES = ("SeasonalNaive", "AutoTheta", "AutoETS", "DynamicOptimizedTheta")
LONGEST_PAST = 1_000
"""Values of a series that a baseline is given: the latest."""

_FOLDER = Path(__file__).parent
_ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Baselines:
    """`python` has statsforecast; `cache` keeps what it forecast, and is None to keep nothing."""

    python: Path
    cache: Path | None

    def forecast(self, given: EvaluationSet, model: str) -> Forecasts:
        """The model's forecasts of a set, season length given. Raises BenchmarkError."""
        pasts = [past[-LONGEST_PAST:] for past in given.pasts]
        series = {
            "values": np.concatenate(pasts),
            "lengths": np.array([past.size for past in pasts]),
            "horizon": np.array(given.horizon),
            "season_length": np.array(given.season_length),
            "quantiles": np.array(QUANTILES),
        }
        with tempfile.TemporaryDirectory() as name:
            folder = self.cache or Path(name)
            folder.mkdir(parents=True, exist_ok=True)
            kept = folder / f"{given.name}-{model}-{version()}-{_digest(series)}.npz"
            if not kept.exists():
                source, found = Path(name) / "series.npz", kept.with_suffix(".part.npz")
                np.savez(source, allow_pickle=False, **series)
                self._run(model, given.name, source, found)
                found.rename(kept)
            with np.load(kept) as read:
                return Forecasts(read["point"], read["quantiles"], float(read["seconds"]))

    def _run(self, model: str, name: str, source: Path, target: Path) -> None:
        if not self.python.exists():
            raise BenchmarkError(
                f"{self.python} is missing: it runs statsforecast. Start this with make "
                "bench-accuracy, which builds it, or pass --without-baselines."
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


def version() -> str:
    """The version of statsforecast that baselines.lock pins."""
    found = re.search(
        r"^statsforecast==(\S+)", (_FOLDER / "baselines.lock").read_text(), re.MULTILINE
    )
    assert found is not None
    return found[1]


def _digest(series: dict[str, npt.NDArray[Any]]) -> str:
    """Of all that the forecasts depend on, the version of the library apart."""
    digest = hashlib.sha256()
    for name, values in series.items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()[:16]
