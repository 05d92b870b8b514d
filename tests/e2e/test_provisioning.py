"""Accounts and their services: asked for by webhook, approved, provisioned, and never twice.

Judged by the journal of the local SES and Service Quotas, which the system cannot write to.
"""

import json
import time
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from local.ticket import post_ticket
from onboarding.adapters.dynamodb.services import DynamoDbServices
from onboarding.domain.onboarding import Account
from onboarding.domain.service import StoredService
from tests.e2e.test_command_line import run
from tests.support.system import System
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e

ONE_OF_EACH = {
    "tenant.created": 1,
    "configuration_set.created": 1,
    "event_destination.created": 1,
    "tenant.associated": 1,
    "tenant.suppression": 1,
    "configuration_set.suppression": 1,
}
EFFECTS = (*ONE_OF_EACH, "event_destination.changed", "configuration_set.delivery")

# What each step does at SES; throttled, it holds the workflow where it is.
OPERATIONS = {
    "CreateTenant": ("CreateTenant", "TenantName"),
    "CreateConfigurationSet": ("CreateConfigurationSet", "ConfigurationSetName"),
    "CreateEventDestination": ("CreateConfigurationSetEventDestination", "ConfigurationSetName"),
    "AssociateConfigurationSet": ("CreateTenantResourceAssociation", "TenantName"),
    "SeparateSuppression": ("PutTenantSuppressionAttributes", "TenantName"),
}


def services(system: System) -> DynamoDbServices:
    return DynamoDbServices(system.client("dynamodb"), system.outputs["TableName"])


def ask(system: System, service: str, account: str = "acme", **data: Any) -> dict[str, Any]:
    """Post a ticket that must be accepted; its answer."""
    wish = {"ticket_id": f"T-{service}-{account}", "account_id": account, "service": service}
    status, answer = post_ticket(system.world, {**wish, **data}, event="account.service.requested")
    assert status in (200, 202), (status, answer)
    return answer


def new_account(system: System, account_id: str) -> None:
    system.store.put_account(Account(account_id, "acme", "dns@acme.example"))


def service(system: System, answer: dict[str, Any]) -> StoredService:
    found = services(system).service(answer["request_id"])
    assert found is not None
    return found


def until(system: System, answer: dict[str, Any], state: str, timeout: float = 90) -> StoredService:
    eventually(lambda: service(system, answer).state == state, f"the service is {state}", timeout)
    return service(system, answer)


def effects(system: System, account: str) -> Counter[str]:
    """What happened at SES to the tenant and the set of an account."""
    about = (
        e for e in system.journal() if account in (e.get("tenant"), e.get("configuration_set"))
    )
    return Counter(e["effect"] for e in about if e["effect"] in EFFECTS)


def recover(system: System) -> None:
    """What the schedule does every five minutes."""
    functions = system.client("lambda")
    names = (f["FunctionName"] for f in functions.list_functions()["Functions"])
    name = next(name for name in names if "RecoverServices" in name)
    answer = functions.invoke(FunctionName=name, Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()


def execution(system: System, stored: StoredService) -> str:
    machine = system.outputs["ProvisioningStateMachineArn"]
    prefix = machine.replace(":stateMachine:", ":execution:")
    return f"{prefix}:{stored.execution_name}"


def entered(system: System, arn: str) -> list[str]:
    history = system.client("stepfunctions").get_execution_history(executionArn=arn, maxResults=500)
    details = (event.get("stateEnteredEventDetails") for event in history["events"])
    return [detail["name"] for detail in details if detail]


def test_an_additional_account_waits_for_approval_with_its_price_and_is_provisioned(
    system: System,
) -> None:
    answer = ask(
        system, "additional_account", new_account_id="acme-shop", contact_email="shop@acme.example"
    )
    until(system, answer, "awaiting_approval")
    [question] = eventually(
        lambda: system.comments("T-additional_account-acme"), "the ticket is asked"
    )
    assert "200 USD a year, in addition to maintenance" in question
    assert system.store.account("acme-shop") is None
    assert effects(system, "acme-shop") == {}

    given = {"ticket_id": "T-additional_account-acme", "by": "ada"}
    status, _ = post_ticket(system.world, given, event="approval.given")
    assert status == 200
    until(system, answer, "active")
    made = system.store.account("acme-shop")
    assert made is not None
    assert (made.organisation_id, made.kind.value) == ("acme", "additional")
    assert effects(system, "acme-shop") == ONE_OF_EACH
    [created] = [e for e in system.journal() if e.get("configuration_set") == "acme-shop"
                 and e["effect"] == "event_destination.created"]  # fmt: skip
    assert created["topic"] == system.world.feedback_topic_arn
    assert created["types"] == ["BOUNCE", "COMPLAINT"]
    eventually(
        lambda: any("its reputation is its own" in c
                    for c in system.comments("T-additional_account-acme")),
        "the ticket is told",
    )  # fmt: skip


def test_a_refused_additional_account_is_not_made(system: System) -> None:
    answer = ask(system, "additional_account", new_account_id="acme-no", ticket_id="T-no")
    until(system, answer, "awaiting_approval")
    eventually(lambda: system.comments("T-no"), "the ticket is asked")
    status, _ = post_ticket(system.world, {"ticket_id": "T-no"}, event="approval.refused")
    assert status == 200
    until(system, answer, "refused")
    assert system.store.account("acme-no") is None
    assert effects(system, "acme-no") == {}


@pytest.mark.parametrize("step", OPERATIONS)
def test_killed_at_any_step_and_taken_up_again_nothing_is_made_twice(
    system: System, step: str
) -> None:
    account = f"killed-{step.lower()}"
    new_account(system, account)
    operation, member = OPERATIONS[step]
    held = {"operation": operation, "match": {member: account}, "fault": "throttle", "count": 1000}
    system.ses_faults(held)
    answer = ask(system, "provisioning", account)
    arn = execution(system, service(system, answer))
    eventually(lambda: step in entered(system, arn), f"{step} is reached")
    system.client("stepfunctions").stop_execution(executionArn=arn)

    system.ses_faults()
    recover(system)
    stored = until(system, answer, "active")
    assert stored.attempt == 2
    assert effects(system, account) == ONE_OF_EACH


@pytest.mark.parametrize("step", OPERATIONS)
def test_an_effect_whose_answer_is_lost_is_read_back(system: System, step: str) -> None:
    account = f"lost-{step.lower()}"
    new_account(system, account)
    operation, member = OPERATIONS[step]
    lost = {"operation": operation, "match": {member: account}, "fault": "reset_after"}
    system.ses_faults(lost)
    answer = ask(system, "provisioning", account)
    until(system, answer, "active")
    found = effects(system, account)
    # Putting the same options once more is no second of anything.
    puts = {"tenant.suppression", "configuration_set.suppression"}
    assert {k: v for k, v in found.items() if k not in puts} == {
        k: v for k, v in ONE_OF_EACH.items() if k not in puts
    }


def test_many_executions_at_once_make_one_of_each(system: System) -> None:
    new_account(system, "crowd")
    answer = ask(system, "provisioning", "crowd")
    machine = system.outputs["ProvisioningStateMachineArn"]
    given = json.dumps({"request_id": answer["request_id"], "account_id": "crowd"})

    def start(number: int) -> None:
        system.client("stepfunctions").start_execution(
            stateMachineArn=machine, name=f"crowd-{number}", input=given
        )

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(start, range(6)))
    until(system, answer, "active")
    found = effects(system, "crowd")
    wanted = ("tenant.created", "configuration_set.created", "event_destination.created",
              "tenant.associated")  # fmt: skip
    assert {effect: found[effect] for effect in wanted} == dict.fromkeys(wanted, 1)


def test_a_domain_joins_the_tenant_whether_it_was_there_before_or_comes_later(
    system: System,
) -> None:
    new_account(system, "joins")
    system.ask("before.joins.com", account_id="joins")
    system.until_state("before.joins.com", "awaiting_dns")
    until(system, ask(system, "provisioning", "joins"), "active")
    system.ask("later.joins.com", account_id="joins")
    system.until_state("later.joins.com", "awaiting_dns")
    held = system.ses.list_tenant_resources(TenantName="joins")["TenantResources"]
    names = {resource["ResourceArn"].rpartition("/")[2] for resource in held}
    assert names == {"joins", "before.joins.com", "later.joins.com"}
    for domain in ("before.joins.com", "later.joins.com"):
        identity = system.ses.get_email_identity(EmailIdentity=domain)
        assert identity["ConfigurationSetName"] == "joins"


def test_a_dedicated_ip_is_approved_ordered_recorded_and_attached(system: System) -> None:
    new_account(system, "swift")
    answer = ask(system, "dedicated_ip", "swift", quantity=2)
    until(system, answer, "awaiting_approval")
    [question] = eventually(lambda: system.comments("T-dedicated_ip-swift"), "asked")
    assert "3000 USD a year, in addition to maintenance" in question
    assert "40 e-mails a second" in question
    post_ticket(system.world, {"ticket_id": "T-dedicated_ip-swift"}, event="approval.given")
    until(system, answer, "ordered")
    assert effects(system, "swift") == ONE_OF_EACH

    record = ["xes", "account", "set", "swift", "--dedicated-ip-pool", "swift-ips",
              "--dedicated-ip", "192.0.2.1", "--dedicated-ip", "192.0.2.2"]  # fmt: skip
    refused = run(system, record)
    assert refused.returncode == 1
    assert "no dedicated IP pool swift-ips" in refused.stderr
    system.ses.create_dedicated_ip_pool(PoolName="swift-ips")
    recorded = run(system, record)
    assert recorded.returncode == 0, recorded.stderr
    until(system, answer, "active")
    held = system.ses.get_configuration_set(ConfigurationSetName="swift")
    assert held["DeliveryOptions"]["SendingPoolName"] == "swift-ips"
    assert effects(system, "swift")["configuration_set.delivery"] == 1
    shown = json.loads(run(system, ["xes", "account", "show", "swift", "--json"]).stdout)
    assert shown["dedicated_ip_pool"] == "swift-ips"
    assert shown["allowances"]["dedicated_ips"] == 2
    assert shown["cost"]["a_year"] == 3000


def test_a_sending_rate_is_pending_until_aws_approves(system: System) -> None:
    new_account(system, "fast")
    answer = ask(system, "sending_rate", "fast", target_rate=90)
    stored = until(system, answer, "ordered")
    assert stored.why == "AWS has to approve the rate."
    assert any("pending AWS's approval" in c for c in system.comments("T-sending_rate-fast"))
    _decide(system, "APPROVED")
    until(system, answer, "active")
    asked = [e for e in system.journal() if e["effect"] == "quota.requested"]
    assert [e["desired"] for e in asked] == [90.0]
    assert services(system).provisioned("fast").sending_rate == 90.0


def _decide(system: System, status: str) -> None:
    body = json.dumps({"status": status}).encode()
    url = f"{system.world.quotas_endpoint_url}/decide"
    with urllib.request.urlopen(urllib.request.Request(url, body), timeout=60) as answer:
        assert answer.status == 200


def test_every_reason_of_a_refused_service_is_named_and_told(system: System) -> None:
    wish = {"ticket_id": "T-bad-service", "account_id": "acme", "service": "sending_rate",
            "quantity": 0, "new_account_id": "x"}  # fmt: skip
    status, answer = post_ticket(system.world, wish, event="account.service.requested")
    assert status == 422
    found = {(error["field"], error["code"]) for error in answer["errors"]}
    assert found == {
        ("quantity", "out_of_range"),
        ("target_rate", "required"),
        ("new_account_id", "account_not_asked"),
    }
    eventually(lambda: system.comments("T-bad-service"), "the ticket is told")


def test_an_agent_creates_shows_and_sets_an_account_up(system: System) -> None:
    create = ["xes", "account", "create", "initech", "--organisation", "initech",
              "--contact", "dns@initech.com", "--json"]  # fmt: skip
    created = run(system, create)
    assert created.returncode == 0, created.stderr
    until(system, json.loads(created.stdout), "active")
    assert effects(system, "initech") == ONE_OF_EACH
    again = run(system, create)
    assert json.loads(again.stdout)["request_id"] == json.loads(created.stdout)["request_id"]
    stolen = run(system, [*create[:4], "--organisation", "other"])
    assert stolen.returncode == 1

    shown = json.loads(run(system, ["xes", "account", "show", "initech", "--json"]).stdout)
    assert (shown["tenant"], shown["configuration_set"]) == ("initech", "initech")
    assert (shown["domains"]["used"], shown["domains"]["allowed"]) == (0, 10)
    assert shown["flags"] == 0
    assert [s["state"] for s in shown["services"]] == ["active"]

    sheet = run(system, ["xes", "account", "smtp", "initech"])
    assert "X-SES-TENANT: initech" in sheet.stdout
    ticked = run(system, ["xes", "account", "setup", "initech", "--tick", "server_control",
                          "--note", "Tested on uProduce."])  # fmt: skip
    assert ticked.returncode == 1, "other steps are open"
    assert "[x] delivery_provider" in ticked.stdout
    assert "[x] server_control" in ticked.stdout
    assert "[ ] sender_address" in ticked.stdout
    bare = run(system, ["xes", "account", "setup", "initech", "--tick", "new_sender"])
    assert bare.returncode == 2
    proved = run(system, ["xes", "account", "setup", "initech", "--tick", "sender_address",
                          "--note", "Trust me."])  # fmt: skip
    assert proved.returncode == 2
    assert run(system, ["xes", "account", "show", "nobody"]).returncode == 1
    granted = run(system, ["xes", "account", "set", "initech", "--grant", "domain_packs=1",
                           "--note", "Goodwill.", "--json"])  # fmt: skip
    assert granted.returncode == 0, granted.stderr
    assert json.loads(granted.stdout)["domains"]["allowed"] == 20


def test_a_repeated_delivery_is_one_service(system: System) -> None:
    new_account(system, "repeat")
    wish = {"ticket_id": "T-repeat", "account_id": "repeat", "service": "provisioning"}
    delivery, now = f"msg_{uuid4().hex}", int(time.time())

    def post(delivery_id: str) -> tuple[int, dict[str, Any]]:
        event = "account.service.requested"
        return post_ticket(system.world, wish, event=event, delivery_id=delivery_id, at=now)

    first, again, other = post(delivery), post(delivery), post("msg_another_service")
    assert (first[0], again[0], other[0]) == (202, 200, 200)
    assert first[1] == again[1] == other[1]
    until(system, first[1], "active")
    with urllib.request.urlopen(first[1]["status_url"], timeout=60) as answer:
        shown = json.load(answer)
    assert (shown["service"], shown["state"]) == ("provisioning", "active")
