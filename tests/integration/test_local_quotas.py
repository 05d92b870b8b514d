"""The local Service Quotas, driven by real clients; answers are held against the model."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.quotas_server import LocalQuotas, running_quotas
from tests.support.waiting import eventually
from tests.support.wire import violations

RATE = {"ServiceCode": "ses", "QuotaCode": "L-CDEF9B6B"}
DAY_A_SECOND = 86_400.0


@pytest.fixture
def quotas(tmp_path: Path) -> Iterator[LocalQuotas]:
    with running_quotas(tmp_path) as running:
        yield running


@pytest.fixture
def client(quotas: LocalQuotas) -> Any:
    made = quotas.client()
    made.meta.events.register("after-call.service-quotas", _fits_the_model)
    return made


def _fits_the_model(http_response: Any, model: Any, **_: Any) -> None:
    body = json.loads(http_response.content)
    if http_response.status_code == 200:
        assert violations(model.output_shape, body) == []
    else:
        assert body["__type"] in {shape.name for shape in model.error_shapes}


def refusal(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    code: str = caught.value.response["Error"]["Code"]
    return code


def test_the_quotas_of_ses_come_in_pages(client: Any) -> None:
    first = client.list_service_quotas(ServiceCode="ses")
    rest = client.list_service_quotas(ServiceCode="ses", NextToken=first["NextToken"])
    names = [quota["QuotaName"] for quota in first["Quotas"] + rest["Quotas"]]
    assert names == ["Sending quota", "Sending rate", "Message size (MB)"]
    assert "NextToken" not in rest
    assert refusal(client.list_service_quotas, ServiceCode="ec2") == "NoSuchResourceException"
    token = {"ServiceCode": "ses", "NextToken": "AAAA"}
    assert refusal(client.list_service_quotas, **token) == "InvalidPaginationTokenException"


def test_an_increase_is_pending_until_aws_decides(quotas: LocalQuotas, client: Any) -> None:
    asked = client.request_service_quota_increase(**RATE, DesiredValue=50.0)["RequestedQuota"]
    assert (asked["Status"], asked["DesiredValue"]) == ("PENDING", 50.0)
    again = refusal(client.request_service_quota_increase, **RATE, DesiredValue=60.0)
    assert again == "ResourceAlreadyExistsException"
    assert client.get_service_quota(**RATE)["Quota"]["Value"] == 14.0

    assert quotas.decide("APPROVED") == 1
    found = client.get_requested_service_quota_change(RequestId=asked["Id"])["RequestedQuota"]
    assert found["Status"] == "APPROVED"
    assert client.get_service_quota(**RATE)["Quota"]["Value"] == 50.0
    assert [line["desired"] for line in quotas.journal("quota.requested")] == [50.0]
    assert [line["status"] for line in quotas.journal("quota.decided")] == ["APPROVED"]


def test_a_denied_increase_changes_nothing_and_may_be_asked_for_again(
    quotas: LocalQuotas, client: Any
) -> None:
    client.request_service_quota_increase(**RATE, DesiredValue=50.0)
    assert quotas.decide("DENIED") == 1
    assert client.get_service_quota(**RATE)["Quota"]["Value"] == 14.0
    client.request_service_quota_increase(**RATE, DesiredValue=60.0)
    history = client.list_requested_service_quota_change_history_by_quota
    newest = history(**RATE)["RequestedQuotas"]
    assert [(found["DesiredValue"], found["Status"]) for found in newest] == [
        (60.0, "PENDING"),
        (50.0, "DENIED"),
    ]
    pending = history(**RATE, Status="PENDING")["RequestedQuotas"]
    assert [found["DesiredValue"] for found in pending] == [60.0]


def test_what_service_quotas_refuses_is_refused(client: Any) -> None:
    ask = client.request_service_quota_increase
    assert refusal(ask, **RATE, DesiredValue=14.0) == "IllegalArgumentException"
    assert refusal(ask, **{**RATE, "QuotaCode": "L-X"}, DesiredValue=2) == "NoSuchResourceException"
    fixed = {**RATE, "QuotaCode": "L-00000001"}
    assert refusal(ask, **fixed, DesiredValue=99.0) == "IllegalArgumentException"
    gone = client.get_requested_service_quota_change
    assert refusal(gone, RequestId="nothing") == "NoSuchResourceException"


def test_aws_approves_by_itself_after_its_time_and_state_outlives_the_process(
    tmp_path: Path,
) -> None:
    with running_quotas(tmp_path, rate=DAY_A_SECOND) as first:
        first.client().request_service_quota_increase(**RATE, DesiredValue=50.0)
    with running_quotas(tmp_path, rate=DAY_A_SECOND) as second:
        client = second.client()

        def value() -> float:
            found: float = client.get_service_quota(**RATE)["Quota"]["Value"]
            return found

        eventually(lambda: value() == 50.0, "AWS decides")
