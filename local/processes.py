"""The processes of the local world: started detached, remembered by pid, ended by it."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_children: dict[int, subprocess.Popen[bytes]] = {}
"""What this process has started: asking them for their end is what reaps them."""

READY_TIMEOUT = 30.0
STOP_TIMEOUT = 20.0


class NotReady(Exception):
    """A process ended, or said nothing, before it was ready."""


@dataclass(frozen=True)
class Processes:
    """Keeps ``processes.json`` and one log a process below ``folder``."""

    folder: Path

    def start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> int:
        """Start ``command`` in a session of its own; its pid."""
        logs = self.folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        with (logs / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=None if environment is None else dict(environment),
                cwd=Path(__file__).parents[1],
                start_new_session=True,
            )
        _children[process.pid] = process
        self._remember(name, process.pid)
        return process.pid

    def ready_line(self, name: str, timeout: float = READY_TIMEOUT) -> dict[str, Any]:
        """The first JSON object that the process has printed; raises ``NotReady``."""
        log = self.folder / "logs" / f"{name}.log"
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for line in log.read_text(errors="replace").splitlines():
                if line.startswith("{"):
                    parsed: dict[str, Any] = json.loads(line)
                    return parsed
            if not self.is_running(name):
                break
            time.sleep(0.05)
        raise NotReady(f"{name} did not start; its log is {log}")

    def pid(self, name: str) -> int | None:
        """The process that was started as ``name``, while it runs."""
        remembered = self._remembered().get(name)
        if remembered is None:
            return None
        pid, birth = remembered
        # A pid is given again to somebody else's process: the time of birth tells them apart.
        return pid if is_alive(pid) and _birth(pid) == birth else None

    def is_running(self, name: str) -> bool:
        return self.pid(name) is not None

    def stop(self, name: str, patience: float = STOP_TIMEOUT) -> None:
        """Ask it to stop, wait ``patience`` seconds, and kill what does not; a process that is gone
        already is fine."""
        pid = self.pid(name)
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + patience
            while is_alive(pid) and time.monotonic() < deadline:
                time.sleep(0.05)
            if is_alive(pid):
                # Its own session, which only it and its children are in.
                os.killpg(pid, signal.SIGKILL)
        self._forget(name)

    @property
    def _file(self) -> Path:
        return self.folder / "processes.json"

    def _remembered(self) -> dict[str, tuple[int, str]]:
        try:
            text = self._file.read_text()
        except FileNotFoundError:
            return {}
        return {name: (pid, birth) for name, (pid, birth) in json.loads(text).items()}

    def _remember(self, name: str, pid: int) -> None:
        self._write({**self._remembered(), name: (pid, _birth(pid))})

    def _forget(self, name: str) -> None:
        self._write({n: known for n, known in self._remembered().items() if n != name})

    def _write(self, known: dict[str, tuple[int, str]]) -> None:
        partial = self._file.with_suffix(".tmp")
        partial.write_text(json.dumps(known, indent=2))
        partial.replace(self._file)


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie that nobody has waited for does not."""
    child = _children.get(pid)
    if child is not None:
        return child.poll() is None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return _stat(pid)[:1] != ["Z"]


def _birth(pid: int) -> str:
    """When the process started, in ticks since the machine did (proc(5), ``starttime``); empty
    where there is no /proc."""
    fields = _stat(pid)
    return fields[19] if len(fields) > 19 else ""


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on: the name before it may hold anything."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return status.rpartition(")")[2].split()
