"""Each rule for the expanded template finds the fault it is for, and nothing in a healthy one."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from template_rules import RULES, Template

Json = dict[str, Any]
Resources = dict[str, Any]


def arn(name: str) -> Json:
    return {"Fn::GetAtt": [name, "Arn"]}


def allow(action: Any, resource: Any) -> Json:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def role(*statements: Json) -> Json:
    policy = {"PolicyName": "own", "PolicyDocument": {"Statement": list(statements)}}
    return {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}}


def machine_alarm(metric: str) -> Json:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmActions": [{"Ref": "Topic"}],
            "MetricName": metric,
            "Dimensions": [{"Name": "StateMachineArn", "Value": {"Ref": "Machine"}}],
        },
    }


HEALTHY: Json = {
    "Check": {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Role": arn("CheckRole"), "DeadLetterConfig": {"TargetArn": arn("Dead")}},
    },
    "CheckRole": role(
        allow(["ses:GetEmailIdentity"], "arn:aws:ses:eu-west-1:1:identity/*"),
        allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
    ),
    "Machine": {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": arn("MachineRole"),
            "DefinitionSubstitutions": {"CheckArn": arn("Check")},
        },
    },
    "MachineRole": role(
        allow("lambda:InvokeFunction", [arn("Check")]), allow("logs:CreateLogDelivery", "*")
    ),
    "Queue": {
        "Type": "AWS::SQS::Queue",
        "Properties": {"RedrivePolicy": {"deadLetterTargetArn": arn("Dead")}},
    },
    "Dead": {"Type": "AWS::SQS::Queue", "Properties": {}},
    "DeadAlarm": {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmActions": [{"Ref": "Topic"}],
            "Dimensions": [
                {"Name": "QueueName", "Value": {"Fn::GetAtt": ["Dead", "QueueName"]}},
            ],
        },
    },
    "FailedAlarm": machine_alarm("ExecutionsFailed"),
    "TimedOutAlarm": machine_alarm("ExecutionsTimedOut"),
    "Stream": {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]},
            "DestinationConfig": {"OnFailure": {"Destination": arn("Dead")}},
        },
    },
    "Schedule": {
        "Type": "AWS::Scheduler::Schedule",
        "Properties": {"Target": {"Arn": arn("Check"), "DeadLetterConfig": {"Arn": arn("Dead")}}},
    },
    "Rule": {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Targets": [
                {"Id": "check", "Arn": arn("Check"), "DeadLetterConfig": {"Arn": arn("Dead")}},
            ]
        },
    },
    "Subscription": {
        "Type": "AWS::SNS::Subscription",
        "Properties": {"Protocol": "sqs", "RedrivePolicy": {"deadLetterTargetArn": arn("Dead")}},
    },
    "Table": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "SSESpecification": {"SSEEnabled": True},
            "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        },
    },
    "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 30}},
}
DEFINITION = '{"FunctionName": "${CheckArn}"}'


def findings(resources: Resources, definition: str = DEFINITION) -> list[str]:
    template = Template({"Resources": resources}, {"Machine": definition})
    return [f"{rule.__name__}: {message}" for rule in RULES for message in rule(template)]


def test_a_healthy_template_passes() -> None:
    assert findings(HEALTHY) == []


def properties(resources: Resources, name: str) -> Json:
    found: Json = resources[name]["Properties"]
    return found


def statement(resources: Resources, name: str, index: int = 0) -> Json:
    policy: Json = properties(resources, name)["Policies"][0]
    found: Json = policy["PolicyDocument"]["Statement"][index]
    return found


def second_function(resources: Resources) -> None:
    resources["Other"] = {"Type": "AWS::Lambda::Function", "Properties": {"Role": arn("CheckRole")}}


def second_permission(resources: Resources) -> None:
    resources["Other"] = {"Type": "AWS::Lambda::Function", "Properties": {"Role": arn("OtherRole")}}
    resources["OtherRole"] = role()
    statement(resources, "MachineRole")["Resource"].append(arn("Other"))


def mails(resources: Resources, *actions: str, **variables: str) -> None:
    statement(resources, "CheckRole")["Action"] = ["ses:SendEmail", *actions]
    properties(resources, "Check")["Environment"] = {"Variables": variables}


def test_a_function_that_mails_with_links_passes() -> None:
    resources = copy.deepcopy(HEALTHY)
    mails(resources, "ssm:GetParameter", API_URL="https", API_ID_PARAMETER="/api-id")
    assert findings(resources) == []


FAULTS: dict[str, tuple[Callable[[Resources], Any], str]] = {
    "any action of a service": (
        lambda r: statement(r, "CheckRole").update(Action="ses:*"),
        "actions_are_named: CheckRole: allows ses:*",
    ),
    "any action at all": (
        lambda r: statement(r, "CheckRole").update(Action=["s3:GetObject", "*"]),
        "actions_are_named: CheckRole: allows *",
    ),
    "all actions but": (
        lambda r: statement(r, "CheckRole").update(NotAction="iam:PassRole"),
        "actions_are_named: CheckRole: NotAction",
    ),
    "any resource": (
        lambda r: statement(r, "CheckRole").update(Resource="*"),
        "resources_are_named: CheckRole: allows ses:GetEmailIdentity on every resource",
    ),
    "any resource beside log delivery": (
        lambda r: statement(r, "MachineRole", 1).update(
            Action=["logs:CreateLogDelivery", "logs:DeleteLogGroup"]
        ),
        "resources_are_named: MachineRole: allows logs:DeleteLogGroup on every resource",
    ),
    "a hand on the customer's DNS": (
        lambda r: statement(r, "CheckRole").update(Action="route53:ChangeResourceRecordSets"),
        "dns_is_the_customers: CheckRole: allows route53:ChangeResourceRecordSets",
    ),
    "a mail whose links lead nowhere": (
        lambda r: mails(r, "ssm:GetParameter", API_URL="https"),
        "mails_have_links: Check: sends mails, and is not told API_ID_PARAMETER",
    ),
    "a mail that may not know its links": (
        lambda r: mails(r, API_URL="https", API_ID_PARAMETER="/api-id"),
        "mails_have_links: Check: sends mails, and may not read where the API is",
    ),
    "a broad managed policy": (
        lambda r: properties(r, "CheckRole").update(
            ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonSESFullAccess"]
        ),
        "managed_policies_are_few: CheckRole",
    ),
    "a shared role": (
        second_function,
        "every_function_has_its_own_role: Other: shares the role CheckRole",
    ),
    "a foreign role": (
        lambda r: properties(r, "Check").update(Role="arn:aws:iam::1:role/admin"),
        "every_function_has_its_own_role: Check: its role is not one of this template's",
    ),
    "a substitution that nothing uses": (
        lambda r: properties(r, "Machine")["DefinitionSubstitutions"].update(Old="x"),
        "substitutions_are_used: Machine: substitutes Old",
    ),
    "a substitution that is missing": (
        lambda r: properties(r, "Machine")["DefinitionSubstitutions"].clear(),
        "substitutions_are_used: Machine: the definition uses ${CheckArn}",
    ),
    "a function that may not be invoked": (
        lambda r: statement(r, "MachineRole").update(Resource=[]),
        "machines_may_invoke_what_they_name: Machine: its role may not invoke Check",
    ),
    "a function that need not be invoked": (
        second_permission,
        "machines_may_invoke_what_they_name: Machine: its role may invoke Other",
    ),
    "a queue without a redrive": (
        lambda r: properties(r, "Queue").clear(),
        "queues_redrive: Queue",
    ),
    "dead letters that nobody hears of": (
        lambda r: r.pop("DeadAlarm"),
        "dead_letters_raise_an_alarm: Dead",
    ),
    "an alarm that tells nobody": (
        lambda r: properties(r, "DeadAlarm").update(AlarmActions=[]),
        "dead_letters_raise_an_alarm: Dead",
    ),
    "a machine that fails unheard": (
        lambda r: r.pop("FailedAlarm"),
        "machines_raise_alarms: Machine: has no alarm on ExecutionsFailed",
    ),
    "a machine that hangs unheard": (
        lambda r: properties(r, "TimedOutAlarm").update(AlarmActions=[]),
        "machines_raise_alarms: Machine: has no alarm on ExecutionsTimedOut",
    ),
    "a stream without dead letters": (
        lambda r: properties(r, "Stream").pop("DestinationConfig"),
        "streams_have_dead_letters: Stream",
    ),
    "a schedule without dead letters": (
        lambda r: properties(r, "Schedule")["Target"].pop("DeadLetterConfig"),
        "schedules_have_dead_letters: Schedule",
    ),
    "a rule without dead letters": (
        lambda r: properties(r, "Rule")["Targets"][0].pop("DeadLetterConfig"),
        "rules_have_dead_letters: Rule: its target check",
    ),
    "a subscription without dead letters": (
        lambda r: properties(r, "Subscription").pop("RedrivePolicy"),
        "subscriptions_have_dead_letters: Subscription",
    ),
    "an asynchronous function without dead letters": (
        lambda r: properties(r, "Check").pop("DeadLetterConfig"),
        "functions_called_asynchronously_have_dead_letters: Check",
    ),
    "no point-in-time recovery": (
        lambda r: properties(r, "Table").pop("PointInTimeRecoverySpecification"),
        "tables_are_safe: Table: PointInTimeRecoverySpecification",
    ),
    "no encryption": (
        lambda r: properties(r, "Table").update(SSESpecification={"SSEEnabled": False}),
        "tables_are_safe: Table: SSESpecification",
    ),
    "provisioned capacity": (
        lambda r: properties(r, "Table").update(BillingMode="PROVISIONED"),
        "tables_are_safe: Table: BillingMode",
    ),
    "no time to live": (
        lambda r: properties(r, "Table").pop("TimeToLiveSpecification"),
        "tables_are_safe: Table: has no TimeToLiveSpecification",
    ),
    "endless logs": (
        lambda r: properties(r, "Logs").clear(),
        "logs_end: Logs",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_and_named(fault: str) -> None:
    plant, expected = FAULTS[fault]
    resources = copy.deepcopy(HEALTHY)
    plant(resources)
    assert [found for found in findings(resources) if found.startswith(expected)]


def test_support_never_touches_a_customers_dns() -> None:
    """The template itself is held to the rule by `make lint`; here it is read as text."""
    text = (Path(__file__).parents[2] / "template.yaml").read_text()
    assert "route53" not in text.lower()


def test_every_rule_has_a_fault_to_find() -> None:
    assert {expected.partition(":")[0] for _, expected in FAULTS.values()} == {
        rule.__name__ for rule in RULES
    }
