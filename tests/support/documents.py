"""Issued documents that tests begin with."""

from dataclasses import replace
from typing import Any

from onboarding.adapters.document_texts import TemplateTexts
from onboarding.domain.document import PATIENCE, Facts, How, IssuedDocument, Signature, Signer
from tests.support.values import NOW

FACTS = Facts("RD-0000000000A1", "news.example.com", "bounce.news.example.com", "acme", NOW)


def a_document(**changes: Any) -> IssuedDocument:
    """The document of ``req_1`` for ``news.example.com``, just issued."""
    text = TemplateTexts().write(FACTS, "1")
    return replace(IssuedDocument(FACTS, "req_1", "1", text, NOW + PATIENCE), **changes)


def a_signature(**changes: Any) -> Signature:
    """Ada Owner's, on the page."""
    signature = Signature(
        Signer("Ada Owner", "Head of IT"),
        NOW,
        How.PAGE,
        version="1",
        sha256=a_document().sha256,
        address="203.0.113.7",
        agent="a browser",
    )
    return replace(signature, **changes)
