"""The shapes of what comes in from outside, checked once, here; behind them all is domain values.

Every error found in a request is reported, not only the first, each with the field (as a path below
``data``), a code that programs can rely on and a message that says what would be accepted.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from onboarding.domain.addresses import parse_address
from onboarding.domain.names import NameRules, parse_sending_domain, parse_subdomain_label
from onboarding.domain.refusal import FieldError, Refused
from onboarding.domain.request import (
    DmarcDisposition,
    DmarcPolicy,
    Method,
    OnboardingRequest,
    ResponsibilityDocument,
    Ticket,
)

ONBOARDING_REQUESTED: Final = "domain.onboarding.requested"
DEFAULT_MAIL_FROM: Final = "bounce"


class InvalidRequest(Exception):
    """Raised with every ``FieldError`` of a request."""

    def __init__(self, *errors: FieldError, ticket_id: str | None = None) -> None:
        super().__init__("; ".join(f"{e.field}: {e.message}" for e in errors))
        self.errors = errors
        self.ticket_id = ticket_id


def _with_rules(parse: Callable[[str, NameRules], str]) -> AfterValidator:
    def validate(text: str, info: ValidationInfo) -> str:
        rules: NameRules = (info.context or {})["rules"]
        return _custom(lambda: parse(text, rules))

    return AfterValidator(validate)


def _custom(parse: Callable[[], str]) -> str:
    try:
        return parse()
    except Refused as refused:
        # The message goes in as a value: pydantic reads braces in a template as fields of its own.
        raise PydanticCustomError(refused.code, "{text}", {"text": refused.message}) from refused


def _label(text: str) -> str:
    return _custom(lambda: parse_subdomain_label(text))


Text = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}\z")]
DomainText = Annotated[str, StringConstraints(max_length=1000), _with_rules(parse_sending_domain)]
AddressText = Annotated[str, StringConstraints(max_length=1000), _with_rules(parse_address)]


class _Incoming(BaseModel):
    # Unknown fields are left alone: a sender that is newer than this code is not at fault.
    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)


class DmarcWish(_Incoming):
    policy: DmarcDisposition = DmarcDisposition.NONE
    percent: Annotated[int, Field(ge=0, le=100)] | None = None
    report_to: AddressText | None = None


class SignedDocument(_Incoming):
    reference: Text
    signed_by: Text
    signed_at: AwareDatetime


class OnboardingData(_Incoming):
    """``data`` of a ``domain.onboarding.requested``."""

    ticket_id: Identifier
    account_id: Identifier
    domain: DomainText | None = None
    address: str | None = None
    methods: Annotated[list[Method], Field(min_length=1, max_length=3)]
    contact_email: AddressText | None = None
    dmarc: DmarcWish | None = None
    mail_from: Annotated[str, AfterValidator(_label)] | None = None
    responsibility_document: SignedDocument | None = None

    def to_request(self, source: str, account_contact: str | None) -> OnboardingRequest:
        """Raises ``InvalidRequest`` where neither the ticket nor the account names a recipient."""
        contact = self.contact_email or account_contact
        if contact is None:
            raise InvalidRequest(
                FieldError(
                    "contact_email",
                    "required",
                    "Give the address of whoever administers the domain's DNS: the account has "
                    "none on record.",
                ),
                ticket_id=self.ticket_id,
            )
        assert self.domain is not None  # ``_Names`` has seen to it
        spf = Method.SPF in self.methods
        return OnboardingRequest(
            ticket=Ticket(source, self.ticket_id),
            account_id=self.account_id,
            domain=self.domain,
            methods=frozenset(self.methods),
            contact_email=contact,
            dmarc=self._dmarc_policy(),
            mail_from=(self.mail_from or DEFAULT_MAIL_FROM) if spf else None,
            document=self._document() if spf else None,
        )

    def _dmarc_policy(self) -> DmarcPolicy | None:
        if Method.DMARC not in self.methods:
            return None
        wish = self.dmarc or DmarcWish()
        return DmarcPolicy(wish.policy, wish.percent, wish.report_to)

    def _document(self) -> ResponsibilityDocument | None:
        signed = self.responsibility_document
        if signed is None:
            return None
        return ResponsibilityDocument(signed.reference, signed.signed_by, signed.signed_at)


class OnboardingEvent(_Incoming):
    """The body of ``POST /tickets/standard``."""

    type: Literal["domain.onboarding.requested"]
    timestamp: datetime | None = None
    data: OnboardingData


class _Names(_Incoming):
    """What a request names, whether or not it is valid: the rules between fields look at this
    alone, so that what they find is told together with the errors inside the fields."""

    domain: Any = None
    address: Any = None
    methods: Any = None
    dmarc: Any = None
    mail_from: Any = None
    responsibility_document: Any = None

    def disagreements(self) -> list[FieldError]:
        return [*self._about_the_domain(), *self._about_the_methods()]

    def _about_the_domain(self) -> Iterator[FieldError]:
        if self.address is not None:
            yield FieldError(
                "address",
                "address_not_supported",
                "Single sender addresses are not set up this way; ask for their domain instead.",
            )
        elif self.domain is None:
            yield FieldError(
                "domain", "required", "Give the domain to send from, for example news.example.com."
            )

    def _about_the_methods(self) -> Iterator[FieldError]:
        if not isinstance(self.methods, list):
            return
        if Method.SPF in self.methods and self.responsibility_document is None:
            yield FieldError(
                "responsibility_document",
                "document_required",
                "SPF needs a custom MAIL FROM, for which the customer has to take responsibility "
                "for bounces and complaints: name the signed document, or leave spf out of methods "
                "(DKIM with DMARC suffices for Gmail, Yahoo and Microsoft).",
            )
        if self.mail_from is not None and Method.SPF not in self.methods:
            yield FieldError(
                "mail_from",
                "spf_not_asked",
                "A custom MAIL FROM is set up for SPF only: add spf to methods, or leave mail_from "
                "out.",
            )
        if self.dmarc is not None and Method.DMARC not in self.methods:
            yield FieldError(
                "dmarc",
                "dmarc_not_asked",
                "A DMARC policy is given, but dmarc is not among the methods: add it, or leave the "
                "policy out.",
            )


class _EventNames(_Incoming):
    data: _Names


def parse_event(body: bytes, rules: NameRules) -> OnboardingEvent:
    """A webhook's body; raises ``InvalidRequest``."""
    disagreements = _disagreements(lambda: _EventNames.model_validate_json(body).data)
    try:
        event = OnboardingEvent.model_validate_json(body, context={"rules": rules})
    except ValidationError as error:
        found = (*_field_errors(error), *disagreements)
        raise InvalidRequest(*found, ticket_id=_ticket_id(body)) from error
    if disagreements:
        raise InvalidRequest(*disagreements, ticket_id=event.data.ticket_id)
    return event


def parse_onboarding(data: dict[str, Any], rules: NameRules) -> OnboardingData:
    """The same ``data`` from an agent's command line; raises ``InvalidRequest``."""
    disagreements = _disagreements(lambda: _Names.model_validate(data))
    try:
        parsed = OnboardingData.model_validate(data, context={"rules": rules})
    except ValidationError as error:
        raise InvalidRequest(*_field_errors(error), *disagreements) from error
    if disagreements:
        raise InvalidRequest(*disagreements)
    return parsed


def _disagreements(read: Callable[[], _Names]) -> list[FieldError]:
    try:
        return read().disagreements()
    except ValidationError:
        return []  # not even an object: the fields' own errors say so


_PLAIN: Final = {
    "missing": ("required", "This field is required."),
    "json_invalid": ("invalid_json", "The body is not valid JSON."),
    "string_type": ("invalid_type", "This has to be text."),
    "string_too_short": ("required", "This must not be empty."),
    "string_too_long": ("too_long", "This is too long."),
    "string_pattern_mismatch": (
        "invalid_characters",
        "This has characters that are not allowed here, or is too long.",
    ),
    "model_type": ("invalid_type", "This has to be a JSON object."),
    "list_type": ("invalid_type", "This has to be a list."),
    "too_short": ("required", "Name at least one of dkim, spf and dmarc."),
    "too_long": ("too_many", "Name each of dkim, spf and dmarc at most once."),
    "enum": ("unknown_value", ""),
    "greater_than_equal": ("out_of_range", "This has to be from 0 to 100."),
    "less_than_equal": ("out_of_range", "This has to be from 0 to 100."),
    **dict.fromkeys(
        ("int_parsing", "int_parsing_size", "int_type", "int_from_float", "finite_number"),
        ("invalid_type", "This has to be a whole number."),
    ),
    **dict.fromkeys(
        (
            "timezone_aware",
            "datetime_type",
            "datetime_parsing",
            "datetime_from_date_parsing",
            "datetime_object_invalid",
        ),
        ("invalid_time", "Give the time with its zone, e.g. 2026-11-23T10:00:00Z."),
    ),
}


def _field_errors(error: ValidationError) -> list[FieldError]:
    return [_field_error(detail) for detail in error.errors(include_url=False)]


def _field_error(detail: ErrorDetails) -> FieldError:
    context = detail.get("ctx", {})
    path = _below_data(detail["loc"])
    if path == ["type"]:
        return FieldError(
            "type", "unknown_type", f"The only type understood here is {ONBOARDING_REQUESTED}."
        )
    code, message = _PLAIN.get(detail["type"], (detail["type"], detail["msg"]))
    if detail["type"] == "enum":
        message = f"This has to be one of {context['expected']}."
    return FieldError(".".join(path), code, message)


def _below_data(location: tuple[int | str, ...]) -> list[str]:
    path = [str(part) for part in location] or ["body"]
    return path[1:] if path[0] == "data" and len(path) > 1 else path


def _ticket_id(body: bytes) -> str | None:
    """Whom to tell: the ticket of a signed body, where that much of it can be read."""
    try:
        return _TicketOnly.model_validate_json(body).data.ticket_id
    except ValidationError:
        return None


class _TicketData(_Incoming):
    ticket_id: Identifier


class _TicketOnly(_Incoming):
    data: _TicketData
