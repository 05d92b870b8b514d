"""What of DKIM, SPF and DMARC stands, in words for those who have never heard of them."""

from __future__ import annotations

from onboarding.domain.problems import visible
from onboarding.domain.sender_rules import Verdict
from onboarding.domain.standing import Methods, SpfStanding, Standing

_POLICY = {
    "NONE": "p=none: it only watches",
    "QUARANTINE": "p=quarantine: mail that fails goes to the spam folder",
    "REJECT": "p=reject: mail that fails is refused",
}


_OR_MAIL_FROM = "or to a custom MAIL FROM, which cannot be looked for without its name"


def dkim_sentence(domain: str, methods: Methods) -> str:
    return {
        Standing.STANDS: f"DKIM stands: mail from {domain} is signed for {domain}.",
        Standing.LACKING: f"DKIM does not stand: the DNS of {domain} lacks records for it.",
        Standing.UNKNOWN: "Whether DKIM stands could not be found out yet.",
        Standing.NOT_LOOKED_AT: "DKIM was not looked at: nothing says under which name its key is.",
    }[methods.dkim]


def dmarc_sentence(domain: str, methods: Methods) -> str:
    if methods.dmarc is Standing.STANDS and methods.policy is not None:
        return f"DMARC stands ({_POLICY[methods.policy.policy.name]})."
    return {
        Standing.STANDS: "DMARC stands.",
        Standing.LACKING: f"DMARC does not stand: the DNS of {domain} has no DMARC record.",
        Standing.UNKNOWN: "Whether DMARC stands could not be found out yet.",
        Standing.NOT_LOOKED_AT: "DMARC was not asked for, so it was not looked at.",
    }[methods.dmarc]


def spf_sentence(domain: str, methods: Methods) -> str:
    if methods.spf is SpfStanding.UNALIGNED and methods.mail_from:
        return (
            "SPF passes, not aligned: the MX record of the custom MAIL FROM is not there, so "
            "bounces go to amazonses.com, and SPF passes for that name."
        )
    return {
        SpfStanding.ALIGNED: f"SPF passes, aligned: the custom MAIL FROM is in {domain}.",
        SpfStanding.UNALIGNED: (
            "SPF passes, not aligned: bounces go to amazonses.com, and SPF passes for that name, "
            f"not for {domain}. For DMARC it is DKIM that counts."
        ),
        SpfStanding.STRICT: (
            "SPF passes, not aligned: the DMARC record says aspf=s, so the custom MAIL FROM would "
            f"have to be {domain} itself, which SES does not allow."
        ),
        SpfStanding.FAILING: (
            "SPF fails: the custom MAIL FROM is in use, and its SPF record is not there."
        ),
        SpfStanding.PUBLISHED: (
            f"{domain} has an SPF record. It counts for mail whose bounces go to {domain}; those "
            f"of mail through SES go to amazonses.com, for which SPF passes, {_OR_MAIL_FROM}."
        ),
        SpfStanding.UNPUBLISHED: (
            f"{domain} has no SPF record. For mail through SES it needs none: its bounces go to "
            f"amazonses.com, for which SPF passes, {_OR_MAIL_FROM}."
        ),
        SpfStanding.UNKNOWN: "What SPF says could not be found out yet.",
    }[methods.spf]


_BULK = "Gmail, Yahoo and Microsoft ask of those who send them more than 5,000 messages a day"


def summary_of(domain: str, methods: Methods, bulk: Verdict) -> str:
    """Where the domain stands in the eyes of the large providers."""
    name = visible(domain)
    if bulk is Verdict.FIT:
        return f"The DNS of {name} has what {_BULK}."
    if bulk is Verdict.UNFIT:
        return f"The DNS of {name} lacks something that {_BULK}: {_lacking(methods)}."
    if methods.dmarc is Standing.NOT_LOOKED_AT and methods.dkim is Standing.STANDS:
        return (
            "Gmail, Yahoo and Microsoft want a DMARC record from those who send them more than "
            f"5,000 messages a day; it was not asked for, so nobody has looked whether {name} has "
            "one."
        )
    return f"Whether {name} has all that {_BULK} could not be found out yet."


def _lacking(methods: Methods) -> str:
    names = [
        name
        for name, lacks in (
            ("DKIM", methods.dkim is Standing.LACKING),
            ("SPF", methods.spf is SpfStanding.FAILING),
            ("DMARC", methods.dmarc is Standing.LACKING),
        )
        if lacks
    ]
    return " and ".join(names)
