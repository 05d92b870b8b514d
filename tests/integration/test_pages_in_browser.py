"""The pages in a real browser, served by the functions themselves over loopback."""

import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import timedelta
from email import message_from_string, policy
from pathlib import Path
from urllib.parse import urljoin

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from onboarding.domain.approval import ApprovalStatus
from onboarding.domain.onboarding import Entry
from onboarding.domain.page_links import CUSTOMER_PERIOD, customer_family
from onboarding.domain.request import Ticket
from tests.support.browser import (
    Browser,
    browser,
    clipboard,
    look,
    printed,
    scrolls_sideways,
    text,
    violations,
)
from tests.support.console_states import busy
from tests.support.page_server import TOKEN, Site
from tests.support.page_states import STATES, Reach, see_at_ses
from tests.support.pages import HOSTILE, NAUGHTY
from tests.support.values import NOW, an_approval
from tests.support.waiting import eventually
from tests.support.world import DOMAIN

Serve = Callable[[Reach], Site]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A site whose world has come to a state."""
    with ExitStack() as open_sites:

        def served(reach: Reach) -> Site:
            site = Site()
            reach(site.world)
            entered: AbstractContextManager[Site] = site.served()
            return open_sites.enter_context(entered)

        yield served


def http(url: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
    request = urllib.request.Request(url, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode()


def headline(driver: Browser) -> str:
    script = "const e = document.getElementById('where'); return e ? e.innerText : ''"
    return str(driver.execute_script(script))


def renew_at_once(driver: Browser) -> None:
    """As for somebody who comes back to the page: it does not wait its ten seconds then."""
    driver.execute_script("document.dispatchEvent(new Event('visibilitychange'))")


def logged(driver: Browser) -> list[str]:
    return [line["message"] for line in driver.get_log("browser")]


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_in_any_state_by_day_and_night_on_phone_and_desk(
    chromium: Browser, serve: Serve, state: str
) -> None:
    site = serve(STATES[state])
    chromium.get(site.link())
    assert headline(chromium)
    for width, dark in ((320, False), (1200, True)):
        look(chromium, width=width, dark=dark)
        assert violations(chromium) == [], (state, width, dark)
        assert not scrolls_sideways(chromium), (state, width)
    assert [m for m in logged(chromium) if "Content Security Policy" in m] == []


def test_a_mistake_turns_into_its_cure_into_found_and_into_verified_without_a_reload(
    chromium: Browser, serve: Serve
) -> None:
    site = serve(STATES["wrong"])
    world = site.world
    chromium.get(site.link())
    chromium.execute_script("window.first = true")
    assert headline(chromium) == "3 of 6 records need a correction"
    assert "What to do:" in text(chromium)

    world.dns.published.clear()
    world.publish_everything()
    world.clock.advance(timedelta(seconds=15))
    chromium.find_element(By.ID, "check").click()
    eventually(lambda: headline(chromium).startswith("All records are found"), "found")
    assert "What to do:" not in text(chromium)
    notice = chromium.find_element(By.ID, "notice").text
    assert notice == "We have just looked at your DNS."

    see_at_ses(world)
    chromium.find_element(By.ID, "check").click()
    soon = "We looked a few seconds ago. Try again in a moment."
    eventually(lambda: soon in text(chromium), "too soon")
    world.clock.advance(timedelta(seconds=15))
    chromium.find_element(By.ID, "check").click()
    eventually(lambda: headline(chromium).startswith("Verified"), "verified")
    assert chromium.execute_script("return window.first") is True
    assert chromium.title.startswith("Verified: you can send")
    assert chromium.find_elements(By.ID, "check") == []
    assert world.mailed() == ["records", "verified"]


def test_it_renews_itself_and_leaves_focus_scroll_and_selection_where_they_are(
    chromium: Browser, serve: Serve
) -> None:
    site = serve(STATES["waiting"])
    look(chromium, width=800)
    chromium.get(site.link())
    chromium.execute_script("window.first = true; document.getElementById('cv3-3').focus()")
    chromium.execute_script("scrollTo(0, 600)")
    site.world.publish_everything()
    site.world.clock.advance(timedelta(seconds=15))
    site.world.dns.publish(replace(site.world.domain().records[2], value="elsewhere.example"))
    site.world.check()
    renew_at_once(chromium)
    eventually(lambda: headline(chromium) == "1 of 6 records needs a correction", "renewed")
    assert chromium.execute_script("return window.first") is True
    assert chromium.switch_to.active_element.get_attribute("id") == "cv3-3"
    assert chromium.execute_script("return document.getElementById('said').textContent") in (
        "",
        "1 of 6 records needs a correction",
    )
    eventually(
        lambda: (
            chromium.execute_script("return document.getElementById('said').textContent")
            == "1 of 6 records needs a correction"
        ),
        "a screen reader is told",
    )

    chromium.execute_script("getSelection().selectAllChildren(document.getElementById('v3-3'))")
    site.world.publish_everything()
    site.world.check()
    renew_at_once(chromium)
    eventually(lambda: headline(chromium).startswith("All records are found"), "renewed again")
    selected = chromium.execute_script("return getSelection().toString()")
    assert selected == site.world.domain().records[2].value


def test_a_page_that_has_arrived_asks_for_nothing_more(chromium: Browser, serve: Serve) -> None:
    site = serve(STATES["verified"])
    chromium.get(site.link())
    site.pages.reads.clear()
    renew_at_once(chromium)
    assert "This page renews itself." not in text(chromium)
    assert site.pages.reads == []


def test_values_are_copied_as_they_are_typed(chromium: Browser, serve: Serve) -> None:
    site = serve(STATES["wrong"])
    chromium.get(site.link())
    buttons = chromium.find_elements(By.CLASS_NAME, "copy")
    assert len(buttons) > 12
    for button in buttons:
        target = chromium.find_element(By.ID, str(button.get_attribute("data-copy")))
        button.click()
        eventually(lambda b=button: b.text.startswith("Copied"), "it says so")
        assert clipboard(chromium) == target.get_attribute("textContent")
    dmarc = [value.text for value in chromium.find_elements(By.CLASS_NAME, "value")]
    merged = "v=DMARC1; p=quarantine; rua=mailto:reports@example.com,mailto:dmarc@example.com; "
    assert f"{merged}pct=25" in dmarc


def test_everything_can_be_done_by_keyboard(chromium: Browser, serve: Serve) -> None:
    site = serve(STATES["wrong"])
    look(chromium, width=1000)
    chromium.get(site.link())
    reached = []
    for _ in range(80):
        chromium.switch_to.active_element.send_keys(Keys.TAB)
        identity = chromium.switch_to.active_element.get_attribute("id")
        if not identity:
            break
        reached.append(identity)
    shown = "button, a"
    ids = [e.get_attribute("id") for e in chromium.find_elements(By.CSS_SELECTOR, shown)]
    assert reached == ids
    assert reached[0] == "check"

    button = chromium.find_element(By.ID, "check")
    chromium.execute_script("arguments[0].focus()", button)
    site.world.dns.published.clear()
    site.world.publish_everything()
    site.world.clock.advance(timedelta(seconds=15))
    chromium.switch_to.active_element.send_keys(Keys.ENTER)
    eventually(lambda: headline(chromium).startswith("All records are found"), "looked")
    assert chromium.switch_to.active_element.get_attribute("id") == "check"


def test_without_javascript_it_says_all_and_looks_by_a_form(serve: Serve, tmp_path: Path) -> None:
    site = serve(STATES["waiting"])
    with browser(tmp_path, javascript=False) as driver:
        driver.get(site.link())
        main = lambda: text(driver)  # noqa: E731
        assert "2 of 6 records found" in main()
        assert not any(e.is_displayed() for e in driver.find_elements(By.CLASS_NAME, "copy"))
        value = driver.find_element(By.CLASS_NAME, "value")
        assert value.value_of_css_property("user-select") == "all"
        assert "This page renews itself" not in main()
        driver.find_element(By.LINK_TEXT, "Load this page again every 30 seconds").click()
        assert driver.find_elements(By.CSS_SELECTOR, "meta[http-equiv=refresh]")
        site.world.publish_everything()
        see_at_ses(site.world)
        site.world.clock.advance(timedelta(seconds=15))
        driver.find_element(By.ID, "check").click()
        eventually(lambda: "Verified: you can send" in main(), "verified")
        assert "We have just looked at your DNS." in main()


def test_files_are_saved_by_their_names(serve: Serve, tmp_path: Path) -> None:
    site = serve(STATES["waiting"])
    with browser(tmp_path) as driver:
        driver.get(site.link())
        links = driver.find_elements(By.CSS_SELECTOR, ".files a")
        assert links[0].text == "Cloudflare import file"
        links[0].click()
        saved = tmp_path / "downloads" / f"{DOMAIN}.cloudflare.txt"
        eventually(saved.exists, "it is saved", 20)
    lines = [line for line in saved.read_text().splitlines() if not line.startswith(";")]
    assert len(lines) == 4
    assert not any(site.world.domain().records[0].name in line for line in lines)


def test_in_print_the_records_remain_and_buttons_do_not(chromium: Browser, serve: Serve) -> None:
    site = serve(STATES["wrong"])
    look(chromium, width=1000)
    chromium.get(site.link())
    words = printed(chromium)
    for shown in (DOMAIN, "3 of 6 records need a correction", "What to do:", "Name", "Type"):
        assert shown in words
    for hidden in ("Check now\n", "Copy", "This page renews itself"):
        assert hidden not in words


def test_hostile_texts_make_no_element_and_run_nothing(chromium: Browser, serve: Serve) -> None:
    """In Chromium, whose parser has the last word: every naughty string as a value in the DNS."""
    site = serve(STATES["wrong"])

    def elements(texts: list[str]) -> int:
        domain = site.world.domain()
        report = dict(domain.report or {})
        first = next(r for r in report["records"] if r["status"] == "wrong")
        found = {**first, "found": texts}
        problem = {**first["problems"][0], "message": "\n".join(texts)}
        found["problems"] = [problem]
        report["records"] = [found if r is first else r for r in report["records"]]
        site.world.store.save(replace(domain, report=report))
        chromium.get(site.link())
        return int(chromium.execute_script("return document.querySelectorAll('*').length"))

    hostile = [*HOSTILE, *NAUGHTY]
    assert elements(hostile) == elements(["x"] * len(hostile))
    assert [m for m in logged(chromium) if "Content Security Policy" in m] == []


def test_every_dead_link_gets_the_same_answer(serve: Serve) -> None:
    answers = []
    alive = serve(STATES["waiting"])
    link = alive.link()
    status, headers, _ = http(link)
    assert status == 200
    expected = {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex, nofollow",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    assert {name: headers[name] for name in expected} == expected
    for dead in ("wrong", "expired", "revoked", "malformed"):
        site = serve(STATES["waiting"])
        link, looks = site.link(), site.world.dns.observed
        if dead == "wrong":
            link = link.replace("5e5e", "5e5f", 1)
        elif dead == "malformed":
            link = f"{site.base}/d/%00%ff..%2e"
        elif dead == "expired":
            site.real_clock.advance(CUSTOMER_PERIOD)
        else:
            site.pages.revoke_page_links(customer_family(DOMAIN), site.real_clock.now())
        for path, method in (("", "GET"), ("", "POST"), ("/bind", "GET")):
            status, headers, body = http(link + path, method)
            headers.pop("Date")
            answers.append((status, headers, body))
        assert site.world.dns.observed == looks
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 404
    assert "opens nothing" in answers[0][2]


def test_looking_changes_nothing_whoever_looks(serve: Serve) -> None:
    site = serve(STATES["waiting"])
    before = site.world.effects()
    link = site.link()
    assert http(link)[0] == 200
    assert http(link + "?looked=now&renew=on")[0] == 200
    assert http(link + "/bind")[0] == 200
    assert http(link, "HEAD")[0] == 403
    assert site.world.effects() == before
    assert site.pages.looked == {}
    assert list(site.pages.links) == list(site.pages.links)


def test_another_sites_form_asks_for_nothing(serve: Serve) -> None:
    site = serve(STATES["waiting"])
    request = urllib.request.Request(
        site.link(), b"", {"Sec-Fetch-Site": "cross-site"}, method="POST"
    )
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=30)
    assert site.pages.looked == {}


def test_a_file_that_is_not_offered_is_not_there(serve: Serve) -> None:
    site = serve(STATES["waiting"])
    link = site.link()
    assert http(f"{link}/json")[0] == 200
    for form in ("route53", "nothing", "../json", TOKEN):
        assert http(f"{link}/{form}")[0] in (403, 404)


# ---------------------------------------------------------------- the agents' pages


@pytest.fixture
def console() -> Iterator[tuple[Site, str, str]]:
    """A busy site, the address of its first page, and the id of an approval that waits."""
    site = Site()
    approval = busy(site)
    with site.served():
        yield site, site.console(), approval


def judge(driver: Browser, where: str) -> None:
    for width, dark in ((320, True), (1200, False)):
        look(driver, width=width, dark=dark)
        assert violations(driver) == [], (where, width, dark)
        assert not scrolls_sideways(driver), (where, width)
    assert [m for m in logged(driver) if "Content Security Policy" in m] == []


def test_axe_finds_nothing_on_the_agents_pages(
    chromium: Browser, console: tuple[Site, str, str]
) -> None:
    site, base, approval = console
    for path in ("", "?state=verified", "?q=nothing", f"/approvals/{approval}"):
        chromium.get(base + path)
        judge(chromium, path)
    chromium.get(f"{base}/domains/{DOMAIN}")
    for summary in chromium.find_elements(By.TAG_NAME, "summary"):
        summary.click()
    assert "Correct the DNS of news.example.com" in text(chromium)
    judge(chromium, "case")
    chromium.get(site.console(by=None))
    judge(chromium, "ticket")


def test_an_agent_searches_reads_and_decides_without_javascript(
    console: tuple[Site, str, str], tmp_path: Path
) -> None:
    site, base, approval = console
    with browser(tmp_path, javascript=False) as driver:
        main = lambda: text(driver)  # noqa: E731
        driver.get(base)
        assert "Opened for ada" in main()
        driver.find_element(By.ID, "q").send_keys("letters", Keys.ENTER)
        eventually(lambda: "Found for “letters”" in main(), "it is found")
        rows = driver.find_elements(By.CSS_SELECTOR, ".list tbody tr")
        assert [row.find_element(By.TAG_NAME, "th").text for row in rows] == ["letters.example.com"]
        driver.find_element(By.LINK_TEXT, "verified").click()
        eventually(lambda: "Domains: verified" in main(), "another state")
        driver.find_element(By.PARTIAL_LINK_TEXT, "Decide").click()
        eventually(lambda: "Your decision counts once" in main(), "it asks for confirmation")
        driver.find_element(By.ID, "note").send_keys("not paid")
        driver.find_element(By.CSS_SELECTOR, "button[value=refuse]").click()
        eventually(lambda: "Decided. The ticket" in main(), "it is decided")
        assert driver.find_elements(By.TAG_NAME, "form") == []
    decided = [a for a in site.world.store.approvals.values() if a.decided_by == "ada"]
    assert [(a.status.value, a.note) for a in decided] == [("refused", "not paid")]
    assert approval in site.world.store.approvals


def test_a_mail_can_be_saved_as_it_was_sent(console: tuple[Site, str, str]) -> None:
    site, base, _ = console
    case = http(f"{base}/domains/{DOMAIN}")[2]
    links = re.findall(r'href="([^"]+/mails/[^"]+)"', case)
    assert len(links) == 2
    status, headers, body = http(urljoin(f"{base}/domains/{DOMAIN}", links[0]))
    assert (status, headers["Content-Disposition"]) == (
        200,
        'attachment; filename="correction.eml"',
    )
    message = message_from_string(body, policy=policy.default)
    assert message["To"] == "d***@example.com"
    assert len(list(message.walk())) > 2
    tokens = [token for token in site.pages.links if token in body]
    assert tokens == []


def test_hostile_texts_are_inert_on_the_agents_pages(
    chromium: Browser, console: tuple[Site, str, str]
) -> None:
    site, base, _ = console
    store = site.world.store

    def elements(texts: list[str]) -> int:
        store.entries[DOMAIN] = [Entry(NOW, t, t, t) for t in texts]
        for number, each in enumerate(texts[:150]):
            name = f"hostile-{number}"
            asked = an_approval(subject=DOMAIN, reason=each, internal=each, account_id=each)
            asked = replace(asked, approval_id=name, ticket=Ticket(each, each), note=each)
            store.approvals[name] = replace(asked, status=ApprovalStatus.GIVEN, decided_by=each)
            store.approvals[name] = replace(store.approvals[name], decided_at=NOW)
        whole = replace(site.world.domain(), summary="\n".join(texts), account_id=texts[0])
        store.stored_domains[DOMAIN] = whole
        chromium.get(f"{base}/domains/{DOMAIN}")
        return int(chromium.execute_script("return document.querySelectorAll('*:not(wbr)').length"))

    hostile = [*HOSTILE, *NAUGHTY]
    assert elements(hostile) == elements(["x"] * len(hostile))
    assert [m for m in logged(chromium) if "Content Security Policy" in m] == []


def test_agents_pages_answer_dead_links_as_customers_pages_do(
    console: tuple[Site, str, str],
) -> None:
    site, base, approval = console
    dead = f"{site.base}/console/{'0' * 64}"
    answers = {http(f"{site.base}/d/{'0' * 64}")[2]}
    for path in ("", f"/domains/{DOMAIN}", f"/domains/{DOMAIN}/mails/x", f"/approvals/{approval}"):
        status, _, body = http(dead + path)
        assert status == 404
        answers.add(body)
    answers.add(http(f"{base}/domains/unknown.example")[2])
    assert len(answers) == 1


def test_mails_are_stopped_and_had_again_by_a_button(chromium: Browser, serve: Serve) -> None:
    site = serve(STATES["waiting"])
    look(chromium, width=320)
    chromium.get(site.unsubscribe())
    for said, stopped in (("are stopped", True), ("You get e-mails again", False)):
        assert violations(chromium) == []
        assert not scrolls_sideways(chromium)
        chromium.find_element(By.TAG_NAME, "button").click()
        eventually(lambda said=said: said in text(chromium), said)  # type: ignore[misc]
        assert bool(site.world.store.stops) is stopped
    look(chromium, width=800, dark=True)
    assert violations(chromium) == []
    assert [m for m in logged(chromium) if "Content Security Policy" in m] == []
