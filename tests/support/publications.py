"""Records as files begin with, hostile ones among them, and reports about them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import strategies as st

from onboarding.domain.dns_hosts import host_named
from onboarding.domain.files.publication import Publication
from onboarding.domain.problems import Problem, ProblemCode
from onboarding.domain.records import Purpose, Record
from onboarding.domain.report import RecordReport, Report, Status, Verdict, ZoneReport
from tests.support.values import RECORDS

DOMAIN, CUT = "news.example.com", "example.com"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

HOSTILE = (
    'say "hi"',
    '"; rm -rf ~; "',
    "'; rm -rf ~; '",
    "$(reboot) `reboot` ${var.secret} %{ if true }",
    "back\\slash \\; \\\" \\092",
    "a;b; c ;",
    "x" * 700,
    "one, two,three",
    "^|^a,b",
    "@/etc/passwd",
    "=1+1",
    "$${x}",
    "${",
    "a %{ b",
    "%{i}._spf.%{d2} ${ a ${ b }",
    "line\nbreak",
    "naïve “text”",
    "nul\0",
    "a|b~c#d!e,f",
    " spaces at both ends ",
    '"" "" ""',
    "\ud800",
    "",
)  # fmt: skip

texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=600),
    st.text("\"'\\$`{}%;,|^@ \nab", max_size=40),
    st.text(max_size=40),
)
labels = st.from_regex(r"[a-z0-9_]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
hosts = st.lists(labels, min_size=2, max_size=4).map(".".join)
owners = st.tuples(st.sampled_from(["", "*."]), labels).map(lambda t: f"{t[0]}{t[1]}.{CUT}")
ttls = st.integers(min_value=0, max_value=86400)
records = st.one_of(
    st.builds(Record, st.just(Purpose.DKIM), st.just("CNAME"), owners, hosts, ttls),
    st.builds(
        Record,
        st.just(Purpose.MAIL_FROM_MX),
        st.just("MX"),
        owners,
        st.builds("{} {}".format, st.integers(0, 65535), hosts),
        ttls,
    ),
    st.builds(Record, st.just(Purpose.DMARC), st.just("TXT"), owners, texts, ttls),
)


def a_publication(
    records: Sequence[Record] = RECORDS,
    host: str | None = None,
    report: Report | None = None,
    provider: str | None = None,
) -> Publication:
    return Publication(DOMAIN, CUT, tuple(records), host_named(host), report, provider)


def a_text_record(text: str, ttl: int = 3600) -> Record:
    return Record(Purpose.DMARC, "TXT", f"_dmarc.{DOMAIN}", text, ttl)


def facts(records: Sequence[Record]) -> list[tuple[str, str, int, str]]:
    """What a reader has to find: name, type, TTL and value of each record, in order."""
    return sorted((r.name, r.type, r.ttl, r.value) for r in records)


def a_report(
    record: Record, status: Status, found: Sequence[str] = (), code: ProblemCode | None = None
) -> Report:
    """A report about this record alone."""
    problems = () if code is None else (Problem(code, "", "It is wrong.", "Do this."),)
    seen = RecordReport(
        record.purpose, record.type, record.name, record.value, tuple(found), status, problems
    )
    zone = ZoneReport(CUT, ("ns1.example.net",))
    return Report(DOMAIN, Verdict.WRONG, NOW, zone, (seen,))
