"""Breaking a running world: its function workers, its SES, its executions, its whole AWS."""

import os
import re
import signal
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from random import Random

from local.world import Options
from tests.support.system import System
from tests.support.waiting import eventually


def workers(system: System, function: str = "") -> Iterator[int]:
    """The processes that functions run in; only those of ``function``, where it is named."""
    aws = system.local.processes.pid("aws")
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = re.search(r"^PPid:\s+(\d+)", (folder / "status").read_text(), re.M)
            environment = (folder / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue  # ended in this moment
        ours = parent is not None and int(parent[1]) == aws
        if ours and f"AWS_LAMBDA_FUNCTION_NAME={system.world.stack_name}-{function}" in environment:
            yield int(folder.name)


def kill_workers(system: System, rng: Random, share: float = 0.3) -> int:
    """``kill -9`` of about so many of them; how many it were."""
    killed = 0
    for pid in [pid for pid in workers(system) if rng.random() < share]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        killed += 1
    return killed


def kill_ses(system: System, options: Options) -> None:
    """``kill -9`` of SES, and its start with what its disk has."""
    local, world = system.local, system.world
    mail = local.processes.ready_line("mail")["port"]
    pid = local.processes.pid("ses")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not local.processes.is_running("ses"), "SES is dead")
    port = int(world.ses_endpoint_url.rpartition(":")[2])
    sns = world.aws_endpoint_url
    local.start_ses(world.dns_server, mail, world.clock, options, sns, port)


def stop_executions(system: System, rng: Random, count: int) -> int:
    """Stop some that run; how many it were."""
    client, arn = system.client("stepfunctions"), system.outputs["StateMachineArn"]
    running = client.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]
    chosen = rng.sample(running, min(count, len(running)))
    for execution in chosen:
        client.stop_execution(executionArn=execution["executionArn"])
    return len(chosen)


def restart_aws(system: System) -> None:
    """Stop the embedded AWS and start it with its state kept: what ran is aborted."""
    system.local.processes.stop("aws")
    system.local.start_aws(asdict(system.world))
