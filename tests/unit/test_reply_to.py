"""Where answers to letters go: to the ticket, or nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.reply_to import ReplyTo, ReplyToInvalid
from onboarding.domain.request import Ticket

SETTING = "zendesk=support+id{ticket_id}@example.com, *=help@example.com"


def test_each_source_has_its_own_and_the_rest_share_one() -> None:
    reply_to = ReplyTo.parse(SETTING)
    assert reply_to.of(Ticket("zendesk", "4711")) == "support+id4711@example.com"
    assert reply_to.of(Ticket("jira", "SUP-7")) == "help@example.com"


def test_without_a_setting_there_is_none() -> None:
    assert ReplyTo.parse("").of(Ticket("standard", "4711")) is None
    assert ReplyTo.parse("jira=a@example.com").of(Ticket("standard", "4711")) is None


@pytest.mark.parametrize("ticket_id", ["SUP-7", "a.b", "A_1", "4711"])
def test_the_ids_of_the_usual_systems_fit(ticket_id: str) -> None:
    reply_to = ReplyTo.parse("*=s+{ticket_id}@example.com")
    assert reply_to.of(Ticket("standard", ticket_id)) == f"s+{ticket_id}@example.com"


@pytest.mark.parametrize(
    "ticket_id",
    ["", "a@b", "a b", "a\r\nBcc: x@example.org", "a>,<b", "..", "a..b", ".a", "a.", "é", "x" * 80],
)
def test_an_id_that_would_make_another_address_gets_none(ticket_id: str) -> None:
    assert ReplyTo.parse("*=s+{ticket_id}@example.com").of(Ticket("standard", ticket_id)) is None


@pytest.mark.parametrize(
    "setting",
    [
        "help@example.com",
        "zendesk=",
        "zendesk=help",
        "zendesk=@example.com",
        "zendesk=help@",
        "zendesk=help@example",
        "zendesk=a b@example.com",
        "zendesk={ticket_id}{ticket_id}@example.com",
        "zendesk=help@{ticket_id}.example.com",
        "zendesk={other}@example.com",
        "zendesk=<help@example.com>",
        "Zen Desk=help@example.com",
        "zendesk=help@-example.com",
        "zendesk=a@example.com,zendesk=b@example.com",
    ],
)
def test_a_setting_that_names_no_address_is_refused(setting: str) -> None:
    with pytest.raises(ReplyToInvalid):
        ReplyTo.parse(setting)


@given(st.text(max_size=80))
def test_whatever_the_ticket_is_called_it_is_one_plain_address_or_none(ticket_id: str) -> None:
    address = ReplyTo.parse("*=s+{ticket_id}@example.com").of(Ticket("standard", ticket_id))
    assert address is None or (address.isascii() and address.count("@") == 1)
    assert address is None or not set(address) & set(' \r\n,;:<>()[]"\\')
