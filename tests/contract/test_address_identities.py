"""The port ``AddressIdentities``: in memory, and on the local SES by the real SDK."""

import itertools
import re
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.session import Session

from onboarding.adapters.aws import ONCE
from onboarding.adapters.memory import MemoryAddressIdentities
from onboarding.adapters.ses import ACCOUNT_TAG
from onboarding.adapters.ses_addresses import REQUEST_TAG, SesAddresses
from onboarding.domain.identity import IdentityStatus
from onboarding.domain.onboarding import Account
from onboarding.port_errors import AlreadyExists, SesBusy, SesFault
from onboarding.ports import AddressIdentities
from tests.support.local_ses import LocalSes
from tests.support.waiting import eventually

ACCOUNT = Account("acme", "org-acme")
LINK = re.compile(r"http://\S+/verify\?token=\S+")
_numbers = itertools.count()


@dataclass
class Subject:
    """The port, what the reader of a mailbox sees and does, and how to make SES busy."""

    identities: AddressIdentities
    links_to: Callable[[str], int]
    open_link: Callable[[str], object]
    busy_at: Callable[[str], AbstractContextManager[None]]


def _in_memory() -> Subject:
    identities = MemoryAddressIdentities()

    @contextmanager
    def busy_at(operation: str) -> Any:
        identities.failures = [SesBusy("slow down")]
        yield

    return Subject(identities, identities.links.count, identities.open_link, busy_at)


def _links(server: LocalSes, address: str) -> list[str]:
    return [LINK.findall(mail.get_content())[0] for mail in server.mails_to(address)]


def _on_ses(server: LocalSes) -> Subject:
    return Subject(
        SesAddresses(server.client()),
        lambda address: len(_links(server, address)),
        lambda address: urllib.request.urlopen(_links(server, address)[-1]).close(),
        lambda operation: server.failing(operation, "throttle"),
    )


@pytest.fixture(params=["memory", "ses"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "memory":
        return _in_memory()
    return _on_ses(request.getfixturevalue("local_ses"))


@pytest.fixture
def address() -> str:
    return f"News+{next(_numbers)}@example.org"


def test_a_created_identity_waits_for_the_link_that_ses_mails(
    subject: Subject, address: str
) -> None:
    subject.identities.create(address, ACCOUNT, "req_1")
    found = subject.identities.get(address)
    assert found is not None
    assert (found.status, found.is_verified) == (IdentityStatus.PENDING, False)
    assert (found.account_id, found.request_id) == ("acme", "req_1")
    assert subject.links_to(address) == 1


def test_the_link_verifies_the_address_when_it_is_opened(subject: Subject, address: str) -> None:
    subject.identities.create(address, ACCOUNT, "req_1")
    subject.open_link(address)
    found = subject.identities.get(address)
    assert found is not None
    assert (found.status, found.is_verified) == (IdentityStatus.SUCCESS, True)


def test_an_address_that_ses_does_not_hold_is_none(subject: Subject, address: str) -> None:
    assert subject.identities.get(address) is None


def test_a_second_create_mails_nothing_and_changes_nothing(subject: Subject, address: str) -> None:
    subject.identities.create(address, ACCOUNT, "req_1")
    before = subject.identities.get(address)
    with pytest.raises(AlreadyExists):
        subject.identities.create(address, Account("globex", "org-globex"), "req_2")
    assert subject.identities.get(address) == before
    assert subject.links_to(address) == 1


def test_each_spelling_is_an_address_of_its_own(subject: Subject, address: str) -> None:
    subject.identities.create(address, ACCOUNT, "req_1")
    assert subject.identities.get(address.lower()) is None


def test_a_new_identity_brings_a_new_link_and_a_deleted_one_may_be_deleted_again(
    subject: Subject, address: str
) -> None:
    subject.identities.create(address, ACCOUNT, "req_1")
    subject.identities.delete(address)
    subject.identities.delete(address)
    assert subject.identities.get(address) is None
    subject.identities.create(address, ACCOUNT, "req_2")
    assert subject.links_to(address) == 2
    subject.open_link(address)
    found = subject.identities.get(address)
    assert found is not None
    assert (found.is_verified, found.request_id) == (True, "req_2")


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("CreateEmailIdentity", lambda port, address: port.create(f"x{address}", ACCOUNT, "r")),
        ("GetEmailIdentity", lambda port, address: port.get(address)),
        ("DeleteEmailIdentity", lambda port, address: port.delete(address)),
    ],
)
def test_a_busy_ses_says_so_and_the_next_call_is_taken(
    subject: Subject,
    address: str,
    operation: str,
    call: Callable[[AddressIdentities, str], object],
) -> None:
    subject.identities.create(address, ACCOUNT, "req_1")
    with subject.busy_at(operation):
        with pytest.raises(SesBusy):
            call(subject.identities, address)
        call(subject.identities, address)


# What only SES has


def test_an_identity_is_tagged_and_sends_with_the_accounts_configuration_set(
    local_ses: LocalSes, address: str
) -> None:
    client = local_ses.client()
    client.create_configuration_set(ConfigurationSetName="of-addresses")
    account = Account("acme", "org-acme", None, "of-addresses")
    SesAddresses(client).create(address, account, "req_1")
    held = client.get_email_identity(EmailIdentity=address)
    assert held["IdentityType"] == "EMAIL_ADDRESS"
    assert {tag["Key"]: tag["Value"] for tag in held["Tags"]} == {
        ACCOUNT_TAG: "acme",
        REQUEST_TAG: "req_1",
    }
    assert held["ConfigurationSetName"] == "of-addresses"


def test_mail_goes_out_from_a_verified_address_and_from_no_other(
    local_ses: LocalSes, address: str
) -> None:
    client = local_ses.client()
    SesAddresses(client).create(address, ACCOUNT, "req_1")

    def send(sender: str) -> None:
        client.send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": ["ann@example.net"]},
            Content={"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}}},
        )

    with pytest.raises(client.exceptions.MessageRejected):
        send(address)
    urllib.request.urlopen(_links(local_ses, address)[-1]).close()
    send(address)
    with pytest.raises(client.exceptions.MessageRejected):
        send(f"other.{address}")
    eventually(lambda: local_ses.mails_to("ann@example.net"), "the mail arrives")


def test_the_link_of_a_deleted_identity_opens_nothing(local_ses: LocalSes, address: str) -> None:
    identities = SesAddresses(local_ses.client())
    identities.create(address, ACCOUNT, "req_1")
    [old] = _links(local_ses, address)
    identities.delete(address)
    identities.create(address, ACCOUNT, "req_1")
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(old)
    found = identities.get(address)
    assert found is not None
    assert found.status is IdentityStatus.PENDING


@pytest.mark.parametrize("fault", ["500", "reset", "AccessDeniedException"])
def test_no_fault_of_ses_or_of_the_way_to_it_names_the_address(
    local_ses: LocalSes, address: str, fault: str
) -> None:
    """It is logged, with everything that led to it."""
    with (
        local_ses.failing("GetEmailIdentity", fault),
        pytest.raises(SesFault) as raised,
    ):
        SesAddresses(local_ses.client()).get(address)
    assert _mentions(raised.value, address) == []


def test_an_ses_that_cannot_be_reached_is_a_fault_without_the_address(address: str) -> None:
    client = Session().create_client(
        "sesv2",
        region_name="eu-west-1",
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=ONCE,
    )
    with pytest.raises(SesFault) as raised:
        SesAddresses(client).get(address)
    assert str(raised.value) == "GetEmailIdentity: EndpointConnectionError"
    assert _mentions(raised.value, address) == []


def _mentions(fault: BaseException, address: str) -> list[str]:
    local = address.partition("@")[0].partition("+")[2]
    lines = "".join(traceback.format_exception(fault)).splitlines()
    return [line for line in lines if f"+{local}@" in line or f"%2B{local}%40" in line]
