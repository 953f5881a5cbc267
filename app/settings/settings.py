"""Settings: environment variables with the prefix FORECAST_."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.compat.protocols import PROTOCOLS
from app.database.url import DatabaseUrl
from app.observation.logs import LogFormat
from forecasting.errors import SigningKeyError, StoreError
from forecasting.store.manifest import ModelName
from forecasting.store.signing import TrustedKeys
from forecasting.store.storage.cache import CACHE_BYTES, CACHE_FOLDER, VersionCache
from forecasting.store.storage.location import check_location
from forecasting.store.store import ModelStore
from forecasting.tables.locations import AllowedLocations

PREFIX = "FORECAST_"
_URL = re.compile(r"[a-z][a-z0-9+.-]+:/")
_IN_WORDS = ", ".join(f"`{name}`" for name in PROTOCOLS)
Role = Literal["all", "api", "worker"]


def _read_pairs(given: object) -> object:
    """Return what stands in a text such as `a=b,c=d`, by what stands before the equals signs."""
    if not isinstance(given, str):
        return given
    pairs = [pair.partition("=") for pair in given.split(",")]
    if not all(name.strip() and sign for name, sign, _ in pairs):
        raise ValueError("write name=model, with commas between several")
    return {name.strip(): model.strip() for name, _, model in pairs}


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True)

    role: Role = Field(
        "all",
        description="What the process does: `api` serves, `worker` runs the jobs, and `all` serves "
        "and starts a worker process.",
    )
    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")
    api_keys_file: Path | None = Field(
        None,
        description="File of the API keys that are asked for, made by `python -m app keys add`; "
        "if it is not set, no key is asked for.",
    )
    allow_anyone: bool = Field(
        False,
        description="Whether to serve without keys on an address that other machines can reach.",
    )
    audit_file: Path | None = Field(
        None, description="File that the audit log is added to, besides the log."
    )
    workers: int = Field(1, ge=1, le=64, description="Processes that serve.")
    model_store: str = Field(
        "model_store",
        min_length=1,
        description="Folder that holds the models, or the URL of a bucket: `s3://…`, `gs://…` or "
        "`az://…`; `python -m training` honours it too.",
    )
    store_cache_dir: Path = Field(
        CACHE_FOLDER,
        description="Folder for copies of models that are used from a bucket; `python -m training` "
        "honours it too.",
    )
    max_store_cache_bytes: int = Field(
        CACHE_BYTES,
        ge=2**20,
        description="Most bytes of such copies; beyond it, the least recently used go. `python -m "
        "training` honours it too.",
    )
    trusted_keys: str | None = Field(
        None,
        description="Public keys, with commas between them: versions that none of them has signed "
        "are refused. `python -m training` honours it too.",
    )
    signing_key: Path | None = Field(
        None,
        description="File of the private key with which versions are signed that are trained here.",
    )
    default_model: ModelName = Field(
        "zero-shot", description="Model that answers if a request names none."
    )
    max_loaded_versions: int = Field(
        64,
        ge=1,
        description="Most versions kept in memory; beyond it, the least recently used is unloaded.",
    )
    jobs_dir: Path = Field(
        Path("jobs"),
        description="Folder for jobs, with their logs and results, and for forecasts that are "
        "kept.",
    )
    database_url: DatabaseUrl | None = Field(
        None,
        description="PostgreSQL database with the ledger of the jobs, as `postgresql://…`, for "
        "several machines; if it is not set, a SQLite file in FORECAST_JOBS_DIR has it.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info",
        description="How much is logged: `debug`, `info` (each request too), `warning`, `error`.",
    )
    log_format: LogFormat = Field(
        "text", description="How it is logged: as text, or as one JSON object a line."
    )
    max_body_bytes: int = Field(
        64 * 2**20,
        ge=1_024,
        description="Largest request body, in bytes, also once it is decompressed; beyond it, 413.",
    )
    max_table_bytes: int = Field(
        64 * 2**20,
        ge=1_024,
        description="Largest table in a file, in bytes of memory; beyond it, 413. Each of the two "
        "processes that read tables may take four times that, and a body.",
    )
    max_horizon: int = Field(
        10_000, ge=1, description="Longest horizon that a request may ask for."
    )
    max_series: int = Field(10_000, ge=1, description="Most series that a request may hold.")
    max_forecast_values: int = Field(
        5_000_000,
        ge=1,
        description="Most values in an answer: series × horizon × (quantiles + 1). With "
        "`calibrate`, also series × 20 × horizon × quantiles of the network, and with "
        '`"effort": "best"` 24 times that, or series × 24 × horizon × quantiles; with `explain`, '
        "series × (13 + covariates of the network) × horizon × quantiles.",
    )
    max_windows: int = Field(
        20_000,
        ge=1,
        description="Most forecasts that one request to `/backtest` (series × windows) or "
        "`/anomalies` (points) may make; a longer backtest becomes a job. With the best effort, "
        "each counts as 24.",
    )
    compat: str = Field(
        "all",
        description="Protocols of other systems that are spoken, with commas between them: "
        f"{_IN_WORDS}; `all`, or `none`.",
    )
    sagemaker_endpoints: Annotated[dict[str, ModelName], NoDecode, BeforeValidator(_read_pairs)] = (
        Field(
            {},
            description="Names of SageMaker endpoints and the models that answer for them, such as "
            "`prod-deepar=sales,demo=zero-shot`; any other is answered by the model of its name.",
        )
    )
    mcp_hosts: str | None = Field(
        None,
        description="Names by which agents reach `/mcp`, with commas between them, or `*` for any. "
        "By default, any if keys are asked for, or else localhost, 127.0.0.1, [::1] and "
        "FORECAST_HOST, with any port: a page in a browser could otherwise send messages by a name "
        "of its own.",
    )
    max_queued_requests: int = Field(
        1_000, ge=1, description="Most requests waiting for a network; beyond it, 503."
    )
    rate_limit: int = Field(
        0,
        ge=0,
        description="Most requests a minute of one key, or of one address if it sends no valid "
        "key; beyond it, 429. 0 sets no limit. Each worker counts by itself.",
    )
    client_timeout_s: float = Field(
        20.0,
        gt=0,
        le=3_600,
        description="Longest that a client may take to send the headers of a request, and its "
        "body, which gets another second for each 1,000 bytes; then 408.",
    )
    request_timeout_s: float = Field(
        30.0, gt=0, le=3_600, description="Longest that a forecast may take, in seconds; then 503."
    )
    keep_versions: int = Field(
        0,
        ge=0,
        description="Newest versions of a model that stay after a training run, besides those in "
        "use; 0 keeps all. `python -m training` honours it too.",
    )
    max_queued_jobs: int = Field(100, ge=1, description="Most jobs waiting; beyond it, 429.")
    training_slots: int = Field(
        1, ge=1, le=64, description="Jobs that a worker runs at the same time."
    )
    ray_address: str | None = Field(
        None,
        pattern="^https?://",
        description="Address of a Ray cluster on whose nodes jobs run, such as "
        "`http://ray-head:8265`; if it is not set, they run on the worker's machine.",
    )
    ray_job_cpus: float = Field(
        1.0, gt=0, description="Cores of a node that Ray sets aside for each job."
    )
    ray_job_gpus: float = Field(
        0.0, ge=0, description="GPUs of a node that Ray sets aside for each job."
    )
    job_attempts: int = Field(
        3, ge=1, le=1_000, description="Most times that a job is started if its process dies."
    )
    job_retention_days: float = Field(
        30.0, ge=0, le=36_500, description="How long a job that has ended is kept, in days."
    )
    max_job_seconds: float = Field(
        86_400.0, gt=0, description="Longest that a job may run, all its attempts together."
    )
    max_job_memory_bytes: int = Field(
        3 * 2**30,
        ge=1,
        description="Most memory that a job may hold, in bytes; of a bulk job with Ray, on the "
        "node that it began on, while Ray sets 300 MB aside for each piece on the others.",
    )
    max_job_forecast_values: int = Field(
        20_000_000,
        ge=1,
        description="Most values that a backtest may forecast as a job, counted as for an answer, "
        "of 3 methods.",
    )
    bulk_locations: str | None = Field(
        None,
        description="Folders, and URLs such as `s3://bucket/sales`, with commas between them: bulk "
        "jobs read and write below these, and nowhere else. By default, there are none.",
    )
    bulk_processes: int = Field(
        0,
        ge=0,
        le=1_024,
        description="Processes that forecast series of a bulk job, on all nodes of Ray; 0 means "
        "one for each core, as far as FORECAST_MAX_JOB_MEMORY_BYTES lets them.",
    )
    max_tracking_bytes: int = Field(
        2**30,
        ge=2**20,
        description="Most bytes of forecasts that are kept because requests asked for `track`; "
        "beyond it, the oldest are forgotten. They lie in FORECAST_JOBS_DIR.",
    )
    tracking_retention_days: float = Field(
        90.0, ge=0, le=36_500, description="How long forecasts are kept for that, in days."
    )
    retrain_on_drift: bool = Field(
        False,
        description="Whether a model is trained again once the version that it serves drifts, on "
        "the series as they came last with `track`; at most once a week for each version.",
    )
    max_training_series: int = Field(
        50_000, ge=1, description="Most series that a job may train on."
    )
    max_training_observations: int = Field(
        5_000_000, ge=1, description="Most observations that a job may train on."
    )

    @field_validator("bulk_locations")
    @classmethod
    def _check_locations(cls, text: str | None) -> str | None:
        AllowedLocations.parse(text or "")
        return text

    @field_validator("trusted_keys")
    @classmethod
    def _check_keys(cls, text: str | None) -> str | None:
        if text is not None:
            try:
                TrustedKeys.parse(text)
            except SigningKeyError as error:
                raise ValueError(error.message) from error
        return text

    @field_validator("compat")
    @classmethod
    def _check_protocols(cls, text: str) -> str:
        unknown = set() if text in {"all", "none"} else {*_names(text)} - {*PROTOCOLS}
        if unknown:
            raise ValueError(f"{min(unknown)!r} is none of {_IN_WORDS}, all or none")
        return text

    @property
    def protocols(self) -> tuple[str, ...]:
        """The names of the protocols of other systems that are spoken, in the table's order."""
        if self.compat == "none":
            return ()
        named = PROTOCOLS if self.compat == "all" else _names(self.compat)
        return tuple(name for name in PROTOCOLS if name in named)

    @field_validator("model_store")
    @classmethod
    def _check_store(cls, location: str) -> str:
        try:
            check_location(location)
        except StoreError as error:
            raise ValueError(error.message) from error
        return location

    @field_validator("jobs_dir")
    @classmethod
    def _check_jobs_dir(cls, folder: Path) -> Path:
        if _URL.match(str(folder)):
            raise ValueError("jobs lie in a folder; a URL names none")
        return folder

    def open_store(self) -> ModelStore:
        """Return the model store, which trusts the keys that are named."""
        keys = self.trusted_keys
        trusted = None if keys is None else TrustedKeys.parse(keys)
        cache = VersionCache(self.store_cache_dir, self.max_store_cache_bytes)
        return ModelStore(self.model_store, trusted, cache=cache)

    @property
    def is_exposed(self) -> bool:
        """Whether anyone on the network could do anything: no keys, and no loopback address."""
        if self.role == "worker" or self.api_keys_file is not None or self.allow_anyone:
            return False
        return not _is_loopback(self.host)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(",")))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
