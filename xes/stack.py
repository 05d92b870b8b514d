"""Which deployment a command works on: the local world if one runs, else a stack on AWS."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from local.world import World, read_world
from onboarding.adapters.aws import client, error_code
from onboarding.bootstrap import Bootstrap
from onboarding.port_errors import SesBusy
from onboarding.settings import Settings
from xes.output import Exit, stop

DEFAULT_STACK = "xes-onboarding"


class StackNotFound(Exception):
    """There is no deployment to work on; the text says what to do."""


@dataclass(frozen=True)
class Stack:
    """A deployment: its adapters, the base address of its API, whether it is a local world."""

    name: str
    app: Bootstrap
    api_url: str
    is_local: bool = False

    def status_url(self, request_id: str) -> str:
        return f"{self.api_url}/requests/{request_id}"


def connect(name: str | None = None, world: World | None = None) -> Stack:
    """The deployment ``name``; without a name the local world, where there is one.

    Raises ``StackNotFound``.
    """
    world = world or (read_world() if name is None else None)
    if world is not None:
        # The SDK and our settings read the environment: this process works on that world alone.
        os.environ.update(world.environment())
    stack = world.stack_name if world else (name or os.environ.get("XES_STACK") or DEFAULT_STACK)
    outputs = _outputs(stack)
    try:
        api_url = world.api_url if world else outputs["ApiUrl"]
        settings = _settings(stack, outputs, api_url)
    except KeyError as missing:
        raise StackNotFound(
            f"The stack {stack} has no output {missing}: it is another system's, or an earlier "
            "version of this one, which `make deploy` brings up to date."
        ) from missing
    return Stack(stack, Bootstrap(settings), api_url, is_local=world is not None)


def _settings(stack: str, outputs: dict[str, str], api_url: str) -> Settings:
    """Raises ``KeyError``, with the name of an output that is not there."""
    return Settings.from_env(
        {
            **os.environ,
            "AWS_REGION": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION", ""),
            "TABLE_NAME": outputs["TableName"],
            "STATE_MACHINE_ARN": outputs["StateMachineArn"],
            "ADDRESS_STATE_MACHINE_ARN": outputs["AddressStateMachineArn"],
            "WEBHOOK_SECRETS_ARN": outputs["WebhookSecretsArn"],
            "EVENT_BUS_NAME": outputs["EventBusName"],
            "DOCUMENTS_BUCKET": outputs["DocumentsBucket"],
            "SENDER": outputs["Sender"],
            "PROVISION_MACHINE_ARN": outputs["ProvisioningStateMachineArn"],
            "RECIPIENT_KEY_ARN": outputs["RecipientKeyArn"],
            "FEEDBACK_CONFIGURATION_SET": outputs["FeedbackConfigurationSetName"],
            "BATCHES_BUCKET": outputs["BatchesBucket"],
            "BATCH_MACHINE_ARN": outputs["BatchStateMachineArn"],
            "API_SECRETS_ARN": outputs["TicketApiSecretsArn"],
            "COMMENT_QUEUE_URL": outputs["TicketOutboxUrl"],
            "COMMENT_FAILURES_URL": outputs["TicketOutboxFailuresUrl"],
            "API_ID_PARAMETER": f"/{stack}/api-id",
            "API_URL": api_url,
        }
    )


@contextmanager
def deployed(stack: str | None) -> Iterator[Stack]:
    """The deployment; what AWS refuses or cannot answer ends with exit 3 and its reason."""
    try:
        yield connect(stack)
    except StackNotFound as error:
        stop(Exit.UNKNOWN, str(error))
    except (BotoCoreError, ClientError) as error:
        stop(Exit.UNKNOWN, f"AWS did not answer: {error}")
    except SesBusy as busy:
        stop(Exit.UNKNOWN, f"Amazon SES cannot answer now, try again in a minute: {busy}")


def _outputs(stack: str) -> dict[str, str]:
    try:
        found = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if error_code(error) == "ValidationError":
            raise StackNotFound(
                f"There is no stack {stack}: name it with --stack, deploy it with `make deploy`, "
                "or start a local world with `xes local up`."
            ) from error
        raise
    except BotoCoreError as error:
        raise StackNotFound(f"AWS cannot be reached for stack {stack}: {error}") from error
    return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}
