"""Amazon SES's e-mail identities (``sesv2``) as the port ``AddressIdentities``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError

from onboarding.adapters.aws import error_code
from onboarding.adapters.ses import ACCOUNT_TAG, BUSY
from onboarding.domain.identity import AddressIdentity, IdentityStatus
from onboarding.port_errors import AlreadyExists, SesBusy, SesFault

if TYPE_CHECKING:
    from onboarding.domain.onboarding import Account

REQUEST_TAG: Final = "xes:request"


class SesAddresses:
    """Implements ``AddressIdentities``.

    SES's errors, and URLs in the SDK's, name the address: none of them leaves this class.
    ``shared_set`` is the configuration set of identities whose account has none.
    """

    def __init__(self, client: Any, shared_set: str | None = None) -> None:
        self._client = client
        self._shared_set = shared_set

    def create(self, address: str, account: Account, request_id: str) -> None:
        optional = {}
        configuration_set = account.configuration_set or self._shared_set
        if configuration_set is not None:
            optional["ConfigurationSetName"] = configuration_set
        self._call(
            "CreateEmailIdentity",
            self._client.create_email_identity,
            EmailIdentity=address,
            Tags=[
                {"Key": ACCOUNT_TAG, "Value": account.account_id},
                {"Key": REQUEST_TAG, "Value": request_id},
            ],
            **optional,
        )

    def get(self, address: str) -> AddressIdentity | None:
        try:
            answer = self._call(
                "GetEmailIdentity", self._client.get_email_identity, EmailIdentity=address
            )
        except _NotFound:
            return None
        tags = {tag["Key"]: tag["Value"] for tag in answer.get("Tags", ())}
        return AddressIdentity(
            status=IdentityStatus(answer.get("VerificationStatus", "NOT_STARTED")),
            verified_for_sending=bool(answer.get("VerifiedForSendingStatus")),
            account_id=tags.get(ACCOUNT_TAG),
            request_id=tags.get(REQUEST_TAG),
        )

    def delete(self, address: str) -> None:
        try:
            self._call(
                "DeleteEmailIdentity", self._client.delete_email_identity, EmailIdentity=address
            )
        except _NotFound:
            return  # gone already

    def _call(self, name: str, operation: Callable[..., Any], **arguments: Any) -> Any:
        try:
            return operation(**arguments)
        except self._client.exceptions.ClientError as error:
            code = error_code(error)
        except BotoCoreError as error:
            code = type(error).__name__
        # Raised outside the handlers: as its context, the original would be logged with it.
        raise _fault(name, code)


class _NotFound(Exception):
    """SES does not hold the address."""


def _fault(operation: str, code: str) -> Exception:
    if code == "NotFoundException":
        return _NotFound()
    if code == "AlreadyExistsException":
        return AlreadyExists("the address")
    if code in BUSY:
        return SesBusy(f"{operation}: {code}")
    return SesFault(f"{operation}: {code}")
