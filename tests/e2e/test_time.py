"""Fourteen days in a minute: reminders, SES's 72 hours, the end of patience; and the watch."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from local.dns import client as dns
from local.world import Options
from tests.e2e.conftest import running_world
from tests.e2e.test_addresses import open_link, status, told
from tests.e2e.test_pages import http
from tests.support.system import SIGNED, System
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e

RATE = 14_400.0
"""Four simulated hours a real second: fourteen days are 84 seconds."""


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("hasty")
    with running_world(folder, Options(rate=RATE, ses_rate=0)) as running:
        yield running


def test_who_never_publishes_is_reminded_and_the_request_expires(hasty: System) -> None:
    hasty.ask("never.com")
    hasty.ask("late.com", methods=["dkim", "spf"], responsibility_document=SIGNED)

    # SES has stopped looking by the time this owner publishes.
    hasty.until_state("late.com", "awaiting_dns")
    eventually(lambda: _dkim(hasty, "late.com") == "FAILED", "SES gives up", timeout=60)
    hasty.publish("late.com", "late.com")
    hasty.until_state("late.com", "verified", timeout=60)
    assert "search_restarted" in hasty.what_happened("late.com")
    assert hasty.effects("late.com")["identity.created"] == 1
    assert hasty.mail_kinds("late.com").count("records") == 1

    hasty.until_state("never.com", "expired", timeout=150)
    eventually(lambda: "expired" in hasty.mail_kinds("never.com"), "the end is mailed")
    assert hasty.mail_kinds("never.com") == [
        "records", "reminder", "reminder", "reminder", "last_notice", "expired",
    ]  # fmt: skip
    assert any("Ask again in this ticket" in c for c in hasty.comments("T-never.com"))


def test_after_the_end_the_same_ticket_may_ask_again(hasty: System) -> None:
    assert hasty.state("never.com") == "expired", "the test above lets it expire"
    tokens = hasty.domain("never.com").records
    hasty.ask("never.com")
    again = hasty.until_state("never.com", "awaiting_dns")
    assert again.records == tokens
    assert hasty.effects("never.com")["identity.created"] == 1
    hasty.publish("never.com", "never.com")
    hasty.until_state("never.com", "verified")


def test_records_that_go_are_at_risk_then_lost_and_cured_with_a_mail_each(hasty: System) -> None:
    _verified(hasty, "drift.com")
    _remove_records(hasty, "drift.com")
    hasty.watch_until("drift.com", "lost")
    whats = hasty.what_happened("drift.com")
    assert whats.index("at_risk") < whats.index("lost")
    hasty.publish("drift.com", "drift.com")
    status_code, headers, _ = http(hasty.page_link("drift.com"), b"")
    assert (status_code, headers["Location"].partition("?")[2]) == (303, "looked=called")
    hasty.watch_until("drift.com", "verified")
    expected = ["records", "verified", "at_risk", "lost", "recovered"]
    eventually(lambda: hasty.mail_kinds("drift.com") == expected, "the cure is mailed")
    told = hasty.comments("T-drift.com")
    for text in ("is at risk", "is lost", "is verified again"):
        assert len([comment for comment in told if text in comment]) == 1


def test_servers_that_are_down_for_a_day_change_nothing(hasty: System) -> None:
    _verified(hasty, "outage.com")
    dns.set_fault(hasty.world.dns_control_url, "outage.com", "silent", "all")
    looks = hasty.watch("outage.com").next_check_at
    end = hasty.now() + timedelta(days=1)
    while hasty.now() < end or hasty.watch("outage.com").next_check_at == looks:
        hasty.invoke("PollDomainsFunction")
        time.sleep(0.5)
    dns.clear_faults(hasty.world.dns_control_url, "outage.com")
    assert hasty.state("outage.com") == "verified"
    assert hasty.mail_kinds("outage.com") == ["records", "verified"]


def test_a_zone_that_moves_without_its_records_is_warned_of_as_a_move(hasty: System) -> None:
    _verified(hasty, "moved.com")
    server = hasty.world.dns_address
    hosts = ("ns1.elsewhere.net", "ns2.elsewhere.net")
    dns.publish(server, "elsewhere.net", add=[(host, 60, "A", "127.0.0.1") for host in hosts])
    _remove_records(hasty, "moved.com")
    dns.publish(
        server,
        "moved.com",
        add=[("moved.com", 60, "NS", f"{host}.") for host in hosts],
        delete=[("moved.com", "NS")],
    )
    hasty.watch_until("moved.com", "at_risk")
    eventually(lambda: "dns_moved" in hasty.mail_kinds("moved.com"), "the move is mailed")
    assert "at_risk" not in hasty.mail_kinds("moved.com")
    assert any("ns1.elsewhere.net" in comment for comment in hasty.comments("T-moved.com"))


def _verified(hasty: System, domain: str) -> None:
    """Verified, told, and found well by the watch once."""
    hasty.ask(domain)
    hasty.until_state(domain, "awaiting_dns")
    hasty.publish(domain, domain)
    hasty.until_state(domain, "verified")
    eventually(lambda: "verified" in hasty.mail_kinds(domain), "it is mailed")
    hasty.watch_while(lambda: not hasty.watch(domain).nameservers, f"{domain} is looked at")


def _remove_records(hasty: System, domain: str) -> None:
    gone = [(record.name,) for record in hasty.domain(domain).records]
    dns.publish(hasty.world.dns_address, domain, delete=gone)


def _dkim(hasty: System, domain: str) -> str:
    status: str = hasty.ses.get_email_identity(EmailIdentity=domain)["DkimAttributes"]["Status"]
    return status


# Addresses


def test_a_link_that_nobody_opens_is_renewed_and_reminded_of_and_the_request_expires(
    hasty: System,
) -> None:
    address = "never@opened.com"
    hasty.ask_address(address)
    hasty.until_address(address, "expired", timeout=240)
    eventually(lambda: "address_expired" in hasty.mail_kinds(address), "the end is mailed")
    assert hasty.mail_kinds(address) == [
        "address_link", "address_reminder", "address_reminder", "address_reminder",
        "address_last_notice", "address_expired",
    ]  # fmt: skip
    effects = hasty.effects(address)
    assert (effects["verification.sent"], effects["identity.deleted"]) == (5, 4)
    assert told(hasty, "T-never", "Amazon has mailed a new one (5 of at most 5).")
    assert told(hasty, "T-never", "Ask again in this ticket")

    # The same ticket asks again: a fresh link comes, and this one is opened.
    hasty.ask_address(address)
    eventually(lambda: len(hasty.links_to(address)) == 6, "a fresh link arrives")
    open_link(hasty.links_to(address)[-1])
    hasty.until_address(address, "verified")


def test_a_domain_that_is_verified_meanwhile_makes_the_link_needless(hasty: System) -> None:
    address = "overtaken@domain-first.com"
    answer = hasty.ask_address(address)
    hasty.until_address(address, "awaiting_link")
    hasty.ask("domain-first.com")
    hasty.until_state("domain-first.com", "awaiting_dns")
    hasty.publish("domain-first.com", "domain-first.com")
    hasty.until_state("domain-first.com", "verified")
    hasty.until_address(address, "verified")
    eventually(lambda: told(hasty, "T-overtaken", "needs nothing"), "the ticket is told")
    assert status(answer)["state"] == "verified"
    assert hasty.effects(address)["identity.deleted"] >= 1
    with pytest.raises(hasty.ses.exceptions.NotFoundException):
        hasty.ses.get_email_identity(EmailIdentity=address)
