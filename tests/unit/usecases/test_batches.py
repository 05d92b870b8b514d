"""A list of domains: every line accounted for, places and approvals counted once, one report."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.contracts import BatchData, InvalidRequest
from onboarding.domain.approval import ApprovalKind, ApprovalStatus
from onboarding.domain.batch import (
    MOST_LINES,
    MOST_OCTETS,
    Batch,
    LineOutcome,
    UnreadableList,
    as_csv,
    read_list,
)
from onboarding.domain.delivery import Delivery
from onboarding.domain.onboarding import Organisation
from onboarding.domain.request import Ticket
from onboarding.ports import TicketDesk
from onboarding.usecases.fail_batch import fail_batch
from onboarding.usecases.grant_batch import grant_batch
from onboarding.usecases.read_batch import items_key, read_batch
from onboarding.usecases.report_batch import report_batch, report_key
from onboarding.usecases.request_approval import request_approval
from onboarding.usecases.submit_batch import submit_batch
from onboarding.usecases.submit_line import submit_line
from tests.support.ticket_systems import TicketSystems
from tests.support.values import ACME, RULES
from tests.support.world import World

TICKET = Ticket("zendesk", "4711")
PRICED = {"domain_pack": {"price": {"amount": 100, "currency": "USD", "period": "year"}}}


def submit(world: World, text: str | None, delivery: str = "one") -> Batch:
    return submit_batch(
        BatchData("4711", "acme", text),
        Delivery("zendesk", delivery, "sha"),
        accounts=world.store,
        batches=world.batches,
        files=world.batch_files,
        workflows=world.batch_workflows,
        clock=world.clock,
    )


def read(world: World, batch: Batch, desk: TicketDesk | None = None) -> dict[str, object]:
    return read_batch(
        batch.batch_id,
        store=world.store,
        batches=world.batches,
        files=world.batch_files,
        desk_of=lambda source: desk,
        rules=RULES,
        clock=world.clock,
    )


def ask(world: World, approval_id: str) -> None:
    world.workflows.waiting.add("token")
    request_approval(
        approval_id,
        "token",
        store=world.store,
        workflows=world.workflows,
        mailer=world.mailer,
        clock=world.clock,
    )


def run(world: World, text: str, answer: ApprovalStatus | None = None) -> Batch:
    """What the workflow does, its map one line after the other."""
    batch = submit(world, text)
    reading = read(world, batch)
    if reading["needs_approval"]:
        approval_id = str(reading["approval_id"])
        ask(world, approval_id)
        assert answer is not None, "an approval was not expected"
        world.decide(approval_id, answer)
        grant_batch(batch.batch_id, store=world.store, batches=world.batches, clock=world.clock)
    if reading["has_lines"]:
        items = json.loads(world.batch_files.kept[str(reading["key"])])
        for item in [*items, *items[:50]]:  # some lines come twice, as retries do
            line(world, item["batch_id"], item["line"])
    report_batch(
        batch.batch_id,
        tickets=world.store,
        batches=world.batches,
        files=world.batch_files,
        clock=world.clock,
    )
    return batch


def line(world: World, batch_id: str, number: int) -> str:
    outcome: str = submit_line(
        batch_id,
        number,
        store=world.store,
        batches=world.batches,
        workflows=world.workflows,
        rules=RULES,
        clock=world.clock,
        random=world.dice,
    )["outcome"]
    return outcome


def rows(world: World, batch: Batch) -> list[dict[str, str]]:
    text = world.batch_files.kept[report_key(batch.batch_id)].decode()
    return list(csv.DictReader(io.StringIO(text)))


def a_list(names: Iterable[str]) -> str:
    return "domain\n" + "\n".join(names) + "\n"


def plenty(world: World, domains: int = 10_000) -> None:
    override = {"accounts": {"basic": {"domains": domains}}, **PRICED}
    world.store.put_organisation(Organisation(ACME.organisation_id, override=override))


def test_a_thousand_domains_are_accounted_for_line_by_line_in_one_report(world: World) -> None:
    """With invalid names, suffixes, repetitions and a known domain among them."""
    plenty(world)
    world.admitted()
    names = [f"shop{number}.com" for number in range(940)]
    names += ["co.uk"] * 20 + ["not a domain"] * 19 + names[:20] + ["news.example.com"]
    assert len(names) == 1000
    before = len(world.workflows.started)
    batch = run(world, a_list(names))
    report = rows(world, batch)
    assert [row["line"] for row in report] == [str(number) for number in range(2, 1002)]
    assert [row["name"] for row in report] == names
    assert Counter(row["outcome"] for row in report) == {
        "accepted": 940,
        "refused": 39,
        "duplicate": 20,
        "known": 1,
    }
    assert len(world.workflows.started) - before == 940
    assert len({row["request_id"] for row in report if row["outcome"] == "accepted"}) == 940
    assert all(row["reason"] for row in report if row["outcome"] != "accepted")
    [told] = [t for (ticket, _), t in world.store.comments.items() if ticket == TICKET]
    assert told.startswith("The list has 1000 lines: 940 under way, 20 in the list twice, ")
    assert told.count("\n- line ") == 60


def test_a_list_that_comes_again_starts_nothing_again(world: World) -> None:
    plenty(world)
    first = run(world, a_list(["one.com", "two.com"]))
    started = list(world.workflows.started)
    second = submit(world, a_list(["one.com", "two.com"]))
    assert second.batch_id == first.batch_id
    assert read(world, second)["has_lines"]
    assert [line(world, first.batch_id, number) for number in (2, 3)] == ["accepted", "accepted"]
    assert world.workflows.started == started
    assert world.batch_workflows.started == [first.batch_id]


def test_what_an_account_does_not_include_is_approved_once_for_the_whole_list(
    world: World,
) -> None:
    world.store.put_organisation(Organisation(ACME.organisation_id, override=PRICED))
    world.used_up(count=4)
    names = [f"shop{number}.com" for number in range(31)]
    batch = run(world, a_list(names), ApprovalStatus.GIVEN)
    [approval] = world.store.approvals.values()
    assert approval.kind is ApprovalKind.DOMAIN_PACK
    assert approval.price is not None
    assert approval.price.amount == Decimal(300)
    assert "31 domains; 6 of them fit" in approval.reason
    assert Counter(row["outcome"] for row in rows(world, batch)) == {"accepted": 31}
    assert world.store.standing(ACME).domain_packs == 3
    # Each line is then within the allowance: nobody is asked again.
    for request in list(world.store.requests):
        assert world.admit(request)["admitted"]
    assert len(world.store.approvals) == 1


@pytest.mark.parametrize("answer", [ApprovalStatus.REFUSED, None])
def test_a_list_that_is_not_approved_gets_what_the_account_has(
    world: World, answer: ApprovalStatus | None
) -> None:
    world.used_up(count=8)
    batch = submit(world, a_list(f"shop{number}.com" for number in range(5)))
    reading = read(world, batch)
    assert reading["needs_approval"]
    if answer is not None:
        ask(world, str(reading["approval_id"]))
        world.decide(str(reading["approval_id"]), answer)
    granted = grant_batch(
        batch.batch_id, store=world.store, batches=world.batches, clock=world.clock
    )
    assert granted == {"granted": False}
    outcomes = [line(world, batch.batch_id, number) for number in range(2, 7)]
    assert outcomes == ["accepted", "accepted", "not_approved", "not_approved", "not_approved"]


def test_an_approval_is_asked_in_the_lists_ticket_and_answered_there(world: World) -> None:
    world.store.put_organisation(Organisation(ACME.organisation_id, override=PRICED))
    world.used_up()
    batch = submit(world, a_list(["one.com"]))
    reading = read(world, batch)
    assert read(world, batch) == reading
    ask(world, str(reading["approval_id"]))
    [question] = [t for (ticket, _), t in world.store.comments.items() if ticket == TICKET]
    assert "Price: 100 USD a year." in question
    assert [a.approval_id for a in world.store.approvals_of_ticket(TICKET)] == [
        reading["approval_id"]
    ]
    world.decide(str(reading["approval_id"]))
    assert world.workflows.resumed[-1][1]["decision"] == "given"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "has to name the columns"),
        (b"name\nexample.com\n", "has to name the columns"),
        (b"domain,domian\nexample.com,x\n", "unknown columns: domian"),
        (b"domain,domain\na.com,b.com\n", "a column twice"),
        (b'domain\n"example.com\n', "is no CSV"),
        (b"domain\n" + b"a.com\n" * (MOST_LINES + 1), "are the most at once"),
        (b"x" * (MOST_OCTETS + 1), "more than 2 MiB"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_as_a_whole(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableList, match=words):
        list(read_list(content))


@pytest.mark.parametrize(
    "content",
    [
        "domain,methods,dmarc_percent\nmünchen.example,dkim spf,25\n".encode(),
        "\ufeffDomain;Methods;DMARC_percent\r\nmünchen.example;dkim+spf;25\r\n\r\n".encode(),
        "methods\tdomain\tdmarc_percent\ndkim SPF\t münchen.example \t25\n".encode("cp1252"),
        '"domain","methods","dmarc_percent"\n"münchen.example","dkim, spf","25"\n'.encode(),
    ],
)
def test_lists_are_read_as_spreadsheets_write_them(content: bytes) -> None:
    [(number, wish)] = read_list(content)
    assert number == 2
    assert wish == {
        "domain": "münchen.example",
        "methods": ["dkim", "spf"],
        "dmarc": {"percent": 25},
    }


@given(st.binary(max_size=400) | st.text(max_size=300).map(lambda t: f"domain\n{t}".encode()))
def test_no_list_is_more_than_refused(content: bytes) -> None:
    try:
        for number, wish in read_list(content):
            assert number >= 1
            assert isinstance(wish, dict)
    except UnreadableList as trouble:
        assert str(trouble)


def test_a_report_is_no_formula_for_a_spreadsheet(world: World) -> None:
    batch = run(world, a_list(["=cmd|calc", "@SUM(A1)", "+1"]))
    assert [row["name"] for row in rows(world, batch)] == ["'=cmd|calc", "'@SUM(A1)", "'+1"]
    assert as_csv([]) == "line,name,outcome,request_id,reason\r\n"


def test_a_list_attached_to_a_ticket_is_fetched_from_there(world: World) -> None:
    systems = TicketSystems()
    ticket = systems.ask("zendesk")
    ticket.attachments.append(("domains.CSV", b"domain\none.com\n"))
    desk = systems.desks().get("zendesk")
    assert desk is not None
    batch = submit_batch(
        BatchData(ticket.ticket_id, "acme"),
        Delivery("zendesk", "one", "sha"),
        accounts=world.store,
        batches=world.batches,
        files=world.batch_files,
        workflows=world.batch_workflows,
        clock=world.clock,
    )
    assert read(world, batch, desk)["has_lines"]
    assert [found.name for found in world.batches.lines(batch.batch_id)] == ["one.com"]


def test_a_ticket_without_a_list_is_told_so(world: World) -> None:
    batch = submit(world, None)
    assert not read(world, batch)["has_lines"]
    report_batch(
        batch.batch_id,
        tickets=world.store,
        batches=world.batches,
        files=world.batch_files,
        clock=world.clock,
    )
    assert world.comments() == [
        "The list was not taken; nothing was set up. No CSV file is attached to the ticket."
    ]


def test_an_unknown_account_gets_nothing(world: World) -> None:
    with pytest.raises(InvalidRequest) as refused:
        submit_batch(
            BatchData("4711", "nobody", a_list(["one.com"])),
            Delivery("zendesk", "one", "sha"),
            accounts=world.store,
            batches=world.batches,
            files=world.batch_files,
            workflows=world.batch_workflows,
            clock=world.clock,
        )
    assert refused.value.errors[0].code == "unknown_account"
    assert world.batch_files.kept == {}


def test_a_fault_is_told_with_how_far_the_list_came(world: World) -> None:
    plenty(world)
    batch = submit(world, a_list(["one.com", "two.com"]))
    read(world, batch)
    line(world, batch.batch_id, 2)
    fail_batch(batch.batch_id, tickets=world.store, batches=world.batches, clock=world.clock)
    [told] = [t for (ticket, _), t in world.store.comments.items() if ticket == TICKET]
    assert "1 of its lines are decided" in told


def test_addresses_take_no_place(world: World) -> None:
    world.used_up()
    batch = submit(world, "address\nann@one.com\nbob@two.com\n")
    reading = read(world, batch)
    assert (reading["needs_approval"], reading["has_lines"]) == (False, True)
    assert json.loads(world.batch_files.kept[items_key(batch.batch_id)])[0]["line"] == 2
    assert line(world, batch.batch_id, 2) == LineOutcome.ACCEPTED
