"""The shapes of what comes in from outside, checked once, here; behind them all is domain values.

Every error found in a request is reported, not only the first, each with the field (as a path below
``data``), a code that programs can rely on and a message that says what would be accepted.

The schemas are written for pydantic's engine itself: its model layer would take a third of the
start of the function that receives tickets, and add nothing to a handful of fields.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydantic_core import PydanticCustomError, SchemaValidator, ValidationError
from pydantic_core import core_schema as cs

from onboarding.domain.addresses import domain_of, parse_address, parse_sender_address
from onboarding.domain.approval import Approval, ApprovalStatus
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
OFFBOARDING_REQUESTED: Final = "domain.offboarding.requested"
DOCUMENT_SIGNED: Final = "document.signed"
APPROVAL_GIVEN: Final = "approval.given"
APPROVAL_REFUSED: Final = "approval.refused"
SERVICE_REQUESTED: Final = "account.service.requested"
PING: Final = "connection.ping"
BATCH_REQUESTED: Final = "domain.batch.requested"
TYPES: Final = (
    ONBOARDING_REQUESTED,
    OFFBOARDING_REQUESTED,
    APPROVAL_GIVEN,
    APPROVAL_REFUSED,
    DOCUMENT_SIGNED,
    SERVICE_REQUESTED,
    PING,
    BATCH_REQUESTED,
)
DEFAULT_MAIL_FROM: Final = "bounce"


class InvalidRequest(Exception):
    """Raised with every ``FieldError`` of a request."""

    def __init__(self, *errors: FieldError, ticket_id: str | None = None) -> None:
        super().__init__("; ".join(f"{e.field}: {e.message}" for e in errors))
        self.errors = errors
        self.ticket_id = ticket_id


def _parsed(parse: Callable[[str, NameRules], str]) -> cs.CoreSchema:
    """Text that a parser of the domain takes; the tables it needs come as the context."""

    def validate(text: str, info: cs.ValidationInfo) -> str:
        try:
            return parse(text, (info.context or {})["rules"])
        except Refused as refused:
            # The message goes in as a value: a template would read braces as fields of its own.
            values = {"text": refused.message}
            raise PydanticCustomError(refused.code, "{text}", values) from refused

    return cs.with_info_after_validator_function(validate, cs.str_schema(max_length=1000))


def _object(required: Mapping[str, cs.CoreSchema], **optional: cs.CoreSchema) -> cs.CoreSchema:
    """A JSON object; an optional field may also be null. Unknown fields are left alone: a sender
    that is newer than this code is not at fault."""
    fields = {name: cs.typed_dict_field(schema) for name, schema in required.items()}
    for name, schema in optional.items():
        fields[name] = cs.typed_dict_field(cs.nullable_schema(schema), required=False)
    return cs.typed_dict_schema(fields, extra_behavior="ignore")


def _dmarc_policy(fields: dict[str, Any]) -> DmarcPolicy:
    return DmarcPolicy(**{name: value for name, value in fields.items() if value is not None})


_TEXT: Final = cs.str_schema(
    strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"
)
_IDENTIFIER: Final = cs.str_schema(
    pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}\z",
    coerce_numbers_to_str=True,  # ticket systems count their tickets
)
_ADDRESS: Final = _parsed(parse_address)
_DMARC: Final = cs.no_info_after_validator_function(
    _dmarc_policy,
    _object(
        {},
        policy=cs.enum_schema(DmarcDisposition, list(DmarcDisposition), sub_type="str"),
        percent=cs.int_schema(ge=0, le=100),
        report_to=_ADDRESS,
    ),
)
_DOCUMENT: Final = cs.no_info_after_validator_function(
    lambda fields: ResponsibilityDocument(**fields),
    _object(
        {
            "reference": _TEXT,
            "signed_by": _TEXT,
            "signed_at": cs.datetime_schema(tz_constraint="aware"),
        }
    ),
)
_DATA: Final = _object(
    {
        "ticket_id": _IDENTIFIER,
        "account_id": _IDENTIFIER,
    },
    methods=cs.list_schema(
        cs.enum_schema(Method, list(Method), sub_type="str"), min_length=1, max_length=3
    ),
    domain=_parsed(parse_sending_domain),
    address=_parsed(parse_sender_address),
    contact_email=_ADDRESS,
    dmarc=_DMARC,
    mail_from=_parsed(lambda text, _: parse_subdomain_label(text)),
    responsibility_document=_DOCUMENT,
)
_NAMES: Final = _object(
    {},
    domain=cs.any_schema(),
    address=cs.any_schema(),
    methods=cs.any_schema(),
    dmarc=cs.any_schema(),
    mail_from=cs.any_schema(),
)
_VALID_DATA: Final = SchemaValidator(_DATA)
_VALID_EVENT: Final = SchemaValidator(
    _object(
        {"type": cs.literal_schema([ONBOARDING_REQUESTED]), "data": _DATA},
        timestamp=cs.datetime_schema(),
    )
)
_NAMES_OF_DATA: Final = SchemaValidator(_NAMES)
_NAMES_OF_EVENT: Final = SchemaValidator(_object({"data": _NAMES}))
_TICKET_OF_EVENT: Final = SchemaValidator(_object({"data": _object({"ticket_id": _IDENTIFIER})}))


@dataclass(frozen=True, slots=True)
class OnboardingData:
    """``data`` of a ``domain.onboarding.requested``, every field valid by itself and with the
    others."""

    ticket_id: str
    account_id: str
    methods: list[Method] | None = None
    domain: str | None = None
    address: str | None = None
    contact_email: str | None = None
    dmarc: DmarcPolicy | None = None
    mail_from: str | None = None
    responsibility_document: ResponsibilityDocument | None = None

    def to_request(self, source: str, account_contact: str | None) -> OnboardingRequest:
        """Raises ``InvalidRequest`` where neither the ticket nor the account names a recipient."""
        if self.address is not None:
            return self._to_address_request(self.address, source, account_contact)
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
        # ``_Names`` has seen to it:
        assert self.domain is not None
        assert self.methods is not None
        spf = Method.SPF in self.methods
        return OnboardingRequest(
            ticket=Ticket(source, self.ticket_id),
            account_id=self.account_id,
            domain=self.domain,
            methods=frozenset(self.methods),
            contact_email=contact,
            dmarc=(self.dmarc or DmarcPolicy()) if Method.DMARC in self.methods else None,
            mail_from=(self.mail_from or DEFAULT_MAIL_FROM) if spf else None,
            document=self.responsibility_document if spf else None,
        )

    def _to_address_request(
        self, address: str, source: str, account_contact: str | None
    ) -> OnboardingRequest:
        """What belongs to domains is left out; ``methods`` stay, for the ticket to be told so."""
        return OnboardingRequest(
            ticket=Ticket(source, self.ticket_id),
            account_id=self.account_id,
            domain=domain_of(address),
            methods=frozenset(self.methods or ()),
            contact_email=self.contact_email or account_contact or address,
            address=address,
        )


@dataclass(frozen=True, slots=True)
class _Names:
    """What a request names, whether or not it is valid: the rules between fields look at this
    alone, so that what they find is told together with the errors inside the fields."""

    domain: Any = None
    address: Any = None
    methods: Any = None
    dmarc: Any = None
    mail_from: Any = None

    def disagreements(self) -> list[FieldError]:
        if self.address is not None:
            return list(self._about_the_address())
        return [*self._about_the_domain(), *self._about_the_methods()]

    def _about_the_address(self) -> Iterator[FieldError]:
        if self.domain is not None:
            yield FieldError(
                "address",
                "domain_or_address",
                "Give either a domain or a single address to send from, not both: a verified "
                "domain covers every address of it.",
            )

    def _about_the_domain(self) -> Iterator[FieldError]:
        if self.domain is None:
            yield FieldError(
                "domain",
                "required",
                "Give the domain to send from, for example news.example.com, or a single address.",
            )
        if self.methods is None:
            yield FieldError("methods", "required", "Name at least one of dkim, spf and dmarc.")

    def _about_the_methods(self) -> Iterator[FieldError]:
        if not isinstance(self.methods, list):
            return
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


# ---------------------------------------------------------------- the other events


@dataclass(frozen=True, slots=True)
class ApprovalData:
    """``data`` of an ``approval.given`` or ``approval.refused``: the ticket's answer, and which of
    its approvals is meant where there are several."""

    status: ApprovalStatus
    ticket_id: str
    approval_id: str | None = None
    domain: str | None = None
    account_id: str | None = None
    by: str | None = None
    note: str | None = None

    def may_mean(self, approval: Approval) -> bool:
        named = (self.approval_id, self.domain, self.account_id)
        its = (approval.approval_id, approval.subject, approval.account_id)
        return all(name in (None, value) for name, value in zip(named, its, strict=True))


@dataclass(frozen=True, slots=True)
class OffboardingData:
    """``data`` of a ``domain.offboarding.requested``."""

    ticket_id: str
    account_id: str
    domain: str


@dataclass(frozen=True, slots=True)
class DocumentData:
    """``data`` of a ``document.signed``: what was signed elsewhere, for a domain of the ticket."""

    ticket_id: str
    domain: str
    responsibility_document: ResponsibilityDocument


@dataclass(frozen=True, slots=True)
class PingData:
    """``data`` of a ``connection.ping``: in which ticket to answer."""

    ticket_id: str


@dataclass(frozen=True, slots=True)
class BatchData:
    """``data`` of a ``domain.batch.requested``: a list that comes along as ``csv``, or is attached
    to the ticket."""

    ticket_id: str
    account_id: str
    csv: str | None = None


@cache
def _batch_event() -> SchemaValidator:
    return _event(
        {"ticket_id": _IDENTIFIER, "account_id": _IDENTIFIER},
        csv=cs.str_schema(min_length=1, max_length=60_000),
    )


@cache
def _ping_event() -> SchemaValidator:
    return _event({"ticket_id": _IDENTIFIER})


@cache
def _document_event() -> SchemaValidator:
    return _event(
        {
            "ticket_id": _IDENTIFIER,
            "domain": _parsed(parse_sending_domain),
            "responsibility_document": _DOCUMENT,
        }
    )


@cache
def _approval_event() -> SchemaValidator:
    return _event(
        {"ticket_id": _IDENTIFIER},
        approval_id=_IDENTIFIER,
        domain=_parsed(parse_sending_domain),
        account_id=_IDENTIFIER,
        by=_TEXT,
        decided_by=_TEXT,
        note=cs.str_schema(strip_whitespace=True, max_length=1000),
    )


@cache
def _offboarding_event() -> SchemaValidator:
    return _event(
        {
            "ticket_id": _IDENTIFIER,
            "account_id": _IDENTIFIER,
            "domain": _parsed(parse_sending_domain),
        }
    )


def _event(required: Mapping[str, cs.CoreSchema], **optional: cs.CoreSchema) -> SchemaValidator:
    """Made when the first event of its type comes, not at every start."""
    return SchemaValidator(_object({"data": _object(required, **optional)}))


def _parse_approval(kind: str, body: bytes, rules: NameRules) -> ApprovalData:
    fields = _approval_event().validate_json(body, context={"rules": rules})["data"]
    decided_by = fields.pop("decided_by", None)
    status = ApprovalStatus.GIVEN if kind == APPROVAL_GIVEN else ApprovalStatus.REFUSED
    return ApprovalData(status, **{**fields, "by": fields.get("by") or decided_by})


def _parse_offboarding(kind: str, body: bytes, rules: NameRules) -> OffboardingData:
    data = _offboarding_event().validate_json(body, context={"rules": rules})["data"]
    return OffboardingData(**data)


def _parse_document(kind: str, body: bytes, rules: NameRules) -> DocumentData:
    data = _document_event().validate_json(body, context={"rules": rules})["data"]
    return DocumentData(**data)


def _parse_batch(kind: str, body: bytes, rules: NameRules) -> BatchData:
    return BatchData(**_batch_event().validate_json(body)["data"])


def _parse_ping(kind: str, body: bytes, rules: NameRules) -> PingData:
    return PingData(**_ping_event().validate_json(body)["data"])


# ---------------------------------------------------------------- services of an account

MOST_AT_ONCE: Final = 100
"""Of a service that is counted; SES itself holds 50 pools and 10,000 identities a region."""
MOST_A_SECOND: Final = 10_000
"""E-mails; far beyond what AWS grants, and near enough to notice a daily quota given instead."""


@dataclass(frozen=True, slots=True)
class ServiceData:
    """``data`` of an ``account.service.requested``, every field valid by itself and with the
    others. ``service`` is one of ``domain.service.ServiceKind``."""

    ticket_id: str
    account_id: str
    service: str
    quantity: int | None = None
    organisation_id: str | None = None
    new_account_id: str | None = None
    contact_email: str | None = None
    target_rate: float | None = None


COUNTED: Final = ("dedicated_ip", "domain_pack", "asp")
SERVICES: Final = ("provisioning", "additional_account", "sending_rate", *COUNTED)


def _within(least: float, most: float, *, whole: bool) -> cs.CoreSchema:
    """A number; a boolean and a text are none."""
    what = "a whole number" if whole else "a number"

    def validate(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            raise PydanticCustomError("invalid_type", "{text}", {"text": f"This has to be {what}."})
        if not least <= value <= most:
            text = f"This has to be from {least:g} to {most:g}."
            raise PydanticCustomError("out_of_range", "{text}", {"text": text})
        return value if whole else float(value)

    return cs.no_info_plain_validator_function(validate)


@cache
def _service_event() -> SchemaValidator:
    return _event(
        {
            "ticket_id": _IDENTIFIER,
            "account_id": _IDENTIFIER,
            "service": cs.literal_schema(list(SERVICES)),
        },
        quantity=_within(1, MOST_AT_ONCE, whole=True),
        organisation_id=_IDENTIFIER,
        new_account_id=_IDENTIFIER,
        contact_email=_ADDRESS,
        target_rate=_within(1, MOST_A_SECOND, whole=False),
    )


@cache
def _service_names() -> SchemaValidator:
    names = ("account_id", "service", "quantity", "new_account_id", "target_rate")
    return _event({}, **{name: cs.any_schema() for name in names})


def _parse_service(kind: str, body: bytes, rules: NameRules) -> ServiceData:
    try:
        named = _service_names().validate_json(body)["data"]
        disagreements = list(_about_the_service(named))
    except ValidationError:
        disagreements = []  # not even an object: the fields' own errors say so
    try:
        fields = _service_event().validate_json(body, context={"rules": rules})["data"]
    except ValidationError as error:
        found = (*_field_errors(error), *disagreements)
        raise InvalidRequest(*found, ticket_id=_ticket_id(body)) from error
    if disagreements:
        raise InvalidRequest(*disagreements, ticket_id=fields["ticket_id"])
    return ServiceData(**fields)


def _about_the_service(named: Mapping[str, Any]) -> Iterator[FieldError]:
    service = named.get("service")
    if service not in SERVICES:
        return  # its own error says so; what it needs is not known
    quantity = named.get("quantity")
    if isinstance(quantity, int) and quantity > 1 and service not in COUNTED:
        yield FieldError(
            "quantity", "not_counted", f"{service} is asked for one at a time: leave quantity out."
        )
    yield from _about_the_rate(service, named.get("target_rate"))
    yield from _about_the_new_account(service, named.get("new_account_id"), named)


def _about_the_rate(service: str, rate: Any) -> Iterator[FieldError]:
    if service == "sending_rate" and rate is None:
        yield FieldError(
            "target_rate", "required", "Give the sending rate wanted, in e-mails a second."
        )
    if service != "sending_rate" and rate is not None:
        yield FieldError(
            "target_rate",
            "rate_not_asked",
            f"A rate is given, but {service} is asked for: ask for sending_rate.",
        )


def _about_the_new_account(
    service: str, new: Any, named: Mapping[str, Any]
) -> Iterator[FieldError]:
    if service != "additional_account":
        if new is not None:
            yield FieldError(
                "new_account_id",
                "account_not_asked",
                f"A new account is named, but {service} is asked for: ask for additional_account.",
            )
    elif new is None:
        yield FieldError(
            "new_account_id", "required", "Give the id that the additional account is to have."
        )
    elif new == named.get("account_id"):
        yield FieldError(
            "new_account_id",
            "same_account",
            "The additional account needs an id of its own; account_id is the one that asks.",
        )


EventData = (
    OnboardingData
    | ApprovalData
    | OffboardingData
    | DocumentData
    | ServiceData
    | PingData
    | BatchData
)

_PARSERS: Final[Mapping[str, Callable[[str, bytes, NameRules], EventData]]] = {
    OFFBOARDING_REQUESTED: _parse_offboarding,
    APPROVAL_GIVEN: _parse_approval,
    APPROVAL_REFUSED: _parse_approval,
    DOCUMENT_SIGNED: _parse_document,
    SERVICE_REQUESTED: _parse_service,
    PING: _parse_ping,
    BATCH_REQUESTED: _parse_batch,
}
"""By type: what the body of an event other than the usual one is read with."""

_OTHER_EVENT: Final = SchemaValidator(_object({"type": cs.literal_schema(list(_PARSERS))}))


def parse_event(body: bytes, rules: NameRules) -> EventData:
    """The ``data`` of a webhook's body, by its type; raises ``InvalidRequest``."""
    try:
        kind = _OTHER_EVENT.validate_json(body)["type"]
    except ValidationError:
        return _parse_onboarding_event(body, rules)  # which has the words for what is wrong
    try:
        return _PARSERS[kind](kind, body, rules)
    except ValidationError as error:
        raise InvalidRequest(*_field_errors(error), ticket_id=_ticket_id(body)) from error


def _parse_onboarding_event(body: bytes, rules: NameRules) -> OnboardingData:
    disagreements = _disagreements(lambda: _NAMES_OF_EVENT.validate_json(body)["data"])
    try:
        data = _VALID_EVENT.validate_json(body, context={"rules": rules})["data"]
    except ValidationError as error:
        found = (*_field_errors(error), *disagreements)
        raise InvalidRequest(*found, ticket_id=_ticket_id(body)) from error
    if disagreements:
        raise InvalidRequest(*disagreements, ticket_id=data["ticket_id"])
    return OnboardingData(**data)


def parse_onboarding(data: dict[str, Any], rules: NameRules) -> OnboardingData:
    """The same ``data`` from an agent's command line; raises ``InvalidRequest``."""
    disagreements = _disagreements(lambda: _NAMES_OF_DATA.validate_python(data))
    try:
        valid = _VALID_DATA.validate_python(data, context={"rules": rules})
    except ValidationError as error:
        raise InvalidRequest(*_field_errors(error), *disagreements) from error
    if disagreements:
        raise InvalidRequest(*disagreements)
    return OnboardingData(**valid)


def _disagreements(read: Callable[[], dict[str, Any]]) -> list[FieldError]:
    try:
        return _Names(**read()).disagreements()
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
    "dict_type": ("invalid_type", "This has to be a JSON object."),
    "list_type": ("invalid_type", "This has to be a list."),
    "too_short": ("required", "Name at least one of dkim, spf and dmarc."),
    "too_long": ("too_many", "Name each of dkim, spf and dmarc at most once."),
    "enum": ("unknown_value", ""),
    "literal_error": ("unknown_value", ""),
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


def _field_error(detail: Mapping[str, Any]) -> FieldError:
    context = detail.get("ctx", {})
    path = _below_data(detail["loc"])
    if path == ["type"]:
        return FieldError(
            "type", "unknown_type", f"The types understood here are {', '.join(TYPES)}."
        )
    code, message = _PLAIN.get(detail["type"], (detail["type"], detail["msg"]))
    if detail["type"] in ("enum", "literal_error"):
        message = f"This has to be one of {context['expected']}."
    return FieldError(".".join(path), code, message)


def _below_data(location: tuple[int | str, ...]) -> list[str]:
    path = [str(part) for part in location] or ["body"]
    return path[1:] if path[0] == "data" and len(path) > 1 else path


def _ticket_id(body: bytes) -> str | None:
    """Whom to tell: the ticket of a signed body, where that much of it can be read."""
    try:
        ticket_id: str = _TICKET_OF_EVENT.validate_json(body)["data"]["ticket_id"]
    except ValidationError:
        return None
    return ticket_id
