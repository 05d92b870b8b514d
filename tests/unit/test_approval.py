"""What a person is asked, and what becomes of the answer."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from onboarding.domain.approval import (
    ApprovalKind,
    ApprovalStatus,
    Price,
    approval_id,
    question,
    verdict,
    what_is_asked,
)
from tests.support.values import NOW, an_approval


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (Price(), "price agreed separately"),
        (Price(Decimal(0)), "at no charge"),
        (Price(Decimal(200), "USD", "year", "maintenance"),
         "200 USD a year, in addition to maintenance"),
        (Price(Decimal("99.50"), "EUR", "month"), "99.50 EUR a month"),
        (Price(Decimal("1500.00")), "1500 USD"),
    ],
)  # fmt: skip
def test_a_price_reads_as_a_person_would_say_it(price: Price, text: str) -> None:
    assert str(price) == text


def test_the_same_question_has_the_same_id_and_any_other_another() -> None:
    first = approval_id("req_1", "news.example.com", ApprovalKind.DOMAIN_PACK)
    assert first == approval_id("req_1", "news.example.com", ApprovalKind.DOMAIN_PACK)
    others = {
        approval_id("req_2", "news.example.com", ApprovalKind.DOMAIN_PACK),
        approval_id("req_1", "shop.example.com", ApprovalKind.DOMAIN_PACK),
        approval_id("req_1", "news.example.com", ApprovalKind.FREE_DOMAIN),
    }
    assert len({first, *others}) == 4
    assert first.startswith("apr_")


def test_an_approval_is_open_for_fourteen_days() -> None:
    approval = an_approval()
    assert approval.expires_at - approval.requested_at == timedelta(days=14)
    assert not approval.is_due(approval.expires_at - timedelta(microseconds=1))
    assert approval.is_due(approval.expires_at)
    assert not replace(approval, status=ApprovalStatus.GIVEN).is_due(approval.expires_at)


def test_only_a_given_approval_may_be_applied_and_only_once() -> None:
    assert not an_approval().may_be_applied
    given = an_approval(status=ApprovalStatus.GIVEN)
    assert given.may_be_applied
    assert not replace(given, applied_at=NOW).may_be_applied


def test_the_question_says_what_for_how_much_why_until_when_and_how_to_answer() -> None:
    approval = an_approval(price=Price(Decimal(100), "USD", "year"))
    assert question(approval) == (
        "news.example.com waits for an approval: a pack of more domains for account acme. "
        "Price: 100 USD a year. The 10 domains of this account are used.\n"
        "Answer until 2026-12-07 10:00 UTC: in this ticket's field for approvals, by the event "
        "approval.given or approval.refused for this ticket, or with "
        f"`xes approve {approval.approval_id}` or `xes refuse {approval.approval_id}`."
    )


def test_a_question_that_is_not_about_money_names_no_price() -> None:
    approval = an_approval(kind=ApprovalKind.CROSS_ORGANISATION, price=None, internal="For agents.")
    assert "rice" not in question(approval)
    assert "The 10 domains of this account are used. For agents." in question(approval)


def test_the_workflow_is_told_the_decision_with_its_reason() -> None:
    decided = an_approval(decided_by="Ada", decided_at=NOW, note="Too dear.")
    assert verdict(replace(decided, status=ApprovalStatus.GIVEN)) == {
        "decision": "given",
        "code": "approval_given",
        "reason": "Approved by Ada.",
    }
    assert verdict(replace(decided, status=ApprovalStatus.REFUSED)) == {
        "decision": "refused",
        "code": "approval_refused",
        "reason": "A pack of more domains for account acme was refused by Ada. Too dear.",
    }
    assert verdict(replace(decided, status=ApprovalStatus.EXPIRED)) == {
        "decision": "expired",
        "code": "approval_expired",
        "reason": "A pack of more domains for account acme had to be approved, and nobody did "
        "within 14 days.",
    }


def test_there_is_no_verdict_before_the_decision() -> None:
    with pytest.raises(ValueError, match="is not decided yet"):
        verdict(an_approval())


@pytest.mark.parametrize("kind", ApprovalKind)
def test_every_kind_is_described_in_a_few_words(kind: ApprovalKind) -> None:
    assert 10 < len(what_is_asked(an_approval(kind=kind))) < 80
