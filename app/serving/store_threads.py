"""Threads in which the model store is read and written, apart from all others.

A bucket that takes requests and does not answer holds a thread up for many seconds. So the threads
of `asyncio.to_thread`, which forecasts need, are not for the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

_threads = ThreadPoolExecutor(8, thread_name_prefix="store")


async def in_store_thread(
    call: Callable[_Parameters, _Result], *args: _Parameters.args, **kwargs: _Parameters.kwargs
) -> _Result:
    """Call what reads or writes the store, as `asyncio.to_thread` calls it."""
    context = copy_context()
    called = partial(context.run, call, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_threads, called)
