"""The port ``SendingRates``: in memory, and on the local Service Quotas by the real SDK."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from onboarding.adapters.memory_tenancy import MemoryRates
from onboarding.adapters.sending_rates import QuotaMissing, ServiceQuotasRates
from onboarding.domain.sending_rate import IncreaseStatus
from onboarding.port_errors import IncreasePending
from onboarding.ports import SendingRates
from tests.support.quotas_server import running_quotas


@dataclass
class Subject:
    """The port, and AWS's decision on what waits."""

    rates: SendingRates
    decide: Callable[[IncreaseStatus], object]


@pytest.fixture(params=["memory", "service-quotas"])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    if request.param == "memory":
        memory = MemoryRates()
        yield Subject(memory, memory.decide)
        return
    with running_quotas(tmp_path) as server:
        rates = ServiceQuotasRates(server.client())
        yield Subject(rates, lambda status: server.decide(status.name))


def test_the_rate_is_the_one_in_force(subject: Subject) -> None:
    assert subject.rates.current() == 14.0
    assert subject.rates.pending() is None


def test_an_increase_waits_and_only_one_may(subject: Subject) -> None:
    asked = subject.rates.request(50.0)
    assert (asked.desired, asked.status) == (50.0, IncreaseStatus.PENDING)
    assert subject.rates.pending() == asked
    assert subject.rates.increase(asked.increase_id) == asked
    with pytest.raises(IncreasePending):
        subject.rates.request(60.0)
    assert subject.rates.current() == 14.0


def test_an_approved_increase_is_in_force(subject: Subject) -> None:
    asked = subject.rates.request(50.0)
    subject.decide(IncreaseStatus.APPROVED)
    assert subject.rates.increase(asked.increase_id).status is IncreaseStatus.APPROVED
    assert subject.rates.current() == 50.0
    assert subject.rates.pending() is None


def test_a_denied_increase_changes_nothing(subject: Subject) -> None:
    asked = subject.rates.request(50.0)
    subject.decide(IncreaseStatus.DENIED)
    assert subject.rates.increase(asked.increase_id).status is IncreaseStatus.DENIED
    assert subject.rates.current() == 14.0
    assert subject.rates.request(60.0).desired == 60.0


# What only Service Quotas has


def test_a_region_without_the_quota_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onboarding.adapters.sending_rates.NAME", "Sending speed")
    with running_quotas(tmp_path) as server, pytest.raises(QuotaMissing):
        ServiceQuotasRates(server.client()).current()
