"""What a person types, in the terms of the DNS host."""

from onboarding.domain.dns_hosts import host_named, known_hosts
from onboarding.domain.entry import Field, entry
from onboarding.domain.publishing import Step, Task
from onboarding.domain.records import Purpose, Record
from tests.support.publications import CUT, a_text_record
from tests.support.values import RECORDS

CNAME, MX, SPF, _ = RECORDS


def fields(record: Record, host: str | None, value: str = "") -> list[tuple[str, str]]:
    made = entry(Step(record, Task.ADD, (), value or record.value), CUT, host_named(host))
    return [(field.label, field.typed) for field in made.fields]


def test_a_host_that_appends_the_zone_gets_the_name_within_it() -> None:
    assert fields(CNAME, "godaddy") == [
        ("Type", "CNAME"),
        ("Name", "t1._domainkey.news"),
        ("Value", "t1.dkim.amazonses.com"),
        ("TTL", "3600"),
    ]


def test_cloudflare_is_entered_with_the_proxy_off() -> None:
    assert fields(CNAME, "cloudflare")[2:4] == [
        ("Target", "t1.dkim.amazonses.com"),
        ("Proxy status", "DNS only"),
    ]
    assert "Proxy status" not in dict(fields(SPF, "cloudflare"))


def test_a_host_that_wants_whole_names_gets_them_with_their_dots() -> None:
    assert fields(CNAME, "google_cloud_dns") == [
        ("Resource record type", "CNAME"),
        ("DNS name", "t1._domainkey.news.example.com."),
        ("Canonical name", "t1.dkim.amazonses.com."),
        ("TTL", "3600"),
    ]


def test_a_mail_servers_priority_has_a_field_of_its_own() -> None:
    assert fields(MX, "namecheap") == [
        ("Type", "MX"),
        ("Host", "bounce.news"),
        ("Value", "feedback-smtp.eu-west-1.amazonses.com"),
        ("Priority", "10"),
        ("TTL", "3600"),
    ]


def test_a_priority_stands_before_the_target_where_there_is_one_field_for_both() -> None:
    assert ("Value", "10 feedback-smtp.eu-west-1.amazonses.com") in fields(MX, "route53")


def test_a_text_is_typed_without_quotes_but_where_the_host_asks_for_them() -> None:
    assert ("Content", SPF.value) in fields(SPF, "cloudflare")
    assert ("Value", f'"{SPF.value}"') in fields(SPF, "route53")
    assert ("Value", '"say \\"hi\\""') in fields(a_text_record('say "hi"'), "route53")


def test_an_unknown_host_gets_neutral_words_and_both_forms_of_the_name() -> None:
    made = entry(Step(CNAME, Task.ADD, (), CNAME.value), CUT)
    assert made.fields == (
        Field("Type", "CNAME"),
        Field("Name", "t1._domainkey.news", "t1._domainkey.news.example.com"),
        Field("Value", "t1.dkim.amazonses.com"),
        Field("TTL", "3600"),
    )


def test_a_host_that_is_known_but_for_its_names_gets_both_forms_too() -> None:
    made = entry(Step(CNAME, Task.ADD, (), CNAME.value), CUT, host_named("ionos"))
    assert made.fields[1] == Field(
        "Host name", "t1._domainkey.news", "t1._domainkey.news.example.com"
    )
    assert made.fields[2].label == "Points to"


def test_a_record_at_the_zones_own_name_is_entered_as_the_at_sign() -> None:
    record = Record(Purpose.DMARC, "TXT", CUT, "text")
    assert ("Host", "@") in fields(record, "namecheap")


def test_a_record_that_changes_is_entered_with_its_new_value() -> None:
    assert ("Data", "v=spf1 mx include:amazonses.com -all") in fields(
        SPF, "squarespace", "v=spf1 mx include:amazonses.com -all"
    )


def test_no_field_has_a_final_dot_unless_the_host_needs_it() -> None:
    for host in known_hosts():
        for record in (CNAME, MX):
            made = entry(Step(record, Task.ADD, (), record.value), CUT, host)
            dotted = {field.label for field in made.fields if field.typed.endswith(".")}
            assert bool(dotted) == (host.target_dot == "needed" or host.typed == "dot"), host.slug


def test_the_words_for_fields_are_those_that_the_data_file_may_have() -> None:
    known = {"type", "ttl", "priority", "value", "cname", "mx", "txt"}
    for host in known_hosts():
        assert {*host.fields} <= known
        assert host.txt in ("", "quoted")
        assert host.mx in ("", "together")
