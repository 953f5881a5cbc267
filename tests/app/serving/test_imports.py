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
from app.settings import load_settings

def named():
    ours = ("app.", "forecasting.", "pandas.", "pyarrow.")
    return {name for name in sys.modules if f"{name}.".startswith(ours)}

with TestClient(create_app(load_settings())) as client:
    while client.get("/health/ready").status_code != 200:
        time.sleep(0.05)
    before = named()
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
