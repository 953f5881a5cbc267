"""A service whose models lie in a bucket: what it serves, also while that does not answer."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from benchmarks.cluster.s3_server import s3_server
from forecasting.store.storage.cache import VersionCache
from forecasting.store.store import ModelStore
from tests.support.buckets import damage
from tests.support.service import Service, wait_until
from tests.support.tiny_models import PASSENGERS, publish_copy
from tests.support.training_jobs import assert_problem, train, wait_for_end
from tests.upgrade.test_upgrade import COPY

URL = "s3://models/of-a-service"
VERSION = COPY / "store" / "tiny" / "1"


class Bucket:
    """An S3 server that can be out of reach for a while."""

    def __init__(self) -> None:
        self._running = ExitStack()
        self.env = self._running.enter_context(s3_server())
        self._port = int(self.env["AWS_ENDPOINT_URL"].rpartition(":")[2])

    def stop(self) -> None:
        self._running.close()

    def start(self) -> None:
        self._running.enter_context(s3_server(self._port))


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    running = Bucket()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def store(bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelStore]:
    """The bucket as another machine sees it, with two versions of `tiny` and one of `other`."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in bucket.env.items():
            patched.setenv(name, value)
        cache = VersionCache(tmp_path_factory.mktemp("cache-elsewhere"), 2**20)
        store = ModelStore(URL, cache=cache)
        for model in ("tiny", "tiny", "other"):
            publish_copy(store, model, of=VERSION)
        yield store


@pytest.fixture(scope="module")
def service(
    bucket: Bucket, store: ModelStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    env = bucket.env | {
        "FORECAST_MODEL_STORE": URL,
        "FORECAST_STORE_CACHE_DIR": str(folder / "cache"),
        "FORECAST_DEFAULT_MODEL": "tiny",
    }
    with Service(folder, folder, env) as running:
        yield running


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with service.client() as connected:
        yield connected


def forecast(client: httpx.Client, **options: object) -> httpx.Response:
    return client.post("/predict", json={"series": PASSENGERS, **options})


def version_of(client: httpx.Client, **options: object) -> int:
    answer = forecast(client, **options)
    assert answer.status_code == 200, answer.text
    found: int = answer.json()["version"]
    return found


def test_what_is_published_elsewhere_is_served(client: httpx.Client, store: ModelStore) -> None:
    assert version_of(client) == 2
    models = {model["model"]: model["versions"] for model in client.get("/models").json()["models"]}
    assert models == {"tiny": [1, 2], "other": [1]}
    publish_copy(store, "tiny", of=VERSION)
    assert version_of(client, version=3) == 3
    moved = client.put("/models/tiny/aliases/production", json={"version": 1})
    assert moved.status_code == 200, moved.text
    assert store.aliases("tiny") == {"production": 1}
    assert version_of(client) == 1
    wait_until(lambda: version_of(client, version="latest") == 3, what="the newest")


def test_a_job_publishes_into_the_bucket(client: httpx.Client, store: ModelStore) -> None:
    job = wait_for_end(client, train(client, model="mine", promote="always"))
    assert (job.version, store.aliases("mine")) == (1, {"production": 1})
    assert version_of(client, model="mine") == 1


def test_a_damaged_version_is_refused_once_it_is_asked_for(
    client: httpx.Client, store: ModelStore
) -> None:
    publish_copy(store, "other", of=VERSION)
    damage(store, "other", 2, "scaler.pkl")
    assert_problem(forecast(client, model="other", version=2), 503, "version_broken")
    assert version_of(client, model="other") == 1
    health = client.get("/health").json()
    assert [(found["model"], found["version"]) for found in health["problems"]] == [("other", 2)]
    deleted = client.delete("/models/other/versions/2")
    assert deleted.status_code == 204, deleted.text
    assert client.get("/health").json()["problems"] == []


def test_what_is_loaded_is_served_while_the_bucket_does_not_answer(
    client: httpx.Client, bucket: Bucket, service: Service
) -> None:
    assert version_of(client) == 1
    assert client.get("/health").json()["store_problem"] is None
    bucket.stop()
    assert version_of(client) == 1
    refused = client.put("/models/tiny/aliases/production", json={"version": 2})
    assert_problem(refused, 503, "store_unreachable")
    assert refused.headers["Retry-After"] == "5"
    assert_problem(client.get("/models"), 503, "store_unreachable")
    assert_problem(forecast(client, model="new"), 503, "store_unreachable")
    health = client.get("/health").json()
    assert health["status"] == "degraded"
    assert URL in health["store_problem"]
    assert client.get("/health/ready").status_code == 200
    assert version_of(client, version="production") == 1
    bucket.start()
    assert client.put("/models/tiny/aliases/production", json={"version": 2}).status_code == 200
    assert client.get("/health").json()["store_problem"] is None
    assert version_of(client) == 2
    log = service.log
    assert "s3cret" not in log
    assert "Traceback" not in log
