"""Domain values to JSON text and back.

What conditions and indexes need stands in attributes of its own; the rest is one JSON text, so that
a new field costs no migration and no type table.
"""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from onboarding.adapters.dynamodb.history_mapping import (
    holding_to_json,
    holdings_from_json,
    period_from_json,
    period_to_json,
)
from onboarding.domain.address_schedule import LinkProgress
from onboarding.domain.approval import Approval, ApprovalKind, Price
from onboarding.domain.lifecycle import State
from onboarding.domain.onboarding import (
    Account,
    AccountKind,
    Entry,
    Organisation,
    SendingDomain,
    Slot,
    StoredRequest,
)
from onboarding.domain.quota import Entitlement
from onboarding.domain.records import Purpose, Record
from onboarding.domain.request import (
    DmarcDisposition,
    DmarcPolicy,
    Method,
    OnboardingRequest,
    ResponsibilityDocument,
    Ticket,
)
from onboarding.domain.schedule import Progress, Reminder
from onboarding.domain.sender_address import SenderAddress

Json = dict[str, Any]


def dump(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def account_to_json(account: Account) -> Json:
    return {
        "account_id": account.account_id,
        "organisation_id": account.organisation_id,
        "contact_email": account.contact_email,
        "configuration_set": account.configuration_set,
        "kind": account.kind,
    }


def account_from_json(data: Json) -> Account:
    # An account that was written before there were kinds is a basic one.
    return Account(**{**data, "kind": AccountKind(data.get("kind", AccountKind.BASIC))})


def organisation_to_json(organisation: Organisation) -> Json:
    return {
        "organisation_id": organisation.organisation_id,
        "plan": organisation.plan,
        "override": organisation.override,
    }


def organisation_from_json(data: Json) -> Organisation:
    return Organisation(data["organisation_id"], data["plan"], data["override"])


def approval_to_json(approval: Approval) -> Json:
    """What was asked; what became of it stands in attributes of its own."""
    return {
        "approval_id": approval.approval_id,
        "kind": approval.kind,
        "subject": approval.subject,
        "account_id": approval.account_id,
        "organisation_id": approval.organisation_id,
        "ticket": _ticket_to_json(approval.ticket),
        "reason": approval.reason,
        "requested_at": approval.requested_at.isoformat(),
        "expires_at": approval.expires_at.isoformat(),
        "price": _price_to_json(approval.price),
        "grants": dict(approval.grants),
        "internal": approval.internal,
        "request_id": approval.request_id,
    }


def approval_from_json(data: Json) -> Approval:
    return Approval(
        approval_id=data["approval_id"],
        kind=ApprovalKind(data["kind"]),
        subject=data["subject"],
        account_id=data["account_id"],
        organisation_id=data["organisation_id"],
        ticket=Ticket(**data["ticket"]),
        reason=data["reason"],
        requested_at=datetime.fromisoformat(data["requested_at"]),
        expires_at=datetime.fromisoformat(data["expires_at"]),
        price=_price_from_json(data["price"]),
        grants={Entitlement(name): count for name, count in data["grants"].items()},
        internal=data["internal"],
        request_id=data["request_id"],
    )


def _price_to_json(price: Price | None) -> Json | None:
    if price is None:
        return None
    amount = None if price.amount is None else str(price.amount)
    return {
        "amount": amount,
        "currency": price.currency,
        "period": price.period,
        "beside": price.beside,
    }


def _price_from_json(data: Json | None) -> Price | None:
    if data is None:
        return None
    amount = data["amount"]
    return Price(**{**data, "amount": None if amount is None else Decimal(amount)})


def entry_to_json(entry: Entry) -> Json:
    return {"at": entry.at.isoformat(), "what": entry.what, "why": entry.why, "by": entry.by}


def entry_from_json(data: Json) -> Entry:
    return Entry(datetime.fromisoformat(data["at"]), data["what"], data["why"], data["by"])


def _ticket_to_json(ticket: Ticket) -> Json:
    return {"source": ticket.source, "ticket_id": ticket.ticket_id}


def request_to_json(stored: StoredRequest) -> Json:
    request = stored.request
    return {
        "request_id": stored.request_id,
        "received_at": stored.received_at.isoformat(),
        "attempt": stored.attempt,
        "ticket": _ticket_to_json(request.ticket),
        "account_id": request.account_id,
        "domain": request.domain,
        "methods": sorted(request.methods),
        "contact_email": request.contact_email,
        "mail_from": request.mail_from,
        "dmarc": _dmarc_to_json(request.dmarc),
        "document": _document_to_json(request.document),
        "address": request.address,
    }


def _dmarc_to_json(dmarc: DmarcPolicy | None) -> Json | None:
    if dmarc is None:
        return None
    return {"policy": dmarc.policy, "percent": dmarc.percent, "report_to": dmarc.report_to}


def _document_to_json(document: ResponsibilityDocument | None) -> Json | None:
    if document is None:
        return None
    return {
        "reference": document.reference,
        "signed_by": document.signed_by,
        "signed_at": document.signed_at.isoformat(),
    }


def request_from_json(
    data: Json, outcome: str | None, restarts: int = 0, why: str = ""
) -> StoredRequest:
    dmarc, document = data["dmarc"], data["document"]
    return StoredRequest(
        data["request_id"],
        OnboardingRequest(
            ticket=Ticket(**data["ticket"]),
            account_id=data["account_id"],
            domain=data["domain"],
            methods=frozenset(Method(method) for method in data["methods"]),
            contact_email=data["contact_email"],
            dmarc=dmarc
            and DmarcPolicy(
                DmarcDisposition(dmarc["policy"]), dmarc["percent"], dmarc["report_to"]
            ),
            mail_from=data["mail_from"],
            document=document
            and ResponsibilityDocument(
                document["reference"],
                document["signed_by"],
                datetime.fromisoformat(document["signed_at"]),
            ),
            # Requests that were kept before addresses could be asked for have none.
            address=data.get("address"),
        ),
        datetime.fromisoformat(data["received_at"]),
        data["attempt"],
        State(outcome) if outcome else None,
        restarts,
        why,
    )


def record_from_json(data: Json) -> Record:
    return Record(Purpose(data["purpose"]), data["type"], data["name"], data["value"], data["ttl"])


def domain_to_json(domain: SendingDomain) -> Json:
    return {
        "domain": domain.domain,
        "account_id": domain.account_id,
        "organisation_id": domain.organisation_id,
        "request_id": domain.request_id,
        "ticket": _ticket_to_json(domain.ticket),
        "contact_email": domain.contact_email,
        "mail_from": domain.mail_from,
        "records": [record.as_json() for record in domain.records],
        "progress": _progress_to_json(domain.progress),
        "report": domain.report,
        "summary": domain.summary,
        "previous_account": domain.previous_account,
        "previous_request": domain.previous_request,
        "slot": domain.slot,
        "responsibility": [period_to_json(period) for period in domain.responsibility],
        "leaving": domain.leaving,
        "holdings": [holding_to_json(holding) for holding in domain.holdings],
        "joining": domain.joining,
    }


def domain_from_json(data: Json, state: str, since: str, version: int) -> SendingDomain:
    return SendingDomain(
        domain=data["domain"],
        account_id=data["account_id"],
        organisation_id=data["organisation_id"],
        request_id=data["request_id"],
        ticket=Ticket(**data["ticket"]),
        contact_email=data["contact_email"],
        state=State(state),
        since=datetime.fromisoformat(since),
        version=version,
        mail_from=data["mail_from"],
        records=tuple(record_from_json(record) for record in data["records"]),
        progress=_progress_from_json(data["progress"]),
        report=data["report"],
        summary=data["summary"],
        previous_account=data["previous_account"],
        previous_request=data.get("previous_request"),
        slot=Slot(data["slot"]) if data.get("slot") else None,
        responsibility=tuple(map(period_from_json, data.get("responsibility", ()))),
        leaving=data.get("leaving", False),
        holdings=holdings_from_json(data, since),
        joining=data.get("joining"),
    )


def _progress_to_json(progress: Progress | None) -> Json | None:
    if progress is None:
        return None
    return {
        "records_sent_at": progress.records_sent_at.isoformat(),
        "corrected": sorted(progress.corrected),
        "last_correction_at": _text(progress.last_correction_at),
        "reminded": sorted(progress.reminded),
    }


def _progress_from_json(data: Json | None) -> Progress | None:
    if data is None:
        return None
    return Progress(
        datetime.fromisoformat(data["records_sent_at"]),
        frozenset(data["corrected"]),
        _time(data["last_correction_at"]),
        frozenset(Reminder(reminder) for reminder in data["reminded"]),
    )


def address_to_json(address: SenderAddress) -> Json:
    return {
        "address": address.address,
        "account_id": address.account_id,
        "organisation_id": address.organisation_id,
        "request_id": address.request_id,
        "ticket": _ticket_to_json(address.ticket),
        "contact_email": address.contact_email,
        "progress": _link_progress_to_json(address.progress),
        "covered_by": address.covered_by,
        "previous_account": address.previous_account,
        "holdings": [holding_to_json(holding) for holding in address.holdings],
    }


def address_from_json(data: Json, state: str, since: str, version: int) -> SenderAddress:
    return SenderAddress(
        address=data["address"],
        account_id=data["account_id"],
        organisation_id=data["organisation_id"],
        request_id=data["request_id"],
        ticket=Ticket(**data["ticket"]),
        contact_email=data["contact_email"],
        state=State(state),
        since=datetime.fromisoformat(since),
        version=version,
        progress=_link_progress_from_json(data["progress"]),
        covered_by=data["covered_by"],
        previous_account=data["previous_account"],
        holdings=holdings_from_json(data, since),
    )


def _link_progress_to_json(progress: LinkProgress | None) -> Json | None:
    if progress is None:
        return None
    return {
        "first_link_at": progress.first_link_at.isoformat(),
        "links": progress.links,
        "reminded": sorted(progress.reminded),
    }


def _link_progress_from_json(data: Json | None) -> LinkProgress | None:
    if data is None:
        return None
    return LinkProgress(
        datetime.fromisoformat(data["first_link_at"]),
        data["links"],
        frozenset(Reminder(reminder) for reminder in data["reminded"]),
    )
