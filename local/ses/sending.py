"""SendEmail: what SES refuses, who the mail comes from, and the way out."""

import secrets
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from local.ses import feedback, message
from local.ses.errors import SesError, bad_request, unsupported
from local.ses.message import Draft, Stamp
from local.ses.names import Mailbox
from local.ses.operations_account import production_access, sending_enabled, sent_today
from local.ses.operations_resources import is_paused
from local.ses.records import Identity
from local.ses.regions import mail_domain
from local.ses.service import Service
from local.ses.verification import Status, Which

_SIZE_LIMIT: Final = 40 * 1024 * 1024
_RECIPIENT_LIMIT: Final = 50
_UNSUPPORTED: Final = (
    "FromEmailAddressIdentityArn", "FeedbackForwardingEmailAddressIdentityArn", "EndpointId",
    "ListManagementOptions",
)  # fmt: skip
_SET_FIELD: Final = "x-ses-configuration-set"
_TENANT_FIELD: Final = "x-ses-tenant"


async def send_email(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """SendEmail, Simple or Raw. Answers only once the SMTP server has taken or refused the message;
    what it refuses bounces, and so does what the mailbox simulator is sent."""
    draft = _draft(arguments)
    _require_sending(service)
    _check_recipients(draft)
    identity = _sending_identity(service, draft)
    chosen = arguments.get("ConfigurationSetName") or draft.options.get(_SET_FIELD)
    configuration_set = chosen or identity.configuration_set
    _check_configuration_set(service, configuration_set)
    tenant = arguments.get("TenantName") or draft.options.get(_TENANT_FIELD)
    _check_tenant(service, tenant, identity, configuration_set)
    envelope_domain = _envelope_domain(service, identity)
    _check_quota(service, len(draft.recipients))

    message_id = f"{secrets.token_hex(8)}-{uuid.uuid4()}-000000"
    header_id = f"<{message_id}@{mail_domain(service.settings.region)}>"
    now = service.clock.now()
    content = message.stamped(draft, Stamp(header_id, now))
    _check_size(content)
    recipients = [mailbox.address for mailbox in draft.recipients]
    leaving = [a for a in recipients if feedback.simulated(a) in (None, *feedback.LEAVES)]
    refused = await service.mailer.deliver(f"{message_id}@{envelope_domain}", leaving, content)
    single = len(recipients) == 1 and feedback.simulated(recipients[0]) is None
    service.store.add_sent(message_id, now, len(recipients), identity.name if single else None)
    service.journal.write(
        "mail.sent",
        **{"from": draft.sender.address},
        to=recipients,
        subject=draft.subject,
        message_id=message_id,
        envelope_from=f"{message_id}@{envelope_domain}",
        tenant=tenant,
        configuration_set=configuration_set,
        x_headers=dict(draft.x_fields),
    )
    if configuration_set is not None:
        sent = feedback.SentMessage(
            message_id,
            now,
            draft.sender.address,
            service.arn("identity", identity.name),
            service.settings.account,
            tuple(recipients),
            draft.subject,
            configuration_set,
            draft.sender.domain,
        )
        service.publisher.publish(_published(service, sent, refused))
    return {"MessageId": message_id}


def _published(
    service: Service, sent: feedback.SentMessage, refused: Mapping[str, feedback.Refusal]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each event with the topic of each destination of the configuration set that matches it."""
    destinations = [
        destination
        for destination in service.store.event_destinations(sent.configuration_set).values()
        if destination.get("Enabled") and "SnsDestination" in destination
    ]
    for type_, event in feedback.events(sent, refused, service.clock.now()):
        for destination in destinations:
            if type_ in destination["MatchingEventTypes"]:
                yield destination["SnsDestination"]["TopicArn"], event


def _draft(arguments: Mapping[str, Any]) -> Draft:
    for member in _UNSUPPORTED:
        if member in arguments:
            raise unsupported(member)
    content = arguments["Content"]
    if len(content) != 1:
        raise bad_request("Content must be exactly one of Simple, Raw and Template.")
    if "Template" in content:
        raise unsupported("Template content")
    if "Raw" in content:
        _check_size(content["Raw"]["Data"])
        return message.raw(arguments)
    return message.simple(arguments)


def _require_sending(service: Service) -> None:
    if not sending_enabled(service):
        raise SesError(
            "SendingPausedException",
            f"Email sending is disabled for account {service.settings.account}.",
        )


def _check_recipients(draft: Draft) -> None:
    if not draft.recipients:
        raise bad_request("Missing destination: at least one recipient is required.")
    if len(draft.recipients) > _RECIPIENT_LIMIT:
        raise bad_request(f"Recipient count exceeds {_RECIPIENT_LIMIT}.")


def _check_size(content: bytes) -> None:
    if len(content) > _SIZE_LIMIT:
        raise bad_request(f"Message length is more than {_SIZE_LIMIT} bytes long: {len(content)}.")


def _sending_identity(service: Service, draft: Draft) -> Identity:
    unverified = []
    identity = covering_identity(service, draft.sender)
    if identity is None:
        unverified.append(draft.sender.address)
    if not production_access(service):
        unverified += [
            mailbox.address
            for mailbox in draft.recipients
            if mailbox.domain != feedback.SIMULATOR and covering_identity(service, mailbox) is None
        ]
    if identity is None or unverified:
        raise SesError(
            "MessageRejected",
            "Email address is not verified. The following identities failed the check in region "
            f"{service.settings.region.upper()}: {', '.join(dict.fromkeys(unverified))}",
        )
    return identity


def covering_identity(service: Service, mailbox: Mailbox) -> Identity | None:
    """The most specific verified identity of an address: itself, its domain, a parent domain."""
    labels = mailbox.domain.split(".")
    names = [mailbox.address, *(".".join(labels[start:]) for start in range(len(labels) - 1))]
    found = (service.store.identity(name) for name in names)
    return next((identity for identity in found if identity and identity.verified), None)


def _check_configuration_set(service: Service, name: str | None) -> None:
    if name is None:
        return
    service.require_configuration_set(name)
    found = service.store.configuration_set(name)
    if found and not found.options.get("SendingOptions", {}).get("SendingEnabled", True):
        raise SesError(
            "SendingPausedException", f"Email sending is disabled for configuration set <{name}>."
        )


def _check_tenant(
    service: Service, name: str | None, identity: Identity, configuration_set: str | None
) -> None:
    """A tenant sends only with resources associated with it ("Tenants", SES Developer Guide)."""
    if name is None:
        return
    if is_paused(service, name):
        raise SesError("SendingPausedException", f"Email sending is disabled for tenant <{name}>.")
    allowed = service.store.tenant_resources(service.tenant(name).name)
    needed = [service.arn("identity", identity.name)]
    if configuration_set:
        needed.append(service.arn("configuration-set", configuration_set))
    for arn in needed:
        if arn not in allowed:
            raise bad_request(f"Resource <{arn}> is not associated with tenant <{name}>.")


def _envelope_domain(service: Service, identity: Identity) -> str:
    usual = mail_domain(service.settings.region).removeprefix("email.")
    if identity.mail_from_domain is None:
        return usual
    search = service.store.search(identity.name, Which.MAIL_FROM)
    if search is not None and search.progress.status is Status.SUCCESS:
        return identity.mail_from_domain
    if identity.mx_behavior == "REJECT_MESSAGE":
        raise SesError(
            "MailFromDomainNotVerifiedException",
            f"The MAIL FROM domain <{identity.mail_from_domain}> is not verified.",
        )
    return usual


def _check_quota(service: Service, recipients: int) -> None:
    if sent_today(service) + recipients > service.settings.daily_quota:
        raise SesError("TooManyRequestsException", "Daily message quota exceeded.")
    if not service.sending.admit():
        raise SesError("TooManyRequestsException", "Maximum sending rate exceeded.")
