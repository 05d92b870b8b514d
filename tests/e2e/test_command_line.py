"""The README's way by hand, and what agents type, against a running world."""

import json
import re
from pathlib import Path

import pytest

from local.paths import ROOT
from tests.support.commands import run
from tests.support.system import System
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e


def test_the_readme_by_hand_ends_verified_and_the_aws_command_agrees(system: System) -> None:
    readme = (ROOT / "README.md").read_text()
    block = re.search(r"```sh\n(# By hand.*?)```", readme, re.DOTALL)
    assert block is not None
    script = block[1].replace("xes local up --detach\n", "")
    done = run(system, ["bash", "-euo", "pipefail", "-c", script])
    assert done.returncode == 0, done.stderr
    assert '"request_id"' in done.stdout
    assert done.stdout.rstrip().endswith("true"), done.stdout
    assert system.state("news.example.com") == "verified"


def test_an_agent_asks_lists_and_shows_from_the_command_line(system: System) -> None:
    asked = run(system, ["xes", "onboard", "agent.com", "--account", "globex", "--json"])
    assert asked.returncode == 0, asked.stderr
    answer = json.loads(asked.stdout)
    assert set(answer) == {"request_id", "status_url"}
    system.until_state("agent.com", "awaiting_dns")

    published = run(system, ["xes", "local", "publish", "agent.com", "--mistake", "wrong_value"])
    assert published.returncode == 0, published.stderr
    eventually(lambda: "correction" in system.mail_kinds("agent.com"), "the mistake is mailed")
    host = [f"--resolver={system.world.dns_server}", "--dns-port"]
    port = system.world.dns_server.rpartition(":")[2]
    checked = run(system, ["xes", "check", "agent.com", *host, port, "--json"])
    assert checked.returncode == 1, checked.stderr
    report = json.loads(checked.stdout)
    assert report["verdict"] == "wrong"

    assert run(system, ["xes", "local", "publish", "agent.com"]).returncode == 0
    system.until_state("agent.com", "verified")
    assert run(system, ["xes", "check", "agent.com", *host, port]).returncode == 0

    shown = json.loads(run(system, ["xes", "show", "agent.com", "--json"]).stdout)
    assert list(shown) == [
        "domain", "account_id", "organisation_id", "state", "since", "request_id", "status_url",
        "records", "report", "timeline",
    ]  # fmt: skip
    assert shown["state"] == "verified"
    assert shown["request_id"] == answer["request_id"]
    complies = run(system, ["xes", "compliance", "agent.com", "--json"])
    assert complies.returncode == 0, complies.stderr
    assert json.loads(complies.stdout)["dmarc_passes"]["message"] == "DMARC passes by aligned DKIM."
    in_words = run(system, ["xes", "show", "agent.com"]).stdout
    assert "SPF passes, not aligned: bounces go to amazonses.com" in in_words
    listed = json.loads(run(system, ["xes", "list", "--account", "globex", "--json"]).stdout)
    assert "agent.com" in [domain["domain"] for domain in listed]
    assert run(system, ["xes", "show", "nobody.com"]).returncode == 1
    refused = run(system, ["xes", "onboard", "co.uk", "--account", "acme"])
    assert refused.returncode == 2
    assert "co.uk is a suffix" in refused.stderr


def test_the_demo_ends_verified_and_fails_when_dns_is_never_corrected(system: System) -> None:
    broken = run(system, ["xes", "local", "demo", "--never-correct", "--timeout", "20"])
    assert broken.returncode == 1
    assert "NOT VERIFIED" in broken.stderr
    assert "doubled_zone" in broken.stderr
    assert Path(system.world.mail_dir).exists()
    again = run(system, ["xes", "local", "demo"])
    assert again.returncode == 1
    assert "shop.example.com is known in the local world that runs" in again.stderr
