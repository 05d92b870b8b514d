"""Approvals, quotas and off-boarding through the deployed system."""

import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.paths import ROOT
from local.ticket import post, post_ticket
from onboarding.adapters.dynamodb.approvals import _approval_item
from onboarding.adapters.tickets.standard import sign
from onboarding.domain.approval import Approval, ApprovalStatus
from onboarding.domain.onboarding import Account, Organisation, Slot
from onboarding.domain.quota import Holder, Standing
from tests.support.system import System
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e

PRICED = {"domain_pack": {"price": {"amount": 120, "currency": "USD", "period": "year"}}}


@pytest.fixture
def account(system: System, request: pytest.FixtureRequest) -> Account:
    """An account of its own for each test, whose ten domains are used up."""
    name = request.node.name.removeprefix("test_")[:40].replace("_", "-").strip("-")
    account = Account(name, f"org-{name}", "dns@customer.example")
    system.store.put_organisation(Organisation(account.organisation_id, override=PRICED))
    system.store.put_account(account)
    assert system.store.set_slots_used(Holder(Slot.ACCOUNT, name), 0, 10)
    return account


def answer(system: System, kind: str, ticket_id: str, **data: Any) -> tuple[int, dict[str, Any]]:
    return post_ticket(system.world, {"ticket_id": ticket_id, **data}, event=kind)


def pending(system: System, domain: str) -> Approval:
    found = [a for a in system.store.approvals_about(domain) if a.status is ApprovalStatus.PENDING]
    assert len(found) == 1
    return found[0]


def asked(system: System, domain: str, account: Account) -> Approval:
    """The domain was asked for, and waits; its ticket has been told."""
    system.ask(domain, account_id=account.account_id)
    system.until_state(domain, "awaiting_approval")
    eventually(lambda: system.comments(f"T-{domain}"), "the ticket is asked")
    return pending(system, domain)


def xes(system: System, *arguments: str) -> tuple[int, Any]:
    """The exit code and what was printed as JSON."""
    done = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "xes"), *arguments, "--json"],
        env={**os.environ, "XES_LOCAL_DIR": str(system.local.folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else done.stderr


def executions(system: System, domain: str) -> list[str]:
    """The states of the domain's onboarding executions."""
    client = system.client("stepfunctions")
    found = client.list_executions(stateMachineArn=system.outputs["StateMachineArn"])["executions"]
    return [e["status"] for e in found if domain.replace(".", "-") in e["name"]]


def test_the_eleventh_domain_is_paid_for_approved_by_webhook_and_set_up(
    system: System, account: Account
) -> None:
    domain, ticket = "eleventh.com", "T-eleventh.com"
    approval = asked(system, domain, account)
    [question] = system.comments(ticket)
    assert "120 USD a year" in question
    assert "The 10 domains of this account are used." in question
    assert system.effects(domain)["identity.created"] == 0
    assert system.store.standing(account) == Standing(used=10)

    status, given = answer(system, "approval.given", ticket, by="Ada", note="Invoice 7.")
    assert (status, given["status"], given["decided_by"]) == (200, "given", "Ada")
    system.until_state(domain, "awaiting_dns")
    assert answer(system, "approval.given", ticket, by="Bob") == (200, given)
    assert answer(system, "approval.refused", ticket, by="Bob") == (200, given)
    system.publish(domain, domain)
    system.until_state(domain, "verified")

    assert system.store.standing(account) == Standing(used=11, domain_packs=1)
    happened = [what for what in system.what_happened(domain) if not what.endswith("_mailed")]
    assert happened[:3] == ["requested", "awaiting_approval", "approval_given"]
    [decision] = [e for e in system.store.timeline(domain) if e.what == "approval_given"]
    assert (decision.by, decision.at.isoformat()) == ("Ada", given["decided_at"])
    told = [text for text in system.comments(ticket) if "was given by Ada" in text]
    assert len(told) == 1
    assert approval.approval_id == given["approval_id"]


def test_a_refused_domain_ends_and_holds_no_slot(system: System, account: Account) -> None:
    domain, ticket = "too-dear.com", "T-too-dear.com"
    asked(system, domain, account)
    assert answer(system, "approval.refused", ticket, by="Ada", note="Too dear.")[0] == 200
    system.until_state(domain, "rejected")
    eventually(
        lambda: any("was refused by Ada. Too dear." in c for c in system.comments(ticket)), "told"
    )
    assert system.store.standing(account) == Standing(used=10)
    assert system.effects(domain)["identity.created"] == 0
    assert system.mail_kinds(domain) == ["approval_requested"]


def test_an_answer_that_comes_too_late_is_refused_and_the_request_expires(
    system: System, account: Account
) -> None:
    domain, ticket = "undecided.com", "T-undecided.com"
    approval = asked(system, domain, account)
    make_older(system, approval, timedelta(days=15))

    status, refusal = answer(system, "approval.given", ticket)
    assert (status, refusal["errors"][0]["code"]) == (422, "approval_expired")
    code, reason = xes(system, "approve", domain)
    assert code == 1
    assert "ran out" in reason

    system.client("lambda").invoke(FunctionName=function(system, "ExpireApprovals"), Payload=b"{}")
    system.until_state(domain, "expired")
    eventually(lambda: any("nobody did" in c for c in system.comments(ticket)), "told")
    assert answer(system, "approval.given", ticket)[0] == 422
    assert system.store.standing(account) == Standing(used=10)
    assert system.mail_kinds(domain) == ["approval_requested"]


def make_older(system: System, approval: Approval, by: timedelta) -> None:
    """As if it had been asked earlier: the clock of a test cannot wait for fourteen days."""
    aged = replace(
        approval,
        requested_at=approval.requested_at - by,
        expires_at=approval.expires_at - by,
    )
    item = _approval_item(aged)
    system.client("dynamodb").update_item(
        TableName=system.outputs["TableName"],
        Key={"pk": item["pk"], "sk": item["sk"]},
        UpdateExpression="SET body = :body, listed_at = :at",
        ExpressionAttributeValues={":body": item["body"], ":at": item["listed_at"]},
    )


def function(system: System, name: str) -> str:
    functions = system.client("lambda").list_functions()["Functions"]
    [found] = [f["FunctionName"] for f in functions if name in f["FunctionName"]]
    return str(found)


def test_a_forged_answer_and_one_from_another_ticket_change_nothing(
    system: System, account: Account
) -> None:
    domain, ticket = "forged-answer.com", "T-forged-answer.com"
    approval = asked(system, domain, account)
    data = {"ticket_id": ticket, "approval_id": approval.approval_id}
    body = json.dumps({"type": "approval.given", "data": data}).encode()
    now = int(time.time())
    headers = {
        "webhook-id": "msg_forged_answer",
        "webhook-timestamp": str(now),
        "webhook-signature": sign("whsec_" + "A" * 44, "msg_forged_answer", now, body),
    }
    assert post(system.world, body, headers)[0] == 401
    status, refusal = answer(
        system, "approval.given", "T-another", approval_id=approval.approval_id
    )
    assert (status, refusal["errors"][0]["code"]) == (422, "unknown_approval")
    assert pending(system, domain) == approval
    assert system.state(domain) == "awaiting_approval"
    answer(system, "approval.refused", ticket)


def test_of_many_who_ask_for_the_last_place_one_gets_it(system: System, account: Account) -> None:
    assert system.store.set_slots_used(Holder(Slot.ACCOUNT, account.account_id), 10, 9)
    domains = [f"last-place-{number}.com" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda d: system.ask(d, account_id=account.account_id), domains))

    def all_decided() -> bool:
        return {system.state(d) for d in domains} == {"awaiting_dns", "awaiting_approval"}

    eventually(all_decided, "one is set up, the others wait", timeout=120)
    states = [system.state(d) for d in domains]
    assert states.count("awaiting_dns") == 1
    assert system.store.standing(account) == Standing(used=10)


def test_another_organisations_domain_moves_when_an_agent_approves(
    system: System, account: Account
) -> None:
    domain = "moved.com"
    assert system.store.set_slots_used(Holder(Slot.ACCOUNT, account.account_id), 10, 0)
    system.ask(domain, account_id="globex", ticket_id="T-theirs")
    system.until_state(domain, "awaiting_dns")
    system.ask(domain, account_id=account.account_id, ticket_id="T-ours")
    eventually(lambda: system.comments("T-ours"), "the agent is asked")
    assert system.domain(domain).account_id == "globex"

    code, waiting = xes(system, "list", "--awaiting", "--account", account.account_id)
    assert code == 0
    [waits] = waiting
    assert (waits["subject"], waits["kind"], waits["price"]) == (domain, "cross_organisation", None)
    assert "globex" not in waits["reason"]
    assert "globex" in waits["internal"]
    code, decided = xes(system, "approve", domain, "--by", "Ada")
    assert (code, decided["status"], decided["counted"]) == (0, "given", True)
    code, decided = xes(system, "approve", waits["approval_id"], "--by", "Bob")
    assert (code, decided["decided_by"], decided["counted"]) == (0, "Ada", False)

    eventually(lambda: system.domain(domain).account_id == account.account_id, "it moves")
    system.until_state(domain, "awaiting_dns")
    effects = system.effects(domain)
    assert (effects["identity.created"], effects["identity.deleted"]) == (2, 1)
    held = system.ses.get_email_identity(EmailIdentity=domain)
    assert account.account_id in [tag["Value"] for tag in held["Tags"]]
    assert system.store.standing(account) == Standing(used=1)
    assert "offboarded" in system.what_happened(domain)
    eventually(lambda: any("not set up here any more" in c for c in system.comments("T-theirs")))
    eventually(lambda: sorted(executions(system, domain)) == ["RUNNING", "SUCCEEDED"], "quietly")
    assert not any("fault" in text for text in system.comments("T-theirs"))


def test_a_domain_is_off_boarded_by_webhook_and_asked_for_again(
    system: System, account: Account
) -> None:
    domain, ticket = "given-up.com", "T-given-up.com"
    own = Holder(Slot.ACCOUNT, account.account_id)
    assert system.store.set_slots_used(own, 10, 0)
    first = system.ask(domain, account_id=account.account_id)
    system.until_state(domain, "awaiting_dns")
    assert system.store.standing(account).used == 1
    wish = {"account_id": account.account_id, "domain": domain}
    kind = "domain.offboarding.requested"
    status, refusal = answer(system, kind, ticket, **{**wish, "account_id": "globex"})
    assert (status, refusal["errors"][0]["code"]) == (422, "unknown_domain")

    assert answer(system, kind, ticket, **wish) == (202, first)
    assert answer(system, kind, ticket, **wish) == (200, first)
    system.until_state(domain, "offboarded")
    eventually(lambda: any("is off-boarded" in c for c in system.comments(ticket)), "told")
    assert system.store.standing(account).used == 0
    with pytest.raises(system.ses.exceptions.NotFoundException):
        system.ses.get_email_identity(EmailIdentity=domain)
    eventually(lambda: executions(system, domain) == ["SUCCEEDED"], "it ends quietly", timeout=90)
    assert not any("fault" in text for text in system.comments(ticket))

    code, again = xes(system, "retry", domain)
    assert (code, again["attempt"]) == (0, 2)
    system.until_state(domain, "awaiting_dns")
    assert system.store.standing(account).used == 1
    code, _ = xes(system, "retry", domain)
    assert code == 1
    code, done = xes(system, "offboard", domain)
    assert (code, done["state"]) == (0, "offboarded")
    assert system.store.standing(account).used == 0


def test_an_agent_refuses_on_the_command_line(system: System, account: Account) -> None:
    domain = "refused-by-hand.com"
    asked(system, domain, account)
    code, waiting = xes(system, "list", "--awaiting", "--account", account.account_id)
    assert code == 0
    [waits] = waiting
    assert waits["price"] == 120
    assert waits["price_text"] == "120 USD a year"
    assert waits["age_seconds"] >= 0
    code, decided = xes(system, "refuse", domain, "--note", "no budget")
    assert (code, decided["status"]) == (0, "refused")
    system.until_state(domain, "rejected")
    code, decided = xes(system, "approve", domain)
    assert (code, decided["status"]) == (1, "refused")
    code, _ = xes(system, "approve", "nobody-asked.com")
    assert code == 1
