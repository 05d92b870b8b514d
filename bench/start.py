"""How long each function takes to start, beside a process that imports boto3 and makes one client.

Both run the same interpreter, see only what their own installation brings, and take turns, so that
a machine that slows down slows both. A measurement is the wall-clock time of a whole fresh process,
from its start to the end of its imports: nothing is subtracted.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench.machine import in_one_line, machine
from bench.template import LAMBDA, ROOT, functions

ROUNDS = 9
BUDGET = 1.1
"""A function may take this many times what the peer takes."""

PEER = "import boto3; boto3.client('dynamodb')"


@dataclass(frozen=True, slots=True)
class Start:
    """What is started: an expression, the folders it may import from, its environment."""

    name: str
    code: str
    path: tuple[Path, ...]
    environment: Mapping[str, str]

    def milliseconds(self) -> float:
        """From asking for a process to the end of its imports.

        ``-I -S`` keeps this machine's packages out, ``-B`` its caches: a function's own file is not
        compiled ahead in Lambda either. Leaving by ``os._exit`` spares the measure of taking apart
        what was built, which Lambda never does.
        """
        paths = [str(folder) for folder in self.path]
        code = f"import os, sys; sys.path[:0] = {paths!r}\n{self.code}\nos._exit(0)"
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-I", "-S", "-B", "-c", code], env=self.environment, check=True
        )
        return (time.perf_counter() - began) * 1000


@dataclass(frozen=True, slots=True)
class Result:
    """Medians in milliseconds, and the ratio of them."""

    function: str
    median_ms: float
    ratio: float
    within_budget: bool


def main() -> int:
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="bench-start-") as folder:
        layer, sdk = Path(folder, "layer"), Path(folder, "boto3")
        build_layer(layer)
        install_boto3(sdk)
        starts = _starts(layer / "python", arguments.functions)
        peer = Start("boto3 with one client", PEER, (sdk,), LAMBDA)
        times = measure(peer, starts, arguments.rounds)
    peer_ms = median(times[peer.name])
    results = [judge(start.name, median(times[start.name]), peer_ms) for start in starts]
    show(results, peer_ms, arguments.rounds)
    if arguments.json:
        report = {
            "machine": machine("boto3"),
            "rounds": arguments.rounds,
            "budget": BUDGET,
            "peer": {"name": peer.name, "median_ms": peer_ms},
            "functions": [asdict(result) for result in results],
            "times_ms": times,
        }
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0 if all(result.within_budget for result in results) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.start", description=__doc__)
    parser.add_argument("functions", nargs="*", help="only these (default: all of the template)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default {ROUNDS}, at least 3")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there too")
    arguments = parser.parse_args()
    known = {name for name, _ in functions()}
    if unknown := set(arguments.functions) - known:
        parser.error(f"no such function: {', '.join(sorted(unknown))}")
    if arguments.rounds < 3:
        parser.error("a median needs at least 3 rounds")
    return arguments


def _starts(layer: Path, wanted: list[str]) -> list[Start]:
    return [
        Start(name, "import app", (ROOT / "functions" / name, layer), environment)
        for name, environment in functions()
        if not wanted or name in wanted
    ]


def measure(peer: Start, starts: list[Start], rounds: int) -> dict[str, list[float]]:
    """The times of each, in milliseconds. The peer goes before every function, so that whatever
    else the machine is doing meets both; one unmeasured round first warms the disk's cache."""
    for start in (peer, *starts):
        start.milliseconds()
    times: dict[str, list[float]] = {start.name: [] for start in (peer, *starts)}
    for _ in range(rounds):
        for start in starts:
            times[peer.name].append(peer.milliseconds())
            times[start.name].append(start.milliseconds())
    return times


def judge(function: str, median_ms: float, peer_ms: float) -> Result:
    ratio = median_ms / peer_ms
    return Result(function, median_ms, ratio, ratio <= BUDGET)


def show(results: list[Result], peer_ms: float, rounds: int) -> None:
    print(in_one_line(machine("boto3")))
    print(f"\n{'start, median of ' + str(rounds):28}{'ms':>7}{'ratio':>8}  verdict (≤{BUDGET})")
    print(f"{'boto3 with one client':28}{peer_ms:7.0f}{1:8.2f}  the peer")
    for result in results:
        verdict = "ok" if result.within_budget else "TOO SLOW"
        print(f"{result.function:28}{result.median_ms:7.0f}{result.ratio:8.2f}  {verdict}")


def build_layer(target: Path) -> None:
    """The layer for this machine's Python, as the embedded AWS runs it. Papers are no part of a
    start: their layer is loaded when one is printed."""
    script = ROOT / "layers" / "onboarding" / "build_layer.py"
    environment = os.environ | {"XES_LAYER_TARGET": "local", "UV": _uv()}
    subprocess.run(
        [sys.executable, str(script), "onboarding", str(target)], check=True, env=environment
    )


def install_boto3(target: Path) -> None:
    """The peer: boto3 as it comes, compiled as the layer is, of the version locked here."""
    wanted = f"boto3=={version('boto3')}", f"botocore=={version('botocore')}"
    _run(_uv(), "pip", "install", "--quiet", "--link-mode", "copy", "--target", target, *wanted)
    _run(
        sys.executable, "-m", "compileall", "-q", "-j", "0",
        "--invalidation-mode", "unchecked-hash", target,
    )  # fmt: skip


def _uv() -> str:
    return os.environ.get("UV") or str(Path(sys.executable).with_name("uv"))


def _run(*command: str | Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([str(part) for part in command], check=True, env=environment)


if __name__ == "__main__":
    sys.exit(main())
