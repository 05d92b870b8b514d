"""The ways through the workflow, from a signed ticket to each of its ends."""

import json
import urllib.request

import pytest

from local.dns import client as dns
from tests.support.system import SIGNED, System
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e


def test_a_ticket_becomes_a_verified_domain_without_a_person(system: System) -> None:
    answer = system.ask("shop.happy.com", ticket_id="4711")
    eventually(lambda: system.mail_kinds("shop.happy.com") == ["records"], "records are mailed")
    system.publish("shop.happy.com", "happy.com")
    system.until_state("shop.happy.com", "verified")
    eventually(lambda: system.mail_kinds("shop.happy.com") == ["records", "verified"], "all told")

    assert system.ses.get_email_identity(EmailIdentity="shop.happy.com")["VerifiedForSendingStatus"]
    effects = system.effects("shop.happy.com")
    assert effects["identity.created"] == 1
    assert effects["mail.sent"] == 2
    recipients = {str(mail["To"]) for mail in system.mails("shop.happy.com")}
    assert recipients == {"dns-admin@example.net"}
    with urllib.request.urlopen(answer["status_url"]) as response:
        status = json.load(response)
    assert status["state"] == "verified"
    assert [record["status"] for record in status["report"]["records"]] == ["found"] * 4
    assert system.what_happened("shop.happy.com")[0] == "requested"
    comments = system.comments("4711")
    assert any("were mailed to the contact" in comment for comment in comments)
    assert any("is verified" in comment for comment in comments)


def test_a_mistake_is_found_mailed_once_with_its_cure_and_forgiven(system: System) -> None:
    system.ask("mail.mistake.com")
    system.until_state("mail.mistake.com", "awaiting_dns")
    system.publish("mail.mistake.com", "mistake.com", "doubled_zone")
    eventually(lambda: "correction" in system.mail_kinds("mail.mistake.com"), "cure is mailed")

    correction = system.mails("mail.mistake.com")[-1].get_body(("plain",))
    assert correction is not None
    text = correction.get_content()
    assert "mistake.com.mistake.com" in text
    report = system.domain("mail.mistake.com").report
    assert report is not None
    assert [p["code"] for r in report["records"] for p in r["problems"]] == ["doubled_zone"]

    system.publish("mail.mistake.com", "mistake.com")
    system.until_state("mail.mistake.com", "verified")
    eventually(lambda: len(system.mails("mail.mistake.com")) == 3, "verified is mailed")
    assert system.mail_kinds("mail.mistake.com") == ["records", "correction", "verified"]


def test_a_domain_that_nobody_runs_is_told_once_and_verified_when_it_comes(system: System) -> None:
    system.ask("shop.unbought.com", bought=False, ticket_id="T-unbought")
    system.until_state("shop.unbought.com", "awaiting_dns")
    system.publish("shop.unbought.com", "unbought.com", "domain_not_delegated")
    eventually(lambda: "correction" in system.mail_kinds("shop.unbought.com"), "it is mailed")

    correction = system.mails("shop.unbought.com")[-1]
    text = correction.get_body(("plain",))
    assert text is not None
    assert "unbought.com does not exist in the DNS" in " ".join(text.get_content().split())
    assert system.state("shop.unbought.com") == "awaiting_dns"
    [told] = [c for c in system.comments("T-unbought") if "has a mistake" in c]
    assert "unbought.com does not exist in the DNS" in told

    system.publish("shop.unbought.com", "unbought.com")
    system.until_state("shop.unbought.com", "verified")
    eventually(lambda: len(system.mails("shop.unbought.com")) == 3, "verified is mailed")
    assert system.mail_kinds("shop.unbought.com") == ["records", "correction", "verified"]


@pytest.mark.parametrize(
    ("domain", "methods", "purposes"),
    [
        ("only-dkim.com", ["dkim"], ["dkim"] * 3),
        ("only-dmarc.com", ["dmarc"], [*["dkim"] * 3, "dmarc"]),
        ("only-spf.com", ["spf"], [*["dkim"] * 3, "mail_from_mx", "mail_from_spf"]),
        (
            "all-three.com",
            ["dkim", "spf", "dmarc"],
            [*["dkim"] * 3, "mail_from_mx", "mail_from_spf", "dmarc"],
        ),
    ],
)
def test_each_method_alone_and_all_together_are_verified(
    system: System, domain: str, methods: list[str], purposes: list[str]
) -> None:
    document = {"responsibility_document": SIGNED} if "spf" in methods else {}
    system.ask(domain, methods=methods, **document)
    waiting = system.until_state(domain, "awaiting_dns")
    assert [record.purpose.value for record in waiting.records] == purposes
    system.publish(domain, domain)
    system.until_state(domain, "verified")
    mail_from = system.ses.get_email_identity(EmailIdentity=domain).get("MailFromAttributes", {})
    if "spf" in methods:
        assert mail_from["MailFromDomain"] == f"bounce.{domain}"
        assert mail_from["MailFromDomainStatus"] == "SUCCESS"
        assert "mail_from_set" in system.what_happened(domain)
    else:
        assert not mail_from.get("MailFromDomain")


def test_an_idn_is_onboarded_by_its_a_label(system: System) -> None:
    system.ask("Bücher.de", ticket_id="T-idn")
    system.until_state("xn--bcher-kva.de", "awaiting_dns")
    system.publish("xn--bcher-kva.de", "xn--bcher-kva.de")
    system.until_state("xn--bcher-kva.de", "verified")


def test_a_subdomain_with_a_zone_of_its_own_is_checked_there(system: System) -> None:
    system.ask("mail.cut.org")
    system.until_state("mail.cut.org", "awaiting_dns")
    system.publish("mail.cut.org", "mail.cut.org")
    verified = system.until_state("mail.cut.org", "verified")
    assert verified.report is not None
    assert verified.report["zone"]["cut"] == "mail.cut.org"


def test_a_domain_of_another_organisation_is_refused_in_the_ticket(system: System) -> None:
    system.ask("taken.net", ticket_id="T-first")
    system.until_state("taken.net", "awaiting_dns")
    system.ask("taken.net", ticket_id="T-second", account_id="globex")
    system.ask("news.taken.net", ticket_id="T-child", account_id="globex")

    def refused(ticket: str) -> bool:
        return any("another organisation" in comment for comment in system.comments(ticket))

    eventually(lambda: refused("T-second"), "the domain is refused")
    eventually(lambda: refused("T-child"), "the child is refused")
    assert system.domain("taken.net").account_id == "acme"
    assert system.state("news.taken.net") is None
    assert system.effects("taken.net")["identity.created"] == 1
    assert system.effects("news.taken.net")["identity.created"] == 0


def test_a_domain_of_another_account_of_the_organisation_is_refused(system: System) -> None:
    system.ask("shared.net", ticket_id="T-acme")
    system.until_state("shared.net", "awaiting_dns")
    system.ask("shared.net", ticket_id="T-acme-eu", account_id="acme-eu")
    eventually(
        lambda: any("acme" in comment for comment in system.comments("T-acme-eu")), "refused"
    )
    assert system.domain("shared.net").account_id == "acme"


def test_an_identity_that_ses_holds_for_somebody_else_is_refused(system: System) -> None:
    system.ses.create_email_identity(EmailIdentity="foreign.net")
    system.ask("foreign.net")
    system.until_state("foreign.net", "rejected")
    assert any("already holds foreign.net" in c for c in system.comments("T-foreign.net"))
    assert system.mails("foreign.net") == []


def test_a_dns_outage_in_the_middle_is_neither_a_mistake_nor_a_success(system: System) -> None:
    system.ask("outage.com")
    system.until_state("outage.com", "awaiting_dns")
    dns.publish(system.world.dns_address, "outage.com", add=[("outage.com", 60, "TXT", '"here"')])
    dns.set_fault(system.world.dns_control_url, "outage.com", "servfail")
    system.publish_under_fault("outage.com")

    def verdict() -> str:
        return str((system.domain("outage.com").report or {}).get("verdict"))

    eventually(lambda: verdict() == "unknown", "a check during the outage")
    assert system.mail_kinds("outage.com") == ["records"]

    dns.clear_faults(system.world.dns_control_url, "outage.com")
    system.until_state("outage.com", "verified")
    assert system.mail_kinds("outage.com")[0] == "records"
    assert "correction" not in system.mail_kinds("outage.com")
