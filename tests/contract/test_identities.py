"""The port ``Identities``: in memory, and on the local SES by the real SDK."""

import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from onboarding.adapters.memory import MemoryIdentities
from onboarding.adapters.ses import ACCOUNT_TAG, SesIdentities
from onboarding.domain.identity import IdentityStatus
from onboarding.domain.onboarding import Account
from onboarding.port_errors import AlreadyExists, SesBusy
from onboarding.ports import Identities
from tests.support.local_ses import LocalSes

ACCOUNT = Account("acme", "org-acme")
_numbers = itertools.count()


@dataclass
class Subject:
    """The port, and how to make its next call too much for SES."""

    identities: Identities
    busy_at: Callable[[str], AbstractContextManager[None]]


def _in_memory() -> Subject:
    identities = MemoryIdentities()

    @contextmanager
    def busy_at(operation: str) -> Any:
        identities.failures = [SesBusy("slow down")]
        yield

    return Subject(identities, busy_at)


def _on_ses(server: LocalSes) -> Subject:
    identities = SesIdentities(server.client(), "eu-west-1")
    return Subject(identities, lambda operation: server.failing(operation, "throttle"))


@pytest.fixture(params=["memory", "ses"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "memory":
        return _in_memory()
    return _on_ses(request.getfixturevalue("local_ses"))


@pytest.fixture
def identities(subject: Subject) -> Identities:
    return subject.identities


@pytest.fixture
def domain() -> str:
    return f"d{next(_numbers)}.example.com"


def test_the_region_is_the_one_that_mail_is_sent_from(identities: Identities) -> None:
    assert identities.region == "eu-west-1"


def test_a_created_identity_has_three_tokens_and_waits_for_its_records(
    identities: Identities, domain: str
) -> None:
    created = identities.create(domain, ACCOUNT)
    assert created.domain == domain
    assert len(set(created.tokens)) == 3
    assert created.signing_hosted_zone.endswith("amazonses.com")
    assert created.dkim_status in (IdentityStatus.PENDING, IdentityStatus.NOT_STARTED)
    assert created.verified_for_sending is False
    assert created.account_id == "acme"
    assert (created.mail_from_domain, created.mail_from_status) == (None, None)


def test_a_created_identity_is_read_back_with_the_account_it_was_made_for(
    identities: Identities, domain: str
) -> None:
    created = identities.create(domain, ACCOUNT)
    found = identities.get(domain)
    assert found is not None
    assert (found.tokens, found.signing_hosted_zone) == (
        created.tokens,
        created.signing_hosted_zone,
    )
    assert found.account_id == "acme"
    assert found.dkim_status in (IdentityStatus.PENDING, IdentityStatus.NOT_STARTED)


def test_an_identity_that_ses_does_not_hold_is_none(identities: Identities, domain: str) -> None:
    assert identities.get(domain) is None


def test_a_second_create_is_refused_and_changes_nothing(
    identities: Identities, domain: str
) -> None:
    identities.create(domain, ACCOUNT)
    before = identities.get(domain)
    with pytest.raises(AlreadyExists):
        identities.create(domain, Account("globex", "org-globex"))
    found = identities.get(domain)
    assert found is not None
    assert before is not None
    # SES's own search for the records goes on meanwhile.
    assert replace(found, dkim_status=before.dkim_status) == before


def test_a_mail_from_is_searched_for_once_it_is_set(identities: Identities, domain: str) -> None:
    identities.create(domain, ACCOUNT)
    for _ in range(2):
        identities.set_mail_from(domain, f"bounce.{domain}")
        found = identities.get(domain)
        assert found is not None
        assert (found.mail_from_domain, found.mail_from_status) == (
            f"bounce.{domain}",
            IdentityStatus.PENDING,
        )


def test_a_mail_from_that_is_reset_is_gone_and_may_be_set_again(
    identities: Identities, domain: str
) -> None:
    identities.create(domain, ACCOUNT)
    identities.set_mail_from(domain, f"bounce.{domain}")
    for _ in range(2):
        identities.reset_mail_from(domain)
        found = identities.get(domain)
        assert found is not None
        assert (found.mail_from_domain, found.mail_from_status) == (None, None)
    identities.set_mail_from(domain, f"bounce.{domain}")
    again = identities.get(domain)
    assert again is not None
    assert again.mail_from_status is IdentityStatus.PENDING


def test_without_an_identity_there_is_no_mail_from_to_reset(
    identities: Identities, domain: str
) -> None:
    identities.reset_mail_from(domain)
    assert identities.get(domain) is None


def test_a_restarted_search_for_dkim_is_pending(identities: Identities, domain: str) -> None:
    created = identities.create(domain, ACCOUNT)
    identities.restart_dkim(domain)
    found = identities.get(domain)
    assert found is not None
    assert found.dkim_status is IdentityStatus.PENDING
    assert len(found.tokens) == len(created.tokens)
    assert found.account_id == "acme"


def test_a_deleted_identity_is_gone_and_may_be_deleted_again(
    identities: Identities, domain: str
) -> None:
    identities.create(domain, ACCOUNT)
    identities.delete(domain)
    identities.delete(domain)
    assert identities.get(domain) is None
    assert identities.create(domain, ACCOUNT).account_id == "acme"


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("CreateEmailIdentity", lambda port, domain: port.create(f"new.{domain}", ACCOUNT)),
        ("GetEmailIdentity", lambda port, domain: port.get(domain)),
        (
            "PutEmailIdentityMailFromAttributes",
            lambda port, domain: port.set_mail_from(domain, f"bounce.{domain}"),
        ),
        (
            "PutEmailIdentityDkimSigningAttributes",
            lambda port, domain: port.restart_dkim(domain),
        ),
        ("DeleteEmailIdentity", lambda port, domain: port.delete(domain)),
    ],
)
def test_a_busy_ses_says_so_and_the_next_call_is_taken(
    subject: Subject, domain: str, operation: str, call: Callable[[Identities, str], object]
) -> None:
    subject.identities.create(domain, ACCOUNT)
    with subject.busy_at(operation):
        with pytest.raises(SesBusy):
            call(subject.identities, domain)
        call(subject.identities, domain)


# What only SES has


def test_an_identity_is_tagged_and_sends_with_the_accounts_configuration_set(
    local_ses: LocalSes, domain: str
) -> None:
    client = local_ses.client()
    client.create_configuration_set(ConfigurationSetName=f"set-{domain.split('.', maxsplit=1)[0]}")
    account = Account("acme", "org-acme", None, f"set-{domain.split('.', maxsplit=1)[0]}")
    SesIdentities(client, "eu-west-1").create(domain, account)
    held = client.get_email_identity(EmailIdentity=domain)
    assert held["Tags"] == [{"Key": ACCOUNT_TAG, "Value": "acme"}]
    assert held["ConfigurationSetName"] == account.configuration_set


def test_mail_goes_on_by_sess_own_domain_until_the_mail_from_is_there(
    local_ses: LocalSes, domain: str
) -> None:
    client = local_ses.client()
    identities = SesIdentities(client, "eu-west-1")
    identities.create(domain, ACCOUNT)
    identities.set_mail_from(domain, f"bounce.{domain}")
    held = client.get_email_identity(EmailIdentity=domain)["MailFromAttributes"]
    assert held["BehaviorOnMxFailure"] == "USE_DEFAULT_VALUE"


def test_an_identity_that_somebody_made_by_hand_belongs_to_no_account(
    local_ses: LocalSes, domain: str
) -> None:
    client = local_ses.client()
    client.create_email_identity(EmailIdentity=domain)
    found = SesIdentities(client, "eu-west-1").get(domain)
    assert found is not None
    assert found.account_id is None


def test_any_other_fault_is_left_as_it_is(local_ses: LocalSes, domain: str) -> None:
    client = local_ses.client()
    with (
        local_ses.failing("GetEmailIdentity", "500"),
        pytest.raises(client.exceptions.ClientError, match="InternalServiceError"),
    ):
        SesIdentities(client, "eu-west-1").get(domain)


@pytest.mark.parametrize(("own", "expected"), [(None, "shared_feedback"), ("acme-own", "acme-own")])
def test_an_identity_has_its_accounts_configuration_set_else_the_shared_one(
    local_ses: LocalSes, domain: str, own: str | None, expected: str
) -> None:
    client = local_ses.client()
    known = client.list_configuration_sets()["ConfigurationSets"]
    if expected not in known:
        client.create_configuration_set(ConfigurationSetName=expected)
    account = Account("acme", "org-acme", configuration_set=own)
    SesIdentities(client, "eu-west-1", "shared_feedback").create(domain, account)
    held = client.get_email_identity(EmailIdentity=domain)
    assert held["ConfigurationSetName"] == expected
