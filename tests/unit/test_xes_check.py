"""``xes check`` where neither AWS nor the DNS is there: whence it has its records, how it ends."""

import json
from typing import Any, NoReturn

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from typer.testing import CliRunner, Result

from onboarding.adapters.dns import NetworkDns
from onboarding.domain.observation import Failure, Observation
from xes import check
from xes.__main__ import app

EXPIRED = ClientError(
    {"Error": {"Code": "ExpiredToken", "Message": "The security token has expired."}},
    "DescribeStacks",
)
REFUSED = ClientError(
    {"Error": {"Code": "AccessDenied", "Message": "[red] is not authorized"}}, "DescribeStacks"
)


@pytest.fixture(autouse=True)
def silent_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NetworkDns, "observe", lambda *_: Observation(Failure.TIMEOUT))


def xes(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", "news.example.com", *arguments])


@pytest.mark.parametrize(
    "error",
    [EXPIRED, REFUSED, NoCredentialsError(), EndpointConnectionError(endpoint_url="http://aws")],
    ids=lambda error: type(error).__name__,
)
def test_aws_that_gives_no_records_is_told_and_the_audit_goes_on(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def connect(name: str | None) -> NoReturn:
        raise error

    monkeypatch.setattr(check, "connect", connect)
    audit = xes("--json")
    assert [r["purpose"] for r in json.loads(audit.stdout)["records"]] == ["mail_from_spf", "dmarc"]
    assert str(error) in audit.stderr
    assert audit.exit_code == 3
    named = xes("--stack", "ours")
    assert named.stderr.startswith("AWS did not give the records that stack ours holds: ")
    assert str(error).rstrip(".") in named.stderr
    assert named.stderr.endswith("Or give them with --expect.\n")
    assert (named.stdout, named.exit_code) == ("", 3)


def test_so_does_a_table_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stack:
        def __getattr__(self, name: str) -> Any:
            raise REFUSED

    monkeypatch.setattr(check, "connect", lambda name: Stack())
    assert json.loads(xes("--json").stdout)["verdict"] == "unknown"
