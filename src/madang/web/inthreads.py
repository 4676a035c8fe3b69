"""Work that would hold the event loop, done on a few threads of its own.

The hot paths stay on the loop: a stored entity is found in microseconds, a hop to a thread costs more. What scans,
models, draws or waits for the disk goes here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 8
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="madang-web")


async def in_thread(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of a function run on one of the threads."""
    context = copy_context()
    return await asyncio.get_running_loop().run_in_executor(_threads, lambda: context.run(work, *args, **kwargs))
