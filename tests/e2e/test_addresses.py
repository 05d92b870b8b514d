"""Single sender addresses, from a signed ticket to Amazon's link and each of the ends."""

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from local.paths import ROOT
from onboarding.domain.delivery import Delivery
from tests.support.address_world import an_address_request
from tests.support.commands import run
from tests.support.system import System
from tests.support.values import NOW
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e


def open_link(url: str) -> None:
    with urllib.request.urlopen(url, timeout=10) as page:
        assert page.status == 200


def status(answer: dict[str, Any]) -> dict[str, Any]:
    with urllib.request.urlopen(answer["status_url"], timeout=10) as page:
        found: dict[str, Any] = json.load(page)
    return found


def send_from(system: System, sender: str) -> None:
    system.ses.send_email(
        FromEmailAddress=sender,
        Destination={"ToAddresses": ["ann@example.net"]},
        Content={"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}},
    )


def told(system: System, ticket_id: str, words: str) -> bool:
    return any(words in comment for comment in system.comments(ticket_id))


def test_a_ticket_becomes_a_verified_address_by_the_link_that_amazon_mails(system: System) -> None:
    address = "Lena.Link@opened.com"
    answer = system.ask_address(address, methods=["dkim"], contact_email="boss@opened.com")
    eventually(lambda: system.links_to(address), "Amazon's link arrives")
    system.until_address(address, "awaiting_link")
    assert status(answer)["state"] == "awaiting_link"
    with pytest.raises(system.ses.exceptions.MessageRejected):
        send_from(system, address)

    open_link(system.links_to(address)[0])
    system.until_address(address, "verified")
    eventually(lambda: told(system, "T-Lena.Link", "is verified"), "the ticket is told")
    send_from(system, address)
    assert status(answer) | {"since": ""} == {
        "request_id": answer["request_id"],
        "domain": address,
        "state": "verified",
        "since": "",
        "records": [],
        "report": None,
    }
    assert told(system, "T-Lena.Link", "for them, ask for opened.com")
    assert system.mail_kinds(address) == ["address_link", "address_verified"]
    assert {str(mail["To"]) for mail in system.mails(address)} == {"boss@opened.com"}
    effects = system.effects(address)
    assert (effects["identity.created"], effects["verification.sent"]) == (1, 1)
    assert system.what_happened(address) == [
        "requested", "identity_created", "address_link_mailed", "awaiting_link", "verified",
        "address_verified_mailed",
    ]  # fmt: skip


def test_what_is_logged_of_an_address_is_its_request(system: System) -> None:
    """Neither functions nor executions name it: not in logs, inputs, payloads or names."""
    address = "Silent.Sam@discreet.com"
    answer = system.ask_address(address)
    eventually(lambda: system.links_to(address), "Amazon's link arrives")
    open_link(system.links_to(address)[0])
    system.until_address(address, "verified")
    eventually(lambda: told(system, "T-Silent.Sam", "is verified"), "the end is told")

    logged = "\n".join(_logged(system))
    assert answer["request_id"] in logged
    histories = "\n".join(_histories(system))
    assert answer["request_id"] in histories
    names = (_executions(system), logged, histories)
    for text in map(str, names):
        assert "silent.sam@" not in text.lower()
        assert "discreet" not in text.lower()


def _logged(system: System) -> Iterator[str]:
    logs = system.client("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        for page in logs.get_paginator("filter_log_events").paginate(
            logGroupName=group["logGroupName"]
        ):
            yield from (event["message"] for event in page["events"])


def _executions(system: System) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = system.client("stepfunctions").list_executions(
        stateMachineArn=system.outputs["AddressStateMachineArn"]
    )["executions"]
    return found


def _histories(system: System) -> Iterator[str]:
    client = system.client("stepfunctions")
    for execution in _executions(system):
        history = client.get_execution_history(executionArn=execution["executionArn"])
        yield json.dumps(history["events"], default=str)


def test_an_address_of_a_verified_domain_needs_nothing_and_nothing_is_made(system: System) -> None:
    system.ask("covers.com")
    system.until_state("covers.com", "awaiting_dns")
    system.publish("covers.com", "covers.com")
    system.until_state("covers.com", "verified")

    for address in ("cora@covers.com", "carl@shop.covers.com"):
        answer = system.ask_address(address)
        ticket = f"T-{address.partition('@')[0]}"
        words = "needs nothing: covers.com is verified"
        eventually(lambda t=ticket, w=words: told(system, t, w), "the ticket is told")  # type: ignore[misc]
        assert status(answer)["state"] == "verified"
        assert system.effects(address) == {}
        assert system.links_to(address) == []
        send_from(system, address)
        shown = run(system, ["xes", "show", address])
        assert shown.returncode == 1
        assert "by itself; covers.com is verified and covers it" in shown.stderr


def test_an_address_of_another_organisations_domain_is_refused_as_the_domain_is(
    system: System,
) -> None:
    system.ask("foreign-domain.com", account_id="globex")
    system.until_state("foreign-domain.com", "awaiting_dns")
    answer = system.ask_address("frida@foreign-domain.com")
    system.ask("foreign-domain.com", ticket_id="T-domain")
    words = (
        "foreign-domain.com is already set up for another organisation. An agent has to find out "
        "who owns it before it can be moved."
    )
    eventually(lambda: told(system, "T-frida", words), "the address is refused")
    eventually(lambda: told(system, "T-domain", words), "the domain is refused")
    assert status(answer)["state"] == "rejected"
    assert system.effects("frida@foreign-domain.com") == {}


def test_a_second_ticket_is_told_where_the_first_one_stands(system: System) -> None:
    address = "twice@second.com"
    system.ask_address(address, ticket_id="T-one")
    system.until_address(address, "awaiting_link")
    system.ask_address(address, ticket_id="T-two")
    eventually(lambda: told(system, "T-two", "already being set up, asked for in ticket"), "told")
    system.ask_address(address, ticket_id="T-globex", account_id="globex")
    eventually(lambda: told(system, "T-globex", "for another organisation"), "globex is refused")

    open_link(system.links_to(address)[0])
    system.until_address(address, "verified")
    system.ask_address(address, ticket_id="T-three")
    eventually(lambda: told(system, "T-three", "verified for this account already"), "told")
    assert system.effects(address)["verification.sent"] == 1


def test_a_domain_and_an_address_together_are_refused(system: System) -> None:
    answer, errors = system.post("both.com", address="a@both.com", ticket_id="T-both")
    assert answer == 422
    assert [(e["field"], e["code"]) for e in errors["errors"]] == [("address", "domain_or_address")]
    assert told(system, "T-both", "Give either a domain or a single address")


def test_a_busy_ses_delays_an_address_and_loses_nothing(system: System) -> None:
    address = "patient@busy.com"
    system.ses_faults(
        {"operation": "CreateEmailIdentity", "fault": "reset_after"},
        {"operation": "GetEmailIdentity", "fault": "throttle", "count": 5},
    )
    system.ask_address(address)
    system.until_address(address, "awaiting_link")
    assert system.effects(address)["verification.sent"] == 1
    open_link(system.links_to(address)[0])
    system.until_address(address, "verified")


def test_a_start_that_was_lost_is_made_up_for(system: System) -> None:
    """The webhook's function died between keeping the request and starting its workflow."""
    wish = an_address_request(address="lost@started.com", domain="started.com")
    system.store.accept(wish, Delivery("standard", "msg_lost", "sha"), "req_lost", NOW)
    functions = system.client("lambda")
    names = [f["FunctionName"] for f in functions.list_functions()["Functions"]]
    [recover] = [name for name in names if "RecoverRequests" in name]
    functions.invoke(FunctionName=recover)
    system.until_address("lost@started.com", "awaiting_link")


def test_the_readme_by_hand_ends_verified(system: System) -> None:
    readme = (ROOT / "README.md").read_text()
    block = re.search(r"```sh\n(# By hand: an address.*?)```", readme, re.DOTALL)
    assert block is not None
    done = run(system, ["bash", "-euo", "pipefail", "-c", block[1]])
    assert done.returncode == 0, done.stderr
    assert "The address is verified." in done.stdout
    assert system.address_state("Ann.Owner@example.org") == "verified"


def test_an_agent_asks_for_lists_and_shows_an_address(system: System) -> None:
    address = "Agent.Ann@typed.com"
    asked = run(system, ["xes", "onboard", address, "--account", "globex", "--json"])
    assert asked.returncode == 0, asked.stderr
    answer = json.loads(asked.stdout)
    system.until_address(address, "awaiting_link")

    shown = json.loads(run(system, ["xes", "show", address, "--json"]).stdout)
    assert list(shown) == [
        "domain", "account_id", "organisation_id", "state", "since", "request_id", "status_url",
        "records", "report", "timeline",
    ]  # fmt: skip
    assert (shown["domain"], shown["state"]) == (address, "awaiting_link")
    assert (shown["records"], shown["report"]) == ([], None)
    assert shown["request_id"] == answer["request_id"]
    listed = json.loads(run(system, ["xes", "list", "--account", "globex", "--json"]).stdout)
    assert address in [subject["domain"] for subject in listed]
    assert f"{address} is awaiting_link" in run(system, ["xes", "show", address]).stdout

    assert run(system, ["xes", "show", "nobody@typed.com"]).returncode == 1
    refused = run(system, ["xes", "onboard", "ann@co.uk", "--account", "acme"])
    assert refused.returncode == 2
    assert "co.uk is a suffix" in refused.stderr
