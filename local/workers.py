"""Where the embedded AWS unpacks a copy of the code for each function worker that it starts."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it, with a name nobody has
ENOUGH_MEMORY = 6 * 2**30
"""Bytes. A copy of the layers is 15 to 40 MB, and a world at work keeps a hundred of them."""


class Workers:
    """The folder for them, whose name outlives the process in a file of the world's folder.

    A copy is a thousand files, and dozens are made at once, so the files are made in memory where
    there is enough of it: a disk takes five times longer. The path is short, since every part of it
    is looked at for each file.
    """

    def __init__(self, world: Path) -> None:
        self._known = world / "workers"

    def folder(self) -> str:
        """The world's own, made when first asked for."""
        if not self._known.exists():
            where = MEMORY if has_room(MEMORY, ENOUGH_MEMORY) else None
            self._known.write_text(tempfile.mkdtemp(prefix="xes-", dir=where))
        return self._known.read_text()

    def clear(self) -> None:
        """Removes it, in the background: on a disk that takes a minute or two after much work, for
        which nobody has to wait."""
        if self._known.exists():
            command = 'nice rm -rf "$0" </dev/null >/dev/null 2>&1 &'
            subprocess.run(["sh", "-c", command, self._known.read_text()], check=True)
            self._known.unlink()


def has_room(folder: Path, size: int) -> bool:
    """Whether ``size`` bytes fit into ``folder`` and the machine's memory, and what is put there
    may be run: workers load compiled libraries from it."""
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return False
    if os.statvfs(folder).f_flag & os.ST_NOEXEC:
        return False
    return min(shutil.disk_usage(folder).free, available_memory()) >= size


def available_memory(meminfo: Path = Path("/proc/meminfo")) -> int:
    """Bytes that programs can still take, by Linux's own estimate; 0 where nothing tells it."""
    try:
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        return int(lines["MemAvailable"].removesuffix("kB")) * 1024
    except (OSError, KeyError, ValueError):
        return 0
