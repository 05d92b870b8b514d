"""The records of a request, as SES documents them."""

import pytest

from onboarding.domain.records import (
    Purpose,
    Record,
    SigningIdentity,
    dmarc_text,
    required_records,
)
from onboarding.domain.request import DmarcDisposition, DmarcPolicy

IDENTITY = SigningIdentity(("t1", "t2", "t3"), "dkim.eu-south-1.amazonses.com")

DKIM = (
    Record(
        Purpose.DKIM,
        "CNAME",
        "t1._domainkey.news.example.com",
        "t1.dkim.eu-south-1.amazonses.com",
        3600,
    ),
    Record(
        Purpose.DKIM,
        "CNAME",
        "t2._domainkey.news.example.com",
        "t2.dkim.eu-south-1.amazonses.com",
        3600,
    ),
    Record(
        Purpose.DKIM,
        "CNAME",
        "t3._domainkey.news.example.com",
        "t3.dkim.eu-south-1.amazonses.com",
        3600,
    ),
)


def test_dkim_alone_is_three_cnames_into_the_zone_that_ses_named() -> None:
    assert required_records("news.example.com", IDENTITY, region="eu-south-1") == DKIM


def test_all_three_methods_are_six_records_with_dkim_first() -> None:
    records = required_records(
        "news.example.com",
        IDENTITY,
        mail_from="bounce",
        region="eu-south-1",
        dmarc=DmarcPolicy(DmarcDisposition.QUARANTINE, 25, "dmarc@example.com"),
    )
    assert records == (
        *DKIM,
        Record(
            Purpose.MAIL_FROM_MX,
            "MX",
            "bounce.news.example.com",
            "10 feedback-smtp.eu-south-1.amazonses.com",
            3600,
        ),
        Record(
            Purpose.MAIL_FROM_SPF,
            "TXT",
            "bounce.news.example.com",
            "v=spf1 include:amazonses.com ~all",
            3600,
        ),
        Record(
            Purpose.DMARC,
            "TXT",
            "_dmarc.news.example.com",
            "v=DMARC1; p=quarantine; pct=25; rua=mailto:dmarc@example.com",
            3600,
        ),
    )


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (DmarcPolicy(), "v=DMARC1; p=none"),
        (DmarcPolicy(DmarcDisposition.REJECT), "v=DMARC1; p=reject"),
        (DmarcPolicy(DmarcDisposition.REJECT, 100), "v=DMARC1; p=reject"),  # 100 is the default
        (DmarcPolicy(DmarcDisposition.REJECT, 0), "v=DMARC1; p=reject; pct=0"),
        (
            DmarcPolicy(DmarcDisposition.NONE, None, "a+b@example.com"),
            "v=DMARC1; p=none; rua=mailto:a+b@example.com",
        ),
        # "!" begins a size limit in a DMARC address, "%" an escape in a URI.
        (
            DmarcPolicy(DmarcDisposition.NONE, None, "a!b%c@example.com"),
            "v=DMARC1; p=none; rua=mailto:a%21b%25c@example.com",
        ),
    ],
)
def test_a_dmarc_policy_is_written_with_p_second(policy: DmarcPolicy, text: str) -> None:
    assert dmarc_text(policy) == text


def test_a_record_as_json_has_the_fields_that_other_programs_read() -> None:
    assert DKIM[0].as_json() == {
        "purpose": "dkim",
        "type": "CNAME",
        "name": "t1._domainkey.news.example.com",
        "value": "t1.dkim.eu-south-1.amazonses.com",
        "ttl": 3600,
    }
