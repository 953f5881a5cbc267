"""Aliases, rollback and deletion over HTTP, on a service for this module only.

Each test has a model for itself in its store."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.models.schemas import ALIAS_EXAMPLES, ROLLBACK_EXAMPLES
from forecasting.store.store import ModelStore
from tests.support.service import Service, wait_until
from tests.support.tiny_models import PASSENGERS, publish_copy, publish_like
from tests.support.training_jobs import assert_problem, train, wait_for_end

PRODUCTION = "/models/tiny/aliases/production"
MODELS = [f"tiny-{number}" for number in range(10)]


@pytest.fixture(scope="module")
def service(trained_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("aliases")
    store = ModelStore(shutil.copytree(trained_store, folder / "store"))
    for model in MODELS:
        publish_like(store, model, of=trained_store / "tiny")
    with Service(Path(store.location), folder, {"FORECAST_DEFAULT_MODEL": "tiny"}) as running:
        yield running


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with service.client() as connected:
        yield connected


@pytest.fixture(scope="module")
def models() -> Iterator[str]:
    return iter(MODELS)


@pytest.fixture
def model(models: Iterator[str]) -> str:
    """Return a model that no other test has, with version 2 in production and 1 before."""
    return next(models)


@pytest.fixture
def production(model: str) -> str:
    return f"/models/{model}/aliases/production"


def served(client: httpx.Client, model: str, **choice: object) -> int:
    answer = client.post("/predict", json={"series": PASSENGERS, "model": model, **choice})
    assert answer.status_code == 200, answer.text
    version: int = answer.json()["version"]
    return version


def test_an_alias_moves_and_what_it_names_is_served_at_once(
    client: httpx.Client, model: str, production: str
) -> None:
    assert served(client, model) == 2
    before = client.get(production)
    move = {"version": 1, "reason": "checked by hand"}
    moved = client.put(production, json=move, headers={"if-match": before.headers["etag"]})
    assert moved.status_code == 200, moved.text
    assert served(client, model) == 1
    newest = moved.json()["history"][0]
    assert (newest["from_version"], newest["to_version"]) == (2, 1)
    assert (newest["by"], newest["reason"]) == ("http", "checked by hand")
    assert client.get(production).json() == moved.json()
    assert client.get(production).headers["etag"] == moved.headers["etag"]
    assert client.get(f"/models/{model}").json()["aliases"] == {"production": 1}


def test_a_stale_etag_loses_no_update(client: httpx.Client, model: str, production: str) -> None:
    etag = client.get(production).headers["etag"]
    for version in (1, 2):
        client.put(production, json={"version": version})
    for header in ({"if-match": etag}, {"if-match": f"W/{etag}"}, {"if-none-match": "*"}):
        assert_problem(
            client.put(production, json={"version": 1}, headers=header), 412, "alias_moved"
        )
    assert_problem(client.delete(production, headers={"if-match": etag}), 412, "alias_moved")
    back = client.post(f"/models/{model}/rollback", headers={"if-match": etag})
    assert_problem(back, 412, "alias_moved")
    assert served(client, model) == 2


def test_of_twenty_moves_at_once_with_one_etag_one_wins(
    client: httpx.Client, production: str, service: Service
) -> None:
    etag = client.get(production).headers["etag"]

    async def race() -> list[int]:
        async with httpx.AsyncClient(base_url=service.url, timeout=60) as many:
            answers = await asyncio.gather(
                *(
                    many.put(production, json={"version": 1}, headers={"if-match": etag})
                    for _ in range(20)
                )
            )
        return sorted(answer.status_code for answer in answers)

    assert asyncio.run(race()) == [200] + [412] * 19


def test_any_alias_is_made_asked_for_and_removed(client: httpx.Client, model: str) -> None:
    url = f"/models/{model}/aliases/staging"
    assert_problem(client.get(url), 404, "alias_not_found")
    made = client.put(url, json={"version": 1}, headers={"if-none-match": "*"})
    assert made.status_code == 200, made.text
    assert served(client, model, version="staging") == 1
    assert served(client, model) == 2
    assert client.delete(url, params={"reason": "done"}).status_code == 204
    assert_problem(client.get(url), 404, "alias_not_found")
    answer = client.post(
        "/predict", json={"series": PASSENGERS, "model": model, "version": "staging"}
    )
    assert_problem(answer, 404, "version_not_found")
    listed = {a["alias"]: a for a in client.get(f"/models/{model}/aliases").json()["aliases"]}
    assert listed["production"]["version"] == 2
    assert listed["staging"]["version"] is None
    assert [move["action"] for move in listed["staging"]["history"]] == ["remove", "set"]
    assert listed["staging"]["history"][0]["reason"] == "done"


def test_rollback_is_one_call(client: httpx.Client, model: str) -> None:
    answer = client.post(f"/models/{model}/rollback")
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert served(client, model) == 1
    assert_problem(client.post(f"/models/{model}/rollback"), 409, "nothing_to_roll_back_to")
    assert_problem(client.post("/models/zero-shot/rollback"), 409, "nothing_to_roll_back_to")
    assert_problem(client.post("/models/none/rollback"), 404, "model_not_found")


def test_a_deleted_version_is_gone_and_one_in_use_stays(client: httpx.Client, model: str) -> None:
    assert served(client, model, version=1) == 1
    assert_problem(client.delete(f"/models/{model}/versions/2"), 409, "version_in_use")
    assert client.delete(f"/models/{model}/versions/1").status_code == 204
    assert_problem(client.delete(f"/models/{model}/versions/1"), 404, "version_not_found")
    assert_problem(client.get(f"/models/{model}/versions/1"), 404, "version_not_found")
    answer = client.post("/predict", json={"series": PASSENGERS, "model": model, "version": 1})
    assert_problem(answer, 404, "version_not_found")
    assert client.get(f"/models/{model}").json()["versions"] == [2]
    assert served(client, model) == 2
    assert client.get("/health").json()["status"] == "ok"


def test_a_model_whose_last_version_is_deleted_is_gone(client: httpx.Client) -> None:
    assert served(client, "plain") == 1
    assert client.delete("/models/plain/aliases/production").status_code == 204
    assert_problem(client.delete("/models/plain/versions/1"), 409, "version_served")
    assert served(client, "plain") == 1
    demanded = client.delete("/models/plain/versions/1", params={"even_if_served": True})
    assert demanded.status_code == 204
    answer = client.post("/predict", json={"series": PASSENGERS, "model": "plain"})
    assert_problem(answer, 404, "model_not_found")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"version": 9}, 404, "version_not_found"),
        ({"version": 0}, 422, "request_invalid"),
        ({"version": "1"}, 422, "request_invalid"),
        ({"version": 1, "why": "?"}, 422, "request_invalid"),
        ({"version": 1, "reason": "x" * 501}, 422, "request_invalid"),
        ({}, 422, "request_invalid"),
    ],
)
def test_bad_moves(service: Service, body: dict[str, object], status: int, code: str) -> None:
    with service.client() as shared:
        assert_problem(shared.put(PRODUCTION, json=body), status, code)


def test_more_bad_moves(service: Service) -> None:
    with service.client() as shared:
        for name in ("latest", "3", "Up"):
            answer = shared.put(f"/models/tiny/aliases/{name}", json={"version": 1})
            assert_problem(answer, 422, "alias_invalid")
        assert_problem(
            shared.put("/models/none/aliases/a", json={"version": 1}), 404, "model_not_found"
        )
        assert_problem(shared.put(PRODUCTION, content="1"), 415, "media_type_unsupported")
        wrong = {"if-none-match": '"1-1"'}
        answer = shared.put(PRODUCTION, json={"version": 1}, headers=wrong)
        assert_problem(answer, 422, "parameter_invalid")
        assert "in the header" in answer.json()["detail"]
        answer = shared.post("/models/tiny/rollback", json={"reason": 1})
        assert_problem(answer, 422, "request_invalid")


def test_a_plot_is_served_where_there_is_one(service: Service) -> None:
    with service.client() as shared:
        plot = shared.get("/models/tiny/versions/1/plot.png")
        assert plot.headers["content-type"] == "image/png"
        assert plot.content.startswith(b"\x89PNG")
        assert_problem(shared.get("/models/tiny/versions/9/plot.png"), 404, "version_not_found")


def test_a_version_without_a_plot_says_so(service: Service, tmp_path: Path) -> None:
    versions = ModelStore(service.store)
    source = tmp_path / "bare"
    source.mkdir()
    manifest = versions.manifest("tiny", 1)
    files = {name: entry for name, entry in manifest.files.items() if name != "plot.png"}
    for name in files:
        (source / name).write_bytes(versions.read_file("tiny", 1, name))
    bare = manifest.model_copy(update={"files": files})
    (source / "manifest.json").write_text(bare.model_dump_json())
    publish_copy(versions, "bare", of=source)
    with service.client() as client:
        assert_problem(client.get("/models/bare/versions/1/plot.png"), 404, "file_not_found")


@pytest.mark.parametrize("name", ALIAS_EXAMPLES)
def test_alias_examples_run(client: httpx.Client, production: str, name: str) -> None:
    assert client.put(production, json=ALIAS_EXAMPLES[name]["value"]).status_code == 200


@pytest.mark.parametrize("name", ROLLBACK_EXAMPLES)
def test_rollback_examples_run(client: httpx.Client, model: str, name: str) -> None:
    answer = client.post(f"/models/{model}/rollback", json=ROLLBACK_EXAMPLES[name]["value"])
    assert answer.status_code == 200
    assert answer.json()["history"][0]["reason"] == ROLLBACK_EXAMPLES[name]["value"]["reason"]


def test_a_job_says_whether_its_version_took_production_and_why(
    client: httpx.Client, model: str
) -> None:
    location = train(client, model=model, promote="never")
    wait_for_end(client, location)
    never = client.get(location).json()
    assert never["promotion"] == client.get(f"/models/{model}/versions/3").json()["promotion"]
    assert never["promotion"]["promoted"] is False
    assert never["promotion"]["incumbent"] == 2
    assert never["evaluation"]["production"]["mase"] > 0
    assert served(client, model) == 2
    assert served(client, model, version="latest") == 3
    wait_for_end(client, train(client, model=model, promote="always"))
    assert served(client, model) == 4
    assert client.post(f"/models/{model}/rollback").json()["version"] == 2
    assert served(client, model) == 2


def test_two_services_on_one_store_publish_the_same_model_at_once(
    service: Service, tmp_path: Path
) -> None:
    other_jobs = tmp_path / "other-jobs"
    other_jobs.mkdir()
    with (
        Service(service.store, other_jobs, {"FORECAST_DEFAULT_MODEL": "tiny"}) as other,
        service.client() as first,
        other.client() as second,
    ):
        queued = [
            (c, train(c, model="shared", seed=n, promote="always"))
            for n, c in enumerate((first, second))
        ]
        done = [wait_for_end(client, job) for client, job in queued]
        assert [job.state for job in done] == ["succeeded"] * 2, done
        assert {job.version for job in done} == {1, 2}
        aliases = first.get("/models/shared/aliases").json()["aliases"]
        history = aliases[0]["history"][::-1]
        holder = None
        for version in (1, 2):
            promotion = first.get(f"/models/shared/versions/{version}").json()["promotion"]
            assert promotion["incumbent"] == holder
            assert promotion["promoted"]
            assert history.pop(0)["to_version"] == version
            holder = version
        assert history == []
        assert aliases[0]["version"] == holder
        for client in (first, second):
            wait_until(
                lambda client=client: served(client, "shared") == holder,
                what="the promoted version from both services",
            )
