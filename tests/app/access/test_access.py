"""What keys may do on a running service, and what nobody may do without one."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.access.keys import add_key, remove_key
from app.access.scopes import Scope
from forecasting.store.store import ModelStore
from tests.support.service import ROOT, Service, wait_until
from tests.support.tiny_models import PASSENGERS, publish_like

BRACES = str.maketrans("", "", "{}")
A_MINUTE = 240
"""More requests than any other test here sends with one key, or without one."""
TINY_TRAINING = {
    "series": PASSENGERS,
    "horizon": 2,
    "recipe": {"units": [4], "context_length": 12, "epochs": 1},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("access")


@pytest.fixture(scope="module")
def keys(folder: Path) -> dict[str, str]:
    """Return keys by the names of their holders."""
    file = folder / "keys.json"
    holders: dict[str, tuple[list[Scope], str]] = {
        "boss": (list(Scope), ""),
        "reader": ([Scope.PREDICT], ""),
        "other-reader": ([Scope.PREDICT], ""),
        "trainer": ([Scope.TRAIN], ""),
        "team-a": (list(Scope), "team-a-"),
        "team-b": (list(Scope), "team-b-"),
        "gone": (list(Scope), ""),
    }
    made = {name: add_key(file, name, scopes, models) for name, (scopes, models) in holders.items()}
    remove_key(file, "gone")
    return made


@pytest.fixture(scope="module")
def service(trained_store: Path, folder: Path, keys: dict[str, str]) -> Iterator[Service]:
    store = ModelStore(shutil.copytree(trained_store, folder / "store"))
    for model in ("team-a-sales", "team-b-sales"):
        publish_like(store, model, of=trained_store / "tiny")
        publish_like(store, model, of=trained_store / "tiny")
    settings = {
        "FORECAST_DEFAULT_MODEL": "tiny",
        "FORECAST_API_KEYS_FILE": str(folder / "keys.json"),
        "FORECAST_AUDIT_FILE": str(folder / "audit.jsonl"),
        "FORECAST_BULK_LOCATIONS": str(folder),
        "FORECAST_RATE_LIMIT": str(A_MINUTE),
        "FORECAST_HOST": "0.0.0.0",
    }
    with Service(Path(store.location), folder, settings) as running:
        yield running


@pytest.fixture
def as_(service: Service, keys: dict[str, str]) -> Iterator[dict[str, httpx.Client]]:
    """Return a client for each holder of a key."""
    clients = {name: service.client() for name in keys}
    for name, client in clients.items():
        client.headers["Authorization"] = f"Bearer {keys[name]}"
    yield clients
    for client in clients.values():
        client.close()


def with_key(key: str) -> dict[str, str]:
    return {"X-API-Key": key}


def operations(client: httpx.Client) -> list[tuple[str, str, bool]]:
    """Return the method and the path of each operation, and whether it is open to all."""
    return [
        (method, path.replace("{version}", "1").translate(BRACES), "security" not in operation)
        for path, of_path in client.get("/openapi.json").json()["paths"].items()
        for method, operation in of_path.items()
    ]


def test_no_operation_but_those_for_load_balancers_answers_without_a_key(
    service: Service, keys: dict[str, str]
) -> None:
    wrong = {"X-API-Key": keys["gone"]}
    with service.client() as client:
        for method, path, is_open in operations(client):
            without = client.request(method, path)
            if is_open:
                assert path in {"/health/live", "/health/ready"}
                assert without.status_code == 200
                continue
            assert (without.status_code, without.json()["code"]) == (401, "key_missing"), path
            assert without.headers["WWW-Authenticate"].startswith("Bearer")
            refused = client.request(method, path, headers=wrong)
            assert (refused.status_code, refused.json()["code"]) == (401, "key_unknown"), path
        empty_one_first = [("X-API-Key", ""), ("Authorization", f"Bearer {keys['reader']}")]
        assert client.get("/models", headers=empty_one_first).status_code == 200
        unknown = client.get("/no/such/path")
        assert unknown.status_code == 401
        for page in ("/", "/docs", "/openapi.json", "/page/main.js"):
            assert client.get(page).status_code in {200, 404}


@pytest.mark.parametrize(
    ("holder", "method", "path", "status"),
    [
        ("reader", "POST", "/predict", 200),
        ("reader", "GET", "/models", 200),
        ("reader", "POST", "/train", 403),
        ("reader", "PUT", "/models/tiny/aliases/production", 403),
        ("reader", "DELETE", "/models/tiny/versions/1", 403),
        ("trainer", "POST", "/predict", 403),
        ("trainer", "POST", "/models/tiny/rollback", 403),
        ("trainer", "DELETE", "/jobs/0123456789abcdef", 404),
        ("boss", "POST", "/predict", 200),
    ],
)
def test_a_key_is_for_its_scopes(
    as_: dict[str, httpx.Client], holder: str, method: str, path: str, status: int
) -> None:
    body = {"series": PASSENGERS} if path == "/predict" else None
    answer = as_[holder].request(method, path, json=body)
    assert answer.status_code == status, answer.text
    if status == 403:
        assert answer.json()["code"] == "scope_missing"


def test_a_key_of_a_team_sees_its_models_and_the_default_one_only(
    as_: dict[str, httpx.Client],
) -> None:
    team = as_["team-a"]
    assert [model["model"] for model in team.get("/models").json()["models"]] == [
        "team-a-sales",
        "tiny",
        "zero-shot",
    ]
    for model, status in (("team-a-sales", 200), ("tiny", 200), ("team-b-sales", 404), ("x", 404)):
        asked = {"series": PASSENGERS, "model": model}
        for path in ("/predict", "/backtest", "/anomalies"):
            answer = team.post(path, json=asked)
            assert answer.status_code == status, (path, answer.text)
            assert "team-b" not in answer.text.replace("'team-b-sales'", "")
        assert team.get(f"/models/{model}").status_code == status
    assert team.get("/models/team-b-sales/versions/1").status_code == 404
    assert "team-b" not in team.get("/health").text


def test_a_key_of_a_team_changes_its_models_only(as_: dict[str, httpx.Client]) -> None:
    team = as_["team-a"]
    own, other, common = (f"/models/{m}" for m in ("team-a-sales", "team-b-sales", "tiny"))
    assert team.put(f"{own}/aliases/production", json={"version": 1}).status_code == 200
    assert team.put(f"{other}/aliases/production", json={"version": 1}).status_code == 404
    refused = team.put(f"{common}/aliases/production", json={"version": 1})
    assert (refused.status_code, refused.json()["code"]) == (403, "model_forbidden")
    assert team.delete(f"{common}/versions/1").status_code == 403
    trained = team.post("/train", json=TINY_TRAINING | {"model": "team-b-sales"})
    assert (trained.status_code, trained.json()["code"]) == (403, "model_forbidden")
    based = {"series": PASSENGERS, "model": "team-a-new", "horizon": 2, "base": "team-b-sales"}
    assert team.post("/train", json=based).status_code == 404


def test_a_team_sees_its_jobs_only_and_shares_no_idempotency_key(
    as_: dict[str, httpx.Client],
) -> None:
    once = {"Idempotency-Key": "monday"}
    body = TINY_TRAINING | {"model": "team-a-sales"}
    job = as_["team-a"].post("/train", json=body, headers=once).json()
    assert job["owner"] == "team-a"
    assert as_["team-a"].post("/train", json=body, headers=once).json()["id"] == job["id"]
    other = as_["team-b"].post("/train", json=body | {"model": "team-b-sales"}, headers=once)
    assert other.status_code == 202
    assert as_["team-b"].get(f"/jobs/{job['id']}").status_code == 404
    assert as_["team-b"].get(f"/jobs/{job['id']}/events").status_code == 404
    assert as_["team-b"].delete(f"/jobs/{job['id']}").status_code == 404
    for team in ("team-a", "team-b"):
        listed = as_[team].get("/jobs").json()["jobs"]
        assert {found["owner"] for found in listed} == {team}
    assert len(as_["boss"].get("/jobs").json()["jobs"]) >= 2
    assert as_["team-a"].delete(f"/jobs/{job['id']}").status_code == 202
    as_["team-b"].delete(f"/jobs/{other.json()['id']}")


def test_a_key_made_anew_under_an_old_name_gets_nothing_of_the_old_one(
    as_: dict[str, httpx.Client], service: Service, folder: Path
) -> None:
    file, body = folder / "keys.json", TINY_TRAINING | {"model": "team-a-old"}
    old = add_key(file, "again", [Scope.TRAIN], "team-a-")
    with service.client() as client:
        wait_until(lambda: client.get("/models", headers=with_key(old)).is_success, what="the key")
        job = client.post("/train", json=body, headers=with_key(old)).json()
        remove_key(file, "again")
        new = add_key(file, "again", [Scope.TRAIN], "team-z-")
        wait_until(lambda: client.get("/models", headers=with_key(new)).is_success, what="the key")
        assert client.get(f"/jobs/{job['id']}", headers=with_key(new)).status_code == 404
        assert client.get("/jobs", headers=with_key(new)).json()["jobs"] == []
    as_["boss"].delete(f"/jobs/{job['id']}")
    remove_key(file, "again")


def test_who_starts_a_job_may_cancel_it_and_not_those_of_others(
    as_: dict[str, httpx.Client], folder: Path
) -> None:
    (folder / "sales.csv").write_text("unique_id,ds,y\n" + "a,2024-01-01,1\n")
    table = {"input": str(folder / "sales.csv"), "output": str(folder / "out.csv"), "model": "tiny"}
    reader, other = as_["reader"], as_["other-reader"]
    started = reader.post("/bulk", json=table)
    assert started.status_code == 202, started.text
    job = f"/jobs/{started.json()['id']}"
    assert other.get(job).status_code == 200
    refused = other.delete(job)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert "cancel the jobs of others" in refused.json()["detail"]
    assert reader.delete(job).status_code == 202
    assert "event: end" in reader.get(f"{job}/events", timeout=60).text
    assert reader.get(job).json()["state"] == "cancelled"
    assert reader.get(f"{job}/result").json()["code"] == "job_without_result"
    again = reader.post("/bulk", json=table).json()["id"]
    assert as_["trainer"].delete(f"/jobs/{again}").status_code == 202


def test_who_guesses_keys_is_slowed_and_slows_nobody_with_a_key(
    service: Service, keys: dict[str, str]
) -> None:
    with service.client() as client:

        def answer(headers: dict[str, str]) -> httpx.Response:
            return client.get("/jobs", headers=headers)

        guesses = (answer(with_key(keys["gone"])) for _ in range(20 * A_MINUTE))
        refused = next(guess for guess in guesses if guess.status_code != 401)
        assert refused.status_code == 429
        assert refused.json()["code"] == "rate_limited"
        assert "without a valid key" in refused.json()["detail"]
        assert int(refused.headers["Retry-After"]) >= 1
        assert answer(with_key(keys["reader"])).status_code == 200
        assert client.get("/health/live").status_code == 200
        wait_until(lambda: answer({}).status_code == 401, what="the next request without a key")


def test_metrics_are_for_keys_that_see_all_models(as_: dict[str, httpx.Client]) -> None:
    refused = as_["team-a"].get("/metrics")
    assert (refused.status_code, refused.json()["code"]) == (403, "key_tied_to_models")
    assert as_["reader"].get("/metrics").status_code == 200


def test_the_page_of_another_site_can_change_nothing(as_: dict[str, httpx.Client]) -> None:
    for site, status in (("cross-site", 403), ("same-origin", 200)):
        headers = {"Sec-Fetch-Site": site}
        answer = as_["boss"].post("/predict", json={"series": PASSENGERS}, headers=headers)
        assert answer.status_code == status


def test_the_audit_log_and_the_history_say_who_did_what(
    as_: dict[str, httpx.Client], folder: Path
) -> None:
    moved = as_["boss"].put("/models/tiny/aliases/canary", json={"version": 1, "reason": "to try"})
    assert moved.json()["history"][0]["by"] == "http boss"
    as_["boss"].delete("/models/tiny/aliases/canary")
    entries = [json.loads(line) for line in (folder / "audit.jsonl").read_text().splitlines()]
    of_boss = [entry for entry in entries if entry["key"] == "boss"]
    assert [entry["action"] for entry in of_boss[-2:]] == ["move_alias", "remove_alias"]
    assert of_boss[-2]["request_id"] == moved.headers["X-Request-ID"]
    assert (of_boss[-2]["model"], of_boss[-2]["reason"]) == ("tiny", "to try")


def test_a_new_key_is_taken_without_a_restart(service: Service, folder: Path) -> None:
    key = add_key(folder / "keys.json", "new", [Scope.PREDICT])

    def is_taken() -> bool:
        answer = httpx.get(f"{service.url}/models", headers={"X-API-Key": key})
        return answer.status_code == 200

    wait_until(is_taken, what="the new key")
    remove_key(folder / "keys.json", "new")
    wait_until(lambda: not is_taken(), what="the end of the key")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"FORECAST_HOST": "0.0.0.0"}, ("FORECAST_API_KEYS_FILE", "FORECAST_ALLOW_ANYONE=true")),
        ({"FORECAST_HOST": "::"}, ("FORECAST_API_KEYS_FILE",)),
        ({"FORECAST_API_KEYS_FILE": "/no/such/file"}, ("python -m app keys add",)),
    ],
)
def test_an_open_address_without_keys_is_refused_at_the_start(
    settings: dict[str, str], words: tuple[str, ...]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app"],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert all(word in line for word in words)
