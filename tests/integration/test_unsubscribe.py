"""One click, as mail programs do it: the functions themselves, over loopback."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from onboarding.domain.stopping import stop_family
from tests.support.page_server import TOKEN, Site
from tests.support.values import NOW
from tests.support.world import DOMAIN

FORM = "application/x-www-form-urlencoded"
ONE_CLICK = b"List-Unsubscribe=One-Click"
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)
Answer = tuple[int, dict[str, str], str]


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    made.world.waiting()
    with made.served():
        yield made


def ask(url: str, body: bytes | None = None, kind: str = FORM, **headers: str) -> Answer:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, {**given, "Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.url == url, "it was not redirected"
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode()


def stopped(site: Site) -> bool:
    return bool(site.world.store.stops)


@pytest.mark.parametrize(
    ("kind", "body"), [(FORM, ONE_CLICK), ("multipart/form-data; boundary=x", MULTIPART)]
)
def test_one_click_stops_at_once_and_answers_200(site: Site, kind: str, body: bytes) -> None:
    link = site.unsubscribe()
    # A mail program in a browser posts from its own site.
    status, headers, page = ask(link, body, kind, Sec_Fetch_Site="cross-site")
    assert (status, stopped(site)) == (200, True)
    assert "are stopped</h1>" in page
    assert "d***@example.com" in page
    assert not {name.lower() for name in headers} & {"set-cookie", "location"}
    assert ask(link, body, kind)[0] == 200


def test_a_scanner_that_follows_links_changes_nothing(site: Site) -> None:
    effects = site.world.effects()
    status, headers, page = ask(site.unsubscribe())
    assert status == 200
    assert '<button type="submit" name="List-Unsubscribe" value="One-Click">' in page
    assert "Set-Cookie" not in headers
    assert (site.world.effects(), stopped(site)) == (effects, False)


def test_who_changes_their_mind_has_them_again_from_the_page_alone(site: Site) -> None:
    link = site.unsubscribe()
    ask(link, ONE_CLICK)
    assert 'name="mails" value="again"' in ask(link)[2]
    assert ask(link, b"mails=again", Sec_Fetch_Site="cross-site")[0] == 403
    assert stopped(site)
    status, _, page = ask(link, b"mails=again", Sec_Fetch_Site="same-origin")
    assert (status, stopped(site)) == (200, False)
    assert "You get e-mails again" in page


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b""),
        (FORM, b"List-Unsubscribe=no"),
        ("application/json", b'{"List-Unsubscribe": "One-Click"}'),
        (FORM, ONE_CLICK + b"&x=" + b"x" * 5000),
    ],
)
def test_what_is_not_the_form_stops_nothing(site: Site, kind: str, body: bytes) -> None:
    assert ask(site.unsubscribe(), body, kind)[0] == 400
    assert not stopped(site)


def test_wrong_expired_and_revoked_links_get_the_same_answer(site: Site) -> None:
    link = site.unsubscribe()
    wrong = link.replace(TOKEN, "f" * 64)
    for body in (None, ONE_CLICK, b"mails=again"):
        answers = [ask(wrong, body)]
        site.real_clock.time = NOW.replace(year=2028)
        answers.append(ask(link, body))
        site.real_clock.time = NOW
        site.pages.revoke_page_links(stop_family(DOMAIN), NOW)
        answers.append(ask(link, body))
        del site.pages.revoked[stop_family(DOMAIN)]
        for _, headers, _ in answers:
            headers.pop("Date")
        assert answers[0][0] == 404
        assert answers[1:] == answers[:1] * 2
    assert not stopped(site)
