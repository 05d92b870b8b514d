"""The operations on e-mail identities."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from local.ses import message, verification
from local.ses.errors import SesError, bad_request, not_found, unsupported
from local.ses.names import is_domain, parse_mailbox
from local.ses.paging import page
from local.ses.records import DOMAIN, EASY_DKIM, EMAIL_ADDRESS, OWN_DKIM, Identity
from local.ses.regions import signing_hosted_zone
from local.ses.service import Service, canonical
from local.ses.settling import settle
from local.ses.tags import check_tags, tag_list
from local.ses.tokens import easy_dkim_tokens, public_key
from local.ses.verification import Progress, Status, Which

_PAGE: Final = 100
_PAGE_MOST: Final = 1000


async def create_email_identity(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """CreateEmailIdentity. An address gets its verification message before this answers."""
    name = canonical(arguments["EmailIdentity"])
    tags = check_tags(arguments.get("Tags", []))
    configuration_set = arguments.get("ConfigurationSetName")
    if configuration_set:
        service.require_configuration_set(configuration_set)
    identity = replace(_new(service, name), configuration_set=configuration_set)
    now = service.clock.now()
    if identity.kind == DOMAIN:
        identity = _with_dkim(identity, arguments.get("DkimSigningAttributes", {}))
        service.store.add_identity(identity, {Which.DKIM: verification.begin(now)})
    elif arguments.get("DkimSigningAttributes"):
        raise bad_request("DKIM signing attributes can only be specified for a domain.")
    else:
        await _add_address(service, identity)
    service.store.put_tags(service.arn("identity", name), tags)
    service.journal.write("identity.created", identity=name, type=identity.kind, tags=tags)
    return {
        "IdentityType": identity.kind,
        "VerifiedForSendingStatus": identity.verified,
        "DkimAttributes": _dkim(service, identity),
    }


def _new(service: Service, name: str) -> Identity:
    now = service.clock.now()
    if "@" in name:
        if parse_mailbox(name).address != name:
            raise bad_request(f"Invalid email address <{name}>.")
        return Identity(name, EMAIL_ADDRESS, now, signing_enabled=False)
    if not is_domain(name):
        raise bad_request(f"Invalid domain name <{name}>.")
    return Identity(name, DOMAIN, now)


async def _add_address(service: Service, identity: Identity) -> None:
    token = secrets.token_urlsafe(32)
    pending = Progress(Status.PENDING, service.clock.now())
    service.store.add_identity(identity, {Which.ADDRESS: pending}, token)
    link = f"{service.base_url}/verify?token={token}"
    content = message.verification(identity.name, link, service.settings.region, pending.since)
    try:
        await service.mailer.deliver(message.VERIFICATION_SENDER, [identity.name], content)
    except SesError:
        service.store.delete_identity(identity.name, service.arn("identity", identity.name))
        raise
    service.journal.write("verification.sent", identity=identity.name)


def _with_dkim(identity: Identity, attributes: Mapping[str, Any]) -> Identity:
    """The identity with its kind of DKIM chosen, as Easy DKIM or the owner's own key."""
    selector = attributes.get("DomainSigningSelector")
    private_key = attributes.get("DomainSigningPrivateKey")
    origin = attributes.get("DomainSigningAttributesOrigin", OWN_DKIM if selector else EASY_DKIM)
    if origin not in (EASY_DKIM, OWN_DKIM):
        raise unsupported(f"Deterministic Easy DKIM ({origin})")
    if origin == OWN_DKIM:
        if not (selector and private_key):
            raise bad_request("Both the selector and the private key are needed for BYODKIM.")
        return replace(
            identity, origin=OWN_DKIM, selector=selector, public_key=public_key(private_key)
        )
    if selector or private_key:
        raise bad_request("Easy DKIM takes no selector and no private key.")
    length = attributes.get("NextSigningKeyLength", identity.key_length)
    return replace(identity, origin=EASY_DKIM, selector=None, public_key=None, key_length=length)


def _tokens(service: Service, identity: Identity) -> list[str]:
    if identity.kind != DOMAIN:
        return []
    if identity.origin == OWN_DKIM:
        return [identity.selector or ""]
    return list(easy_dkim_tokens(service.seed, identity.name, identity.generation))


def _zone(service: Service, identity: Identity) -> str | None:
    easy = identity.kind == DOMAIN and identity.origin == EASY_DKIM
    return signing_hosted_zone(service.settings.region) if easy else None


def _dkim(service: Service, identity: Identity) -> dict[str, Any]:
    search = service.store.search(identity.name, Which.DKIM)
    easy = identity.kind == DOMAIN and identity.origin == EASY_DKIM
    return {
        "SigningEnabled": identity.signing_enabled,
        "Status": search.progress.status.value if search else Status.NOT_STARTED.value,
        "Tokens": _tokens(service, identity) or None,
        "SigningHostedZone": _zone(service, identity),
        "SigningAttributesOrigin": identity.origin,
        "NextSigningKeyLength": identity.key_length if easy else None,
        "CurrentSigningKeyLength": identity.key_length if easy else None,
        "LastKeyGenerationTimestamp": identity.created_at if easy else None,
    }


async def get_email_identity(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """GetEmailIdentity."""
    identity = service.identity(arguments["EmailIdentity"])
    search = service.store.search(identity.name, _deciding(identity))
    status = search.progress.status if search else Status.NOT_STARTED
    return {
        "IdentityType": identity.kind,
        "FeedbackForwardingStatus": identity.feedback_forwarding,
        "VerifiedForSendingStatus": identity.verified,
        "DkimAttributes": _dkim(service, identity),
        "MailFromAttributes": _mail_from(service, identity),
        "Policies": {},
        "Tags": tag_list(service.store.tags(service.arn("identity", identity.name))),
        "ConfigurationSetName": identity.configuration_set,
        "VerificationStatus": _verification_status(identity, status),
        "VerificationInfo": _verification_info(search.progress if search else None),
    }


def _deciding(identity: Identity) -> Which:
    return Which.DKIM if identity.kind == DOMAIN else Which.ADDRESS


def _verification_status(identity: Identity, status: Status) -> str:
    # A restarted DKIM search takes nothing from a domain that was verified before.
    restarted = identity.verified and status in (Status.NOT_STARTED, Status.PENDING)
    return Status.SUCCESS.value if restarted else status.value


def _verification_info(progress: Progress | None) -> dict[str, Any] | None:
    if progress is None or progress.checked_at is None:
        return None
    soa = progress.soa
    return {
        "LastCheckedTimestamp": progress.checked_at,
        "LastSuccessTimestamp": progress.succeeded_at,
        "ErrorType": progress.error,
        "SOARecord": soa
        and {
            "PrimaryNameServer": soa.primary,
            "AdminEmail": soa.admin,
            "SerialNumber": soa.serial,
        },
    }


def _mail_from(service: Service, identity: Identity) -> dict[str, Any] | None:
    search = service.store.search(identity.name, Which.MAIL_FROM)
    if identity.mail_from_domain is None or search is None:
        return None
    return {
        "MailFromDomain": identity.mail_from_domain,
        "MailFromDomainStatus": search.progress.status.value,
        "BehaviorOnMxFailure": identity.mx_behavior,
    }


async def list_email_identities(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """ListEmailIdentities, by name, up to 1,000 a page."""
    statuses = service.store.statuses(Which.ADDRESS) | service.store.statuses(Which.DKIM)
    listed: list[dict[str, Any]] = [
        {
            "IdentityType": identity.kind,
            "IdentityName": identity.name,
            "SendingEnabled": identity.verified,
            "VerificationStatus": _verification_status(
                identity, statuses.get(identity.name, Status.NOT_STARTED)
            ),
        }
        for identity in service.store.identities()
    ]
    wanted = arguments.get("Filter", {})
    chosen = [info for info in listed if _passes(info, wanted)]
    items, token = page(chosen, lambda info: info["IdentityName"], arguments, _PAGE, _PAGE_MOST)
    return {"EmailIdentities": items, "NextToken": token}


def _passes(info: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    return (
        wanted.get("IDENTITY_NAME_CONTAINS", "").lower() in info["IdentityName"].lower()
        and wanted.get("IDENTITY_TYPE", info["IdentityType"]) == info["IdentityType"]
        and wanted.get("VERIFICATION_STATUS", info["VerificationStatus"])
        == info["VerificationStatus"]
    )


async def delete_email_identity(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """DeleteEmailIdentity."""
    name = canonical(arguments["EmailIdentity"])
    if not service.store.delete_identity(name, service.arn("identity", name)):
        raise not_found(f"Email identity {name} does not exist.")
    service.journal.write("identity.deleted", identity=name)
    return {}


async def put_mail_from(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """PutEmailIdentityMailFromAttributes: searches anew; without a domain it takes it away."""
    identity = service.identity(arguments["EmailIdentity"])
    chosen = (arguments.get("MailFromDomain") or "").lower() or None
    behavior = arguments.get("BehaviorOnMxFailure", "USE_DEFAULT_VALUE")
    if chosen is not None:
        _check_mail_from(identity, chosen)
    changed = replace(identity, mail_from_domain=chosen, mx_behavior=behavior)
    if chosen is None:
        service.store.change_identity(changed)
        service.store.drop_search(identity.name, Which.MAIL_FROM)
    else:
        fresh = verification.restart(None, service.clock.now())
        service.store.change_identity(changed, (Which.MAIL_FROM, fresh))
    service.journal.write(
        "mail_from.set", identity=identity.name, mail_from_domain=chosen, behavior=behavior
    )
    return {}


def _check_mail_from(identity: Identity, chosen: str) -> None:
    domain = identity.name.rpartition("@")[2]
    if not is_domain(chosen) or not chosen.endswith(f".{domain}"):
        raise bad_request(
            f"Provided MAIL-FROM domain <{chosen}> is not subdomain of the domain of the "
            f"identity <{domain}>."
        )


async def put_dkim(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """PutEmailIdentityDkimAttributes."""
    identity = service.identity(arguments["EmailIdentity"])
    enabled = arguments.get("SigningEnabled", False)
    service.store.change_identity(replace(identity, signing_enabled=enabled))
    service.journal.write("dkim.enabled", identity=identity.name, enabled=enabled)
    return {}


async def put_dkim_signing(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """PutEmailIdentityDkimSigningAttributes: a DKIM search of fresh 72 hours."""
    identity = service.identity(arguments["EmailIdentity"])
    if identity.kind != DOMAIN:
        raise bad_request("DKIM signing attributes can only be specified for a domain.")
    attributes = dict(arguments.get("SigningAttributes", {}))
    attributes["DomainSigningAttributesOrigin"] = arguments["SigningAttributesOrigin"]
    rotation = int(service.settings.rotate_tokens_on_restart)
    changed = replace(_with_dkim(identity, attributes), generation=identity.generation + rotation)
    search = service.store.search(identity.name, Which.DKIM)
    fresh = verification.restart(search.progress if search else None, service.clock.now())
    service.store.change_identity(changed, (Which.DKIM, fresh))
    service.journal.write("dkim.restarted", identity=identity.name, origin=changed.origin)
    return {
        "DkimStatus": fresh.status.value,
        "DkimTokens": _tokens(service, changed),
        "SigningHostedZone": _zone(service, changed),
    }


async def put_identity_configuration_set(
    service: Service, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """PutEmailIdentityConfigurationSetAttributes; without a name it takes the default away."""
    identity = service.identity(arguments["EmailIdentity"])
    chosen = arguments.get("ConfigurationSetName") or None
    if chosen:
        service.require_configuration_set(chosen)
    service.store.change_identity(replace(identity, configuration_set=chosen))
    service.journal.write(
        "identity.configuration_set", identity=identity.name, configuration_set=chosen
    )
    return {}


async def put_feedback(service: Service, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """PutEmailIdentityFeedbackAttributes."""
    identity = service.identity(arguments["EmailIdentity"])
    enabled = arguments.get("EmailForwardingEnabled", False)
    service.store.change_identity(replace(identity, feedback_forwarding=enabled))
    service.journal.write("feedback.set", identity=identity.name, forwarding=enabled)
    return {}


def confirm_address(service: Service, token: str) -> bool:
    """Somebody followed a verification link: is the address verified now?"""
    name = service.store.address_of_link(token)
    search = service.store.search(name, Which.ADDRESS) if name else None
    if name is None or search is None:
        return False
    progress, change = verification.confirm(search.progress, service.clock.now())
    settle(service, service.identity(name), search, progress, change)
    return progress.status is Status.SUCCESS
