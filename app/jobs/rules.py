"""What a job may use, and how often it is tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Rules:
    max_queued: int
    slots: int
    attempts: int
    max_seconds: float
    max_memory_bytes: int
    retention: timedelta
    keep_versions: int

    @classmethod
    def of(cls, settings: Settings) -> Rules:
        return cls(
            max_queued=settings.max_queued_jobs,
            slots=settings.training_slots,
            attempts=settings.job_attempts,
            max_seconds=settings.max_job_seconds,
            max_memory_bytes=settings.max_job_memory_bytes,
            retention=timedelta(days=settings.job_retention_days),
            keep_versions=settings.keep_versions,
        )
