"""The function ``record_feedback`` as a process: batches on standard input, answers on standard
output, each a line of JSON."""

import json
import sys

from bench.feedback_runs import ours


def main() -> None:
    handle = ours()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        answer = json.dumps(handle(json.loads(line)))
        sys.stdout.write(f"answer {answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
