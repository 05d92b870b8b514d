"""The mistakes of the local world's customer: each changes what was asked for, whatever that is."""

import pytest

from local.mistakes import MISTAKES, CannotBeMade
from onboarding.domain.records import Purpose, Record

AT_THE_SERVERS = {
    "nameservers_disagree", "lame_nameserver", "dns_unavailable", "domain_not_delegated",
    "dnssec_bogus",
}  # fmt: skip


def asked(region: str, spf: str, dmarc: str) -> list[Record]:
    domain = "example.com"
    key = Record(Purpose.DKIM, "CNAME", f"t._domainkey.{domain}", f"t.dkim.{region}.amazonses.com")
    mx = Record(Purpose.MAIL_FROM_MX, "MX", f"b.{domain}", "10 feedback-smtp.amazonses.com")
    text = Record(Purpose.MAIL_FROM_SPF, "TXT", f"b.{domain}", spf)
    return [key, mx, text, Record(Purpose.DMARC, "TXT", f"_dmarc.{domain}", dmarc)]


@pytest.mark.parametrize("region", ["af-south-1", "eu-south-1", "eu-west-1"])
@pytest.mark.parametrize("spf", ["v=spf1 include:amazonses.com ~all", "v=spf1 -all"])
@pytest.mark.parametrize("dmarc", ["v=DMARC1; p=reject", "v=DMARC1;p=reject;", "v=DMARC1; p=none"])
@pytest.mark.parametrize("mistake", sorted({*MISTAKES} - AT_THE_SERVERS))
def test_every_mistake_publishes_something_else(
    mistake: str, region: str, spf: str, dmarc: str
) -> None:
    records = asked(region, spf, dmarc)
    try:
        published = MISTAKES[mistake](records, "example.com")
    except CannotBeMade:
        pytest.fail("each of these records can have a mistake")
    plain = [(r.name, r.type, "".join(r.value.split()).rstrip(";")) for r in published]
    assert published != records
    if mistake.startswith("multiple"):
        assert len(set(plain)) == len(plain) == len(records) + 1
