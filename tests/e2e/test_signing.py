"""The responsibility document, from the request to the signature, in a real browser, and back."""

import hashlib
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from local.ticket import post_ticket
from onboarding.domain.document import DocumentState, How
from tests.e2e.test_command_line import run
from tests.support.browser import Browser, browser, look, scrolls_sideways, text, violations
from tests.support.system import System
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e

FORM = {"name": "Ada Owner", "role": "Head of IT", "consent": "yes"}


def asked(system: System, domain: str) -> str:
    """An spf request without a document; the link that its contact was mailed."""
    system.ask(domain, methods=["dkim", "spf", "dmarc"])
    system.until_state(domain, "awaiting_document")
    eventually(lambda: "document" in system.mail_kinds(domain), "the link is mailed")
    return system.signing_link(domain)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def http(url: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, given)
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=60) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def post_form(link: str, **fields: str) -> tuple[int, dict[str, str], bytes]:
    return http(link, urllib.parse.urlencode({**FORM, **fields}).encode())


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


def press(driver: Browser, *keys: str) -> None:
    for key in keys:
        driver.switch_to.active_element.send_keys(key)


def test_a_customer_signs_by_keyboard_and_the_domain_is_onboarded_and_reverted(
    system: System, chromium: Browser
) -> None:
    domain = "signed.com"
    chromium.get(asked(system, domain))
    assert system.effects(domain)["identity.created"] == 0
    first_line = system.document(domain).text.splitlines()[0]
    eventually(lambda: first_line in text(chromium), "the document is shown")
    for key in (Keys.TAB, "Ада Łukasiewicz", Keys.TAB, "Head of IT", Keys.TAB, Keys.SPACE):
        press(chromium, key)
    press(chromium, Keys.TAB, Keys.ENTER)
    eventually(lambda: "Signed for signed.com" in text(chromium), "the receipt is shown")
    assert "Ада Łukasiewicz" in text(chromium)
    assert system.document(domain).sha256 in text(chromium)

    signature = system.document(domain).signature
    assert signature is not None
    assert (signature.signer.name, signature.address) == ("Ада Łukasiewicz", "127.0.0.1")
    assert "Chrome" in str(signature.agent)
    system.until_state(domain, "awaiting_dns")
    attributes = system.ses.get_email_identity(EmailIdentity=domain)["MailFromAttributes"]
    assert attributes["MailFromDomain"] == "bounce.signed.com"
    system.publish(domain, domain)
    system.until_state(domain, "verified")

    shown = json.loads(run(system, ["xes", "sign", domain, "--json"]).stdout)
    assert (shown["state"], shown["responsible"]) == ("signed", "customer")
    assert shown["signature"]["Name"] == "Ада Łukasiewicz"
    revoked = run(system, ["xes", "sign", domain, "--revoke", "--by", "bob", "--note", "asked"])
    assert revoked.returncode == 0, revoked.stderr
    identity = system.ses.get_email_identity(EmailIdentity=domain)
    assert not identity.get("MailFromAttributes", {}).get("MailFromDomain")
    assert [r.purpose.value for r in system.domain(domain).records] == [*["dkim"] * 3, "dmarc"]
    assert system.mail_kinds(domain)[-1] == "document_revoked", system.mail_kinds(domain)
    after = run(system, ["xes", "sign", domain, "--json"])
    assert after.returncode == 1
    assert json.loads(after.stdout)["responsible"] == "provider"
    assert system.state(domain) == "verified"
    status, _, page = http(system.signing_link(domain))
    assert (status, b"opens nothing" in page) == (404, True)


def test_the_signed_document_is_saved_from_the_receipt(system: System, tmp_path: Path) -> None:
    link = asked(system, "paper.com")
    with browser(tmp_path) as driver:
        driver.get(link)
        driver.find_element(By.NAME, "name").send_keys("Ελένη Παπαδοπούλου")
        driver.find_element(By.NAME, "role").send_keys("owner")
        driver.find_element(By.NAME, "consent").click()
        driver.find_element(By.TAG_NAME, "button").click()
        eventually(lambda: "Signed for paper.com" in text(driver), "the receipt is shown")
        driver.find_element(By.CSS_SELECTOR, "a.button").click()
        reference = system.document("paper.com").reference
        saved = tmp_path / "downloads" / f"{reference}.pdf"
        eventually(saved.exists, "the paper is saved", 30)
    paper = saved.read_bytes()
    file = system.document("paper.com").file
    assert file is not None
    assert hashlib.sha256(paper).hexdigest() == file.sha256
    printed = " ".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages)
    assert "Ελένη Παπαδοπούλου" in printed
    assert system.document("paper.com").sha256 in printed

    target = tmp_path / "again.pdf"
    done = run(system, ["xes", "sign", "paper.com", "--download", str(target)])
    assert done.returncode == 0, done.stderr
    assert target.read_bytes() == paper


def test_without_javascript_errors_stand_beside_their_fields_and_what_was_typed_stays(
    system: System, tmp_path: Path
) -> None:
    link = asked(system, "plain.com")
    with browser(tmp_path, javascript=False) as driver:
        driver.get(link)
        driver.find_element(By.NAME, "name").send_keys("Ada <b>Owner</b>")
        driver.find_element(By.TAG_NAME, "button").click()
        eventually(lambda: "Nothing is signed yet" in text(driver), "the errors are shown")
        field = driver.find_element(By.NAME, "name")
        assert field.get_attribute("value") == "Ada <b>Owner</b>"
        assert driver.find_element(By.ID, "role-error").text.endswith("for example owner.")
        assert driver.find_element(By.ID, "consent-error").is_displayed()
        assert system.document("plain.com").state is DocumentState.OPEN
        driver.find_element(By.NAME, "role").send_keys("owner")
        driver.find_element(By.NAME, "consent").click()
        driver.find_element(By.TAG_NAME, "button").click()
        eventually(lambda: "Signed for plain.com" in text(driver), "the receipt is shown")
        assert "Ada <b>Owner</b>" in text(driver)
    system.until_state("plain.com", "awaiting_dns")


def test_axe_finds_nothing_on_any_page_by_day_and_night_on_phone_and_desk(
    system: System, chromium: Browser
) -> None:
    link = asked(system, "accessible.com")

    def judge(where: str) -> None:
        for width in (320, 1200):
            for dark in (False, True):
                look(chromium, width=width, dark=dark)
                assert violations(chromium) == [], (where, width, dark)
                assert not scrolls_sideways(chromium), (where, width)
        messages = [line["message"] for line in chromium.get_log("browser")]
        assert [m for m in messages if "Content Security Policy" in m] == []

    chromium.get(link)
    judge("form")
    chromium.find_element(By.TAG_NAME, "button").click()
    eventually(lambda: "Nothing is signed yet" in text(chromium), "the errors are shown")
    judge("errors")
    chromium.find_element(By.NAME, "name").send_keys("x" * 120)
    chromium.find_element(By.NAME, "role").send_keys("owner")
    chromium.find_element(By.NAME, "consent").click()
    chromium.find_element(By.TAG_NAME, "button").click()
    eventually(lambda: "Signed for" in text(chromium), "the receipt is shown")
    judge("receipt")
    chromium.get(f"{link[:-4]}0000")
    judge("unknown")


def test_the_first_signature_stays_and_every_dead_link_gets_the_same_answer(
    system: System,
) -> None:
    link = asked(system, "first.com")
    base = link.rpartition("/")[0]
    status, headers, page = http(link)
    assert status == 200
    for name, value in {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }.items():
        assert headers[name] == value
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert b"<script" not in page

    refused = {
        "another site": http(link, b"name=x", Sec_Fetch_Site="cross-site"),
        "too large": http(link, b"name=" + b"x" * 20_000),
        "no form": http(link, b"{}", Content_Type="application/json"),
        "incomplete": post_form(link, consent=""),
    }
    assert {why: answer[0] for why, answer in refused.items()} == {
        "another site": 403,
        "too large": 413,
        "no form": 400,
        "incomplete": 422,
    }
    assert system.document("first.com").state is DocumentState.OPEN

    assert post_form(link)[0] == 303
    assert post_form(link, name="Eve Second")[0] == 303
    receipt = http(link)[2].decode()
    assert "Ada Owner" in receipt
    assert "Eve Second" not in receipt
    assert system.what_happened("first.com").count("document_signed") == 1

    # Expired: its time is over by the system's own clock, before anybody has noticed.
    late = asked(system, "late.com")
    document = system.document("late.com")
    over = document.facts.issued_at - timedelta(days=1)
    system.documents.save_document(replace(document, expires_at=over))
    dead = [late, f"{base}/{'f' * 64}", f"{base}/x", f"{base}/%00%ff%2e", f"{base}/{'a' * 2000}"]
    varying = ("date", "x-amzn-requestid", "x-amz-request-id", "x-amzn-trace-id")
    for ask in (http, post_form, lambda link: http(f"{link}/document.pdf")):
        answers = [ask(link) for link in dead]
        assert {status for status, _, _ in answers} == {404}
        same = {
            json.dumps([{k: v for k, v in h.items() if k.lower() not in varying}, b.decode()])
            for _, h, b in answers
        }
        assert len(same) == 1


def test_an_unsigned_document_expires_and_the_request_with_it(system: System) -> None:
    asked(system, "unsigned.com")
    document = system.document("unsigned.com")
    over = document.facts.issued_at - timedelta(days=1)
    system.documents.save_document(replace(document, expires_at=over))
    system.invoke("FollowUpDocumentsFunction")  # its schedule may have been faster
    system.until_state("unsigned.com", "expired")
    eventually(
        lambda: system.mail_kinds("unsigned.com") == ["document", "document_expired"], "all told"
    )
    told = "The responsibility document was not signed within 14 days."
    eventually(lambda: any(told in c for c in system.comments("T-unsigned.com")), "the ticket too")
    assert system.effects("unsigned.com")["identity.created"] == 0


def test_a_reminder_brings_a_new_link_and_both_are_good(system: System) -> None:
    first = asked(system, "slow.com")
    document = system.document("slow.com")
    facts = replace(document.facts, issued_at=document.facts.issued_at - timedelta(days=4))
    system.documents.save_document(replace(document, facts=facts))
    system.invoke("FollowUpDocumentsFunction")
    reminded = ["document", "document_reminder"]
    eventually(lambda: system.mail_kinds("slow.com") == reminded, "a reminder")
    second = system.signing_link("slow.com")
    assert first != second
    assert [http(link)[0] for link in (first, second)] == [200, 200]
    assert post_form(second)[0] == 303
    system.until_state("slow.com", "awaiting_dns")


def test_a_signature_that_never_reached_its_workflow_is_delivered(system: System) -> None:
    link = asked(system, "lost.com")
    document = system.document("lost.com")
    system.documents.save_document(replace(document, task_token="gone"))
    assert post_form(link)[0] == 303
    assert system.state("lost.com") == "awaiting_document"
    waiting = system.document("lost.com")
    again = replace(waiting, task_token=document.task_token, delivered=False)
    system.documents.save_document(again)
    system.invoke("FollowUpDocumentsFunction")
    system.until_state("lost.com", "awaiting_dns")


def test_an_agent_files_a_paper_and_a_ticket_names_its_own(system: System, tmp_path: Path) -> None:
    asked(system, "filed.com")
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.4 a scan")
    command = ["xes", "sign", "filed.com", "--name", "Ada", "--role", "owner", "--file", str(scan)]
    filed = run(system, [*command, "--by", "bob", "--json"])
    assert filed.returncode == 0, filed.stderr
    answer = json.loads(filed.stdout)
    assert answer["file_sha256"] == hashlib.sha256(scan.read_bytes()).hexdigest()
    assert run(system, command).returncode == 1
    system.until_state("filed.com", "awaiting_dns")

    asked(system, "named.com")
    signed = {"reference": "DOC-9", "signed_by": "Ada", "signed_at": "2026-11-01T09:00:00Z"}
    data = {
        "ticket_id": "T-named.com",
        "domain": "named.com",
        "responsibility_document": signed,
    }
    status, body = post_ticket(system.world, data, event="document.signed")
    assert (status, body["signed_by"]) == (200, "Ada"), body
    system.until_state("named.com", "awaiting_dns")
    signature = system.document("named.com").signature
    assert signature is not None
    assert (signature.how, signature.reference) == (How.TICKET, "DOC-9")
    status, body = post_ticket(
        system.world, {**data, "ticket_id": "T-other"}, event="document.signed"
    )
    assert (status, body["errors"][0]["code"]) == (422, "unknown_domain")


def test_an_agent_hands_on_a_new_link(system: System) -> None:
    asked(system, "relinked.com")
    done = run(system, ["xes", "sign", "relinked.com", "--link", "--json"])
    link = json.loads(done.stdout)["link"]
    assert http(link)[0] == 200
    assert post_form(link)[0] == 303
    assert run(system, ["xes", "sign", "relinked.com", "--link"]).returncode == 1
