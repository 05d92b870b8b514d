"""Amazon SES's control plane (``sesv2``) as the port ``Identities``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from onboarding.adapters.aws import error_code
from onboarding.domain.identity import Identity, IdentityStatus, ListedIdentity
from onboarding.domain.watch import listed_status
from onboarding.port_errors import AlreadyExists, ListEnded, SesBusy

if TYPE_CHECKING:
    from onboarding.domain.onboarding import Account

ACCOUNT_TAG: Final = "xes:account"

BUSY: Final = frozenset({"TooManyRequestsException", "ConcurrentModificationException"})


class SesControl:
    """A client of SES's control plane; ``region`` is the one that mail is sent from."""

    def __init__(self, client: Any, region: str) -> None:
        self._client = client
        self.region = region
        self._arn_prefix: str | None = None

    def _associate(self, tenant: str, kind: str, name: str) -> bool:
        """Let ``tenant`` use a resource; false where it could already."""
        if self._arn_prefix is None:
            held = self._call(self._client.get_tenant, TenantName=tenant)["Tenant"]
            # A tenant's ARN names partition, region and account number, as every other one does.
            self._arn_prefix = held["TenantArn"].partition(":tenant/")[0]
        try:
            self._call(
                self._client.create_tenant_resource_association,
                TenantName=tenant,
                ResourceArn=f"{self._arn_prefix}:{kind}/{name}",
            )
        except self._client.exceptions.AlreadyExistsException:
            return False
        return True

    def _call(self, operation: Callable[..., Any], **arguments: Any) -> Any:
        try:
            return operation(**arguments)
        except self._client.exceptions.ClientError as error:
            if error_code(error) in BUSY:
                raise SesBusy(str(error)) from error
            raise


class SesIdentities(SesControl):
    """Implements ``Identities`` and ``IdentityList``. The MAIL FROM records name the region.
    ``shared_set`` is the configuration set of identities whose account has none: by it SES
    publishes their feedback."""

    def __init__(self, client: Any, region: str, shared_set: str | None = None) -> None:
        super().__init__(client, region)
        self._shared_set = shared_set

    def create(self, domain: str, account: Account) -> Identity:
        optional = {}
        configuration_set = account.configuration_set or self._shared_set
        if configuration_set is not None:
            optional["ConfigurationSetName"] = configuration_set
        try:
            answer = self._call(
                self._client.create_email_identity,
                EmailIdentity=domain,
                # The tag tells a later reader, this system or a person, for whom it was made.
                Tags=[{"Key": ACCOUNT_TAG, "Value": account.account_id}],
                **optional,
            )
        except self._client.exceptions.AlreadyExistsException as error:
            raise AlreadyExists(domain) from error
        return replace(_identity(domain, answer), account_id=account.account_id)

    def get(self, domain: str) -> Identity | None:
        try:
            answer = self._call(self._client.get_email_identity, EmailIdentity=domain)
        except self._client.exceptions.NotFoundException:
            return None
        return _identity(domain, answer)

    def listed(self) -> Iterator[ListedIdentity]:
        token = None
        while True:
            found, token = self.page(token)
            yield from found
            if token is None:
                return

    def page(self, token: str | None) -> tuple[list[ListedIdentity], str | None]:
        after = {} if token is None else {"NextToken": token}
        try:
            page = self._call(self._client.list_email_identities, PageSize=1000, **after)
        except self._client.exceptions.BadRequestException as error:
            if token is None:
                raise
            raise ListEnded(str(error)) from error
        return [_listed(found) for found in page.get("EmailIdentities", ())], page.get(
            "NextToken"
        ) or None

    def set_mail_from(self, domain: str, mail_from_domain: str) -> None:
        self._call(
            self._client.put_email_identity_mail_from_attributes,
            EmailIdentity=domain,
            MailFromDomain=mail_from_domain,
            # Until its records are there, mail still has to go out: SES's own domain serves.
            BehaviorOnMxFailure="USE_DEFAULT_VALUE",
        )

    def reset_mail_from(self, domain: str) -> None:
        try:
            self._call(
                self._client.put_email_identity_mail_from_attributes,
                EmailIdentity=domain,  # without a MailFromDomain SES's own one is used again
                BehaviorOnMxFailure="USE_DEFAULT_VALUE",
            )
        except self._client.exceptions.NotFoundException:
            return  # no identity, no MAIL FROM

    def restart_dkim(self, domain: str) -> None:
        self._call(
            self._client.put_email_identity_dkim_signing_attributes,
            EmailIdentity=domain,
            SigningAttributesOrigin="AWS_SES",
            SigningAttributes={"NextSigningKeyLength": "RSA_2048_BIT"},
        )

    def join_tenant(self, domain: str, tenant: str, configuration_set: str) -> bool:
        try:
            held = self._call(self._client.get_email_identity, EmailIdentity=domain)
        except self._client.exceptions.NotFoundException:
            return False
        if held.get("ConfigurationSetName") != configuration_set:
            self._call(
                self._client.put_email_identity_configuration_set_attributes,
                EmailIdentity=domain,
                ConfigurationSetName=configuration_set,
            )
        self._associate(tenant, "identity", domain)
        return True

    def delete(self, domain: str) -> None:
        try:
            self._call(self._client.delete_email_identity, EmailIdentity=domain)
        except self._client.exceptions.NotFoundException:
            return  # gone already


def _listed(found: dict[str, Any]) -> ListedIdentity:
    status, may_send = found.get("VerificationStatus", ""), found.get("SendingEnabled", False)
    is_domain = found["IdentityType"] != "EMAIL_ADDRESS"
    return ListedIdentity(found["IdentityName"], is_domain, listed_status(status, may_send))


def _identity(domain: str, answer: dict[str, Any]) -> Identity:
    dkim = answer.get("DkimAttributes", {})
    mail_from = answer.get("MailFromAttributes", {})
    status = mail_from.get("MailFromDomainStatus")
    tags = {tag["Key"]: tag["Value"] for tag in answer.get("Tags", ())}
    return Identity(
        domain=domain,
        tokens=tuple(dkim.get("Tokens", ())),
        signing_hosted_zone=dkim.get("SigningHostedZone", ""),
        dkim_status=IdentityStatus(dkim.get("Status", "NOT_STARTED")),
        verified_for_sending=bool(answer.get("VerifiedForSendingStatus")),
        account_id=tags.get(ACCOUNT_TAG),
        mail_from_domain=mail_from.get("MailFromDomain") or None,
        mail_from_status=IdentityStatus(status) if status else None,
    )
