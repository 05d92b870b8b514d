"""Does one answer hold a record?"""

from dataclasses import replace

import pytest

from onboarding.domain.judgement import Judgement
from onboarding.domain.matching import judge
from onboarding.domain.observation import Answer, Failure, Outcome, Rcode, ResourceRecord
from onboarding.domain.problems import ProblemCode
from onboarding.domain.records import Purpose, Record

ZONES = ("example.com", "news.example.com")
DKIM = Record(Purpose.DKIM, "CNAME", "t._domainkey.news.example.com", "t.dkim.amazonses.com")
MX = Record(
    Purpose.MAIL_FROM_MX, "MX", "b.news.example.com", "10 feedback-smtp.eu-west-1.amazonses.com"
)
SPF = Record(
    Purpose.MAIL_FROM_SPF, "TXT", "b.news.example.com", "v=spf1 include:amazonses.com ~all"
)
DMARC = Record(
    Purpose.DMARC,
    "TXT",
    "_dmarc.news.example.com",
    "v=DMARC1; p=quarantine; rua=mailto:r@x.example",
)

NO_POLICY = replace(DMARC, value="v=DMARC1; p=none")


def answer(record: Record, *texts: str, type_: str | None = None) -> Answer:
    """The server has these texts at the record's name."""
    return Answer(
        records=tuple(ResourceRecord(record.name, type_ or record.type, text) for text in texts)
    )


def mistake(record: Record, *texts: str) -> str | None:
    judgement = judge(record, answer(record, *texts), ZONES)
    assert judgement is not None
    return judgement.mistake


@pytest.mark.parametrize(
    ("record", "texts"),
    [
        (DKIM, ["t.dkim.amazonses.com"]),
        (DKIM, ["T.DKIM.AmazonSES.com."]),
        (MX, ["10 feedback-smtp.eu-west-1.amazonses.com"]),
        (MX, ["0 Feedback-SMTP.eu-west-1.amazonses.com."]),
        (SPF, ["v=spf1 include:amazonses.com ~all"]),
        (SPF, ["V=SPF1 include:_spf.example.net include:AmazonSES.com -all"]),
        (SPF, ["google-site-verification=abc", "v=spf1 include:amazonses.com ~all"]),
        (DMARC, ["v=DMARC1; p=quarantine; rua=mailto:r@x.example"]),
        (DMARC, ["v=DMARC1;rua=mailto:own@example.com;p=Quarantine"]),
        (DMARC, ["v=DMARC1; p=reject"]),
        (DMARC, ["some other text", "v=DMARC1; p=reject"]),
        (NO_POLICY, ["v=DMARC1; p=none; pct=20"]),
        (NO_POLICY, ["v=DMARC1; rua=mailto:a@x.example"]),
    ],
)
def test_what_does_the_same_job_is_found(record: Record, texts: list[str]) -> None:
    assert mistake(record, *texts) is None


@pytest.mark.parametrize("record", [DKIM, MX, SPF, DMARC])
def test_nothing_at_the_name_is_missing(record: Record) -> None:
    assert mistake(record) == "missing"
    assert judge(record, Answer(Rcode.NXDOMAIN), ZONES) == Judgement(ProblemCode.MISSING)


@pytest.mark.parametrize("record", [SPF, DMARC])
def test_other_texts_at_the_name_do_not_count(record: Record) -> None:
    assert mistake(record, "google-site-verification=abc") == "missing"
    assert mistake(record, "verify=DMARC123", "spf123-verification") == "missing"


@pytest.mark.parametrize(
    ("record", "texts", "code"),
    [
        (DKIM, ["t.dkim.amazonses.com.other.example"], "wrong_value"),
        (DKIM, ["u.dkim.amazonses.com"], "stale_token"),
        (DKIM, ["u.dkim.eu-south-1.amazonses.com"], "stale_token"),
        (DKIM, ["t.dkim.eu-south-1.amazonses.com"], "wrong_region"),
        (DKIM, [r"\"t.dkim.amazonses.com\""], "literal_quotes"),
        (DKIM, [r"t.dkim.amazonses.com\226\128\139"], "invisible_characters"),
        (DKIM, [r"\032t.dkim.amazonses.com"], "invisible_characters"),
        (MX, ["10 mail.example.com"], "wrong_value"),
        (MX, ["10 mail.example.com", "20 mx.example.com"], "wrong_value"),
        (MX, ["0 "], "wrong_value"),
        (MX, ["10 feedback-smtp.us-east-1.amazonses.com"], "wrong_region"),
        (MX, ["10 feedback-smtp.eu-west-1.amazonses.com", "20 mail.example.com"], "extra_mx"),
        (SPF, ["v=spf1 -all"], "spf_missing_include"),
        (SPF, ["v=spf1 -all include:amazonses.com"], "spf_missing_include"),
        (SPF, ["v=spf1 -include:amazonses.com ~all"], "spf_missing_include"),
        (SPF, ["v=spf1 include:amazonses.com ~all", "v=spf1 a -all"], "multiple_spf"),
        (SPF, ["v=spf1 includes:amazonses.com ~all"], "spf_syntax"),
        (SPF, ["v=spf1 include: amazonses.com ~all all-"], "spf_syntax"),
        (SPF, ["spf1 include:amazonses.com ~all"], "spf_syntax"),
        (SPF, ['"v=spf1 include:amazonses.com ~all"'], "literal_quotes"),
        (SPF, ['\\"v=spf1 include:amazonses.com ~all\\"'], "literal_quotes"),
        (SPF, ["“v=spf1 include:amazonses.com ~all”"], "literal_quotes"),
        (SPF, ['"v=spf1 include:amazonses.com" " ~all"'], "literal_quotes"),
        (SPF, ["v=spf1 include:amazonses.com\u00a0~all"], "invisible_characters"),
        (SPF, ["\ufeffv=spf1 include:amazonses.com ~all"], "invisible_characters"),
        (SPF, [r"v=spf1 include:amazonses.com\xa0~all"], "invisible_characters"),
        (SPF, ["v=spf1 include:amazo nses.com ~all"], "split_with_spaces"),
        (DMARC, ["v=DMARC1; p=none"], "wrong_value"),
        (DMARC, ["v=DMARC1; p=quarantine; pct=50"], "wrong_value"),
        (DMARC, ["v=DMARC1; p=quarantine; t=y"], "wrong_value"),
        (DMARC, ["v=DMARC1; p=reject", "v=DMARC1; p=reject"], "multiple_dmarc"),
        (DMARC, ["v=dmarc1; p=reject"], "dmarc_syntax"),
        (DMARC, ["v=DMARC1 p=reject"], "dmarc_syntax"),
        (DMARC, ["p=reject; v=DMARC1"], "dmarc_syntax"),
        (DMARC, ["v=DMARC1; p=quarantined"], "dmarc_syntax"),
        (NO_POLICY, ["v=DMARC1; p=rejct"], "dmarc_syntax"),
        (NO_POLICY, ["v=DMARC1"], "dmarc_syntax"),
        (DMARC, ["'v=DMARC1; p=reject'"], "literal_quotes"),
        (DMARC, ["v=DMARC1; p=re\u200bject"], "invisible_characters"),
        (DMARC, ["v=DMARC1; p=quaran tine"], "split_with_spaces"),
    ],
)
def test_what_does_another_job_is_called_by_the_mistake(
    record: Record, texts: list[str], code: str
) -> None:
    judgement = judge(record, answer(record, *texts), ZONES)
    assert judgement is not None
    assert judgement.mistake == code
    assert [text.lower() for text in judgement.seen] == [text.lower() for text in texts]


def test_strings_that_meet_without_their_space_were_split_with_spaces() -> None:
    strings = (b"v=spf1", b"include:amazonses.com", b"~all")
    text = b"".join(strings).decode()
    split = Answer(records=(ResourceRecord(SPF.name, "TXT", text, strings=strings),))
    judgement = judge(SPF, split, ZONES)
    assert judgement is not None
    assert judgement.mistake == "split_with_spaces"


def test_strings_that_meet_in_the_middle_of_a_word_are_right() -> None:
    strings = (b"v=spf1 include:amazo", b"nses.com ~all")
    text = b"".join(strings).decode()
    split = Answer(records=(ResourceRecord(SPF.name, "TXT", text, strings=strings),))
    judgement = judge(SPF, split, ZONES)
    assert judgement is not None
    assert judgement.is_found


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (DKIM, "t.dkim.amazonses.com.example.com"),
        (DKIM, "t.dkim.amazonses.com.news.example.com"),
        (MX, "10 feedback-smtp.eu-west-1.amazonses.com.example.com"),
    ],
)
def test_a_target_with_the_zone_or_the_domain_behind_it_is_told(record: Record, text: str) -> None:
    assert mistake(record, text) == "target_doubled_zone"


@pytest.mark.parametrize("record", [MX, SPF])
def test_an_alias_at_a_mail_from_name_is_in_conflict(record: Record) -> None:
    judged = judge(record, answer(record, "Other.Example", type_="CNAME"), ZONES)
    assert judged == Judgement(ProblemCode.CONFLICTING_CNAME, ("CNAME other.example",))


def aliased(*end: str) -> Answer:
    chain = (ResourceRecord(DMARC.name, "CNAME", "d.other.example"),)
    return Answer(records=chain + tuple(ResourceRecord("d.other.example", "TXT", t) for t in end))


@pytest.mark.parametrize(
    ("here", "resolved", "mistake"),
    [
        (aliased("v=DMARC1; p=reject"), None, None),
        (aliased(), aliased("v=DMARC1; p=reject"), None),
        (aliased(), aliased("v=DMARC1; p=none"), "wrong_value"),
        (aliased(), aliased(), "conflicting_cname"),
        (aliased(), Answer(Rcode.NXDOMAIN), "conflicting_cname"),
    ],
)
def test_a_dmarc_record_may_stand_at_the_end_of_an_alias(
    here: Answer, resolved: Outcome | None, mistake: str | None
) -> None:
    judged = judge(DMARC, here, ZONES, resolved)
    assert judged is not None
    assert judged.mistake == mistake


def test_an_alias_whose_end_was_not_looked_up_is_not_judged() -> None:
    assert judge(DMARC, aliased(), ZONES, Failure.TIMEOUT) is None
    assert judge(DMARC, aliased(), ZONES, None) is None


def test_an_alias_that_loops_leads_nowhere() -> None:
    loop = Answer(
        records=(
            ResourceRecord(DMARC.name, "CNAME", "a.example"),
            ResourceRecord("a.example", "CNAME", DMARC.name),
        )
    )
    judged = judge(DMARC, loop, ZONES)
    assert judged is not None
    assert judged.mistake == "conflicting_cname"
