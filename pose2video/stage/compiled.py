"""Compile loops over pixels to machine code, and share their rows among threads."""

import hashlib
import os
import shutil
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from numba import njit
from numba.core import config

Loop = TypeVar("Loop", bound=Callable[..., Any])
NJIT: Any = njit
CONFIG: Any = config
AS_COMPILED: Any = {
    "nogil": True, "cache": True, "fastmath": True, "error_model": "numpy",
    "no_cfunc_wrapper": True,
}  # fmt: skip
"""Options of ``numba.njit``."""
Item = TypeVar("Item")
Made = TypeVar("Made")
ALONE = "alone"
"""What the names of threads begin with that work on a picture of their own."""
BANDS_A_THREAD = 4
"""Bands of rows differ in how much there is to draw, so each thread takes several."""


def compiled(function: Loop, **options: bool) -> Loop:
    """Compile a function; it lets other threads run, and what is compiled is kept on disk.

    numba's own ``parallel`` loops are not used: their usual threading layer ends the whole process
    when two threads draw at once, as a web page does.
    """
    usual = CONFIG.CACHE_DIR
    CONFIG.CACHE_DIR = str(_kept(Path(function.__code__.co_filename).parent))
    try:
        return NJIT(**AS_COMPILED, **options)(function)
    finally:
        CONFIG.CACHE_DIR = usual


def called_by_loops(function: Loop) -> Loop:
    """Compile a function that only compiled ones call, which takes less time.

    It does not count references to the arrays that it is given or looks into: counting took half
    the time of a frame. Its caller holds them, so it must not make or return any.
    """
    return compiled(function, no_cpython_wrapper=True, _nrt=False)


@cache
def _kept(sources: Path) -> Path:
    """Return the folder of what is compiled from exactly the files here and in ``sources``.

    numba itself looks only whether the file of a function has changed, not those of the functions
    that it calls and the numbers that it names, so after a change somewhere else it would run the
    old machine code.
    """
    here = Path(__file__).parent
    files = sorted({*here.glob("*.py"), *sources.glob("*.py")})
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    home = here / "__pycache__"
    if not os.access(home if home.exists() else home.parent, os.W_OK):
        home = Path(tempfile.gettempdir()) / f"music2dance-{os.getuid()}"
    folder = home / f"compiled-{sources.name}-{digest}"
    for old in home.glob(f"compiled-{sources.name}-*"):
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def num_threads() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(num_threads(), "stage")


def side_by_side(work: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
    """Yield ``work(item)`` of each item in their order; each thread works on one of its own.

    No more is made ahead than the threads are busy with.
    """
    ahead: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(num_threads(), ALONE) as pool:
        for item in items:
            ahead.append(pool.submit(work, item))
            if len(ahead) > num_threads():
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def in_bands(loop: Callable[..., None], rows: int, *arguments: Any) -> None:
    """Run ``loop(first, stop, *arguments)`` for bands of rows up to ``rows``, on all threads.

    Where each thread has a picture of its own, the loop runs as a whole.
    """
    if threading.current_thread().name.startswith(ALONE):
        loop(0, rows, *arguments)
        return
    bands = min(rows, num_threads() * BANDS_A_THREAD)
    edges = [rows * band // bands for band in range(bands + 1)]
    work = partial(_run, loop, arguments)
    list(_pool().map(work, edges[:-1], edges[1:]))


def _run(loop: Callable[..., None], arguments: tuple, first: int, stop: int) -> None:
    loop(first, stop, *arguments)
