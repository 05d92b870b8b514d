"""The processes of the local world: started, found again, ended, and never mistaken."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from local.processes import NotReady, Processes, is_alive
from tests.support.waiting import eventually

READY = "import time; print('{\"port\": 7}', flush=True); time.sleep(600)"


def test_a_process_is_started_found_by_another_command_and_ended(tmp_path: Path) -> None:
    Processes(tmp_path).start("server", [sys.executable, "-c", READY])
    again = Processes(tmp_path)
    assert again.ready_line("server") == {"port": 7}
    assert again.is_running("server")
    again.stop("server")
    assert not again.is_running("server")
    assert again.pid("server") is None


def test_a_process_that_dies_before_it_is_ready_is_told_with_its_log(tmp_path: Path) -> None:
    processes = Processes(tmp_path)
    processes.start("server", [sys.executable, "-c", "raise SystemExit('no port')"])
    with pytest.raises(NotReady, match=r"server\.log"):
        processes.ready_line("server")


def test_somebody_elses_process_with_the_same_pid_is_left_alone(tmp_path: Path) -> None:
    processes = Processes(tmp_path)
    pid = processes.start("server", [sys.executable, "-c", READY])
    processes.ready_line("server")
    (tmp_path / "processes.json").write_text(json.dumps({"server": [pid, "another birth"]}))
    processes.stop("server")
    assert Path(f"/proc/{pid}").exists()

    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not is_alive(pid), "the test's own process ends")
