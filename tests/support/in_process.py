"""What it takes to supervise jobs within the test's own process."""

from app.settings.settings import Settings

SETTINGS = Settings(
    training_slots=1,
    job_attempts=1,
    max_job_seconds=1_000,
    max_job_memory_bytes=1_000,
    job_retention_days=1,
)
