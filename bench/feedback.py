"""How many events of SES the function ``record_feedback`` records a second on one core, beside a
plain handler of the same events.

The plain one is what Powertools' documentation teaches: its batch processor, its parser with the
models of SES, and one item put at a time by boto3's table. Both are the real handlers, called with
the batches that Lambda would bring; both talk to the same stub of DynamoDB on loopback, a process
of its own, and take turns. What is measured is the CPU time of the process that handles (user and
system), since an event's share of a core is what it costs.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.machine import in_one_line, machine
from bench.template import LAMBDA, ROOT, functions

ROUNDS = 5
EVENTS = 8_000
BATCH = 1_000
PLAIN_EVENTS = 1_000
PLAIN_BATCH = 10
"""The largest batch without a window, which is what one begins with; the plain handler puts one
item at a time, so a larger one changes nothing."""

LEAST_RATIO = 5.0
LEAST_PER_SECOND = 8_000


@dataclass(frozen=True, slots=True)
class Measure:
    """One run of one handler."""

    events: int
    cpu_seconds: float
    items: int

    @property
    def per_second(self) -> float:
        return self.events / self.cpu_seconds


def main() -> int:
    arguments = _arguments()
    with _Stub() as stub:
        ours, plain = [], []
        for _ in range(arguments.rounds):
            plain.append(_run("plain", PLAIN_EVENTS, PLAIN_BATCH, stub.url))
            ours.append(_run("ours", EVENTS, BATCH, stub.url))
    lost = [m for m in (*ours, *plain) if m.items != m.events]
    rate = median(measure.per_second for measure in ours)
    peer = median(measure.per_second for measure in plain)
    print(in_one_line(machine("boto3", "aws-lambda-powertools")))
    print(f"\n{'events a second of one core, median of ' + str(arguments.rounds):50}{'':>8}")
    print(f"{'plain Powertools handler, one item at a time':50}{peer:8.0f}")
    print(f"{'record_feedback, batches of idempotent items':50}{rate:8.0f}")
    verdict = rate >= LEAST_PER_SECOND and rate >= LEAST_RATIO * peer and not lost
    print(f"\nratio {rate / peer:.1f} (at least {LEAST_RATIO:g}), "
          f"{rate:.0f} a second (at least {LEAST_PER_SECOND}): "
          f"{'ok' if verdict else 'MISSED'}")  # fmt: skip
    if lost:
        print(f"events were lost: {lost}")
    if arguments.json:
        report = {
            "machine": machine("boto3", "aws-lambda-powertools"),
            "ratio": rate / peer,
            "events_per_second": rate,
            "plain_per_second": peer,
            "ours": [asdict(measure) for measure in ours],
            "plain": [asdict(measure) for measure in plain],
        }
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0 if verdict else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.feedback", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default {ROUNDS}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there too")
    return parser.parse_args()


def _run(which: str, events: int, batch: int, endpoint: str) -> Measure:
    """In a fresh process, so that neither meets what the other has left."""
    [environment] = [env for name, env in functions() if name == "record_feedback"]
    done = subprocess.run(
        [sys.executable, "-m", "bench.feedback_runs", which, str(events), str(batch)],
        env={
            **environment,
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'layers' / 'onboarding'}",
            "AWS_ENDPOINT_URL": endpoint,
            "FEEDBACK_TOPIC_ARN": "arn:aws:sns:eu-west-1:000000000000:feedback",
        },
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return Measure(**found)


class _Stub:
    """``bench.feedback_stub`` as a process; ``url`` is where it serves."""

    def __enter__(self) -> "_Stub":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.feedback_stub"],
            cwd=ROOT,
            env={**os.environ, **LAMBDA},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None  # it is piped
        self.url = self._process.stdout.readline().strip()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()


if __name__ == "__main__":
    sys.exit(main())
