"""A server written the usual way: FastAPI with `keras.models.load_model` and `model.predict`."""

import os
from typing import Any

import keras
import numpy as np
from fastapi import FastAPI

app = FastAPI()
network = keras.models.load_model(os.environ["NAIVE_NETWORK"], compile=False)
context_length = int(os.environ["NAIVE_CONTEXT_LENGTH"])


@app.get("/health/ready")
def ready() -> None:
    """Answer that the server is ready."""


@app.post("/predict")
def predict(body: dict[str, Any]) -> list[float]:
    """Return the median forecast of one series."""
    values = np.array(body["series"], dtype=np.float32)[-context_length:]
    level, spread = values.mean(), values.std()
    window = np.stack([(values - level) / spread, np.ones_like(values)], axis=-1)
    quantiles = network.predict(window[None], verbose=0)[0]
    median = quantiles[:, quantiles.shape[1] // 2]
    return [float(y) for y in median * spread + level][: body["horizon"]]
