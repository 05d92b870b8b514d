"""The signed document as a file, for whoever holds its link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onboarding.usecases.show_document import show_document

if TYPE_CHECKING:
    from onboarding.ports import Clock, DocumentStore, Files


def download_document(
    token: str, *, documents: DocumentStore, files: Files, clock: Clock
) -> str | None:
    """An address that gives the file for a minute; nothing where there is none."""
    document = show_document(token, documents=documents, clock=clock)
    if document is None or document.file is None:
        return None
    return files.link(document.file.key, f"{document.reference}.pdf")
