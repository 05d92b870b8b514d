"""Issued documents to JSON text and back."""

import json
from datetime import datetime
from typing import Any

from onboarding.domain.document import (
    DocumentState,
    Facts,
    How,
    IssuedDocument,
    Signature,
    Signer,
    StoredFile,
)

Json = dict[str, Any]


def dump(document: IssuedDocument) -> str:
    facts, file = document.facts, document.file
    body = {
        "reference": facts.reference,
        "domain": facts.domain,
        "mail_from": facts.mail_from,
        "account_id": facts.account_id,
        "issued_at": facts.issued_at.isoformat(),
        "request_id": document.request_id,
        "text_version": document.version,
        "text": document.text,
        "expires_at": document.expires_at.isoformat(),
        "state": document.state.value,
        "task_token": document.task_token,
        "signature": _signature_to_json(document.signature),
        "file": None if file is None else {"key": file.key, "sha256": file.sha256},
        "reminded": sorted(document.reminded),
        "delivered": document.delivered,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def load(body: Json, revision: int) -> IssuedDocument:
    return IssuedDocument(
        facts=Facts(
            body["reference"],
            body["domain"],
            body["mail_from"],
            body["account_id"],
            datetime.fromisoformat(body["issued_at"]),
        ),
        request_id=body["request_id"],
        version=body["text_version"],
        text=body["text"],
        expires_at=datetime.fromisoformat(body["expires_at"]),
        state=DocumentState(body["state"]),
        task_token=body["task_token"],
        signature=_signature_from_json(body["signature"]),
        file=body["file"] and StoredFile(**body["file"]),
        reminded=frozenset(body["reminded"]),
        delivered=body["delivered"],
        revision=revision,
    )


def _signature_to_json(signature: Signature | None) -> Json | None:
    if signature is None:
        return None
    return {
        "name": signature.signer.name,
        "role": signature.signer.role,
        "at": signature.at.isoformat(),
        "how": signature.how.value,
        "version": signature.version,
        "sha256": signature.sha256,
        "address": signature.address,
        "agent": signature.agent,
        "reference": signature.reference,
        "by": signature.by,
    }


def _signature_from_json(body: Json | None) -> Signature | None:
    if body is None:
        return None
    return Signature(
        Signer(body["name"], body["role"]),
        datetime.fromisoformat(body["at"]),
        How(body["how"]),
        version=body["version"],
        sha256=body["sha256"],
        address=body["address"],
        agent=body["agent"],
        reference=body["reference"],
        by=body["by"],
    )
