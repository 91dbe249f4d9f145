"""Which workers of this home folder are certainly dead: each holds a lock that the system takes from it when it dies.

Their jobs need not wait for the end of a lease. Of a worker on another machine there is no lock here, and its lease decides.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from filelock import FileLock, Timeout

_SUFFIX = ".lock"


def hold(worker: str) -> FileLock:
    """Say that this process is `worker`, until it ends or drops the lock."""
    _folder().mkdir(parents=True, exist_ok=True)
    lock = FileLock(_path(worker), timeout=10)
    lock.acquire()
    return lock


def drop(worker: str, lock: FileLock) -> None:
    _path(worker).unlink(missing_ok=True)
    lock.release()


def is_dead(worker: str) -> bool:
    """Whether `worker` ran in this home folder and its process is gone."""
    path = _path(worker)
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return True
    except Timeout:
        return False


def bury(worker: str) -> None:
    """Forget a dead worker, once its jobs are let go of."""
    _path(worker).unlink(missing_ok=True)


def known() -> list[str]:
    """Workers of this home folder that did not take themselves out: they live, or died."""
    return sorted(path.name.removesuffix(_SUFFIX) for path in _folder().glob(f"*{_SUFFIX}"))


def _folder() -> Path:
    home: Path = settings.CONFIG.home
    return home / "run" / "workers"


def _path(worker: str) -> Path:
    return _folder() / f"{worker}{_SUFFIX}"
