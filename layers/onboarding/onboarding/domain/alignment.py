"""Whether two domains belong together in the sense of DMARC (RFC 9989, "alignment")."""

from __future__ import annotations

from onboarding.domain.names import NameRules, registrable_domain


def is_aligned(domain: str, with_domain: str, rules: NameRules, *, strict: bool = False) -> bool:
    """Do both lie in one organisation's domain; with `strict`, are they the same?

    The organisational domain is the registrable one, as the mailbox providers have it. The tree
    walk of RFC 9989 gives the same for all that do not publish `psd`.
    """
    if not domain or not with_domain:
        return False
    one, other = (name.lower().removesuffix(".") for name in (domain, with_domain))
    if strict or one == other:
        return one == other
    return registrable_domain(one, rules) == registrable_domain(other, rules)
