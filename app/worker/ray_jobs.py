"""Ray's Jobs API, for the supervisor: submit a job, look at it, stop it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from ray.job_submission import JobDetails, JobSubmissionClient

_log = logging.getLogger("app")
_THREADS = 4
_ANSWER_SECONDS = 30.0
T = TypeVar("T")


class RayError(Exception):
    """The Ray cluster did not answer, or answered that something is wrong with it."""


@dataclass(slots=True)
class RayJobs:
    """The jobs of the Ray cluster at an address, such as http://ray-head:8265.

    All methods raise RayError. The log says once that the cluster does not answer, and once that it
    answers again.
    """

    address: str
    _client: JobSubmissionClient | None = None
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_THREADS, thread_name_prefix="ray")
    )
    _answers: bool = True

    async def submit(self, submission: str, command: str, **options: Any) -> None:
        """Have a node run the command, once. `options` are those of `submit_job` of Ray's client.

        An id is good for one job: one that was submitted before is not submitted again.
        """

        def submit(client: JobSubmissionClient) -> None:
            if _find(client, submission) is None:
                client.submit_job(entrypoint=command, submission_id=submission, **options)

        await self._ask(submit)

    async def find(self, submission: str) -> JobDetails | None:
        """Return how a job stands, or None if the cluster knows none of that id."""
        return await self._ask(lambda client: _find(client, submission))

    async def stop(self, submission: str) -> bool:
        """Ask a job to stop, and return whether it has ended, or never was.

        Ray kills it a few seconds later if it has not.
        """

        def stop(client: JobSubmissionClient) -> bool:
            details = _find(client, submission)
            if details is None or details.status.is_terminal():
                return True
            client.stop_job(submission)
            return False

        return await self._ask(stop)

    async def _ask(self, call: Callable[[JobSubmissionClient], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            asked = loop.run_in_executor(self._threads, self._call, call)
            answer = await asyncio.wait_for(asked, _ANSWER_SECONDS)
        except Exception as error:  # Ray's client does not say what it raises.
            if self._answers:
                _log.error("Ray at %s does not answer: %s", self.address, error)
            self._answers = False
            raise RayError(str(error)) from error
        if not self._answers:
            _log.info("Ray at %s answers again", self.address)
        self._answers = True
        return answer

    def _call(self, call: Callable[[JobSubmissionClient], T]) -> T:
        if self._client is None:
            from ray.job_submission import JobSubmissionClient

            self._client = JobSubmissionClient(self.address)
        return call(self._client)


def _find(client: JobSubmissionClient, submission: str) -> JobDetails | None:
    try:
        return client.get_job_info(submission)
    except RuntimeError as error:
        if "status code 404" in str(error):
            return None
        raise
