"""``xes sign``: the responsibility document of a domain, filed, fetched, revoked by an agent."""

from pathlib import Path
from typing import Annotated, Any

import typer

from onboarding.adapters.links import BaseLinks
from onboarding.domain.document import MAX_FILE_OCTETS, How, IssuedDocument, Signature, particulars
from onboarding.domain.onboarding import SendingDomain
from onboarding.domain.responsibility import Period, responsible_at
from onboarding.domain.signing_form import CONSENT, read_form
from onboarding.usecases.file_document import AlreadySigned, NotWanted, file_document, is_pdf
from onboarding.usecases.new_link import NothingToSign, new_link
from onboarding.usecases.revoke_document import NothingSigned, revoke_document
from xes.agent import JsonOption, StackOption
from xes.decisions import who
from xes.output import Exit, err, out, print_json, stop
from xes.stack import Stack, deployed


def sign(
    domain: Annotated[str, typer.Argument(help="The domain whose MAIL FROM is signed for.")],
    name: Annotated[str | None, typer.Option(help="Who signed, with --role and --file.")] = None,
    role: Annotated[str | None, typer.Option(help="The signer's role at the customer.")] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="The signed document to file, a PDF.", exists=True, dir_okay=False),
    ] = None,
    link: Annotated[
        bool, typer.Option("--link", help="Make a new link to the signing page, to hand on.")
    ] = False,
    download: Annotated[
        Path | None, typer.Option(help="Save the signed document there.", dir_okay=False)
    ] = None,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Revoke it: MAIL FROM is SES's own again.")
    ] = False,
    by: Annotated[
        str | None,
        typer.Option(help="The agent; you, as AWS knows you, if left out."),
    ] = None,
    note: Annotated[str, typer.Option(help="Why it is revoked; the timeline shows it.")] = "",
    stack: StackOption = None,
    json: JsonOption = False,
) -> None:
    """Show a domain's responsibility document; file, fetch or revoke it.

    Exit codes: 0 done or signed, 1 not signed, or nothing to do it to.

    Example: xes sign news.example.com --name "Ada Owner" --role "Head of IT" --file signed.pdf
    """
    filing = [name, role, file]
    if sum([any(filing), link, download is not None, revoke]) > 1:
        stop(Exit.WRONG_USE, "Do one thing at a time: file, --link, --download or --revoke.")
    if any(filing) and not all(filing):
        stop(Exit.WRONG_USE, "A document is filed with all of --name, --role and --file.")
    with deployed(stack) as found:
        agent = by or who(found)
        known = found.app.rules.to_ascii(domain.strip().lower().removesuffix("."))
        if name and role and file:
            answer = _file(known, found, _signature(name, role, agent, found), file)
        elif link:
            answer = _link(known, found)
        elif download is not None:
            answer = _download(known, found, download)
        elif revoke:
            answer = _revoke(known, found, agent, note)
        else:
            answer = _shown(known, found)
    _print(answer, json=json)
    if answer.get("state", "signed") != "signed":
        raise typer.Exit(Exit.NO)


def _print(answer: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(answer)
        return
    for key, value in answer.items():
        if isinstance(value, dict):
            for inner, text in value.items():
                out.print(f"  {inner:20} {text}", markup=False)
        elif isinstance(value, list):
            for period in value:
                since = period["since"] or "once Amazon SES uses the MAIL FROM"
                until = f" until {period['until'] or 'now'}" if period["since"] else ""
                line = f"{since}{until} ({period['reference']})"
                out.print(f"  {'the customer answers':20} {line}", markup=False)
        elif value is not None:
            out.print(f"{key.replace('_', ' ')}: {value}", markup=False)


def _signature(name: str, role: str, agent: str, found: Stack) -> Signature:
    form = read_form({"name": name, "role": role, "consent": CONSENT})
    if form.errors:
        for error in form.errors:
            err.print(f"--{error.field}: {error.message}", markup=False)
        raise typer.Exit(Exit.WRONG_USE)
    return Signature(form.signer, found.app.clock.now(), How.AGENT, by=agent)


def _file(domain: str, found: Stack, signature: Signature, file: Path) -> dict[str, Any]:
    content = file.read_bytes()
    if not is_pdf(content):
        limit = MAX_FILE_OCTETS // 1024 // 1024
        stop(Exit.WRONG_USE, f"{file} is not a PDF of at most {limit} MiB.")
    app = found.app
    try:
        document = file_document(
            domain,
            signature,
            content,
            store=app.store,
            documents=app.documents,
            texts=app.document_texts,
            files=app.files,
            workflows=app.workflows,
            clock=app.clock,
            random=app.random,
        )
    except NotWanted as refused:
        stop(Exit.NO, str(refused))
    except AlreadySigned as signed:
        stop(Exit.NO, f"{signed} See `xes sign {domain}`; the first signature stays.")
    return _document_as_json(document)


def _link(domain: str, found: Stack) -> dict[str, Any]:
    app = found.app
    try:
        url, document = new_link(
            domain,
            store=app.store,
            documents=app.documents,
            links=BaseLinks(found.api_url),
            clock=app.clock,
            random=app.random,
        )
    except NothingToSign:
        stop(Exit.NO, f"No document of {domain} waits for a signature.")
    return {"link": url, "document": document.reference, "until": document.expires_at.isoformat()}


def _download(domain: str, found: Stack, target: Path) -> dict[str, Any]:
    document = _last(domain, found)
    if document is None or document.file is None:
        stop(Exit.NO, f"There is no signed document of {domain} on file.")
    content = found.app.files.get(document.file.key)
    if content is None:
        stop(Exit.UNKNOWN, f"The file of {document.reference} is not where it was put.")
    target.write_bytes(content)
    return {"document": document.reference, "saved": str(target), "sha256": document.file.sha256}


def _revoke(domain: str, found: Stack, agent: str, note: str) -> dict[str, Any]:
    app = found.app
    try:
        revoked = revoke_document(
            domain,
            f"agent {agent}",
            " ".join(note.split())[:200],
            store=app.store,
            documents=app.documents,
            identities=app.identities,
            mailer=app.mailer,
            clock=app.clock,
        )
    except NothingSigned as refused:
        stop(Exit.NO, str(refused))
    return {"document": revoked.reference, "revoked": True, "again": revoked.again}


def _last(domain: str, found: Stack) -> IssuedDocument | None:
    """The newest one that is signed, else the newest."""
    documents = found.app.documents.documents(domain)
    signed = [document for document in documents if document.signature is not None]
    return next(reversed(signed or documents), None)


def _shown(domain: str, found: Stack) -> dict[str, Any]:
    stored = found.app.store.domain(domain)
    if stored is None:
        stop(Exit.NO, f"{domain} is not known here.")
    document = _last(domain, found)
    answers = responsible_at(stored.responsibility, stored.account_id, found.app.clock.now())
    shown = _document_as_json(document) if document else {"state": _named(stored)}
    return {
        "domain": domain,
        "responsible": answers.value,
        **shown,
        "periods": [_period_as_json(period) for period in stored.responsibility],
    }


def _named(domain: SendingDomain) -> str:
    """Without a document of ours: one that the request named counts while its period runs."""
    return "signed" if any(p.until is None for p in domain.responsibility) else "none"


def _document_as_json(document: IssuedDocument) -> dict[str, Any]:
    signature = document.signature
    return {
        "document": document.reference,
        "state": document.state.value,
        "until": document.expires_at.isoformat() if signature is None else None,
        "signature": dict(particulars(document, signature)) if signature else None,
        "file_sha256": document.file.sha256 if document.file else None,
    }


def _period_as_json(period: Period) -> dict[str, Any]:
    return {
        "account_id": period.account_id,
        "reference": period.reference,
        "since": period.since.isoformat() if period.since else None,
        "until": period.until.isoformat() if period.until else None,
    }
