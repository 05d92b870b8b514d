"""Breaking a running world: its function workers, its SES, its executions, its whole AWS."""

import os
import signal
from dataclasses import asdict
from random import Random

from local.world import Options
from tests.support.system import System
from tests.support.waiting import eventually


def kill_workers(system: System, rng: Random, share: float = 0.3) -> int:
    """``kill -9`` of about so many of them; how many it were."""
    killed = 0
    for pid in [pid for pid in system.workers() if rng.random() < share]:
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
