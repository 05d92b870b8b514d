"""Fourteen days in a minute: reminders, SES's 72 hours, the end of patience."""

from collections.abc import Iterator

import pytest

from local.world import Options
from tests.e2e.conftest import running_world
from tests.support.system import SIGNED, System
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e

RATE = 14_400.0
"""Four simulated hours a real second: fourteen days are 84 seconds."""


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("hasty")
    with running_world(folder, Options(rate=RATE, ses_rate=0)) as running:
        yield running


def test_who_never_publishes_is_reminded_and_the_request_expires(hasty: System) -> None:
    hasty.ask("never.com")
    hasty.ask("late.com", methods=["dkim", "spf"], responsibility_document=SIGNED)

    # SES has stopped looking by the time this owner publishes.
    hasty.until_state("late.com", "awaiting_dns")
    eventually(lambda: _dkim(hasty, "late.com") == "FAILED", "SES gives up", timeout=60)
    hasty.publish("late.com", "late.com")
    hasty.until_state("late.com", "verified", timeout=60)
    assert "search_restarted" in hasty.what_happened("late.com")
    assert hasty.effects("late.com")["identity.created"] == 1
    assert hasty.mail_kinds("late.com").count("records") == 1

    hasty.until_state("never.com", "expired", timeout=150)
    eventually(lambda: "expired" in hasty.mail_kinds("never.com"), "the end is mailed")
    assert hasty.mail_kinds("never.com") == [
        "records", "reminder", "reminder", "reminder", "last_notice", "expired",
    ]  # fmt: skip
    assert any("Ask again in this ticket" in c for c in hasty.comments("T-never.com"))


def test_after_the_end_the_same_ticket_may_ask_again(hasty: System) -> None:
    assert hasty.state("never.com") == "expired", "the test above lets it expire"
    tokens = hasty.domain("never.com").records
    hasty.ask("never.com")
    again = hasty.until_state("never.com", "awaiting_dns")
    assert again.records == tokens
    assert hasty.effects("never.com")["identity.created"] == 1
    hasty.publish("never.com", "never.com")
    hasty.until_state("never.com", "verified")


def _dkim(hasty: System, domain: str) -> str:
    status: str = hasty.ses.get_email_identity(EmailIdentity=domain)["DkimAttributes"]["Status"]
    return status
