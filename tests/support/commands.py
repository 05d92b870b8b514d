"""Commands as people type them, against a running world."""

import os
import subprocess
from collections.abc import Sequence

from local.paths import ROOT
from tests.support.system import System


def run(
    system: System, command: Sequence[str], *, timeout: float = 200
) -> subprocess.CompletedProcess[str]:
    """The command as typed in the project's folder, with this world as the local one. It must end
    within ``timeout`` seconds."""
    path = f"{ROOT / '.venv/bin'}:{ROOT / '.tools/sam/bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "XES_LOCAL_DIR": str(system.local.folder), "PATH": path}
    return subprocess.run(
        command,
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
