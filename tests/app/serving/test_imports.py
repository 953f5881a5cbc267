"""What requests need is imported before the first: threads that import at once can hang."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.service import ROOT

ASK = """
import sys, time
from fastapi.testclient import TestClient
from app.main import create_app
from app.settings.environment import load_settings

def named():
    return {name for name in sys.modules if f"{name}.".startswith(("app.", "forecasting."))}

with TestClient(create_app(load_settings())) as client:
    while client.get("/health/ready").status_code != 200:
        time.sleep(0.05)
    before = named()
    assert client.post("/predict", json={"series": [1, 2, 4, 3, 5]}).status_code == 200
    assert "pandas" not in sys.modules and "pyarrow" not in sys.modules, "they take 70 MiB"
    for path in ("/predict", "/backtest", "/anomalies", "/inspect", "/actuals"):
        operation = client.get("/openapi.json").json()["paths"][path]["post"]
        content = operation["requestBody"]["content"]
        for example in content["application/json"]["examples"].values():
            client.post(path, json=example["value"])
        headers = {"content-type": "text/csv"}
        client.post(path, content=content["text/csv"]["example"], headers=headers)
        files = {"file": ("a.csv", content["text/csv"]["example"])}
        client.post(path, files=files)
    sys.exit(" ".join(sorted(named() - before)) or 0)
"""


def test_no_request_imports_what_others_may_import_meanwhile(tmp_path: Path) -> None:
    env = os.environ | {"FORECAST_JOBS_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, env=env, check=True)


USE = """
from threading import Barrier, Thread
from forecasting.tables.libraries import pa, pd

def use(number):
    barrier.wait()
    found.append(pd.tseries.frequencies.to_offset("D") if number % 2 else pa.array([number]))

barrier, found = Barrier(8), []
threads = [Thread(target=use, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(found) == 8
"""


def test_threads_that_use_pandas_and_pyarrow_at_once_all_get_them() -> None:
    for _ in range(3):
        subprocess.run([sys.executable, "-c", USE], cwd=ROOT, check=True, timeout=60)
