"""The ticket systems end to end: a ticket in, comments out, an approval in the ticket, verified."""

import json
import os
import subprocess
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.desk.webhooks import call_about
from local.paths import ROOT
from local.ticket import post
from local.tickets import change_ticket, let_go_wrong, open_ticket, read_ticket
from onboarding.domain.onboarding import Account, Organisation, Slot
from onboarding.domain.quota import Holder
from tests.support.system import System
from tests.support.ticket_systems import FIELDS, SOURCES, TicketSystems
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e

PRICED = {"domain_pack": {"price": {"amount": 120, "currency": "USD", "period": "year"}}}
DONE = {"zendesk": "solved", "freshdesk": "4", "jira": "Resolved"}
LONG = 180.0
"""Seconds: three onboardings at once, on a machine that may be doing other things."""


def said(system: System, source: str, ticket_id: str) -> list[dict[str, Any]]:
    comments: list[dict[str, Any]] = read_ticket(system.world, source, ticket_id)["comments"]
    return comments


def has(system: System, source: str, ticket_id: str, words: str) -> bool:
    return any(words in comment["body"] for comment in said(system, source, ticket_id))


def until_said(system: System, source: str, ticket_id: str, words: str) -> None:
    eventually(lambda: has(system, source, ticket_id, words), f"{source} is told: {words}", LONG)


def onboard_in_a_ticket(system: System, source: str) -> None:
    """The whole way in one ticket of ``source``, whose account has used up its domains."""
    account = Account(f"desk-{source}", f"org-desk-{source}", "dns@customer.example")
    system.store.put_organisation(Organisation(account.organisation_id, override=PRICED))
    system.store.put_account(account)
    assert system.store.set_slots_used(Holder(Slot.ACCOUNT, account.account_id), 0, 10)
    domain = f"{source}-shop.com"
    system._buy(domain)
    wish = {"account": account.account_id, "domain": domain, "dns_contact": "dns@example.net"}
    ticket_id = open_ticket(
        system.world,
        source,
        subject="E-mail authentication",
        text=f"For our shop, and perhaps for other-{source}.com as well.",
        **wish,
        **FIELDS[source],
    )
    until_said(system, source, ticket_id, "waits for an approval")
    change_ticket(system.world, source, ticket_id, approval="Approved", by="Grace Agent")
    system.until_state(domain, "awaiting_dns", LONG)
    system.publish(domain, domain)
    system.until_state(domain, "verified", LONG)
    until_said(system, source, ticket_id, f"{domain} is verified")

    told = [(c["public"], c["body"].splitlines()[0]) for c in said(system, source, ticket_id)]
    story = (
        (False, f"The text of this ticket names other-{source}.com."),
        (False, f"{domain} waits for an approval: a pack of more domains"),
        (False, f"{domain}: a pack of more domains for account {account.account_id} was given by"),
        (False, f"{domain} is taken for account {account.account_id}"),
        (True, ""),
        (True, f"{domain} is verified"),
    )
    assert len(told) == len(story), told
    for (public, text), (is_public, beginning) in zip(told, story, strict=True):
        assert (public, text.startswith(beginning)) == (is_public, True), told
    assert "were mailed to the contact" in told[4][1]
    question = said(system, source, ticket_id)[1]["body"]
    assert "Price: 120 USD a year." in question
    assert "field for approvals" in question
    taken = said(system, source, ticket_id)[3]["body"]
    link = next(word for word in taken.split() if "/console/" in word)
    with urllib.request.urlopen(link, timeout=60) as page:
        assert f"<h1>{domain.replace('.', '.<wbr>')}</h1>" in page.read().decode()
    assert "/console/" not in said(system, source, ticket_id)[5]["body"]
    eventually(
        lambda: read_ticket(system.world, source, ticket_id)["tags"] == ["xes_verified"], "the tag"
    )
    ticket = read_ticket(system.world, source, ticket_id)
    assert ticket["status"] == DONE[source]
    assert system.mail_kinds(domain) == ["approval_requested", "records", "verified"]
    decision = next(e for e in system.store.timeline(domain) if e.what == "approval_given")
    assert decision.by == "Grace Agent"
    assert len(said(system, source, ticket_id)) == len(story)


def test_each_ticket_system_is_all_that_a_representative_needs(system: System) -> None:
    """The three at once; Freshdesk is at its limit for a moment, and Zendesk is down for one."""
    let_go_wrong(
        system.world,
        {"kind": "429", "times": 2, "source": "freshdesk", "methods": ["POST"]},
        {"kind": "429", "times": 2, "source": "zendesk", "methods": ["PUT"]},
    )
    with ThreadPoolExecutor(len(SOURCES)) as pool:
        list(pool.map(lambda source: onboard_in_a_ticket(system, source), SOURCES))


def test_forged_calls_are_refused_by_the_deployed_function(system: System) -> None:
    """A sample of what the unit tests do ten thousand times."""
    models = TicketSystems()
    answers: Counter[int] = Counter()
    for source in SOURCES:
        ticket = models.ask(source, "forged.com")
        secret = system.world.webhook_secrets[source]
        body, headers = call_about(ticket, "domain.onboarding.requested", secret)
        others = [name for name in SOURCES if name != source]
        forged = [
            (source, body, {**headers, name: value[:-1]})
            for name, value in headers.items()
            if name.startswith("X-") and "Id" not in name
        ]
        forged += [(source, body[:-1] + b" }", headers)] if source != "freshdesk" else []
        forged += [(other, body, headers) for other in others]
        forged += [(source, *call_about(ticket, "domain.onboarding.requested", f"{secret}x"))]
        for address, content, given in forged:
            status, _ = post(system.world, content, given, source=address)
            answers[status] += 1
    assert set(answers) == {401}, answers
    assert answers[401] >= 12
    assert system.store.domain("forged.com") is None


def test_a_list_attached_to_a_ticket_is_onboarded_with_one_report(system: System) -> None:
    good = [f"list{number}.com" for number in range(4)]
    for domain in good:
        system._buy(domain)
    lines = ["domain,methods,contact_email"]
    lines += [f"{domain},dkim dmarc,dns@example.net" for domain in good]
    lines += ["co.uk,,", "list0.com,,"]
    ticket_id = open_ticket(
        system.world, "zendesk", subject="Our domains", csv="\n".join(lines), account="acme"
    )
    until_said(system, "zendesk", ticket_id, "The list has 6 lines")
    [report] = said(system, "zendesk", ticket_id)
    assert "1 in the list twice, 1 not valid" in report["body"]
    assert "4 under way" in report["body"]
    assert report["body"].count("\n- line ") == 6
    for domain in good:
        system.until_state(domain, "awaiting_dns", LONG)


def test_the_command_line_proves_both_directions(system: System) -> None:
    ticket_id = open_ticket(system.world, "jira", subject="A ticket for notes")
    done = subprocess.run(
        [
            *(str(ROOT / ".venv" / "bin" / "xes"), "tickets", "test", "jira"),
            *("--ticket", ticket_id, "--json"),
        ],
        env={**os.environ, "XES_LOCAL_DIR": str(system.local.folder)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    checks = json.loads(done.stdout)["checks"]
    assert [check["ok"] for check in checks] == [True, True, True]
    assert has(system, "jira", ticket_id, "The connection to the domain onboarding works")
