"""The agents' pages: who sees what, and that a decision counts once, with a name."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from onboarding.adapters.console_pages import ConsolePages
from onboarding.adapters.memory import MemoryClock
from onboarding.adapters.memory_feedback import MemoryFlags
from onboarding.adapters.memory_pages import MemoryPages, PlainAddresses
from onboarding.domain.approval import ApprovalKind, ApprovalStatus
from onboarding.domain.feedback import Flag
from onboarding.domain.feedback_event import FeedbackKind
from onboarding.domain.kept_letter import KeptLetter
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import Entry
from onboarding.domain.page_links import PageLink, console_link, ticket_link
from onboarding.domain.responsibility import Responsible
from onboarding.domain.tokens import token_hash
from onboarding.usecases.decide_on_page import Answered, decide_on_page
from onboarding.usecases.link_agents import (
    link_to_console,
    link_to_page,
    links_for_ticket,
    revoke_console,
    revoke_pages,
)
from onboarding.usecases.open_page import open_console, open_page
from onboarding.usecases.show_approval import show_approval
from onboarding.usecases.show_case import Case, show_case
from onboarding.usecases.show_console import Console, show_console
from onboarding.usecases.show_letter import show_letter
from tests.support.values import NOW, a_domain, an_approval
from tests.support.world import DOMAIN, TICKET, World

TOKEN = "c" * 64
OTHER = "globex.example"


class Agent:
    """Somebody who holds a link."""

    def __init__(self, world: World, link: PageLink | None = None) -> None:
        self.world, self.pages, self.real_clock = world, MemoryPages(), MemoryClock(NOW)
        self.flags = MemoryFlags()
        self.holds(link or console_link("ada", None, NOW))

    def holds(self, link: PageLink) -> None:
        self.pages.put_page_link(token_hash(TOKEN), link)

    def console(self, state: str = "", query: str = "", token: str = TOKEN) -> Console | None:
        return show_console(
            token,
            state,
            query,
            links=self.pages,
            store=self.world.store,
            clock=self.world.clock,
            real_clock=self.real_clock,
        )

    def listed(self, state: str = "", query: str = "") -> list[str]:
        console = self.console(state, query)
        assert console is not None
        return [domain.domain for domain in console.domains]

    def case(self, domain: str = DOMAIN, token: str = TOKEN) -> Case | None:
        return show_case(
            token,
            domain,
            pages=self.pages,
            store=self.world.store,
            documents=self.world.documents,
            flags=self.flags,
            clock=self.world.clock,
            real_clock=self.real_clock,
        )

    def decide(self, approval_id: str, token: str = TOKEN, **fields: str) -> Answered | None:
        return decide_on_page(
            token,
            approval_id,
            fields,
            links=self.pages,
            store=self.world.store,
            workflows=self.world.workflows,
            clock=self.world.clock,
            real_clock=self.real_clock,
        )

    def may_decide(self, approval_id: str) -> bool | None:
        asked = show_approval(
            TOKEN,
            approval_id,
            links=self.pages,
            store=self.world.store,
            clock=self.world.clock,
            real_clock=self.real_clock,
        )
        return None if asked is None else asked.may_decide


def several(world: World) -> None:
    for number, state in enumerate((State.AWAITING_DNS, State.AWAITING_DNS, State.VERIFIED)):
        domain = a_domain(
            domain=f"d{number}.example", state=state, since=NOW - timedelta(hours=number)
        )
        world.store.stored_domains[domain.domain] = domain
    world.store.stored_domains[OTHER] = a_domain(
        domain=OTHER, account_id="globex", organisation_id="org-globex", state=State.AWAITING_DNS
    )


def test_domains_are_listed_by_state_the_longest_first(world: World) -> None:
    several(world)
    agent = Agent(world)
    assert agent.listed() == ["d1.example", "d0.example", OTHER]
    assert agent.listed("verified") == ["d2.example"]
    assert agent.listed("nonsense") == agent.listed("awaiting_dns")
    assert agent.listed("awaiting_link") == agent.listed()


def test_a_search_goes_through_every_state(world: World) -> None:
    several(world)
    agent = Agent(world)
    assert agent.listed(query="GLOBEX") == [OTHER]
    assert agent.listed(query="d2") == ["d2.example"]
    assert agent.listed(query="standard/4711") == ["d2.example", "d1.example", "d0.example", OTHER]
    assert agent.listed(query="nothing") == []


def test_a_link_for_one_organisation_shows_no_other(world: World) -> None:
    several(world)
    agent = Agent(world, console_link("ada", "org-acme", NOW))
    assert agent.listed() == ["d1.example", "d0.example"]
    assert agent.listed(query="globex") == []
    assert agent.case(OTHER) is None
    assert agent.case("d0.example") is not None


def test_a_link_from_a_ticket_shows_its_domain_alone(world: World) -> None:
    several(world)
    world.store.open_approval(an_approval(subject=OTHER))
    agent = Agent(world, ticket_link(world.domain("d0.example"), NOW))
    console = agent.console()
    assert console is not None
    assert ([d.domain for d in console.domains], console.approvals) == (["d0.example"], ())
    assert agent.listed(query="d1") == ["d0.example"]
    assert agent.case("d1.example") is None


def test_what_waits_for_a_decision_is_shown_to_whom_it_concerns(world: World) -> None:
    world.awaiting_approval()
    agent = Agent(world)
    console = agent.console()
    assert console is not None
    assert [a.subject for a in console.approvals] == [DOMAIN]
    agent.holds(console_link("ada", "org-globex", NOW))
    other = agent.console()
    assert other is not None
    assert other.approvals == ()


def test_a_dead_link_opens_none_of_them(world: World) -> None:
    approval = world.awaiting_approval()
    agent = Agent(world)
    assert agent.console(token="d" * 64) is None
    assert agent.case(token="d" * 64) is None
    assert agent.decide(approval, token="d" * 64, answer="approve") is None
    agent.real_clock.advance(timedelta(hours=1))
    assert agent.console() is None
    assert agent.decide(approval, answer="approve") is None
    found = world.store.approval(approval)
    assert found is not None
    assert found.status is ApprovalStatus.PENDING


def test_a_decision_counts_once_and_names_whom_the_link_was_made_for(world: World) -> None:
    approval = world.awaiting_approval()
    agent = Agent(world)
    first = agent.decide(approval, answer="approve", note=" invoice  4711 ")
    assert first is not None
    assert (first.said, first.counted) == (True, True)
    second = agent.decide(approval, answer="refuse")
    assert second is not None
    assert (second.said, second.counted) == (True, False)
    decided = second.asked.approval
    assert (decided.status, decided.decided_by) == (ApprovalStatus.GIVEN, "ada")
    assert decided.note == "invoice 4711"
    assert len(world.workflows.resumed) == 1


@pytest.mark.parametrize("fields", [{}, {"answer": ""}, {"answer": "APPROVE"}, {"answer": "given"}])
def test_a_form_without_a_choice_decides_nothing(world: World, fields: dict[str, str]) -> None:
    approval = world.awaiting_approval()
    answered = Agent(world).decide(approval, **fields)
    assert answered is not None
    assert not answered.said
    assert answered.asked.approval.status is ApprovalStatus.PENDING


def test_too_late_is_nothing_said(world: World) -> None:
    approval = world.awaiting_approval()
    world.clock.advance(timedelta(days=14))
    answered = Agent(world).decide(approval, answer="approve")
    assert answered is not None
    assert not answered.said


def test_a_link_without_a_name_decides_nothing(world: World) -> None:
    approval = world.awaiting_approval()
    agent = Agent(world, ticket_link(world.domain(), NOW))
    assert agent.may_decide(approval) is False
    answered = agent.decide(approval, answer="approve")
    assert answered is not None
    assert answered.asked.approval.status is ApprovalStatus.PENDING


def test_what_concerns_two_organisations_is_not_for_the_agent_of_one(world: World) -> None:
    across = an_approval(kind=ApprovalKind.CROSS_ORGANISATION)
    world.store.open_approval(across)
    agent = Agent(world, console_link("ada", "org-acme", NOW))
    assert agent.may_decide(across.approval_id) is False
    answered = agent.decide(across.approval_id, answer="approve")
    assert answered is not None
    assert answered.asked.approval.status is ApprovalStatus.PENDING
    agent.holds(console_link("ada", None, NOW))
    assert agent.may_decide(across.approval_id) is True


def test_only_a_link_to_everything_tells_of_earlier_owners(world: World) -> None:
    world.store.entries[DOMAIN].append(Entry(NOW, "verified", "Of globex."))
    world.waiting()
    agent = Agent(world)
    whole = agent.case()
    assert whole is not None
    assert [entry.why for entry in whole.timeline][-1] == "Of globex."
    for link in (console_link("ada", "org-acme", NOW), ticket_link(world.domain(), NOW)):
        agent.holds(link)
        limited = agent.case()
        assert limited is not None
        assert "Of globex." not in [entry.why for entry in limited.timeline]
        assert limited.timeline[-1].what == "requested"


def test_the_mails_of_a_story_are_those_that_went_out(world: World) -> None:
    world.waiting()
    agent = Agent(world)
    key = next(key for _, key in world.store.mails)
    world.store.claim_mail(DOMAIN, "req_1#verified", NOW)
    for number, kept in enumerate((key, "req_1#verified", "req_1#refused", "req_0#records-1")):
        at = NOW + timedelta(minutes=number)
        agent.pages.keep_letter(KeptLetter(DOMAIN, kept, "records", at, b"Subject: x\r\n\r\ny"))
    case = agent.case()
    assert case is not None
    assert [(s.letter.key, s.certain) for s in case.letters] == [
        ("req_1#verified", False),
        (key, True),
    ]
    letter = {"pages": agent.pages, "store": world.store, "real_clock": agent.real_clock}
    occasion = key.removeprefix("req_1#")
    assert show_letter(TOKEN, DOMAIN, occasion, **letter) == case.letters[1].letter
    for domain, asked in ((DOMAIN, "refused"), ("x.example", occasion), (DOMAIN, "")):
        assert show_letter(TOKEN, domain, asked, **letter) is None
    assert show_letter("d" * 64, DOMAIN, occasion, **letter) is None


# ---------------------------------------------------------------- links


def made(world: World, agent: Agent) -> dict[str, object]:
    return {
        "links": agent.pages,
        "addresses": PlainAddresses(),
        "real_clock": agent.real_clock,
        "random": world.dice,
    }


def test_links_that_are_made_open_what_they_say(world: World) -> None:
    world.waiting()
    agent = Agent(world)
    url, link = link_to_console("bob", "org-acme", **made(world, agent))  # type: ignore[arg-type]
    token = url.rpartition("/")[2]
    assert open_console(token, links=agent.pages, real_clock=agent.real_clock) == link
    url, _ = link_to_page(world.domain(), **made(world, agent))  # type: ignore[arg-type]
    opened = open_page(
        url.rpartition("/")[2],
        links=agent.pages,
        store=world.store,
        clock=world.clock,
        real_clock=agent.real_clock,
    )
    assert opened == world.domain()


def test_a_note_has_a_fresh_link_to_each_domain_of_its_ticket(world: World) -> None:
    world.waiting()
    agent = Agent(world)
    links = made(world, agent)
    (first,) = links_for_ticket(TICKET, store=world.store, **links)  # type: ignore[arg-type]
    (again,) = links_for_ticket(TICKET, store=world.store, **links)  # type: ignore[arg-type]
    assert first["domain"] == again["domain"] == DOMAIN
    assert first["url"] != again["url"]
    token = first["url"].removesuffix(f"/domains/{DOMAIN}").rpartition("/")[2]
    link = open_console(token, links=agent.pages, real_clock=agent.real_clock)
    assert link == ticket_link(world.domain(), NOW)


def test_revoking_a_domain_ends_its_links_and_no_agents_own(world: World) -> None:
    world.waiting()
    agent = Agent(world)
    revoke_pages(DOMAIN, links=agent.pages, real_clock=agent.real_clock)
    assert agent.console() is not None
    agent.holds(ticket_link(world.domain(), NOW))
    assert agent.console() is None
    agent.holds(replace(console_link("ada", None, NOW), by="eve"))
    revoke_console("ada", links=agent.pages, real_clock=agent.real_clock)
    assert agent.console() is not None
    agent.holds(console_link("ada", None, NOW))
    assert agent.console() is None


def a_flag(number: int, **changes: Any) -> Flag:
    flag = Flag(
        at=NOW - timedelta(days=number),
        account_id="acme",
        organisation_id="org-acme",
        domain=DOMAIN,
        kind=FeedbackKind.BOUNCE,
        type="Permanent",
        subtype="General",
        responsible=Responsible.PROVIDER,
        feedback_id=f"feedback-{number}",
        recipient_hash=f"{number:064x}",
        recipient_domain="example.org",
    )
    return replace(flag, **changes)


def test_bounces_and_complaints_of_four_weeks_are_drawn_and_listed(world: World) -> None:
    world.waiting()
    agent = Agent(world)
    complaint = a_flag(2, kind=FeedbackKind.COMPLAINT, type="abuse", subtype=None)
    signed_for = a_flag(3, responsible=Responsible.CUSTOMER)
    agent.flags.record([a_flag(1), complaint, signed_for, a_flag(40)], NOW)
    case = agent.case()
    assert case is not None
    assert sum(row["bounces"] for row in case.flags.rows) == 1
    assert sum(row["complaints"] for row in case.flags.rows) == 1
    page = ConsolePages().case(case, "..")
    assert "<svg" in page
    assert "1 bounce and 1 complaint" in page


def test_a_domain_without_flags_has_no_drawing(world: World) -> None:
    world.waiting()
    case = Agent(world).case()
    assert case is not None
    page = ConsolePages().case(case, "..")
    assert '<svg viewBox="0 0 640' not in page
    assert "None in the last four weeks." in page
