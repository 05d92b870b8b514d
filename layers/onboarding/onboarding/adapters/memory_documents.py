"""In-memory doubles of what the responsibility document needs, held to the same contract tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from onboarding.port_errors import ConcurrentChange

if TYPE_CHECKING:
    from onboarding.domain.document import IssuedDocument


@dataclass
class MemoryDocuments:
    """Implements ``DocumentStore``."""

    issued: dict[tuple[str, str], IssuedDocument] = field(default_factory=dict)
    links: dict[str, tuple[str, str]] = field(default_factory=dict)

    def issue(self, document: IssuedDocument) -> IssuedDocument:
        return self.issued.setdefault((document.domain, document.request_id), document)

    def document(self, domain: str, request_id: str) -> IssuedDocument | None:
        return self.issued.get((domain, request_id))

    def documents(self, domain: str) -> tuple[IssuedDocument, ...]:
        found = [d for d in self.issued.values() if d.domain == domain]
        return tuple(sorted(found, key=lambda d: d.facts.issued_at))

    def save_document(self, changed: IssuedDocument) -> IssuedDocument:
        key = (changed.domain, changed.request_id)
        if self.issued[key].revision != changed.revision:
            raise ConcurrentChange(changed.reference)
        self.issued[key] = replace(changed, revision=changed.revision + 1)
        return self.issued[key]

    def put_link(self, token_sha256: str, document: IssuedDocument, at: datetime) -> None:
        self.links[token_sha256] = (document.domain, document.request_id)

    def document_of_link(self, token_sha256: str) -> IssuedDocument | None:
        place = self.links.get(token_sha256)
        return None if place is None else self.issued.get(place)

    def unsettled(self) -> Iterator[IssuedDocument]:
        yield from [d for d in self.issued.values() if not d.is_settled()]


@dataclass
class MemoryFiles:
    """Implements ``Files``. ``failures`` are raised in turn by ``put``."""

    kept: dict[str, bytes] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)

    def put(self, key: str, content: bytes) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.kept.setdefault(key, content)

    def get(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def link(self, key: str, filename: str) -> str:
        return f"https://files.example/{key}?as={filename}"


@dataclass
class PlainPapers:
    """Implements ``Papers`` with text: for tests of what prints, not of how it looks."""

    def print(self, document: IssuedDocument) -> bytes:
        assert document.signature is not None
        signature = document.signature
        return f"{document.text}\n{signature.signer}\n{signature.at.isoformat()}".encode()


@dataclass
class PlainLinks:
    """Implements ``SigningLinks``."""

    def url(self, token: str) -> str:
        return f"https://api.example/v1/sign/{token}"
