"""The service under load: many at once, too many, a swap, an end. Nothing here asserts a time."""

import asyncio
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from forecasting.store.draft import publishing
from forecasting.store.lifecycle import set_alias
from forecasting.store.loader import load_version
from forecasting.store.store import ModelStore
from tests.support.service import Service, wait_until
from tests.support.tiny_models import PASSENGERS, publish_copy
from tests.support.training_jobs import train, wait_for_end

LARGE = {"series": [{"values": PASSENGERS}] * 400, "horizon": 2_000, "levels": []}


async def post_all(url: str, bodies: list[dict[str, Any]]) -> list[httpx.Response]:
    limits = httpx.Limits(max_connections=50)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
        return await asyncio.gather(*(client.post("/predict", json=body) for body in bodies))


def bodies(count: int) -> Iterator[dict[str, Any]]:
    """Mixed models, lengths, horizons and quantiles."""
    rng = np.random.default_rng(0)
    versions = [("tiny", 1), ("tiny", 2), ("plain", 1)]
    for number in range(count):
        model, version = versions[number % 3]
        values = rng.normal(100, 20, rng.integers(10, 60)).round(2).tolist()
        quantiles = [0.05, 0.5, 0.9] if model == "tiny" else []
        yield {
            "series": values,
            "horizon": int(rng.integers(1, 15)),
            "model": model,
            "version": version,
            "levels": [],
            "quantiles": quantiles,
        }


def test_two_hundred_mixed_requests_at_once_are_each_as_if_alone(service: Service) -> None:
    asked = list(bodies(200))
    answers = asyncio.run(post_all(service.url, asked))
    store = ModelStore(service.store)
    forecasters = {
        (model, version): load_version(store, model, version).forecaster
        for model, version in (("tiny", 1), ("tiny", 2), ("plain", 1))
    }
    for body, answer in zip(asked, answers, strict=True):
        assert answer.status_code == 200, answer.text
        (got,) = answer.json()["forecasts"]
        assert answer.json()["version"] == body["version"]
        alone = forecasters[body["model"], body["version"]].forecast(
            [np.array(body["series"])], body["horizon"], body["quantiles"]
        )
        np.testing.assert_allclose(got["point"], alone.point[0], rtol=1e-5, atol=1e-5)
        for number, quantile in enumerate(body["quantiles"]):
            expected = alone.quantiles[0, :, number]
            np.testing.assert_allclose(got["quantiles"][f"{quantile:g}"], expected, rtol=1e-5)


def test_overload_is_503_with_retry_after_and_passes(store: Path, jobs: Path) -> None:
    env = {"FORECAST_DEFAULT_MODEL": "tiny", "FORECAST_MAX_QUEUED_REQUESTS": "2"}
    with Service(store, jobs, env) as service:
        answers = asyncio.run(post_all(service.url, [LARGE] * 12))
        statuses = {answer.status_code for answer in answers}
        assert statuses == {200, 503}
        for answer in answers:
            if answer.status_code == 503:
                assert answer.json()["code"] == "overloaded"
                assert int(answer.headers["retry-after"]) >= 1
        again = httpx.post(service.url + "/predict", json={"series": PASSENGERS}, timeout=60)
        assert again.status_code == 200


def test_a_forecast_past_its_deadline_is_503(store: Path, jobs: Path) -> None:
    env = {"FORECAST_DEFAULT_MODEL": "tiny", "FORECAST_REQUEST_TIMEOUT_S": "0.05"}
    with Service(store, jobs, env) as service:
        answer = httpx.post(service.url + "/predict", json=LARGE, timeout=60)
        assert (answer.status_code, answer.json()["code"]) == (503, "deadline_exceeded")
        assert answer.headers["retry-after"]


async def load_until(url: str, stop: asyncio.Event, pause_s: float = 0) -> list[dict[str, Any]]:
    """Request after request on one connection; every answer must be a forecast."""
    answers = []
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        while not stop.is_set():
            answer = await client.post("/predict", json={"series": PASSENGERS})
            assert answer.status_code == 200, answer.text
            answers.append(answer.json())
            await asyncio.sleep(pause_s)
    return answers


def test_a_swap_under_load_fails_no_request(store: Path, jobs: Path) -> None:
    async def scene(url: str) -> list[list[dict[str, Any]]]:
        stop = asyncio.Event()
        loads = [asyncio.create_task(load_until(url, stop)) for _ in range(4)]
        first = store / "tiny" / "1"
        await asyncio.to_thread(publish_copy, ModelStore(store), "tiny", of=first)
        set_alias(ModelStore(store), "tiny", "production", 3, by="cli")
        await asyncio.to_thread(wait_until, lambda: serves(url, 3), what="version 3")
        stop.set()
        return await asyncio.gather(*loads)

    def serves(url: str, version: int) -> bool:
        answer = httpx.post(url + "/predict", json={"series": PASSENGERS}, timeout=60)
        return bool(answer.json()["version"] == version)

    with Service(store, jobs, {"FORECAST_DEFAULT_MODEL": "tiny"}) as service:
        for answers in asyncio.run(scene(service.url)):
            versions = [answer["version"] for answer in answers]
            assert versions == sorted(versions)
            assert set(versions) <= {2, 3}
            points = {
                (answer["version"], tuple(answer["forecasts"][0]["point"])) for answer in answers
            }
            rounded = {(version, tuple(np.round(point, 3))) for version, point in points}
            assert len(rounded) == len(set(versions))


def test_sigterm_under_load_fails_no_accepted_request(store: Path, jobs: Path) -> None:
    large = LARGE | {"horizon": 500}

    async def scene(service: Service) -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=service.url, timeout=120) as client:
            asked = [asyncio.create_task(client.post("/predict", json=large)) for _ in range(6)]
            await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            service.process.send_signal(signal.SIGTERM)
            return await asyncio.gather(*asked)

    with Service(store, jobs, {"FORECAST_DEFAULT_MODEL": "tiny"}) as service:
        answers = asyncio.run(scene(service))
        assert [answer.status_code for answer in answers] == [200] * 6
        assert service.process.wait(60) == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(service.url + "/health/ready")


def test_several_workers_serve_train_and_stop_as_one_does(store: Path, jobs: Path) -> None:
    async def train_under_load(service: Service) -> set[int]:
        """The training has the lowest priority: without pauses it would take minutes."""
        stop = asyncio.Event()
        loads = [asyncio.create_task(load_until(service.url, stop, 0.2)) for _ in range(4)]
        with service.client() as client:
            location = await asyncio.to_thread(train, client, model="tiny", promote="always")
            job = await asyncio.to_thread(wait_for_end, client, location)
        assert (job.state, job.version) == ("succeeded", 3), job
        stop.set()
        return {answer["version"] for answers in await asyncio.gather(*loads) for answer in answers}

    env = {"FORECAST_DEFAULT_MODEL": "tiny", "FORECAST_WORKERS": "2"}
    with Service(store, jobs, env) as service:
        answers = asyncio.run(post_all(service.url, list(bodies(40))))
        assert {answer.status_code for answer in answers} == {200}
        assert asyncio.run(train_under_load(service)) <= {2, 3}

        def all_serve() -> bool:
            answers = asyncio.run(post_all(service.url, [{"series": PASSENGERS}] * 20))
            return {answer.json()["version"] for answer in answers} == {3}

        wait_until(all_serve, what="version 3 from every worker")
        assert service.stop() == 0


def test_the_serving_process_has_no_tensorflow_in_it(service: Service) -> None:
    httpx.post(service.url + "/predict", json={"series": PASSENGERS}, timeout=60)
    maps = Path(f"/proc/{service.process.pid}/maps").read_text()
    assert "onnxruntime" in maps
    assert "tensorflow" not in maps


def test_without_a_compiled_network_keras_serves(store: Path, jobs: Path, tmp_path: Path) -> None:
    versions = ModelStore(store)
    template = versions.manifest("tiny", 1)
    with publishing(versions, "kept") as draft:
        for name in ("model.keras", "scaler.pkl"):
            shutil.copy(store / "tiny" / "1" / name, draft.folder)
        draft.publish(
            lambda version, files: template.model_copy(
                update={"model": "kept", "version": version, "files": files}
            )
        )
    with Service(store, jobs, {"FORECAST_DEFAULT_MODEL": "tiny"}) as service:
        asked = [{"series": PASSENGERS, "model": m, "version": 1} for m in ("tiny", "kept")]
        compiled, keras = asyncio.run(post_all(service.url, asked))
    np.testing.assert_allclose(
        compiled.json()["forecasts"][0]["point"], keras.json()["forecasts"][0]["point"], rtol=1e-4
    )
