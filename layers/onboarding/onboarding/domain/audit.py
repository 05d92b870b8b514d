"""What to look for at a domain of which nothing was asked: any DMARC, SPF and DKIM that works."""

from __future__ import annotations

from collections.abc import Iterable

from onboarding.domain.records import Purpose, Record


def audit_records(domain: str, selectors: Iterable[str] = ()) -> tuple[Record, ...]:
    """The records whose bare values any working record of the kind satisfies.

    DKIM can only be looked for under selectors (RFC 6376 §3.1): nothing lists them.
    """
    keys = (
        Record(Purpose.DKIM, "TXT", f"{selector}._domainkey.{domain}", "v=DKIM1", asked=False)
        for selector in selectors
    )
    return (
        *keys,
        Record(Purpose.MAIL_FROM_SPF, "TXT", domain, "v=spf1", asked=False),
        Record(Purpose.DMARC, "TXT", f"_dmarc.{domain}", "v=DMARC1; p=none", asked=False),
    )
