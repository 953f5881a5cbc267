"""The process of the role `worker`: it runs the jobs until it is asked to stop."""

from __future__ import annotations

import asyncio
import signal

from app.jobs.heartbeat import new_worker_name
from app.jobs.ledger_thread import LedgerThread
from app.observation.logs import configure_logs
from app.settings.settings import Settings
from app.worker.executor import Executor, LocalExecutor
from app.worker.job_metrics import JobMetrics
from app.worker.outcome import OutcomeRecorder
from app.worker.supervisor import Supervisor
from forecasting.jobs.parent_process import end_with_parent


def run_worker(settings: Settings, parent: int | None) -> int:
    """Run the jobs until SIGTERM or SIGINT, and return the exit code.

    If `parent` is given, the process also ends, at once, when the process with that id does.
    """
    if parent is not None:
        end_with_parent(parent)
    configure_logs(settings.log_level, settings.log_format)
    asyncio.run(_supervise_until_signalled(settings))
    return 0


async def _supervise_until_signalled(settings: Settings) -> None:
    name = new_worker_name()
    ledger = LedgerThread(settings.jobs_dir, settings.database_url)
    metrics = JobMetrics(settings.jobs_dir, name)
    recorder = OutcomeRecorder(ledger, settings.open_store(), settings, metrics)
    executor = _open_executor(settings)
    supervisor = Supervisor(name, settings.jobs_dir, ledger, executor, recorder, settings)
    supervising = asyncio.create_task(supervisor.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, supervising.cancel)
    await asyncio.gather(supervising, return_exceptions=True)
    ledger.close()


def _open_executor(settings: Settings) -> Executor:
    """Return the place where the settings say that jobs run."""
    if settings.ray_address is None:
        return LocalExecutor()
    from app.worker.ray_executor import RayExecutor

    return RayExecutor(settings)
