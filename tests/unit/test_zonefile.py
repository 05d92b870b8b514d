"""Zone-file lines, read back by another implementation."""

from typing import Any

import dns.rdatatype
import dns.zonefile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboarding.domain.records import Purpose, Record
from onboarding.domain.zonefile import split_text, zone_file, zone_line
from tests.support.values import RECORDS

label = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
host_name = st.lists(label, min_size=2, max_size=5).map(".".join)
ttl = st.integers(min_value=0, max_value=2**31 - 1)


def read_back(line: str) -> tuple[str, int, str, Any]:
    [rrset] = dns.zonefile.read_rrsets(line, origin=".", relativize=False, rdclass=None)
    # Without the final dot a name would mean something else under each other origin.
    fields = line.split()
    assert fields[0].endswith(".")
    assert rrset.rdtype == dns.rdatatype.TXT or fields[-1].endswith(".")
    return (
        rrset.name.to_text(omit_final_dot=True),
        rrset.ttl,
        dns.rdatatype.to_text(rrset.rdtype),
        rrset[0],
    )


@given(host_name, host_name, ttl)
def test_a_cname_line_reads_back_as_the_same_record(name: str, target: str, seconds: int) -> None:
    record = Record(Purpose.DKIM, "CNAME", name, target, seconds)
    read_name, read_ttl, read_type, rdata = read_back(zone_line(record))
    assert (read_name, read_ttl, read_type) == (name, seconds, "CNAME")
    assert rdata.target.to_text() == f"{target}."


@given(host_name, st.integers(min_value=0, max_value=65535), host_name)
def test_an_mx_line_reads_back_as_the_same_record(name: str, preference: int, host: str) -> None:
    record = Record(Purpose.MAIL_FROM_MX, "MX", name, f"{preference} {host}")
    read_name, _, read_type, rdata = read_back(zone_line(record))
    assert (read_name, read_type) == (name, "MX")
    assert (rdata.preference, rdata.exchange.to_text()) == (preference, f"{host}.")


@given(host_name, st.text(max_size=700))
def test_a_txt_line_reads_back_as_the_same_octets(name: str, text: str) -> None:
    try:
        octets = text.encode()
    except UnicodeEncodeError:
        return  # half a surrogate pair is no text
    line = zone_line(Record(Purpose.DMARC, "TXT", name, text))
    read_name, _, read_type, rdata = read_back(line)
    assert (read_name, read_type) == (name, "TXT")
    assert b"".join(rdata.strings) == octets
    assert all(len(string) <= 255 for string in rdata.strings)
    assert "\n" not in line


def test_a_long_text_is_cut_into_strings_of_255_octets() -> None:
    assert [len(piece) for piece in split_text("x" * 600)] == [255, 255, 90]
    assert split_text("") == [""]


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (
            RECORDS[0],
            "t1._domainkey.news.example.com. 3600 IN CNAME t1.dkim.amazonses.com.",
        ),
        (
            RECORDS[1],
            "bounce.news.example.com. 3600 IN MX 10 feedback-smtp.eu-west-1.amazonses.com.",
        ),
        (
            RECORDS[2],
            'bounce.news.example.com. 3600 IN TXT "v=spf1 include:amazonses.com ~all"',
        ),
        (
            Record(Purpose.DMARC, "TXT", "a.example", 'say "\\" é\n'),
            'a.example. 3600 IN TXT "say \\"\\\\\\" \\195\\169\\010"',
        ),
    ],
)
def test_a_record_is_one_line_with_final_dots_and_quotes(record: Record, line: str) -> None:
    assert zone_line(record) == line


def test_a_zone_file_tells_the_zone_that_the_records_belong_into() -> None:
    text = zone_file("news.example.com", RECORDS[:1], origin="example.com")
    assert text == (
        "; Records for sending e-mail from news.example.com. Add them; replace nothing.\n"
        "; They belong into the zone example.com.\n"
        "t1._domainkey.news.example.com. 3600 IN CNAME t1.dkim.amazonses.com.\n"
    )


def test_a_zone_file_for_a_zone_of_its_own_has_one_line_of_heading() -> None:
    text = zone_file("news.example.com", RECORDS, origin="news.example.com")
    assert [line.startswith(";") for line in text.splitlines()] == [True] + [False] * 4
