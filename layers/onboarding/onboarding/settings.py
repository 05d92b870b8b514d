"""The configuration of a function: read from the environment once, at its start."""

from collections.abc import Mapping
from dataclasses import dataclass


class SettingsMissing(Exception):
    """Raised with the name of a variable that has to be set."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the template sets; see there for what each one means.

    ``reply_to`` is in the words of ``domain.reply_to``.

    ``dns_resolver`` and ``dns_port`` are empty on AWS, where the system's resolver and port 53 are
    right; a local world sets them. ``dns_pace``: queries a second and function, none for no limit.
    ``ses_rate``: control requests a second that SES takes from the whole account, 0 for no limit.
    ``is_local``: this is one, whose ticket systems speak plain HTTP.
    """

    table: str
    region: str
    state_machine_arn: str
    offboard_machine_arn: str
    event_bus: str
    api_url: str
    webhook_secrets_arn: str
    sender: str
    configuration_set: str | None
    dns_resolver: tuple[str, int] | None
    dns_port: int
    address_state_machine_arn: str = ""
    documents_bucket: str = ""
    api_id_parameter: str = ""
    provision_machine_arn: str = ""
    feedback_topic_arn: str = ""
    check_queue: str = ""
    operator_topic_arn: str = ""
    ses_rate: float = 1.0
    dns_pace: float | None = None
    feedback_queue_url: str = ""
    feedback_retention_days: int = 400
    feedback_thresholds: str = ""
    recipient_key_arn: str = ""
    feedback_configuration_set: str | None = None
    api_secrets_arn: str = ""
    comment_queue_url: str = ""
    comment_failures_url: str = ""
    batches_bucket: str = ""
    batch_machine_arn: str = ""
    is_local: bool = False
    reply_to: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Raises ``SettingsMissing``. A variable that only some functions need may be absent; it
        is asked for by ``required`` where it is used."""
        return cls(
            table=required(env.get("TABLE_NAME"), "TABLE_NAME"),
            region=required(env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION"), "AWS_REGION"),
            state_machine_arn=env.get("STATE_MACHINE_ARN", ""),
            offboard_machine_arn=env.get("OFFBOARD_MACHINE_ARN", ""),
            event_bus=env.get("EVENT_BUS_NAME", ""),
            api_url=env.get("XES_API_URL") or env.get("API_URL", ""),
            webhook_secrets_arn=env.get("WEBHOOK_SECRETS_ARN", ""),
            sender=env.get("SENDER", ""),
            configuration_set=env.get("CONFIGURATION_SET") or None,
            dns_resolver=_host_port(env.get("XES_DNS_RESOLVER")),
            dns_port=int(env.get("XES_DNS_PORT", "53")),
            address_state_machine_arn=env.get("ADDRESS_STATE_MACHINE_ARN", ""),
            documents_bucket=env.get("DOCUMENTS_BUCKET", ""),
            api_id_parameter=env.get("API_ID_PARAMETER", ""),
            provision_machine_arn=env.get("PROVISION_MACHINE_ARN", ""),
            feedback_topic_arn=env.get("FEEDBACK_TOPIC_ARN", ""),
            check_queue=env.get("CHECK_QUEUE_URL", ""),
            operator_topic_arn=env.get("OPERATOR_TOPIC_ARN", ""),
            ses_rate=float(env.get("XES_SES_RATE") or env.get("SES_RATE") or 1.0),
            dns_pace=float(env["DNS_PACE"]) if env.get("DNS_PACE") else None,
            feedback_queue_url=env.get("FEEDBACK_QUEUE_URL", ""),
            feedback_retention_days=int(env.get("FEEDBACK_RETENTION_DAYS") or "400"),
            feedback_thresholds=env.get("FEEDBACK_THRESHOLDS", ""),
            recipient_key_arn=env.get("RECIPIENT_KEY_ARN", ""),
            feedback_configuration_set=env.get("FEEDBACK_CONFIGURATION_SET") or None,
            api_secrets_arn=env.get("API_SECRETS_ARN", ""),
            comment_queue_url=env.get("COMMENT_QUEUE_URL", ""),
            comment_failures_url=env.get("COMMENT_FAILURES_URL", ""),
            batches_bucket=env.get("BATCHES_BUCKET", ""),
            batch_machine_arn=env.get("BATCH_MACHINE_ARN", ""),
            is_local="XES_CLOCK_ORIGIN" in env,
            reply_to=env.get("REPLY_TO", ""),
        )


def required(value: str | None, name: str) -> str:
    if not value:
        raise SettingsMissing(f"set {name} in the function's environment")
    return value


def _host_port(text: str | None) -> tuple[str, int] | None:
    if not text:
        return None
    host, _, port = text.rpartition(":")
    return host, int(port)
