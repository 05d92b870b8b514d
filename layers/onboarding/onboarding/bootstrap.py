"""The composition root: chooses the adapters behind the ports, from the settings.

Each property is built on first use, during a function's init, and imports only what it needs: a
function that sends no mail loads no templates.
"""

import os
import time
from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from onboarding.adapters.aws import CONTROL, ONCE, PATIENT, SIGNED_V4, UNCHECKED, client
from onboarding.adapters.clock import ScaledClock, SystemDice
from onboarding.invocation import seconds_left
from onboarding.settings import Settings, required

if TYPE_CHECKING:
    from onboarding.adapters.batch_files import S3BatchFiles
    from onboarding.adapters.check_queue import SqsCheckQueue
    from onboarding.adapters.comment_queue import SqsCommentQueue
    from onboarding.adapters.console_pages import ConsolePages
    from onboarding.adapters.dns import NetworkDns
    from onboarding.adapters.document_texts import TemplateTexts
    from onboarding.adapters.domain_pages import DomainPages
    from onboarding.adapters.dynamodb import DynamoDbStore
    from onboarding.adapters.dynamodb.batches import DynamoDbBatches
    from onboarding.adapters.dynamodb.census import DynamoDbCensus
    from onboarding.adapters.dynamodb.desks import DynamoDbDesks
    from onboarding.adapters.dynamodb.documents import DynamoDbDocuments
    from onboarding.adapters.dynamodb.domain_watches import DynamoDbDomainWatches
    from onboarding.adapters.dynamodb.feedback import DynamoDbFlags
    from onboarding.adapters.dynamodb.feedback_watches import DynamoDbFeedbackWatches
    from onboarding.adapters.dynamodb.listings import DynamoDbListings
    from onboarding.adapters.dynamodb.pages import DynamoDbPages
    from onboarding.adapters.dynamodb.provisioned import DynamoDbProvisioned
    from onboarding.adapters.dynamodb.services import DynamoDbServices
    from onboarding.adapters.dynamodb.setups import DynamoDbSetups
    from onboarding.adapters.events import EventBridgeBus
    from onboarding.adapters.feedback_queue import SqsFeedbackQueue
    from onboarding.adapters.files import S3Files
    from onboarding.adapters.history_cache import HistoryCache
    from onboarding.adapters.links import ApiLinks
    from onboarding.adapters.mail.paged import PagedMailer
    from onboarding.adapters.mail_pages import MailPages
    from onboarding.adapters.names import PublicNameRules
    from onboarding.adapters.operator import SnsOperator
    from onboarding.adapters.papers import LazyPapers
    from onboarding.adapters.recipient_key import SecretRecipientKey
    from onboarding.adapters.secrets import SecretsManagerCredentials
    from onboarding.adapters.sending_rates import ServiceQuotasRates
    from onboarding.adapters.sent_volumes import SesSentVolumes
    from onboarding.adapters.service_workflows import StepFunctionsServices
    from onboarding.adapters.ses import SesIdentities
    from onboarding.adapters.ses_addresses import SesAddresses
    from onboarding.adapters.ses_budget import SesBudget
    from onboarding.adapters.signing_pages import SigningPages
    from onboarding.adapters.tenancy import SesTenancy
    from onboarding.adapters.tickets import Needs, TicketDesks, TicketSources
    from onboarding.adapters.workflows import StepFunctionsBatches, StepFunctionsWorkflows


SPARE_AFTER: Final = 10.0
"""Seconds in which all pollers together take one turn like everybody's where none is idle: a tenth
of SES's budget at most, and something at least."""

PROMPT_AHEAD: Final = 5.0
"""Seconds that a person waits for a turn at SES."""

DNS_IN_FLIGHT: Final = 200
"""Queries unanswered at once: what the socket of a single resolver has room for."""


class Bootstrap:
    """The adapters of one function or command."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings.from_env(os.environ)
        self.clock = ScaledClock.from_environment(os.environ)
        self.real_clock = ScaledClock()
        """By which tokens are judged, in a local world too: people use them at their own pace."""
        self.random = SystemDice()

    def later(self, name: str) -> Any:
        """The adapter ``name``, made when it is first used: for functions of which most runs need
        it not at all."""
        return _Later(lambda: getattr(self, name))

    @cached_property
    def store(self) -> "DynamoDbStore":
        from onboarding.adapters.dynamodb import DynamoDbStore

        return DynamoDbStore(self._dynamodb, self.settings.table)

    @cached_property
    def _dynamodb(self) -> Any:
        return client("dynamodb")

    @cached_property
    def identities(self) -> "SesIdentities":
        from onboarding.adapters.ses import SesIdentities

        shared = self.settings.feedback_configuration_set
        return SesIdentities(self._ses(), self.settings.region, shared)

    @cached_property
    def prompt_identities(self) -> "SesIdentities":
        """For a person who waits for the answer: where SES is busy, the workflow asks again."""
        from onboarding.adapters.ses import SesIdentities
        from onboarding.adapters.ses_budget import PromptBudget

        ses = self._ses(CONTROL, partial(PromptBudget, most_ahead=PROMPT_AHEAD))
        return SesIdentities(ses, self.settings.region)

    @cached_property
    def spare_identities(self) -> "SesIdentities":
        """For whoever must not keep onboardings waiting."""
        from onboarding.adapters.ses import SesIdentities
        from onboarding.adapters.ses_budget import SpareBudget

        ses = self._ses(PATIENT, partial(SpareBudget, spare_after=SPARE_AFTER))
        return SesIdentities(ses, self.settings.region)

    def _ses(self, config: Any = PATIENT, budget: "Callable[..., SesBudget] | None" = None) -> Any:
        """SES's control plane, within the budget that all functions share."""
        ses = client("sesv2", config)
        if not self.settings.ses_rate:
            return ses
        from onboarding.adapters.ses_budget import RealTime, SesBudget
        from onboarding.adapters.ses_turns import DynamoDbTurns

        time_ = RealTime(time.time, time.sleep, self.clock.rate, seconds_left)
        turns = DynamoDbTurns(self._dynamodb, self.settings.table)
        return (budget or SesBudget)(turns, self.settings.ses_rate, time_).watch(ses)

    @cached_property
    def address_identities(self) -> "SesAddresses":
        from onboarding.adapters.ses_addresses import SesAddresses

        return SesAddresses(self._ses(), self.settings.feedback_configuration_set)

    @cached_property
    def mailer(self) -> "PagedMailer":
        from onboarding.adapters.mail import SesMailer
        from onboarding.adapters.mail.paged import PagedMailer

        sender = required(self.settings.sender, "SENDER")
        mailer = SesMailer(
            client("sesv2", ONCE), sender, self.settings.configuration_set, self.settings.reply_to
        )
        return PagedMailer(
            mailer,
            self.later("pages"),
            self.later("page_addresses"),  # not every run sends a mail
            self.random,
            self.clock,
            self.real_clock,
        )

    @cached_property
    def workflows(self) -> "StepFunctionsWorkflows":
        from onboarding.adapters.workflows import StepFunctionsWorkflows

        arn = required(self.settings.state_machine_arn, "STATE_MACHINE_ARN")
        offboarding = self.settings.offboard_machine_arn
        addresses = self.settings.address_state_machine_arn
        return StepFunctionsWorkflows(client("stepfunctions"), arn, offboarding, addresses)

    # Accounts and their services

    @cached_property
    def provisioned_store(self) -> "DynamoDbProvisioned":
        from onboarding.adapters.dynamodb.provisioned import DynamoDbProvisioned

        return DynamoDbProvisioned(self._dynamodb, self.settings.table)

    @cached_property
    def services(self) -> "DynamoDbServices":
        from onboarding.adapters.dynamodb.services import DynamoDbServices

        return DynamoDbServices(client("dynamodb"), self.settings.table)

    @cached_property
    def setups(self) -> "DynamoDbSetups":
        from onboarding.adapters.dynamodb.setups import DynamoDbSetups

        return DynamoDbSetups(client("dynamodb"), self.settings.table)

    @cached_property
    def tenancy(self) -> "SesTenancy":
        from onboarding.adapters.tenancy import SesTenancy

        return SesTenancy(self._ses(), self.settings.region)

    @cached_property
    def sending_rates(self) -> "ServiceQuotasRates":
        from onboarding.adapters.sending_rates import ServiceQuotasRates

        return ServiceQuotasRates(client("service-quotas"))

    @cached_property
    def service_workflows(self) -> "StepFunctionsServices":
        from onboarding.adapters.service_workflows import StepFunctionsServices

        # Who only lets a task go on needs no machine's name: the token has it.
        return StepFunctionsServices(client("stepfunctions"), self.settings.provision_machine_arn)

    @property
    def feedback_topic(self) -> str:
        return required(self.settings.feedback_topic_arn, "FEEDBACK_TOPIC_ARN")

    # The watch

    @cached_property
    def watches(self) -> "DynamoDbDomainWatches":
        from onboarding.adapters.dynamodb.domain_watches import DynamoDbDomainWatches

        return DynamoDbDomainWatches(self._dynamodb, self.settings.table)

    @cached_property
    def listings(self) -> "DynamoDbListings":
        from onboarding.adapters.dynamodb.listings import DynamoDbListings

        return DynamoDbListings(self._dynamodb, self.settings.table)

    @cached_property
    def check_queue(self) -> "SqsCheckQueue":
        from onboarding.adapters.check_queue import SqsCheckQueue

        return SqsCheckQueue(client("sqs"), required(self.settings.check_queue, "CHECK_QUEUE_URL"))

    @cached_property
    def census(self) -> "DynamoDbCensus":
        from onboarding.adapters.dynamodb.census import DynamoDbCensus

        return DynamoDbCensus(self._dynamodb, self.settings.table)

    @cached_property
    def operator(self) -> "SnsOperator":
        from onboarding.adapters.operator import SnsOperator

        topic = required(self.settings.operator_topic_arn, "OPERATOR_TOPIC_ARN")
        return SnsOperator(client("sns"), topic)

    # Bounces and complaints

    @cached_property
    def flags(self) -> "DynamoDbFlags":
        from datetime import timedelta

        from onboarding.adapters.dynamodb.feedback import DynamoDbFlags

        retention = timedelta(days=self.settings.feedback_retention_days)
        return DynamoDbFlags(self._dynamodb, self.settings.table, retention)

    def record_in_bulk(self) -> None:
        """Before anything is made, by the function that writes flags and little else: checking each
        item against the SDK's model is a third of what it costs, and each is made in one place."""
        self._dynamodb = client("dynamodb", UNCHECKED)

    @cached_property
    def sender_histories(self) -> "HistoryCache":
        from onboarding.adapters.dynamodb.feedback import DynamoDbHistories
        from onboarding.adapters.history_cache import HistoryCache

        source = DynamoDbHistories(self._dynamodb, self.settings.table)
        return HistoryCache(source, self.clock)

    @cached_property
    def feedback_watches(self) -> "DynamoDbFeedbackWatches":
        from onboarding.adapters.dynamodb.feedback_watches import DynamoDbFeedbackWatches

        return DynamoDbFeedbackWatches(self._dynamodb, self.settings.table)

    @cached_property
    def sent_volumes(self) -> "SesSentVolumes":
        from onboarding.adapters.sent_volumes import SesSentVolumes

        return SesSentVolumes(client("sesv2", PATIENT))

    @cached_property
    def recipient_key(self) -> "SecretRecipientKey":
        from onboarding.adapters.recipient_key import SecretRecipientKey

        secret = required(self.settings.recipient_key_arn, "RECIPIENT_KEY_ARN")
        return SecretRecipientKey(client("secretsmanager"), secret)

    @cached_property
    def feedback_queue(self) -> "SqsFeedbackQueue":
        from onboarding.adapters.feedback_queue import SqsFeedbackQueue

        url = required(self.settings.feedback_queue_url, "FEEDBACK_QUEUE_URL")
        return SqsFeedbackQueue(client("sqs"), url, self.clock.rate)

    # The way out

    @cached_property
    def waiting_tasks(self) -> "StepFunctionsWorkflows":
        """For functions that let a task go on and start nothing: a state machine's address cannot
        be told to the functions that it invokes itself."""
        from onboarding.adapters.workflows import StepFunctionsWorkflows

        return StepFunctionsWorkflows(client("stepfunctions"))

    @cached_property
    def bus(self) -> "EventBridgeBus":
        from onboarding.adapters.events import EventBridgeBus

        return EventBridgeBus(client("events"), required(self.settings.event_bus, "EVENT_BUS_NAME"))

    @cached_property
    def rules(self) -> "PublicNameRules":
        from onboarding.adapters.names import PublicNameRules

        return PublicNameRules()

    @cached_property
    def dns(self) -> "NetworkDns":
        from onboarding.adapters.dns import DnsConfig, NetworkDns

        config = DnsConfig(
            resolver=self.settings.dns_resolver,
            port=self.settings.dns_port,
            in_flight=DNS_IN_FLIGHT,
            pace=self.settings.dns_pace,
        )
        # Loaded only for a domain that nobody has registered.
        return NetworkDns(config, is_registry=lambda n: self.rules.public_suffix(n) == n)

    # The ticket systems

    @cached_property
    def ticket_sources(self) -> "TicketSources":
        from onboarding.adapters.tickets import TicketSources

        return TicketSources(lambda: self.ticket_needs)

    @cached_property
    def ticket_needs(self) -> "Needs":
        """Clients are made only for who asks: the source ``standard`` calls no API."""
        from onboarding.adapters.secrets import SecretsManagerSecrets
        from onboarding.adapters.tickets import Needs

        arn = self.settings.webhook_secrets_arn  # whoever only writes to tickets has none
        return Needs(
            secrets=SecretsManagerSecrets(self._secretsmanager, arn),
            settings=self.desks,
            api_secrets=lambda: self._api_secrets,
            real_time=time.time,
            is_local=self.settings.is_local,
        )

    @cached_property
    def _secretsmanager(self) -> Any:
        return client("secretsmanager")

    @cached_property
    def _api_secrets(self) -> "SecretsManagerCredentials":
        from onboarding.adapters.secrets import SecretsManagerCredentials

        arn = required(self.settings.api_secrets_arn, "API_SECRETS_ARN")
        return SecretsManagerCredentials(self._secretsmanager, arn)

    @cached_property
    def desks(self) -> "DynamoDbDesks":
        from onboarding.adapters.dynamodb.desks import DynamoDbDesks

        return DynamoDbDesks(self._dynamodb, self.settings.table)

    @cached_property
    def ticket_desks(self) -> "TicketDesks":
        from onboarding.adapters.tickets import TicketDesks

        return TicketDesks(lambda: self.ticket_needs)

    @cached_property
    def comment_queue(self) -> "SqsCommentQueue":
        from onboarding.adapters.comment_queue import SqsCommentQueue

        queue = required(self.settings.comment_queue_url, "COMMENT_QUEUE_URL")
        return SqsCommentQueue(client("sqs"), queue, self.settings.comment_failures_url)

    # Many domains at once

    @cached_property
    def batches(self) -> "DynamoDbBatches":
        from onboarding.adapters.dynamodb.batches import DynamoDbBatches

        return DynamoDbBatches(self._dynamodb, self.settings.table)

    @cached_property
    def batch_files(self) -> "S3BatchFiles":
        from onboarding.adapters.batch_files import S3BatchFiles

        bucket = required(self.settings.batches_bucket, "BATCHES_BUCKET")
        return S3BatchFiles(client("s3"), bucket)

    @cached_property
    def batch_workflows(self) -> "StepFunctionsBatches":
        from onboarding.adapters.workflows import StepFunctionsBatches

        arn = required(self.settings.batch_machine_arn, "BATCH_MACHINE_ARN")
        return StepFunctionsBatches(client("stepfunctions"), arn)

    @cached_property
    def real_clock(self) -> ScaledClock:
        """Ticket systems and queues keep no simulated time."""
        return ScaledClock()

    # The responsibility document

    @cached_property
    def documents(self) -> "DynamoDbDocuments":
        from onboarding.adapters.dynamodb.documents import DynamoDbDocuments

        return DynamoDbDocuments(self._dynamodb, self.settings.table)

    @cached_property
    def document_texts(self) -> "TemplateTexts":
        from onboarding.adapters.document_texts import TemplateTexts

        return TemplateTexts()

    @cached_property
    def files(self) -> "S3Files":
        from onboarding.adapters.files import S3Files

        bucket = required(self.settings.documents_bucket, "DOCUMENTS_BUCKET")
        return S3Files(client("s3", SIGNED_V4), bucket)

    @cached_property
    def papers(self) -> "LazyPapers":
        from onboarding.adapters.papers import LazyPapers

        return LazyPapers()

    @cached_property
    def signing_pages(self) -> "SigningPages":
        from onboarding.adapters.signing_pages import SigningPages

        return SigningPages()

    @cached_property
    def signing_links(self) -> "ApiLinks":
        return self.page_addresses

    # The pages

    @cached_property
    def pages(self) -> "DynamoDbPages":
        from onboarding.adapters.dynamodb.pages import DynamoDbPages

        return DynamoDbPages(self._dynamodb, self.settings.table)

    @cached_property
    def domain_pages(self) -> "DomainPages":
        from onboarding.adapters.domain_pages import DomainPages

        return DomainPages()

    @cached_property
    def mail_pages(self) -> "MailPages":
        from onboarding.adapters.mail_pages import MailPages

        return MailPages()

    @cached_property
    def console_pages(self) -> "ConsolePages":
        from onboarding.adapters.console_pages import ConsolePages

        return ConsolePages()

    @cached_property
    def page_addresses(self) -> "ApiLinks":
        from onboarding.adapters.links import ApiLinks

        parameter = required(self.settings.api_id_parameter, "API_ID_PARAMETER")
        api_url = required(self.settings.api_url, "API_URL")
        return ApiLinks(client("ssm"), parameter, api_url)


class _Later:
    """Stands for what ``make`` makes, once somebody asks something of it."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Any:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)
