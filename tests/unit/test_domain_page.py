"""A customer's page: what it says in each state, and that no text changes what it is."""

import itertools
import re
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboarding.adapters.domain_pages import DomainPages
from onboarding.domain.domain_page import DomainPage, domain_page
from onboarding.domain.entry import Field
from onboarding.domain.identity import IdentityStatus
from onboarding.domain.lifecycle import State
from onboarding.domain.observation import Bogus, Failure, NoSuchZone
from onboarding.domain.onboarding import Entry
from onboarding.domain.page_words import NOT_FOR_CUSTOMERS, Tone, timeline_in_words
from onboarding.domain.problems import Problem, ProblemCode
from onboarding.domain.records import Record
from tests.support.pages import HOSTILE, NAUGHTY, Tree, held
from tests.support.values import NOW, a_domain, a_request_with_mail_from
from tests.support.world import DOMAIN, SERVERS, World

PAGES = DomainPages()
OWN_POLICY = "v=DMARC1; p=none; rua=mailto:me@example.com"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def waiting(world: World) -> World:
    """Six records were mailed seven minutes ago."""
    world.waiting(a_request_with_mail_from())
    world.clock.advance(timedelta(minutes=7))
    return world


def page_of(world: World) -> DomainPage:
    return domain_page(world.domain(), world.store.timeline(DOMAIN), world.clock.now())


def html_of(page: DomainPage, *, looked: str = "", renew: bool = False) -> str:
    return PAGES.page(page, "n0nce", "token", looked=looked, renew=renew)[0]


def records_of(world: World) -> tuple[Record, ...]:
    return world.domain().records


def test_before_a_look_all_records_are_to_be_added(waiting: World) -> None:
    page = page_of(waiting)
    assert page.standing.headline == "Add 6 DNS records"
    assert page.standing.tone is Tone.WAITING
    assert page.standing.next[-1] == "The records are awaited until 7 December 2026."
    assert [r.status for r in page.records] == ["missing"] * 6
    assert page.records[0].todo == "Add a CNAME record"
    assert page.can_check
    assert page.renews == 10
    assert [stage.mark for stage in page.stages] == ["past", "now", "ahead", "ahead"]


def test_what_is_there_and_what_is_missing_are_counted(waiting: World) -> None:
    waiting.dns.publish(*records_of(waiting)[:2])
    waiting.check()
    page = page_of(waiting)
    assert page.standing.headline == "2 of 6 records found"
    assert page.found == 2
    assert [r.status for r in page.records] == ["missing"] * 4 + ["found"] * 2
    assert page.standing.next[1].startswith("The next look is in about 1 minute.")


def test_a_mistake_stands_first_with_what_was_found_and_its_cure(waiting: World) -> None:
    wrong = replace(records_of(waiting)[2], value="wrong.example.net")
    waiting.dns.publish(*records_of(waiting)[:2], wrong)
    waiting.check()
    page = page_of(waiting)
    assert page.standing.headline == "1 of 6 records needs a correction"
    assert page.standing.tone is Tone.WRONG
    first = page.records[0]
    assert (first.title, first.status_text) == ("Signature key 3 of 3", "To be corrected")
    assert first.old == ("wrong.example.net",)
    assert [p.code for p in first.problems] == [ProblemCode.WRONG_VALUE]
    tree = Tree(html_of(page))
    assert "but it is “wrong.example.net”." in tree.text
    assert "What to do: Change its value to exactly" in tree.text


def test_a_policy_that_is_there_is_merged_and_never_replaced(waiting: World) -> None:
    waiting.dns.publish(replace(records_of(waiting)[-1], value=OWN_POLICY))
    waiting.check()
    policy = next(r for r in page_of(waiting).records if r.term == "DMARC")
    assert policy.merged
    assert policy.old == (OWN_POLICY,)
    assert policy.value == (
        "v=DMARC1; p=quarantine; rua=mailto:me@example.com,mailto:dmarc@example.com; pct=25"
    )
    assert policy.todo == "Change the TXT record that is there; add no second one"
    typed = [field.typed for field in policy.fields if field.label == "Value"]
    assert typed == [policy.value]
    page = html_of(page_of(waiting))
    assert "Change it to the text beside “To become”" in page
    assert "Change its value to exactly" not in page


def test_all_found_waits_for_ses_and_has_nothing_left_to_do(waiting: World) -> None:
    waiting.publish_everything()
    waiting.check()
    page = page_of(waiting)
    assert page.standing.headline == "All records are found; Amazon SES has yet to see them"
    assert [stage.mark for stage in page.stages] == ["past", "past", "now", "ahead"]
    assert {r.todo for r in page.records} == {""}
    assert [file.format for file in page.files] == ["json"]


def test_verified_needs_nothing_and_renews_no_more(waiting: World) -> None:
    waiting.publish_everything()
    waiting.ses_sees_it()
    waiting.identities.change(DOMAIN, mail_from_status=IdentityStatus.SUCCESS)
    assert waiting.check()["action"] == "verified"
    waiting.mark_verified()
    page = page_of(waiting)
    assert page.standing.headline == "Verified: you can send e-mail from this domain"
    assert page.standing.tone is Tone.GOOD
    assert (page.renews, page.can_check) == (0, False)
    assert [stage.mark for stage in page.stages] == ["past"] * 4
    assert [line.text for line in page.timeline][:3] == [
        "That it is verified was mailed.",
        "The domain was verified.",
        "We looked at the DNS: 6 found.",
    ]


def test_some_name_servers_have_them_already(waiting: World) -> None:
    waiting.publish_everything()
    waiting.check()
    report = dict(waiting.domain().report or {})
    report["verdict"] = "waiting"
    report["records"] = [{**r, "status": "propagating"} for r in report["records"]]
    page = domain_page(
        replace(waiting.domain(), report=report), waiting.store.timeline(DOMAIN), NOW
    )
    assert page.standing.headline == "The records are there, but not yet on all name servers"
    assert {r.status_text for r in page.records} == {"On its way"}


def test_what_could_not_be_seen_is_not_called_missing(waiting: World) -> None:
    waiting.dns.failure = Failure.TIMEOUT
    waiting.check()
    page = page_of(waiting)
    assert page.standing.headline == "We could not see all of your DNS"
    assert {r.status_text for r in page.records} == {"Could not be seen"}


def test_a_domain_that_does_not_exist_comes_before_its_records(waiting: World) -> None:
    waiting.dns.no_zone = NoSuchZone("com")
    waiting.check()
    page = page_of(waiting)
    assert page.standing.headline == "The domain itself needs a correction first"
    assert [p.code for p in page.zone_problems] == [ProblemCode.DOMAIN_NOT_DELEGATED]
    assert page.zone_problems[0].fix in Tree(html_of(page)).text


def test_a_server_that_says_nothing_is_told_and_holds_nothing_up(waiting: World) -> None:
    waiting.publish_everything()
    waiting.dns.silent = SERVERS[1]
    waiting.check()
    page = page_of(waiting)
    assert page.standing.headline.startswith("All records are found")
    assert [p.code for p in page.zone_problems] == [ProblemCode.LAME_NAMESERVER]


@pytest.mark.parametrize(
    ("state", "tone", "words"),
    [
        (State.REQUESTED, Tone.WAITING, "is being prepared"),
        (State.AWAITING_APPROVAL, Tone.WAITING, "waits for an approval"),
        (State.AWAITING_DOCUMENT, Tone.WAITING, "waits for a signature"),
        (State.AT_RISK, Tone.WRONG, "At risk"),
        (State.LOST, Tone.WRONG, "Lost"),
        (State.REJECTED, Tone.OVER, "was refused"),
        (State.EXPIRED, Tone.OVER, "did not come in time"),
        (State.FAILED, Tone.OVER, "fault on our side"),
        (State.OFFBOARDED, Tone.OVER, "not set up any more"),
    ],
)
def test_every_state_is_one_sentence_and_what_follows(
    waiting: World, state: State, tone: Tone, words: str
) -> None:
    domain = replace(waiting.domain(), state=state)
    page = domain_page(domain, waiting.store.timeline(DOMAIN), waiting.clock.now())
    assert words in page.standing.headline
    assert page.standing.tone is tone
    assert page.standing.next
    assert page.can_check is (tone is Tone.WRONG)
    ended = state in (State.REJECTED, State.EXPIRED, State.FAILED, State.OFFBOARDED)
    assert (page.records == ()) is ended
    assert bool(page.renews) is (tone in (Tone.WAITING, Tone.WRONG))
    Tree(html_of(page))


def test_a_claim_that_has_sent_nothing_shows_no_records(world: World) -> None:
    world.created()
    page = page_of(world)
    assert page.records == ()
    assert page.files == ()


def test_a_report_of_another_version_costs_no_more_than_its_words(waiting: World) -> None:
    waiting.check()
    for report in ({}, {"zone": {}}, {**(waiting.domain().report or {}), "verdict": "new"}):
        domain = replace(waiting.domain(), report=report)
        page = domain_page(domain, waiting.store.timeline(DOMAIN), waiting.clock.now())
        assert page.standing.headline == "Add 6 DNS records"
        assert [r.status for r in page.records] == ["new"] * 6


def test_earlier_owners_agents_and_prices_are_not_shown() -> None:
    before = Entry(NOW, "verified", "Of another organisation.")
    mine = [
        Entry(NOW, "offboarded", "An agent has approved that it goes to another organisation."),
        Entry(NOW, "requested", "Asked for dkim for account acme."),
        Entry(NOW, "awaiting_approval", "The 10 domains are used. Price: 99 USD."),
        Entry(NOW, "approval_given", "Approved: a pack. Eve pays late.", "arn:aws:iam::1:user/bob"),
        Entry(NOW, "mail_unresolved", "A function died."),
        Entry(NOW, "something_new", "Nobody has written a sentence for this."),
        Entry(NOW, "checked", "DNS is wrong: of 4 records 3 found, 1 wrong. Problems: spf_syntax."),
    ]
    lines = [line.text for line in timeline_in_words([before, *mine])]
    assert lines == [
        "We looked at the DNS: 3 found, 1 to be corrected.",
        "It was approved.",
        "Support was asked for an approval.",
        "The set-up was asked for.",
    ]


def test_nothing_happens_that_customers_are_not_told_of_by_mistake() -> None:
    """Whatever the system writes on a domain's timeline has words, or is left out on purpose."""
    known = {
        "requested", "awaiting_approval", "approval_given", "approval_refused",
        "document_requested", "document_mailed", "document_reminder_mailed", "document_signed",
        "document_revoked", "document_revoked_mailed", "document_expired_mailed",
        "identity_created", "mail_from_set", "mail_from_in_use", "mail_from_not_in_use",
        "checked", "records_mailed", "correction_mailed",
        "reminder_mailed", "last_notice_mailed", "search_restarted", "verified", "verified_mailed",
        "waiting_for_ses_mailed", "approval_requested_mailed", "at_risk", "at_risk_mailed", "lost",
        "lost_mailed", "recovered", "recovered_mailed", "dns_moved", "dns_moved_mailed",
        "expired", "expired_mailed", "rejected", "failed", "offboarded", *NOT_FOR_CUSTOMERS,
    }  # fmt: skip
    silent = {what for what in known if not timeline_in_words([Entry(NOW, what, "")])}
    assert silent == NOT_FOR_CUSTOMERS


# ---------------------------------------------------------------- the HTML


def test_the_page_is_whole_in_itself(waiting: World) -> None:
    waiting.check()
    page = html_of(page_of(waiting))
    tree = Tree(page)
    tags = [tag for tag, _ in tree.elements]
    assert page.startswith("<!doctype html>\n")
    assert [tags.count(tag) for tag in ("title", "main", "h1", "style", "script")] == [1] * 5
    assert not {"img", "link", "iframe", "object"} & set(tags)
    assert not any(name.startswith("on") or name == "style" for _, n in tree.elements for name in n)
    links = re.findall(r'(?:href|src|action)="([^"]*)"', page)
    assert links
    assert all(re.fullmatch(r"token(/[a-z0-9]+|\?renew=on)?", link) for link in links)
    headings = [int(tag[1]) for tag in tags if re.fullmatch(r"h\d", tag)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings))
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_the_policy_is_of_this_answer_alone(waiting: World) -> None:
    html, policy = PAGES.page(page_of(waiting), "abc", "token")
    assert policy == (
        "default-src 'none'; style-src 'nonce-abc'; script-src 'nonce-abc'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert html.count('nonce="abc"') == 2


def test_without_a_script_whoever_wants_it_has_the_page_loaded_again(waiting: World) -> None:
    page = page_of(waiting)
    assert "http-equiv" not in html_of(page)
    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in html_of(
        page, renew=True
    )


def test_only_our_own_words_are_said_of_a_look(waiting: World) -> None:
    page = page_of(waiting)
    assert "We have just looked at your DNS." in html_of(page, looked="now")
    assert "looked=" not in html_of(page, looked="<b>looked=</b>")


def hostile(page: DomainPage, text: str) -> DomainPage:
    """``text`` wherever the DNS, a ticket or an agent has a say."""
    problem = Problem(ProblemCode.WRONG_VALUE, text, text, text)
    first = replace(
        page.records[0],
        record=replace(page.records[0].record, name=text, value=text),
        value=text,
        old=(text,),
        note=text,
        found=(text,),
        problems=(problem,),
        fields=(Field(text, text, text or "x"),),
    )
    return replace(
        page, domain=text, cut=text or "x", host=text or "x", records=(first,),
        zone_problems=(problem,),
    )  # fmt: skip


def are_inert(page: DomainPage, *texts: str) -> None:
    expected = Tree(html_of(hostile(page, "x"))).shape
    for text in texts:
        tree = Tree(html_of(hostile(page, text)))
        assert tree.shape == expected, text
        assert held(text) in held(tree.text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_never_becomes_part_of_the_page(text: str) -> None:
    are_inert(_a_page(), text)


def test_the_big_list_of_naughty_strings_is_shown_and_does_nothing() -> None:
    assert len(NAUGHTY) > 500
    are_inert(_a_page(), *NAUGHTY)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_no_text_at_all_changes_the_tree_of_a_page(text: str) -> None:
    are_inert(_a_page(), text)


@cache
def _a_page() -> DomainPage:
    world = World()
    world.waiting(a_request_with_mail_from())
    world.check()
    return page_of(world)


def test_a_zone_whose_signatures_do_not_fit_is_the_first_thing_to_cure(waiting: World) -> None:
    waiting.dns.no_zone = Bogus("example.com")
    waiting.check()
    assert page_of(waiting).standing.tone is Tone.WRONG


def test_a_page_of_a_domain_just_claimed_is_never_empty() -> None:
    page = domain_page(a_domain(), (), NOW)
    assert page.standing.headline == "Your set-up is being prepared"
