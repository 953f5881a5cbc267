"""Tables in an object store, which a server that others wrote stands in for."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pandas as pd
import pytest
from moto.server import ThreadedMotoServer
from pyarrow import fs

from bulk.places import Place
from tests.bulk.jobs import BulkJobs, many_days


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    filesystem, _ = fs.FileSystem.from_uri("s3://shop/?allow_bucket_creation=true")
    filesystem.create_dir("shop")
    yield Place(filesystem, "shop", "s3")
    server.stop()


def test_a_folder_of_a_bucket_becomes_a_folder_and_a_file(jobs: BulkJobs, bucket: Place) -> None:
    frame = many_days(5)
    for number, part in enumerate((frame[::2], frame[1::2])):
        with bucket.child(f"sales/{number}.parquet").written() as stream:
            stream.write(part.to_parquet())
    shop = {"source": "s3://shop/sales", "allowed": ("s3://shop",)}
    sort = {"repair": {"order": "sort"}}
    outputs, made = [], []
    for name, output in (("folder", "s3://shop/ahead"), ("file", "s3://shop/out/ahead.parquet")):
        folder = jobs.make_any(name, task=sort, **shop, destination=output)
        assert jobs.run(folder)
        made.append(json.loads(folder.result.read_bytes()))
        found = pd.read_parquet(output.removeprefix("s3://"), filesystem=bucket.filesystem)
        outputs.append(found.reset_index(drop=True))
    assert set(outputs[0]["unique_id"]) == set(frame["unique_id"])
    pd.testing.assert_frame_equal(outputs[0], outputs[1])
    assert [(result["output"], result["failures"]) for result in made] == [
        ("s3://shop/ahead", "s3://shop/ahead/_failures.parquet"),
        ("s3://shop/out/ahead.parquet", "s3://shop/out/ahead.failures.parquet"),
    ]
    assert bucket.child("ahead/_manifest.json").exists()
    assert not jobs.run(jobs.make_any("again", **shop, destination="s3://shop/ahead"))
