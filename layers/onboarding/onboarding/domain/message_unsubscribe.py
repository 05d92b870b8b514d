"""Rules on the way out of a list: one click in the mail program, and a link that people see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from onboarding.domain.message_authentication import alignment, dkim
from onboarding.domain.message_summary import Body, Link, Validity
from onboarding.domain.problems import visible
from onboarding.domain.sender_rules import Judged, Result, failed, passed, skipped, unknown
from onboarding.domain.unsubscribe_words import address_says_unsubscribe, says_unsubscribe

if TYPE_CHECKING:
    from onboarding.domain.message_case import MessageCase

ONE_CLICK = "List-Unsubscribe=One-Click"
"""The whole value of List-Unsubscribe-Post (RFC 8058 §3.1)."""
_SIGNED_HEADERS = frozenset({"list-unsubscribe", "list-unsubscribe-post"})
_URI = re.compile(r"<([^<>]*)>")
_WHITE_SPACE = re.compile(r"\s+")
_ADD_HEADERS = (
    "Add the headers List-Unsubscribe: <https://your-site/unsubscribe/…> and "
    f"List-Unsubscribe-Post: {ONE_CLICK}."
)


def list_unsubscribe(case: MessageCase) -> Judged:
    """There is one List-Unsubscribe header, with an address in it that can be used."""
    values = case.summary.values("list-unsubscribe")
    if not values:
        return failed("There is no List-Unsubscribe header.", _ADD_HEADERS)
    if len(values) > 1:
        return failed(
            f"There are {len(values)} List-Unsubscribe headers; mail programs expect one.",
            "Put all addresses into one header, with commas between them.",
        )
    if _usable(values[0]):
        return passed("List-Unsubscribe names a way out of the list.")
    return failed(
        f"List-Unsubscribe holds no address that can be used: {visible(values[0])}",
        "Write each address between < and >, beginning with https:// or mailto:.",
    )


def one_click_address(case: MessageCase) -> Judged:
    """List-Unsubscribe holds an https address, which one click can be sent to."""
    if list_unsubscribe(case).result is not Result.PASS:
        return skipped("There is no List-Unsubscribe header to look at.")
    usable = _usable(case.summary.values("list-unsubscribe")[0])
    if any(uri.lower().startswith("https://") for uri in usable):
        return passed("List-Unsubscribe holds an https address.")
    return failed(
        f"List-Unsubscribe holds no https address, only {visible(', '.join(usable))}: mail "
        "programs can offer no one-click unsubscribe.",
        "Add an https address that takes a POST and unsubscribes without asking anything.",
    )


def one_click_post(case: MessageCase) -> Judged:
    """List-Unsubscribe-Post says, to the letter, that one click is enough."""
    values = case.summary.values("list-unsubscribe-post")
    if list_unsubscribe(case).result is not Result.PASS:
        return skipped("There is no List-Unsubscribe header to go with.")
    if [_WHITE_SPACE.sub("", value) for value in values] == [ONE_CLICK]:
        return passed("List-Unsubscribe-Post asks for one click.")
    seen = f"holds {visible(' and '.join(values))}" if values else "is not there"
    return failed(
        f"The header List-Unsubscribe-Post {seen}.",
        f"Add it once, with exactly this value: List-Unsubscribe-Post: {ONE_CLICK}",
    )


def one_click_signed(case: MessageCase) -> Judged:
    """Both headers are covered by a signature of the From domain that verifies."""
    if one_click_post(case).result is not Result.PASS:
        return skipped("There is no pair of headers that could be signed.")
    if any(_covers(s.covers) for s in case.aligned_signatures(Validity.VALID)):
        return passed("Both unsubscribe headers are covered by the DKIM signature.")
    if any(_covers(s.covers) for s in case.aligned_signatures(Validity.UNKNOWN)):
        return unknown(
            "A signature covers both unsubscribe headers, but it could not be found out whether "
            "it verifies.",
            "Review the message again when the DNS answers.",
        )
    if Result.FAIL in (dkim(case).result, alignment(case).result) or not case.summary.from_domain:
        return skipped("No signature of the From domain verifies, so none covers the headers.")
    return failed(
        "No DKIM signature of the From domain covers both List-Unsubscribe and "
        "List-Unsubscribe-Post, so mail programs must not trust them.",
        "Have both headers in the message when it is handed over, so that they are there when it "
        "is signed, and whoever signs it list both in the signature's h= tag.",
    )


def visible_link(case: MessageCase) -> Judged:
    """The body that people see has a link by which they get out of the list."""
    body = case.summary.html or case.summary.text
    if not case.summary.is_read:
        return skipped("The parts of the message cannot be taken apart.")
    if body is None:
        return failed(
            "The message has no text that could hold an unsubscribe link.",
            "Send a text or HTML body with a link that says unsubscribe.",
        )
    return _link_in(body, "body")


def link_in_text(case: MessageCase) -> Judged:
    """The plain text beside an HTML body has the link too."""
    if case.summary.html is None or case.summary.text is None:
        return skipped("There is only one body.")
    return _link_in(case.summary.text, "plain-text part")


def _link_in(body: Body, where: str) -> Judged:
    offering = [link for link in body.links if _offers(link)]
    leading = [link for link in offering if _leads_somewhere(link.url)]
    if any(not link.hidden for link in leading):
        return passed(f"The {where} has a visible unsubscribe link.")
    if leading:
        return failed(
            f"The {where} has an unsubscribe link, but nobody can see it ({leading[0].hidden}).",
            "Show the link as plainly as the text around it.",
        )
    if offering:
        return failed(
            f"The unsubscribe link in the {where} leads nowhere: {visible(offering[0].url)}",
            "Have the sending program fill in the real address; it begins with https://.",
        )
    return failed(
        f"The {where} has no link by which people can unsubscribe.",
        "Add a link that says unsubscribe, in the language of the message, where people see it.",
    )


def _offers(link: Link) -> bool:
    return (
        says_unsubscribe(link.text)
        or address_says_unsubscribe(link.url)
        or says_unsubscribe(link.around)
    )


def _leads_somewhere(url: str) -> bool:
    """Does the address lead to a host or a mailbox, not to a placeholder that was left?"""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
    except ValueError:
        return False
    if any(character in url for character in "{}[]|*"):
        return False
    if parts.scheme == "mailto":
        return "@" in parts.path
    return parts.scheme in ("http", "https") and "." in host


def _usable(value: str) -> tuple[str, ...]:
    """The addresses between angle brackets (RFC 2369 §2) that lead somewhere."""
    return tuple(uri.strip() for uri in _URI.findall(value) if _leads_somewhere(uri))


def _covers(names: Iterable[str]) -> bool:
    return _SIGNED_HEADERS.issubset(names)
