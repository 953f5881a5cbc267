"""What TimeGPT's own client gets from a service: it runs where that client is installed.

It takes the address of the service and a file with `DATA` of test_client.py, and prints JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from nixtla import NixtlaClient
from nixtla.jobs import Job
from nixtla.nixtla_client import ApiError

URL = sys.argv[1]
DATA = json.loads(Path(sys.argv[2]).read_text())
WITHOUT_DATES = 1
TRAINING: Any = {"freq": "D", "finetune_steps": 1, "output_model_id": "daily"}


def panel(freq: str | int, kind: str = "plain") -> pd.DataFrame:
    """Return the series of a kind, one a day or of another frequency."""
    frames = []
    for name, values in DATA[kind].items():
        dates: Any = range(1, len(values) + 1)
        if isinstance(freq, str):
            dates = pd.date_range(DATA["starts"][freq], periods=len(values), freq=freq)
        frames.append(pd.DataFrame({"unique_id": name, "ds": dates, "y": values}))
    return pd.concat(frames, ignore_index=True)


def featured() -> pd.DataFrame:
    """Return the series that depend on `promo`, beside other features."""
    frame = panel("D", "promoted")
    steps = frame.groupby("unique_id").cumcount()
    for name in ("promo", "temperature", "kind"):
        frame[name] = steps.map(DATA["features"][name].__getitem__)
    return frame


def future(frame: pd.DataFrame, h: int) -> pd.DataFrame:
    """Return what is known of `promo` at the `h` days after each series."""
    dates = pd.date_range(frame["ds"].max(), periods=h + 1, freq="D")[1:]
    known = len(frame) // 2
    promo = DATA["features"]["promo"][known : known + h]
    rows = [pd.DataFrame({"unique_id": name, "ds": dates, "promo": promo}) for name in ("a", "b")]
    return pd.concat(rows, ignore_index=True)


def columns(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the columns of a frame by name, as JSON has them."""
    dates = {name: str for name in ("ds", "cutoff") if name in frame}
    found: dict[str, Any] = json.loads(frame.astype(dates).to_json(orient="split"))
    return {name: [row[n] for row in found["data"]] for n, name in enumerate(found["columns"])}


def refusal(call: Callable[[], Any]) -> dict[str, Any]:
    """Return how a call is refused."""
    try:
        call()
    except ApiError as error:
        return {"status": error.status_code, **error.body}
    raise AssertionError("was not refused")


def forecasts(client: NixtlaClient) -> dict[str, Any]:
    """Forecast the future, in all the ways that the client has."""
    ask = {"h": 3, "freq": "D"}
    daily, promoted = panel("D"), featured()
    exogenous = client.forecast(
        promoted,
        X_df=future(promoted, 3),
        hist_exog_list=["temperature", "kind"],
        categorical_exog_list=["kind"],
        feature_contributions=True,
        **ask,
    )
    contributions = columns(client.feature_contributions)
    many = pd.concat([daily.assign(unique_id=f"{n:04}") for n in range(1_500)], ignore_index=True)
    many["ds"] = pd.to_datetime("2001-01-01") + pd.to_timedelta(
        many.groupby("unique_id").cumcount(), unit="D"
    )
    return {
        "frequencies": {
            str(freq): columns(client.forecast(panel(freq), h=5, freq=freq, level=[80, 99.5]))
            for freq in (*DATA["starts"], WITHOUT_DATES)
        },
        "quantiles": columns(client.forecast(daily, quantiles=[0.1, 0.5, 0.75], **ask)),
        "history": columns(client.forecast(daily, level=[90], add_history=True, **ask)),
        "partitions": columns(client.forecast(daily, num_partitions=2, **ask)),
        "exogenous": columns(exogenous),
        "contributions": contributions,
        "packed": len(client.forecast(many, h=1, freq="D")),
    }


def pasts(client: NixtlaClient) -> dict[str, Any]:
    """Forecast the past, and look for anomalies in it."""
    daily, spoiled = panel("D"), panel("D", "spoiled")
    promoted = featured().drop(columns="kind")
    windows = {"h": 3, "freq": "D", "n_windows": 2}
    latest = {"h": 4, "detection_size": 6, "freq": "D"}
    together = {"step_size": 1, "threshold_method": "multivariate"}
    return {
        "windows": columns(client.cross_validation(daily, step_size=2, level=[80], **windows)),
        "windows_exogenous": columns(
            client.cross_validation(promoted, hist_exog_list=["temperature"], **windows)
        ),
        "anomalies": columns(client.detect_anomalies(spoiled, freq="D", level=99)),
        "latest": columns(client.detect_anomalies_online(spoiled, **latest)),
        "together": columns(client.detect_anomalies_online(spoiled, **latest, **together)),
    }


def jobs(client: NixtlaClient) -> dict[str, Any]:
    """Have the same done as jobs."""
    daily, ask = panel("D"), {"freq": "D"}
    forecast = client.jobs.forecast(daily, h=3, **ask)
    windows = client.jobs.cross_validation(daily, h=3, n_windows=2, step_size=2, level=[80], **ask)
    latest = client.jobs.detect_anomalies(panel("D", "spoiled"), h=4, detection_size=6, **ask)
    return {
        "status": forecast.status.value,
        "forecast": columns(forecast.wait()),
        "windows": columns(windows.wait()),
        "latest": columns(latest.wait()),
        "cancel": refusal(windows.cancel),
    }


def finetuning(client: NixtlaClient, started: Job) -> dict[str, Any]:
    """Wait for the model of a training that was started, use it, and delete it."""
    daily = panel("D")
    made = client.finetune(daily, **TRAINING)
    listed = client.finetuned_models()
    forecast = client.forecast(daily, h=2, freq="D", finetuned_model_id=made)
    return {
        "made": [made, started.wait()],
        "listed": [json.loads(model.model_dump_json()) for model in listed],
        "shown": json.loads(client.finetuned_model(made).model_dump_json()),
        "forecast": columns(forecast),
        "deleted": client.delete_finetuned_model(made),
        "left": client.finetuned_models(),
    }


def refusals(client: NixtlaClient) -> dict[str, Any]:
    """Ask for what is not done."""
    daily, promoted = panel("D"), featured().drop(columns=["kind", "temperature"])
    infinite = daily.assign(y=daily["y"].replace(DATA["plain"]["b"][-1], float("inf")))
    ask: Any = {"h": 2, "freq": "D"}
    explained: Any = {"feature_contributions": True, "add_history": True}
    calls: dict[str, Callable[[], Any]] = {
        "finetune_steps": lambda: client.forecast(daily, finetune_steps=2, **ask),
        "multivariate": lambda: client.forecast(daily, multivariate=True, **ask),
        "infinite": lambda: client.forecast(infinite, **ask),
        "model": lambda: client.forecast(daily, finetuned_model_id="nothing", **ask),
        "simulate": lambda: client.simulate(daily, n_paths=2, **ask),
        "loss": lambda: client.finetune(daily, freq="D", finetune_loss="mse"),
        "steps": lambda: client.detect_anomalies_online(
            daily, detection_size=4, step_size=3, **ask
        ),
        "contributions": lambda: client.forecast(
            promoted, X_df=future(promoted, 2), **explained, **ask
        ),
    }
    return {name: refusal(call) for name, call in calls.items()}


def main() -> None:
    """Call the service at the root, and below its prefix."""
    client, below = (NixtlaClient(base_url=URL + path, api_key="any") for path in ("", "/timegpt"))
    started = below.jobs.finetune(panel("D"), **TRAINING)
    found = {
        "valid": below.validate_api_key(),
        "models": below.list_models(),
        "forecasts": forecasts(client),
        "pasts": pasts(client),
        "jobs": jobs(below),
        "refusals": refusals(client),
        "finetuning": finetuning(below, started),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
