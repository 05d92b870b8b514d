"""Counts and rates by domain, account, organisation and day."""

from datetime import timedelta

from onboarding.domain.responsibility import Period, Responsible
from onboarding.usecases.count_feedback import By, count_feedback
from tests.contract.test_feedback import a_flag
from tests.support.values import NOW
from tests.unit.usecases.test_weigh_feedback import DOMAIN, Watched

DAY = timedelta(days=1)


def counted(watched: Watched, by: By) -> list[dict[str, object]]:
    today = NOW.date()
    return count_feedback(
        by, today - DAY, today,
        flags=watched.flags, volumes=watched.volumes, store=watched.store,
    )  # fmt: skip


def test_they_are_added_up_by_whatever_is_asked() -> None:
    watched = Watched()
    watched.add("shop.example.com")
    watched.volumes.by_identity = {DOMAIN: 100, "shop.example.com": 300}
    watched.come(3)
    watched.come(1, first=3, domain="shop.example.com")
    numbers = {"complaints": 0, "apart": 0, "complaint_rate": 0.0}
    assert counted(watched, By.DOMAIN) == [
        {"domain": DOMAIN, "bounces": 3, "sent": 100, "bounce_rate": 3.0, **numbers},
        {"domain": "shop.example.com", "bounces": 1, "sent": 300, "bounce_rate": 0.333, **numbers},
    ]
    assert [len(names) for names, _, _ in watched.volumes.asked] == [2], "both in one call"
    total = {"bounces": 4, "sent": 400, "bounce_rate": 1.0, **numbers}
    assert counted(watched, By.ACCOUNT) == [{"account": "acme", **total}]
    assert counted(watched, By.ORGANISATION) == [{"organisation": "org-acme", **total}]
    yesterday, today = counted(watched, By.DAY)
    assert today == {"day": "2026-11-23", **total}
    assert (yesterday["bounces"], yesterday["sent"], yesterday["bounce_rate"]) == (0, 0, None)


def test_what_a_customer_has_signed_for_is_not_added_up() -> None:
    watched = Watched()
    watched.add("own.example.net", responsibility=(Period("acme", "RD-1", NOW - DAY),))
    watched.flags.record(
        [a_flag(1, domain="own.example.net", responsible=Responsible.CUSTOMER)], NOW
    )
    assert counted(watched, By.DOMAIN) == []
    assert [row["bounces"] for row in counted(watched, By.DAY)] == [0, 0]
    assert "own.example.net" not in watched.volumes.names


def test_a_rate_is_of_the_same_domains_above_and_below() -> None:
    watched = Watched()
    watched.add("own.example.net", responsibility=(Period("acme", "RD-1", NOW - 9 * DAY),))
    watched.volumes.by_identity = {DOMAIN: 100, "own.example.net": 100}
    watched.come(3)
    watched.come(5, first=3, domain="own.example.net")  # of mail from before the signature
    [row] = counted(watched, By.ACCOUNT)
    assert (row["bounces"], row["sent"]) == (3, 100)
    by_domain = {
        row["domain"]: (row["bounces"], row["sent"]) for row in counted(watched, By.DOMAIN)
    }
    assert by_domain == {DOMAIN: (3, 100), "own.example.net": (5, None)}
    assert [row["bounces"] for row in counted(watched, By.DAY)] == [0, 3]


def test_a_domain_that_sent_nothing_that_ses_knows_of_has_no_rate() -> None:
    watched = Watched()
    watched.volumes.by_identity = {}
    watched.come(3)
    [row] = counted(watched, By.DOMAIN)
    assert (row["bounces"], row["sent"], row["bounce_rate"]) == (3, None, None)


def test_without_metrics_there_are_counts_and_no_rates() -> None:
    watched = Watched()
    watched.volumes.by_identity = None
    watched.come(3)
    [row] = counted(watched, By.ACCOUNT)
    assert (row["bounces"], row["sent"], row["bounce_rate"]) == (3, None, None)
