"""The pages of customers and agents, in a real browser on the deployed system."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from onboarding.domain.page_links import customer_family, customer_link
from onboarding.domain.tokens import token_hash
from tests.e2e.test_command_line import run
from tests.support.browser import Browser, browser, clipboard, look, text, violations
from tests.support.system import System
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e

Answer = tuple[int, dict[str, str], bytes]


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def http(url: str, body: bytes | None = None, method: str | None = None) -> Answer:
    request = urllib.request.Request(url, body, method=method)
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=60) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


def asked(system: System, domain: str) -> str:
    """The address of the page that the mail of the records leads to."""
    system.ask(domain)
    system.until_state(domain, "awaiting_dns")
    eventually(lambda: system.mail_kinds(domain), "the records are mailed")
    return system.page_link(domain)


def executions(system: System, domain: str) -> dict[str, str]:
    """The states of the domain's onboarding executions, by their ARNs."""
    client, machine = system.client("stepfunctions"), system.outputs["StateMachineArn"]
    found = client.list_executions(stateMachineArn=machine)["executions"]
    name = domain.replace(".", "-")
    return {e["executionArn"]: e["status"] for e in found if name in e["name"]}


def headline(driver: Browser) -> str:
    script = "const e = document.getElementById('where'); return e ? e.innerText : ''"
    return str(driver.execute_script(script))


def press_until(driver: Browser, words: str) -> None:
    """Press "Check now", as a customer does who waits for ``words``."""

    def pressed() -> bool:
        if words in headline(driver):
            return True
        for button in driver.find_elements(By.ID, "check"):
            driver.execute_script("arguments[0].click()", button)
        return False

    eventually(pressed, f"the page says {words!r}", timeout=90, pause=0.5)


def test_a_customer_corrects_looks_and_is_verified_though_the_workflow_is_gone(
    system: System, chromium: Browser
) -> None:
    domain = "looked-at.com"
    link = asked(system, domain)
    for arn in executions(system, domain):
        system.client("stepfunctions").stop_execution(executionArn=arn)
    look(chromium, width=1000)
    chromium.get(link)
    chromium.execute_script("window.first = true")
    eventually(lambda: headline(chromium), "the page is shown")

    button = chromium.find_element(By.CSS_SELECTOR, "[data-copy=v1-3]")
    button.click()
    eventually(lambda: button.text.startswith("Copied"), "it is copied")
    assert clipboard(chromium) in {record.value for record in system.domain(domain).records}

    system.publish(domain, domain, "target_doubled_zone")
    press_until(chromium, "needs a correction")
    assert "What to do:" in text(chromium)
    assert violations(chromium) == []
    system.publish(domain, domain)
    press_until(chromium, "Verified")
    assert chromium.execute_script("return window.first") is True
    assert system.state(domain) == "verified"
    assert system.mail_kinds(domain) == ["records", "verified"]
    assert system.what_happened(domain).count("verified") == 1


def test_a_page_left_open_renews_itself_until_all_is_well(
    system: System, chromium: Browser
) -> None:
    domain = "left-open.com"
    chromium.get(asked(system, domain))
    chromium.execute_script("window.first = true")
    system.publish(domain, domain)
    eventually(lambda: headline(chromium).startswith("Verified"), "it shows", timeout=90)
    assert chromium.execute_script("return window.first") is True
    assert system.page_link(domain) != chromium.current_url
    assert http(chromium.current_url)[0] == http(system.page_link(domain))[0] == 200


def test_customers_and_workflow_look_at_once_and_everything_happens_once(system: System) -> None:
    domain = "at-once.com"
    link = asked(system, domain)
    system.publish(domain, domain)
    with ThreadPoolExecutor(4) as pool:
        while system.state(domain) != "verified":
            assert {status for status, _, _ in pool.map(lambda _: http(link, b""), range(8))} == {
                303
            }
    eventually(lambda: set(executions(system, domain).values()) == {"SUCCEEDED"}, "it ends well")
    assert system.mail_kinds(domain) == ["records", "verified"]
    happened = system.what_happened(domain)
    assert [happened.count(what) for what in ("verified", "verified_mailed", "failed")] == [1, 1, 0]


def test_a_dead_link_tells_nothing_and_a_scanner_changes_nothing(system: System) -> None:
    domain = "quiet-link.com"
    link = asked(system, domain)
    base = link.rpartition("/")[0]
    version = system.domain(domain).version
    assert http(link)[0] == 200
    assert http(link, method="HEAD")[0] in (403, 404)
    page = http(f"{link}/csv")
    assert page[0] == 200
    assert page[1]["Content-Disposition"] == f'attachment; filename="{domain}.csv"'
    assert system.domain(domain).version >= version
    assert system.pages.claim_look(domain, system.domain(domain).since, timedelta(days=9999))

    now = system.domain(domain).since
    old = customer_link(domain, system.domain(domain).request_id, now - timedelta(days=3650))
    system.pages.put_page_link(token_hash("e" * 64), old)
    assert run(system, ["xes", "page", "revoke", domain]).returncode == 0
    assert system.pages.page_links_revoked_at(customer_family(domain)) is not None
    dead = [link, f"{base}/{'e' * 64}", f"{base}/{'f' * 64}", f"{base}/x", f"{base}/{'a' * 2000}"]
    varying = ("date", "x-amzn-requestid", "x-amz-request-id", "x-amzn-trace-id")
    for ask in (http, lambda link: http(link, b""), lambda link: http(f"{link}/csv")):
        answers = [ask(each) for each in dead]
        same = {
            json.dumps([s, {k: v for k, v in h.items() if k.lower() not in varying}, b.decode()])
            for s, h, b in answers
        }
        assert len(same) == 1
        assert answers[0][0] == 404
    again = json.loads(run(system, ["xes", "page", "link", domain, "--json"]).stdout)
    assert http(again["link"])[0] == 200


def test_an_agent_decides_by_keyboard_on_the_console_and_sees_the_whole_story(
    system: System, chromium: Browser
) -> None:
    domain = "wanted-by-two.com"
    asked(system, domain)
    system.ask(domain, account_id="globex", ticket_id="T-second")
    waiting = lambda: [a for a in system.store.pending_approvals() if a.subject == domain]  # noqa: E731
    (approval,) = eventually(waiting, "the second one waits")
    scoped = run(system, ["xes", "console", "--by", "ada", "--organisation", "globex", "--json"])
    link = json.loads(scoped.stdout)["link"]
    assert b"This link may not decide it" in http(f"{link}/approvals/{approval.approval_id}")[2]

    made = run(system, ["xes", "console", "--by", "ada", "--json"])
    link = json.loads(made.stdout)["link"]
    chromium.get(link)
    eventually(lambda: "Waits for a decision" in text(chromium), "the console is shown")
    assert violations(chromium) == []
    chromium.get(f"{link}/domains/{domain}")
    eventually(lambda: "records_mailed" in text(chromium), "the story is shown")
    story = text(chromium)
    assert "Mails as sent" in story
    assert "d***@example.net" in story
    assert violations(chromium) == []
    chromium.get(f"{link}/approvals/{approval.approval_id}")
    chromium.find_element(By.ID, "note").send_keys("both agree", Keys.TAB, Keys.ENTER)
    eventually(lambda: "Decided. The ticket" in text(chromium), "it is decided")
    assert violations(chromium) == []
    eventually(lambda: system.domain(domain).account_id == "globex", "it goes to the other")
    decided = system.store.approval(approval.approval_id)
    assert decided is not None
    assert (decided.status.value, decided.decided_by, decided.note) == (
        "given",
        "ada",
        "both agree",
    )

    again = urllib.parse.urlencode({"answer": "refuse"}).encode()
    status, headers, _ = http(f"{link}/approvals/{approval.approval_id}", again)
    assert (status, headers["Location"][-11:]) == (303, "said=before")
    assert run(system, ["xes", "console", "--by", "ada", "--revoke"]).returncode == 0
    assert http(link)[0] == 404


def test_a_note_in_the_ticket_leads_agents_to_the_domain(system: System) -> None:
    """What is kept of the links that the notes brought: of one domain, of no agent."""
    domain = "noted-down.com"
    asked(system, domain)

    def links() -> list[dict[str, object]]:
        pages = system.client("dynamodb").get_paginator("scan")
        items = pages.paginate(TableName=system.outputs["TableName"]).search("Items[]")
        found = [json.loads(i["body"]["S"]) for i in items if i["sk"]["S"] == "PAGE"]
        return [link for link in found if link["domain"] == domain and link["agent"]]

    first = eventually(links, "a note has brought a link")[0]
    assert first["by"] is None
    assert first["request_id"] == system.domain(domain).request_id


def test_one_click_ends_the_mails_and_the_domain_is_verified_all_the_same(system: System) -> None:
    domain = "left-alone.com"
    asked(system, domain)
    [mail] = system.mails(domain)
    link = str(mail["List-Unsubscribe"]).strip("<>")
    one_click = str(mail["List-Unsubscribe-Post"]).encode()
    assert http(link)[0] == 200
    assert "mails_stopped" not in system.what_happened(domain), "a scanner has only looked"
    wrong = f"{link.rpartition('/')[0]}/{'f' * 64}"
    assert [http(link, one_click)[0], http(wrong, one_click)[0]] == [200, 404]
    assert system.what_happened(domain)[-1] == "mails_stopped"

    system.publish(domain, domain, "target_doubled_zone")
    happened = lambda what: what in system.what_happened(domain)  # noqa: E731
    eventually(lambda: happened("correction_not_mailed"), "the ticket is told in its place")
    system.publish(domain, domain)
    system.until_state(domain, "verified")
    eventually(lambda: happened("verified_not_mailed"), "that it is verified is not mailed")
    assert system.mail_kinds(domain) == ["records"]
    told = "\n".join(system.comments(f"T-{domain}"))
    for said in ("d***@example.net has stopped", "was not mailed the cure", "was not told"):
        assert said in told
    assert run(system, ["xes", "page", "resume", domain, "--by", "ada"]).returncode == 0
    assert system.what_happened(domain)[-1] == "mails_resumed"
