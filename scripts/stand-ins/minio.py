#!/usr/bin/env python3
"""`minio server FOLDER`, by moto: each folder in it is a bucket, and the files below are objects.

They are read at the start and written at the end; in between they are in memory.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
ThreadedMotoServer("0.0.0.0", 9000).start()  # noqa: S104 -- others in the network are to reach it
client = boto3.client(
    "s3",
    endpoint_url="http://127.0.0.1:9000",
    region_name="us-east-1",
    aws_access_key_id=os.environ["MINIO_ROOT_USER"],
    aws_secret_access_key=os.environ["MINIO_ROOT_PASSWORD"],
)
buckets = list(Path(sys.argv[2]).iterdir())
for bucket in buckets:
    client.create_bucket(Bucket=bucket.name)
    for file in filter(Path.is_file, bucket.rglob("*")):
        key = file.relative_to(bucket).as_posix()
        client.put_object(Bucket=bucket.name, Key=key, Body=file.read_bytes())
Path("/run/ready").touch()

signal.sigwait({signal.SIGTERM})
for bucket in buckets:
    shutil.rmtree(bucket)
    bucket.mkdir()
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket.name):
        for found in page.get("Contents", ()):
            file = bucket / found["Key"]
            file.parent.mkdir(parents=True, exist_ok=True)
            content = client.get_object(Bucket=bucket.name, Key=found["Key"])["Body"]
            file.write_bytes(content.read())
