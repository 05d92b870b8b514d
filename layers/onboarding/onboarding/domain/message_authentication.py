"""Rules on who signed a message and whether that is who it says it is from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from onboarding.domain.dmarc import Dmarc
from onboarding.domain.message_summary import Signature, Validity
from onboarding.domain.observation import Failure
from onboarding.domain.problems import visible
from onboarding.domain.sender_rules import Judged, Result, failed, passed, skipped, unknown
from onboarding.domain.spf_evaluation import Result as SpfResult

if TYPE_CHECKING:
    from onboarding.domain.message_case import MessageCase

_GOOD_KEY_BITS = 2048
_ASK_AGAIN = "Review the message again when the DNS answers, or name a resolver with --resolver."
_AS_RECEIVED = (
    "Send the message through XES to a mailbox of your own, save what arrives with all of its "
    "headers (show original), and review that file."
)


def dkim(case: MessageCase) -> Judged:
    """At least one signature verifies, whoever made it."""
    signatures = case.summary.signatures
    if not signatures:
        return failed("The message carries no DKIM signature.", _AS_RECEIVED)
    valid = _of(signatures, Validity.VALID)
    if valid:
        return passed(f"The DKIM signature of {_signers(valid)} verifies.")
    doubtful = _of(signatures, Validity.UNKNOWN)
    if doubtful:
        return unknown(
            f"It could not be found out whether the DKIM signature of {_signers(doubtful)} "
            f"verifies: {visible(doubtful[0].reason)}.",
            _ASK_AGAIN,
        )
    return failed(
        "No DKIM signature verifies: "
        + "; ".join(f"that of {_signers((s,))} fails, {visible(s.reason)}" for s in signatures)
        + ".",
        "If the file was edited or forwarded, review it as it was received. Otherwise have the "
        f"DKIM records of the domain checked with `xes check`. {_AS_RECEIVED}",
    )


def dkim_key(case: MessageCase) -> Judged:
    """The keys of the signatures that verify are long enough for years to come."""
    valid = case.aligned_signatures(Validity.VALID)
    if not valid:
        return skipped("No signature of the From domain verifies, so no key counts.")
    bits = min(signature.key_bits for signature in valid)
    if bits >= _GOOD_KEY_BITS:
        return passed(f"The DKIM key has {bits} bits.")
    return failed(
        f"The DKIM key of {_signers(valid)} has only {bits} bits.",
        f"Have whoever signs your mail use a key of {_GOOD_KEY_BITS} bits. SES makes them so, "
        "unless the domain was set up long ago.",
    )


def dkim_covers(case: MessageCase) -> Judged:
    """A signature of the From domain covers the subject, so that nobody can change it unseen."""
    valid = case.aligned_signatures(Validity.VALID)
    if not valid:
        return skipped("No signature of the From domain verifies, so nothing is covered.")
    if not case.summary.values("subject") or any("subject" in s.covers for s in valid):
        return passed("From and Subject are covered by the DKIM signature.")
    return failed(
        f"The DKIM signature of {_signers(valid)} does not cover the subject: anybody on the way "
        "could change it.",
        "Have whoever signs your mail list Subject in the signature's h= tag.",
    )


def alignment(case: MessageCase) -> Judged:
    """From belongs to the organisation that signed, or whose envelope sender passes SPF."""
    from_domain = case.summary.from_domain
    if not from_domain:
        return skipped("There is no single From address to align with.")
    vouched = _by_dkim(case) or _by_spf(case) or _perhaps(case)
    if vouched is not None:
        return vouched
    if dkim(case).result is Result.FAIL and (_claimed(case) or not _seen(case)):
        return skipped("No DKIM signature verifies, so there is nothing to align with.")
    return failed(_unaligned(case), _how_to_align(from_domain))


def _by_dkim(case: MessageCase) -> Judged | None:
    if not case.aligned_signatures(Validity.VALID):
        return None
    return passed(f"From {visible(case.summary.from_domain)} is aligned with the DKIM signature.")


def _by_spf(case: MessageCase) -> Judged | None:
    if _spf_if_aligned(case) is not SpfResult.PASS:
        return None
    return passed(f"From {visible(case.summary.from_domain)} is aligned with the SPF domain.")


def _perhaps(case: MessageCase) -> Judged | None:
    """What is not known here may still vouch for From."""
    if case.aligned_signatures(Validity.UNKNOWN):
        return unknown(
            "From is in the domain of a DKIM signature, of which it could not be found out "
            "whether it verifies.",
            _ASK_AGAIN,
        )
    if case.envelope_is_aligned and _spf_if_aligned(case) in (None, SpfResult.TEMPERROR):
        return unknown(
            "From is in the domain of the envelope sender. Whether SPF passes for it is not known "
            "here.",
            "Name the address that sent the message with --ip.",
        )
    return None


def _spf_if_aligned(case: MessageCase) -> SpfResult | None:
    spf = case.summary.spf
    return spf.result if spf is not None and case.envelope_is_aligned else None


def _claimed(case: MessageCase) -> bool:
    """Is there a signature that would be aligned, did it verify?"""
    return bool(case.aligned_signatures(Validity.INVALID))


def _seen(case: MessageCase) -> bool:
    return bool(case.summary.signatures) or case.summary.spf is not None


def _unaligned(case: MessageCase) -> str:
    signers = _signers(case.summary.signatures) or "nobody"
    spf = case.summary.spf
    envelope = f", and the envelope sender is in {visible(spf.domain)}" if spf else ""
    return (
        f"From is in {visible(case.summary.from_domain)}, but the message is signed by "
        f"{signers}{envelope}: neither vouches for From."
    )


def _how_to_align(from_domain: str) -> str:
    return (
        f"Send from a domain that is set up with DKIM, or have {visible(from_domain)} set up: "
        "then SES signs for it."
    )


def dmarc(case: MessageCase) -> Judged:
    """The From domain has a DMARC policy; any will do."""
    domain, policy = visible(case.summary.from_domain), case.summary.dmarc
    if not domain:
        return skipped("There is no single From address whose domain could have a DMARC policy.")
    if isinstance(policy, Failure):
        return unknown(f"Whether {domain} has a DMARC record could not be found out.", _ASK_AGAIN)
    if isinstance(policy, Dmarc):
        return passed(f"{domain} has a DMARC policy: p={policy.policy.name.lower()}.")
    return failed(
        f"{domain} has no DMARC record.",
        f"Add a TXT record named _dmarc.{domain} with the value v=DMARC1; p=none.",
    )


def spf(case: MessageCase) -> Judged:
    """The envelope sender's domain lets the sending address send."""
    check = case.summary.spf
    if check is None:
        return skipped(
            "Not judged: the envelope sender is not known. Give it with --envelope-from."
        )
    domain = visible(check.domain)
    if check.result is None:
        return skipped(
            f"Not judged: SPF of {domain} depends on the address that sends. Give it with --ip."
        )
    if check.result is SpfResult.PASS:
        return passed(f"SPF passes for {domain}.")
    if check.result is SpfResult.TEMPERROR:
        return unknown(f"SPF of {domain} could not be found out.", _ASK_AGAIN)
    why = f" ({visible(check.why)})" if check.why else ""
    return failed(
        f"SPF does not pass for {domain}: the result is {check.result}{why}.",
        f"Correct the SPF record of {domain} so that it includes whoever sends; for SES that is "
        "include:amazonses.com.",
    )


def spf_alignment(case: MessageCase) -> Judged:
    """The envelope sender is in the From domain as well, so that SPF vouches for From too."""
    check, from_domain = case.summary.spf, visible(case.summary.from_domain)
    if check is None or not from_domain:
        return skipped("Not judged: the envelope sender or From is not known.")
    if case.envelope_is_aligned:
        return passed(f"The envelope sender is in {visible(check.domain)}, as From is.")
    return failed(
        f"The envelope sender is in {visible(check.domain)}, not in {from_domain}: SPF may pass, "
        "but it says nothing of From. That is enough as long as DKIM is aligned.",
        "To have SPF aligned too, ask for a custom MAIL FROM. It is optional, and you then answer "
        "for bounces and complaints yourself.",
    )


def _of(signatures: Iterable[Signature], validity: Validity) -> tuple[Signature, ...]:
    return tuple(signature for signature in signatures if signature.validity is validity)


def _signers(signatures: Iterable[Signature]) -> str:
    domains = dict.fromkeys(signature.domain for signature in signatures)
    return " and ".join(visible(domain) or "an unknown domain" for domain in domains)
