"""The port ``Tenancy``, and joining a tenant: in memory, and on the local SES by the real SDK."""

import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from onboarding.adapters.memory import MemoryIdentities
from onboarding.adapters.memory_tenancy import MemoryTenancy
from onboarding.adapters.ses import SesIdentities
from onboarding.adapters.tenancy import SesTenancy
from onboarding.domain.onboarding import Account
from onboarding.domain.provisioning import FEEDBACK_DESTINATION, EventDestination
from onboarding.port_errors import AlreadyExists, SesBusy
from onboarding.ports import Identities, Tenancy
from tests.support.local_ses import LocalSes

TOPIC = "arn:aws:sns:eu-west-1:000000000000:feedback"
OTHER_TOPIC = "arn:aws:sns:eu-west-1:000000000000:other"
_numbers = itertools.count()


@dataclass
class Subject:
    """The ports, how to make a pool, and how to make the next call too much for SES."""

    tenancy: Tenancy
    identities: Identities
    make_pool: Callable[[str], None]
    busy_at: Callable[[str], AbstractContextManager[None]]


def _in_memory() -> Subject:
    tenancy = MemoryTenancy()

    @contextmanager
    def busy_at(operation: str) -> Any:
        tenancy.failures = [SesBusy("slow down")]
        yield

    return Subject(tenancy, MemoryIdentities(), tenancy.pools.add, busy_at)


def _on_ses(server: LocalSes) -> Subject:
    client = server.client()
    return Subject(
        SesTenancy(client, "eu-west-1"),
        SesIdentities(client, "eu-west-1"),
        lambda name: client.create_dedicated_ip_pool(PoolName=name),
        lambda operation: server.failing(operation, "throttle"),
    )


@pytest.fixture(params=["memory", "ses"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "memory":
        return _in_memory()
    return _on_ses(request.getfixturevalue("local_ses"))


@pytest.fixture
def tenancy(subject: Subject) -> Tenancy:
    return subject.tenancy


@pytest.fixture
def name() -> str:
    return f"account-{next(_numbers)}"


def test_a_tenant_is_read_back_with_the_account_it_was_made_for(
    tenancy: Tenancy, name: str
) -> None:
    assert tenancy.tenant(name) is None
    tenancy.create_tenant(name, "acme")
    found = tenancy.tenant(name)
    assert found is not None
    assert (found.name, found.account_id, found.own_suppression) == (name, "acme", False)


def test_a_second_tenant_of_a_name_is_refused_and_changes_nothing(
    tenancy: Tenancy, name: str
) -> None:
    tenancy.create_tenant(name, "acme")
    with pytest.raises(AlreadyExists):
        tenancy.create_tenant(name, "globex")
    found = tenancy.tenant(name)
    assert found is not None
    assert found.account_id == "acme"


def test_a_second_configuration_set_of_a_name_is_refused_and_changes_nothing(
    tenancy: Tenancy, name: str
) -> None:
    assert tenancy.configuration_set(name) is None
    tenancy.create_configuration_set(name, "acme")
    with pytest.raises(AlreadyExists):
        tenancy.create_configuration_set(name, "globex")
    found = tenancy.configuration_set(name)
    assert found is not None
    assert (found.account_id, found.own_suppression, found.pool) == ("acme", False, None)


def test_a_destination_is_made_once_and_may_be_changed(tenancy: Tenancy, name: str) -> None:
    tenancy.create_configuration_set(name, "acme")
    assert tenancy.event_destination(name, FEEDBACK_DESTINATION) is None
    tenancy.create_event_destination(name, FEEDBACK_DESTINATION, EventDestination(TOPIC))
    with pytest.raises(AlreadyExists):
        tenancy.create_event_destination(name, FEEDBACK_DESTINATION, EventDestination(OTHER_TOPIC))
    assert tenancy.event_destination(name, FEEDBACK_DESTINATION) == EventDestination(
        TOPIC, frozenset({"BOUNCE", "COMPLAINT"}), enabled=True
    )
    changed = EventDestination(OTHER_TOPIC, frozenset({"BOUNCE"}))
    tenancy.change_event_destination(name, FEEDBACK_DESTINATION, changed)
    assert tenancy.event_destination(name, FEEDBACK_DESTINATION) == changed


def test_a_set_is_associated_once(tenancy: Tenancy, name: str) -> None:
    tenancy.create_tenant(name, "acme")
    tenancy.create_configuration_set(name, "acme")
    assert tenancy.associate_configuration_set(name, name) is True
    assert tenancy.associate_configuration_set(name, name) is False


def test_suppression_is_kept_apart_at_the_tenant_and_its_set(tenancy: Tenancy, name: str) -> None:
    tenancy.create_tenant(name, "acme")
    tenancy.create_configuration_set(name, "acme")
    for _ in range(2):
        tenancy.keep_suppression_apart(name, name)
        held = (tenancy.tenant(name), tenancy.configuration_set(name))
        assert [found is not None and found.own_suppression for found in held] == [True, True]


def test_a_set_sends_through_a_pool_and_keeps_the_rest(subject: Subject, name: str) -> None:
    tenancy = subject.tenancy
    tenancy.create_tenant(name, "acme")
    tenancy.create_configuration_set(name, "acme")
    tenancy.keep_suppression_apart(name, name)
    assert tenancy.pool_exists(name) is False
    subject.make_pool(name)
    assert tenancy.pool_exists(name) is True
    for _ in range(2):
        tenancy.send_through(name, name)
    found = tenancy.configuration_set(name)
    assert found is not None
    assert (found.pool, found.own_suppression, found.account_id) == (name, True, "acme")


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("CreateTenant", lambda port, name: port.create_tenant(f"new-{name}", "acme")),
        (
            "CreateConfigurationSet",
            lambda port, name: port.create_configuration_set(f"new-{name}", "acme"),
        ),
        (
            "CreateConfigurationSetEventDestination",
            lambda port, name: port.create_event_destination(
                name, "feedback", EventDestination(TOPIC)
            ),
        ),
        (
            "CreateTenantResourceAssociation",
            lambda port, name: port.associate_configuration_set(name, name),
        ),
        (
            "PutTenantSuppressionAttributes",
            lambda port, name: port.keep_suppression_apart(name, name),
        ),
    ],
)
def test_a_busy_ses_says_so_and_the_next_call_is_taken(
    subject: Subject, name: str, operation: str, call: Callable[[Tenancy, str], object]
) -> None:
    subject.tenancy.create_tenant(name, "acme")
    subject.tenancy.create_configuration_set(name, "acme")
    with subject.busy_at(operation):
        with pytest.raises(SesBusy):
            call(subject.tenancy, name)
        call(subject.tenancy, name)


def test_a_domain_joins_a_tenant_as_often_as_it_is_asked_to(subject: Subject, name: str) -> None:
    domain = f"{name}.example.com"
    subject.tenancy.create_tenant(name, "acme")
    subject.tenancy.create_configuration_set(name, "acme")
    assert subject.identities.join_tenant(domain, name, name) is False
    subject.identities.create(domain, Account("acme", "org-acme"))
    assert subject.identities.join_tenant(domain, name, name) is True
    assert subject.identities.join_tenant(domain, name, name) is True


# What only SES has


def test_a_domain_that_joined_is_the_tenants_and_sends_with_the_set(
    local_ses: LocalSes, name: str
) -> None:
    client, domain = local_ses.client(), f"{name}.example.com"
    tenancy, identities = SesTenancy(client, "eu-west-1"), SesIdentities(client, "eu-west-1")
    tenancy.create_tenant(name, "acme")
    tenancy.create_configuration_set(name, "acme")
    tenancy.associate_configuration_set(name, name)
    identities.create(domain, Account("acme", "org-acme"))
    identities.join_tenant(domain, name, name)
    held = client.list_tenant_resources(TenantName=name)["TenantResources"]
    prefix = "arn:aws:ses:eu-west-1:000000000000"
    assert [resource["ResourceArn"] for resource in held] == [
        f"{prefix}:configuration-set/{name}",
        f"{prefix}:identity/{domain}",
    ]
    assert client.get_email_identity(EmailIdentity=domain)["ConfigurationSetName"] == name


def test_a_tenant_that_somebody_made_by_hand_belongs_to_no_account(
    local_ses: LocalSes, name: str
) -> None:
    client = local_ses.client()
    client.create_tenant(TenantName=name)
    found = SesTenancy(client, "eu-west-1").tenant(name)
    assert found is not None
    assert found.account_id is None


def test_a_pool_leaves_the_other_delivery_options_as_they_are(
    local_ses: LocalSes, name: str
) -> None:
    client = local_ses.client()
    client.create_dedicated_ip_pool(PoolName=name)
    client.create_configuration_set(
        ConfigurationSetName=name, DeliveryOptions={"TlsPolicy": "REQUIRE"}
    )
    SesTenancy(client, "eu-west-1").send_through(name, name)
    held = client.get_configuration_set(ConfigurationSetName=name)["DeliveryOptions"]
    assert held == {"TlsPolicy": "REQUIRE", "SendingPoolName": name}


def test_a_tenant_is_paused_and_sends_again(local_ses: LocalSes, name: str) -> None:
    client = local_ses.client()
    tenancy = SesTenancy(client, "eu-west-1")
    tenancy.create_tenant(name, "acme")
    tenancy.pause_sending(name)
    assert client.get_tenant(TenantName=name)["Tenant"]["SendingStatus"] == "DISABLED"
    message = {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}
    with pytest.raises(client.exceptions.SendingPausedException):
        client.send_email(
            FromEmailAddress="onboarding@xes.example",
            Destination={"ToAddresses": ["a@example.org"]},
            Content={"Simple": message},
            TenantName=name,
        )
    tenancy.resume_sending(name)
    assert client.get_tenant(TenantName=name)["Tenant"]["SendingStatus"] == "ENABLED"
