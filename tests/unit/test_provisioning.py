"""Names of tenants and configuration sets: SES's rules, and never one name for two accounts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.provisioning import MAX_NAME, ses_name

ALLOWED = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
account_ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", fullmatch=True)


@pytest.mark.parametrize("account_id", ["acme", "acme-eu", "4711", "A" * MAX_NAME])
def test_an_id_that_ses_allows_is_the_name(account_id: str) -> None:
    assert ses_name(account_id) == account_id


def test_any_other_id_is_made_readable_and_distinct() -> None:
    assert ses_name("acme.eu") == "acme-eu_6a5e7a0e28ce961b"
    assert ses_name("acme:eu") != ses_name("acme.eu") != ses_name("acme-eu")


@given(account_ids)
def test_every_name_is_one_that_ses_takes(account_id: str) -> None:
    assert ALLOWED.match(ses_name(account_id))


@given(account_ids, account_ids)
def test_two_accounts_never_share_a_name(one: str, other: str) -> None:
    assert (ses_name(one) == ses_name(other)) == (one == other)


@given(account_ids)
def test_no_account_is_called_what_another_ones_name_is(account_id: str) -> None:
    # An account may be called anything an account can be: even the derived name of another.
    name = ses_name(account_id)
    assert name == account_id or "_" in name
