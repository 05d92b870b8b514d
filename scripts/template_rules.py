"""What the expanded template has to hold beyond what cfn-lint looks at.

Each rule is a function from the template (and, where it needs them, the state machines'
definitions) to messages that name the resource and what to change.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Json = dict[str, Any]

NO_RESOURCE_LEVEL: Final = frozenset(
    {
        # Step Functions' log delivery
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
        # callbacks: a task token is all that a call names
        "states:SendTaskSuccess",
        # SES's list of identities
        "ses:ListEmailIdentities",
        # reading quotas
        "servicequotas:ListServiceQuotas",
        "servicequotas:GetServiceQuota",
        "servicequotas:GetRequestedServiceQuotaChange",
        "servicequotas:ListRequestedServiceQuotaChangeHistoryByQuota",
        # metrics of SES
        "ses:BatchGetMetricData",
        # tracing
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
    }
)
"""Actions that IAM can only allow on every resource (Service Authorization Reference)."""

MANAGED_POLICIES: Final = (
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaDynamoDBExecutionRole",
    "service-role/AWSLambdaSQSQueueExecutionRole",
    "service-role/AmazonAPIGatewayPushToCloudWatchLogs",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
)
"""What SAM attaches by itself for logs, traces and event sources."""

_WILD_ACTION: Final = re.compile(r"(?:[A-Za-z0-9-]+:)?\*\Z")
_SUBSTITUTION: Final = re.compile(r"\$\{([A-Za-z0-9]+)\}")


class Template:
    """The expanded template, and the definition (as text) of each state machine in it."""

    def __init__(self, expanded: Json, definitions: Mapping[str, str] | None = None) -> None:
        self._resources: dict[str, Json] = expanded["Resources"]
        self.definitions = definitions or {}

    def of_type(self, *types: str) -> Iterator[tuple[str, Json]]:
        """Logical id and properties of each resource of these types."""
        for name, resource in self._resources.items():
            if resource["Type"] in types:
                yield name, resource.get("Properties", {})

    def everything(self) -> Iterator[tuple[str, Json]]:
        for name, resource in self._resources.items():
            yield name, resource.get("Properties", {})

    def properties(self, name: str) -> Json:
        found: Json = self._resources[name].get("Properties", {})
        return found

    def is_a(self, name: str | None, type_: str) -> bool:
        return name in self._resources and self._resources[name]["Type"] == type_


def target(value: Any) -> str | None:
    """The logical id that ``Ref`` or ``Fn::GetAtt`` points to."""
    if not isinstance(value, dict):
        return None
    if "Ref" in value:
        return str(value["Ref"])
    attribute = value.get("Fn::GetAtt")
    if isinstance(attribute, str):
        return attribute.partition(".")[0]
    return str(attribute[0]) if isinstance(attribute, list) else None


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def statements(properties: Json) -> Iterator[Json]:
    """The statements that allow something, of a role's, a queue's, a topic's or any policy."""
    inline = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    for document in [*inline, *as_list(properties.get("PolicyDocument"))]:
        for statement in as_list(document["Statement"]):
            if statement["Effect"] == "Allow":
                yield statement


def actions_are_named(template: Template) -> Iterator[str]:
    for name, properties in template.everything():
        for statement in statements(properties):
            if "NotAction" in statement:
                yield f"{name}: NotAction allows whatever AWS adds; name the actions"
            for action in as_list(statement.get("Action")):
                if _WILD_ACTION.match(action):
                    yield f"{name}: allows {action}; name the actions that are called"


def resources_are_named(template: Template) -> Iterator[str]:
    for name, properties in template.everything():
        for statement in statements(properties):
            open_ended = "NotResource" in statement or "*" in as_list(statement.get("Resource"))
            excess = set(as_list(statement.get("Action"))) - NO_RESOURCE_LEVEL
            if open_ended and excess:
                yield f"{name}: allows {', '.join(sorted(excess))} on every resource; name them"


def dns_is_the_customers(template: Template) -> Iterator[str]:
    """Nothing here may change anybody's DNS: customers do that themselves."""
    for name, properties in template.everything():
        for statement in statements(properties):
            for action in as_list(statement.get("Action")):
                if action.lower().startswith(("route53:", "route53domains:")):
                    yield f"{name}: allows {action}; records are added by the customer alone"


def managed_policies_are_few(template: Template) -> Iterator[str]:
    for name, properties in template.of_type("AWS::IAM::Role"):
        for policy in properties.get("ManagedPolicyArns", []):
            if not json.dumps(policy).strip('"}]').endswith(MANAGED_POLICIES):
                yield f"{name}: has the managed policy {policy}; state what is needed instead"


def every_function_has_its_own_role(template: Template) -> Iterator[str]:
    roles = {
        name: target(properties.get("Role"))
        for name, properties in template.of_type("AWS::Lambda::Function")
    }
    users = Counter(roles.values())
    for name, role in roles.items():
        if not template.is_a(role, "AWS::IAM::Role"):
            yield f"{name}: its role is not one of this template's"
        elif users[role] > 1:
            yield f"{name}: shares the role {role} with another function"


def substitutions_are_used(template: Template) -> Iterator[str]:
    for name, properties in template.of_type("AWS::StepFunctions::StateMachine"):
        given = set(properties.get("DefinitionSubstitutions", {}))
        used = set(_SUBSTITUTION.findall(template.definitions[name]))
        for missing in sorted(used - given):
            yield f"{name}: the definition uses ${{{missing}}}, which is not substituted"
        for unused in sorted(given - used):
            yield f"{name}: substitutes {unused}, which the definition does not use"


def machines_may_invoke_what_they_name(template: Template) -> Iterator[str]:
    """The embedded AWS does not enforce this role, so nothing else would notice."""
    for name, properties in template.of_type("AWS::StepFunctions::StateMachine"):
        used = set(_SUBSTITUTION.findall(template.definitions[name]))
        substituted = properties.get("DefinitionSubstitutions", {})
        invoked = {target(value) for key, value in substituted.items() if key in used}
        invoked = {f for f in invoked if template.is_a(f, "AWS::Lambda::Function")}
        role = target(properties["RoleArn"])
        allowed = _may_invoke(template.properties(role)) if role else set()
        for function in sorted(str(f) for f in invoked - allowed):
            yield f"{name}: its role may not invoke {function}, which the definition calls"
        for function in sorted(str(f) for f in allowed - invoked):
            yield f"{name}: its role may invoke {function}, which the definition does not call"


def _may_invoke(role: Json) -> set[str | None]:
    return {
        target(resource) or json.dumps(resource)
        for statement in statements(role)
        if "lambda:InvokeFunction" in as_list(statement.get("Action"))
        for resource in as_list(statement.get("Resource"))
    }


def dead_letter_queues(template: Template) -> set[str | None]:
    """The queues that something names as where its failures go."""
    found: set[str | None] = set()

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for item in node:
                walk(item)
        elif isinstance(node, dict):
            found.add(target(node.get("deadLetterTargetArn")))
            for key, field in (
                ("DeadLetterConfig", "Arn"),
                ("DeadLetterConfig", "TargetArn"),
                ("OnFailure", "Destination"),
            ):
                if isinstance(node.get(key), dict):
                    found.add(target(node[key].get(field)))
            for value in node.values():
                walk(value)

    for _, properties in template.everything():
        walk(properties)
    return {name for name in found if template.is_a(name, "AWS::SQS::Queue")}


def queues_redrive(template: Template) -> Iterator[str]:
    last = dead_letter_queues(template)
    for name, properties in template.of_type("AWS::SQS::Queue"):
        if name not in last and "deadLetterTargetArn" not in properties.get("RedrivePolicy", {}):
            yield f"{name}: has no RedrivePolicy: a message that cannot be handled is lost"


def dead_letters_raise_an_alarm(template: Template) -> Iterator[str]:
    watched = {
        target(dimension["Value"])
        for _, properties in template.of_type("AWS::CloudWatch::Alarm")
        for dimension in properties.get("Dimensions", [])
        if dimension["Name"] == "QueueName" and properties.get("AlarmActions")
    }
    for name in sorted(str(n) for n in dead_letter_queues(template) - watched):
        yield f"{name}: is a dead-letter queue without an alarm"


def machines_raise_alarms(template: Template) -> Iterator[str]:
    watched = {
        (target(dimension["Value"]), properties["MetricName"])
        for _, properties in template.of_type("AWS::CloudWatch::Alarm")
        for dimension in properties.get("Dimensions", [])
        if dimension["Name"] == "StateMachineArn" and properties.get("AlarmActions")
    }
    for name, _ in template.of_type("AWS::StepFunctions::StateMachine"):
        for metric in ("ExecutionsFailed", "ExecutionsTimedOut"):
            if (name, metric) not in watched:
                yield f"{name}: has no alarm on {metric}"


def streams_have_dead_letters(template: Template) -> Iterator[str]:
    for name, properties in template.of_type("AWS::Lambda::EventSourceMapping"):
        source = target(properties.get("EventSourceArn"))
        redriven = template.is_a(source, "AWS::SQS::Queue")  # by the queue: see queues_redrive
        if not redriven and "OnFailure" not in properties.get("DestinationConfig", {}):
            yield f"{name}: has no OnFailure destination: a batch that fails for good is lost"


def schedules_have_dead_letters(template: Template) -> Iterator[str]:
    for name, properties in template.of_type("AWS::Scheduler::Schedule"):
        if "DeadLetterConfig" not in properties["Target"]:
            yield f"{name}: the schedule has no DeadLetterConfig"


def rules_have_dead_letters(template: Template) -> Iterator[str]:
    for name, properties in template.of_type("AWS::Events::Rule"):
        for receiver in properties.get("Targets", []):
            function = template.is_a(target(receiver["Arn"]), "AWS::Lambda::Function")
            if function and "DeadLetterConfig" not in receiver:
                yield f"{name}: its target {receiver['Id']} has no DeadLetterConfig"


def subscriptions_have_dead_letters(template: Template) -> Iterator[str]:
    for name, properties in template.of_type("AWS::SNS::Subscription"):
        if properties["Protocol"] in ("sqs", "lambda") and "RedrivePolicy" not in properties:
            yield f"{name}: the subscription has no RedrivePolicy"


def functions_called_asynchronously_have_dead_letters(template: Template) -> Iterator[str]:
    scheduled = [p["Target"]["Arn"] for _, p in template.of_type("AWS::Scheduler::Schedule")]
    ruled = [
        receiver["Arn"]
        for _, properties in template.of_type("AWS::Events::Rule")
        for receiver in properties.get("Targets", [])
    ]
    called = {target(arn) for arn in (*scheduled, *ruled)}
    for name, properties in template.of_type("AWS::Lambda::Function"):
        if name in called and "DeadLetterConfig" not in properties:
            yield f"{name}: is called asynchronously and has no dead-letter queue"


def mails_have_links(template: Template) -> Iterator[str]:
    """Each mail has a link to its page and one that stops the mails: whoever may send one makes
    them from where the API is."""
    needed = {"API_URL", "API_ID_PARAMETER"}
    for name, properties in template.of_type("AWS::Lambda::Function"):
        role = target(properties.get("Role"))
        granted = statements(template.properties(role)) if role else iter(())
        allowed = {action for each in granted for action in as_list(each.get("Action"))}
        if "ses:SendEmail" not in allowed:
            continue
        given = set(properties.get("Environment", {}).get("Variables", {}))
        if missing := needed - given:
            yield f"{name}: sends mails, and is not told {', '.join(sorted(missing))}"
        if "ssm:GetParameter" not in allowed:
            yield f"{name}: sends mails, and may not read where the API is (ssm:GetParameter)"


def tables_are_safe(template: Template) -> Iterator[str]:
    wanted: tuple[tuple[str, Any, str], ...] = (
        ("PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": True}, "recovery"),
        ("SSESpecification", {"SSEEnabled": True}, "encryption"),
        ("BillingMode", "PAY_PER_REQUEST", "on-demand capacity"),
    )
    for name, properties in template.of_type("AWS::DynamoDB::Table"):
        for key, value, meaning in wanted:
            if properties.get(key) != value:
                yield f"{name}: {key} has to be {value} ({meaning})"
        if not properties.get("TimeToLiveSpecification", {}).get("Enabled"):
            yield f"{name}: has no TimeToLiveSpecification: what is old stays for good"


def logs_end(template: Template) -> Iterator[str]:
    for name, properties in template.of_type("AWS::Logs::LogGroup"):
        if "RetentionInDays" not in properties:
            yield f"{name}: has no RetentionInDays: logs are kept, and paid for, for ever"


RULES: Final[tuple[Callable[[Template], Iterator[str]], ...]] = (
    actions_are_named,
    resources_are_named,
    dns_is_the_customers,
    managed_policies_are_few,
    every_function_has_its_own_role,
    substitutions_are_used,
    machines_may_invoke_what_they_name,
    queues_redrive,
    dead_letters_raise_an_alarm,
    machines_raise_alarms,
    streams_have_dead_letters,
    schedules_have_dead_letters,
    rules_have_dead_letters,
    subscriptions_have_dead_letters,
    functions_called_asynchronously_have_dead_letters,
    mails_have_links,
    tables_are_safe,
    logs_end,
)
