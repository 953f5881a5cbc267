"""What supervising jobs within the test's own process takes."""

from datetime import timedelta

from app.jobs.rules import Rules

RULES = Rules(
    max_queued=1_000,
    slots=1,
    attempts=1,
    max_seconds=1_000,
    max_memory_bytes=1_000,
    retention=timedelta(1),
    keep_versions=0,
)


async def nothing() -> None:
    """There is no registry to tell."""
