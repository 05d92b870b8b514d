"""Starts the embedded AWS, in which a crowd of invocations shares its workers.

As it comes, every invocation that finds no idle worker starts one of its own. Where two hundred
come at once, two hundred processes start, share two cores, so that the first is ready when the last
is, and take more memory than there is. Here a function has at most ``MOST`` workers, of which as
many start at a time as there are cores; who comes in between waits in line for one to be free.
Amazon's own would have started them all, and sooner: what a function sees is the same.

Run by the embedded AWS's own Python, and alone in its folder: nothing of the project can be
imported. No function of ours invokes itself, for which it would have to wait.
"""

import os
from collections import defaultdict, deque
from threading import Event, Lock, Semaphore
from typing import Any

from ministack.core import lambda_runtime

CORES = os.cpu_count() or 1
MOST = 8 * CORES
"""Workers of one function, 70 MB each with its copy of the code. Above the fifteen that wait for
their turns at a SES that takes one request a second."""

_LOST = 1.0
"""Seconds until one who waits looks by itself: an event may have been missed."""

_acquire, _release = lambda_runtime.acquire_worker, lambda_runtime.release_worker
_spawn = lambda_runtime.Worker._spawn
_lock = Lock()
_lines: defaultdict[str, deque[Event]] = defaultdict(deque)
_starting = Semaphore(CORES)


def acquire_worker(
    func_name: str,
    config: dict[str, Any],
    code_zip: bytes,
    qualifier: str = "$LATEST",
    max_concurrency: int | None = None,
) -> Any:
    """In the order of arrival, once a worker is idle or one more may start."""
    key = lambda_runtime._worker_key(func_name, config, qualifier)
    turn = Event()
    with _lock:
        line = _lines[key]
        line.append(turn)
    while True:
        with _lock:
            if line[0] is turn and _has_place(key):
                try:
                    return _acquire(func_name, config, code_zip, qualifier, max_concurrency)
                finally:
                    line.popleft()
                    _call(line)
        turn.wait(_LOST)
        turn.clear()


def release_worker(worker: Any) -> None:
    """None: one that died, which the embedded AWS took out of its pool with all of its function."""
    _release(worker)
    with _lock:
        for line in _lines.values():
            _call(line)


def spawn(worker: Any) -> None:
    """As many at a time as there are cores: they have nothing to wait for but those."""
    with _starting:
        _spawn(worker)
    worker.has_started = True
    with _lock:
        for line in _lines.values():
            _call(line)


def _has_place(key: str) -> bool:
    workers = lambda_runtime._workers.get(key, ())
    if any(not worker.in_use for worker in workers):
        return True
    starting = sum(not getattr(worker, "has_started", False) for worker in workers)
    return len(workers) < MOST and starting < CORES


def _call(line: deque[Event]) -> None:
    if line:
        line[0].set()


lambda_runtime.acquire_worker = acquire_worker
lambda_runtime.release_worker = release_worker
lambda_runtime.Worker._spawn = spawn

if __name__ == "__main__":
    # Only now: what it loads takes those by their names.
    from ministack.app import main

    main()
