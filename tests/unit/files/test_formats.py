"""Each format, read back by a reader that others wrote."""

import contextlib
import csv
import io
import json
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
import dns.rdatatype
import dns.zone
import hcl2
import pytest
import yaml
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, given, settings
from octodns.provider.yaml import YamlProvider
from octodns.zone import Zone

from onboarding.domain.files.bind import bind, cloudflare
from onboarding.domain.files.commands import azure, gcloud
from onboarding.domain.files.octodns import octodns
from onboarding.domain.files.plain import COLUMNS, as_csv, as_json
from onboarding.domain.files.publication import Publication, Unwritable
from onboarding.domain.files.route53 import route53
from onboarding.domain.files.terraform import PROVIDERS, terraform
from onboarding.domain.problems import ProblemCode
from onboarding.domain.publishing import to_add
from onboarding.domain.records import Purpose, Record
from onboarding.domain.report import Status
from tests.support.publications import (
    CUT,
    DOMAIN,
    HOSTILE,
    a_publication,
    a_report,
    a_text_record,
    facts,
    records,
)
from tests.support.values import RECORDS

Fact = tuple[str, str, int, str]

CHECKZONE = shutil.which("named-checkzone") or "/usr/sbin/named-checkzone"
_ZONE_TOP = (
    f"{CUT}. 3600 IN SOA ns1.example.net. dns.{CUT}. 1 2 3 4 5\n{CUT}. IN NS ns1.example.net.\n"
)


def whole(name: str) -> str:
    """A name relative to the zone, in full."""
    return CUT if name in ("", "@") else f"{name}.{CUT}"


# Readers: from a file's text to name, type, TTL and value of each record in it.


def read_zone(text: str) -> list[Fact]:
    zone = dns.zone.from_text(_ZONE_TOP + text, origin=CUT, relativize=False)
    return sorted(
        (name.to_text(omit_final_dot=True), dns.rdatatype.to_text(rdata.rdtype), ttl, data(rdata))
        for name, ttl, rdata in zone.iterate_rdatas()
        if rdata.rdtype not in (dns.rdatatype.SOA, dns.rdatatype.NS)
    )


def data(rdata: Any) -> str:
    match dns.rdatatype.to_text(rdata.rdtype):
        case "CNAME":
            return str(rdata.target.to_text(omit_final_dot=True))
        case "MX":
            return f"{rdata.preference} {rdata.exchange.to_text(omit_final_dot=True)}"
    return b"".join(rdata.strings).decode()


def read_csv(text: str) -> list[Fact]:
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert tuple(rows[0]) == COLUMNS
    assert all(whole(row[1]) == row[2] for row in rows[1:])
    return sorted(
        (full, type_, int(ttl), f"{priority} {value}".lstrip() if type_ == "MX" else value)
        for type_, _, full, value, priority, ttl, _ in rows[1:]
    )


def read_json(text: str) -> list[Fact]:
    return sorted((r["name"], r["type"], r["ttl"], r["value"]) for r in json.loads(text)["records"])


def read_change_batch(text: str) -> list[Fact]:
    batch = json.loads(text)
    assert {change["Action"] for change in batch["Changes"]} <= {"CREATE"}
    sets = [change["ResourceRecordSet"] for change in batch["Changes"]]
    return sorted(
        (s["Name"].removesuffix("."), s["Type"], s["TTL"], unquoted_route53(s["Type"], v["Value"]))
        for s in sets
        for v in s["ResourceRecords"]
    )


def unquoted_route53(type_: str, value: str) -> str:
    """A text as Route 53 describes it: strings in quotes, `\\"`, and three octal digits."""
    if type_ != "TXT":
        return value.removesuffix(".")
    assert re.fullmatch(r'"(?:[^"\\]|\\"|\\[0-7]{3})*"( ?"(?:[^"\\]|\\"|\\[0-7]{3})*")*', value)
    strings = re.findall(r'"((?:[^"\\]|\\.)*)"', value)
    plain = [
        re.sub(r'\\([0-7]{3}|")', lambda m: m[1] if m[1] == '"' else chr(int(m[1], 8)), s)
        for s in strings
    ]
    assert all(len(s) <= 255 for s in plain)
    return "".join(plain)


def unquoted_zone(type_: str, value: str) -> str:
    if type_ != "TXT":
        return value.removesuffix(".")
    return data(dns.rdata.from_text("IN", "TXT", value))


def hcl_resources(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for block in hcl2.loads(text)["resource"] if "resource" in text else ():
        for kind, labelled in block.items():
            if isinstance(labelled, dict):
                for body in labelled.values():
                    yield json.loads(kind), body


def hcl_string(literal: str) -> str:
    """What Terraform reads in a quoted template; a template in it would be a mistake."""
    assert re.match(r'"(?:[^"\\]|\\.)*"\Z', literal), literal
    inner = literal[1:-1]
    assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", inner), literal
    return re.sub(r"\\(.)", r"\1", inner.replace("$${", "${").replace("%%{", "%{"))


def read_terraform(provider: str) -> Callable[[str], list[Fact]]:
    def read(text: str) -> list[Fact]:
        found: list[Fact] = []
        for kind, body in hcl_resources(text):
            found += _READ_RESOURCE[provider](kind, body)
        return sorted(found)

    return read


def _read_aws(kind: str, body: dict[str, Any]) -> list[Fact]:
    assert kind == "aws_route53_record"
    assert body["zone_id"] == "${var.xes_news_example_com_zone_id}"
    assert "allow_overwrite" not in body
    type_ = hcl_string(body["type"])
    # The provider puts the outer quotes around a text.
    values = [hcl_string(value) for value in body["records"]]
    return [
        (
            hcl_string(body["name"]),
            type_,
            body["ttl"],
            unquoted_route53(type_, f'"{value}"' if type_ == "TXT" else value),
        )
        for value in values
    ]


def _read_cloudflare(kind: str, body: dict[str, Any]) -> list[Fact]:
    assert kind == "cloudflare_dns_record"
    type_, content = hcl_string(body["type"]), hcl_string(body["content"])
    assert (body.get("proxied") is False) == (type_ == "CNAME")
    value = f"{body['priority']} {content}" if type_ == "MX" else unquoted_zone(type_, content)
    return [(hcl_string(body["name"]), type_, body["ttl"], value)]


def _read_google(kind: str, body: dict[str, Any]) -> list[Fact]:
    assert kind == "google_dns_record_set"
    name, type_ = hcl_string(body["name"]), hcl_string(body["type"])
    assert name.endswith(".")
    return [
        (name[:-1], type_, body["ttl"], unquoted_zone(type_, hcl_string(value)))
        for value in body["rrdatas"]
    ]


def _read_azure(kind: str, body: dict[str, Any]) -> list[Fact]:
    type_ = kind.removeprefix("azurerm_dns_").removesuffix("_record").upper()
    name = whole(hcl_string(body["name"]))
    if type_ == "CNAME":
        return [(name, type_, body["ttl"], hcl_string(body["record"]))]
    values = [
        f"{each['preference']} {hcl_string(each['exchange'])}"
        if type_ == "MX"
        else hcl_string(each["value"])
        for each in body["record"]
    ]
    return [(name, type_, body["ttl"], value) for value in values]


_READ_RESOURCE = {
    "route53": _read_aws,
    "cloudflare": _read_cloudflare,
    "google": _read_google,
    "azure": _read_azure,
}


def commands(text: str, variable: str) -> Iterator[list[str]]:
    """What a shell makes of a script: the arguments of each command after `set` and the guard."""
    lines = text.splitlines()
    assert lines[0] == "#!/bin/sh"
    assert [line for line in lines if line.startswith("set ")] == ["set -eu"]
    for line in lines:
        if line.startswith(("#", "set ", ": ")):
            continue
        words = shlex.split(line, comments=False)
        assert shlex.join(words).count(f"${variable}") == 1  # the one thing a shell replaces
        yield words


def options(words: list[str]) -> dict[str, str]:
    """`--a b`, `--a=b` and bare `--a` as an argument parser reads them."""
    read: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        assert word.startswith("--"), word
        name, equals, value = word[2:].partition("=")
        takes_next = not equals and rest and not rest[0].startswith("--")
        read[name] = rest.pop(0) if takes_next else value
    return read


def read_azure_cli(text: str) -> list[Fact]:
    found: list[Fact] = []
    ttls: dict[str, int] = {}
    for words in commands(text, "RESOURCE_GROUP"):
        assert words[:4] == ["az", "network", "dns", "record-set"]
        type_, verb, given = words[4].upper(), words[5], options(words[6:])
        assert given["zone-name"] == CUT
        assert not any(value.startswith("@") and len(value) > 1 for value in given.values())
        if verb == "create":
            assert type_ == "TXT"
            assert "if-none-match" in given
            ttls[given["name"]] = int(given["ttl"])
            continue
        name = given["record-set-name"]
        ttl = int(given.get("ttl", ttls.get(name, 3600)))
        match type_, verb:
            case "CNAME", "set-record":
                assert "if-none-match" in given
                value = given["cname"]
            case "MX", "add-record":
                value = f"{given['preference']} {given['exchange']}"
            case "TXT", "add-record":
                value = given["value"]
            case _:
                raise AssertionError(words)
        found.append((whole(name), type_, ttl, value))
    return sorted(found)


def read_gcloud(text: str) -> list[Fact]:
    found: list[Fact] = []
    for words in commands(text, "ZONE"):
        assert words[:4] == ["gcloud", "dns", "record-sets", "create"]
        name, given = words[4], options(words[5:])
        assert name.endswith(".")
        data_, comma = given["rrdatas"], ","
        if match := re.match(r"\^(.)\^", data_):  # as `gcloud topic escaping` has it
            data_, comma = data_[3:], match[1]
        type_ = given["type"]
        found += [
            (name[:-1], type_, int(given["ttl"]), unquoted_zone(type_, value))
            for value in data_.split(comma)
        ]
    return sorted(found)


def read_octodns(text: str) -> list[Fact]:
    """By octoDNS itself, with its own validation."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, f"{CUT}.yaml").write_text(text, encoding="utf-8")
        zone = Zone(f"{CUT}.", [])
        YamlProvider(
            "test", folder, supports_root_ns=False, enforce_order=True, escaped_semicolons=True
        ).populate(zone)
    found: list[Fact] = []
    for record in zone.records:
        values = [record.value] if record._type == "CNAME" else record.values
        for value in values:
            if record._type == "MX":
                shown = f"{value.preference} {value.exchange.removesuffix('.')}"
            else:
                shown = (
                    str(value)
                    .replace("\\;", ";")
                    .removesuffix("." if record._type == "CNAME" else "")
                )
            found.append((whole(record.name), record._type, record.ttl, shown))
    return sorted(found)


READERS: dict[str, tuple[Callable[[Publication], str], Callable[[str], list[Fact]]]] = {
    "bind": (bind, read_zone),
    "cloudflare": (cloudflare, read_zone),
    "csv": (as_csv, read_csv),
    "json": (as_json, read_json),
    "route53": (route53, read_change_batch),
    "azure": (azure, read_azure_cli),
    "gcloud": (gcloud, read_gcloud),
    "octodns": (octodns, read_octodns),
    **{f"terraform {provider}": (terraform, read_terraform(provider)) for provider in PROVIDERS},
}


def render(key: str, *records: Record, **changes: Any) -> str:
    provider = key.partition(" ")[2] or None
    return READERS[key][0](a_publication(records, provider=provider, **changes))


@pytest.mark.parametrize("key", READERS)
def test_every_format_reads_back_as_the_records_of_a_request(key: str) -> None:
    assert READERS[key][1](render(key, *RECORDS)) == facts(RECORDS)


@pytest.mark.parametrize("key", READERS)
@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_reads_back_as_itself_or_is_refused_by_name(key: str, text: str) -> None:
    record = a_text_record(text)
    with contextlib.suppress(Unwritable):
        assert READERS[key][1](render(key, record)) == facts([record])


@pytest.mark.parametrize("key", READERS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(record=records)
def test_any_record_reads_back_as_itself_or_is_refused_by_name(key: str, record: Record) -> None:
    with contextlib.suppress(Unwritable):
        assert READERS[key][1](render(key, record)) == facts([record])


WRITTEN = ("v=DMARC1; p=none; rua=mailto:a@x.example,mailto:b@x.example", "x" * 700, "it's $HOME")


@pytest.mark.parametrize("key", READERS)
@pytest.mark.parametrize("text", WRITTEN)
def test_what_a_policy_may_hold_is_never_refused(key: str, text: str) -> None:
    record = a_text_record(text, ttl=300)
    assert READERS[key][1](render(key, record)) == facts([record])


@pytest.mark.parametrize("text", ['"; rm -rf ~; "', "'; rm -rf ~; '", "$(reboot) `reboot`"])
@pytest.mark.parametrize(("key", "program"), [("azure", "az"), ("gcloud", "gcloud")])
def test_a_shell_passes_a_hostile_text_on_as_one_argument(
    key: str, program: str, text: str, tmp_path: Path
) -> None:
    fake = tmp_path / program
    fake.write_text('#!/bin/sh\nprintf "%s\\0" "$@" > "$(dirname "$0")/seen"\n')
    fake.chmod(0o700)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "ZONE": "z", "RESOURCE_GROUP": "g"}
    subprocess.run(["sh", "-c", render(key, a_text_record(text))], check=True, env=environment)
    seen = (tmp_path / "seen").read_text().split("\0")
    [value] = [word.partition("=")[2] for word in seen if word.startswith(("--value", "--rrdatas"))]
    assert (value if key == "azure" else unquoted_zone("TXT", value)) == text


@pytest.mark.parametrize("key", ["bind", "cloudflare"])
def test_a_name_server_takes_the_zone_file(key: str, tmp_path: Path) -> None:
    file = tmp_path / "zone"
    file.write_text(
        _ZONE_TOP + render(key, *RECORDS, a_text_record("x" * 700), a_text_record("a;b"))
    )
    done = subprocess.run(
        [CHECKZONE, "-i", "local", CUT, file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "OK"


@pytest.mark.parametrize("key", ["bind", "cloudflare"])
def test_every_name_in_a_zone_file_ends_in_a_dot(key: str) -> None:
    lines = [line for line in render(key, *RECORDS).splitlines() if not line.startswith(";")]
    assert len(lines) == len(RECORDS)
    assert all(line.split()[0].endswith(".") for line in lines)


def test_cloudflare_is_told_to_leave_its_proxy_off_where_there_could_be_one() -> None:
    lines = render("cloudflare", *RECORDS).splitlines()
    assert [line.endswith(" ; cf_tags=cf-proxied:false") for line in lines] == [
        True, False, False, False,
    ]  # fmt: skip


def test_the_change_batch_is_what_the_api_takes() -> None:
    model = botocore.session.get_session().get_service_model("route53")
    shape = model.operation_model("ChangeResourceRecordSets").input_shape
    batch = json.loads(render("route53", *RECORDS))
    request = {"HostedZoneId": "Z1", "ChangeBatch": batch}
    assert not ParamValidator().validate(request, shape).has_errors()
    batch["Changes"][0]["Action"] = 1
    assert ParamValidator().validate(request, shape).has_errors()


def test_records_of_one_name_and_type_are_one_record_set() -> None:
    two = [Record(Purpose.DMARC, "TXT", f"a.{CUT}", text) for text in ("one", "two")]
    batch = json.loads(render("route53", *two))
    [change] = batch["Changes"]
    assert [v["Value"] for v in change["ResourceRecordSet"]["ResourceRecords"]] == [
        '"one"',
        '"two"',
    ]
    for key in READERS:
        assert READERS[key][1](render(key, *two)) == facts(two)


@pytest.mark.parametrize("key", [key for key in READERS if key != "json"])
def test_a_name_cannot_be_an_alias_and_hold_more(key: str) -> None:
    alias = Record(Purpose.DKIM, "CNAME", f"a.{CUT}", "one.example.net")
    for other in (
        Record(Purpose.DKIM, "CNAME", f"A.{CUT}.", "two.example.net"),
        Record(Purpose.DMARC, "TXT", f"a.{CUT}", "text"),
    ):
        with pytest.raises(Unwritable, match="would be an alias"):
            render(key, alias, other)
    assert READERS[key][1](render(key, alias, alias)) == facts([alias])


def test_octodns_takes_our_entries_in_the_order_that_it_enforces() -> None:
    names = ["k12", "k3jz5c", "K2", "_dmarc", "0a", "a", "bounce.news", "10"]
    many = [Record(Purpose.DKIM, "CNAME", f"{n.lower()}.{CUT}", "t.example.net") for n in names]
    assert read_octodns(render("octodns", *many)) == facts(many)


def test_a_name_with_two_types_is_one_entry_of_octodns() -> None:
    read = yaml.safe_load(render("octodns", *RECORDS))
    assert [each["type"] for each in read["bounce.news"]] == ["MX", "TXT"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_terraform_labels_are_identifiers_and_differ(provider: str) -> None:
    more = (*RECORDS, Record(Purpose.DKIM, "CNAME", f"t2.{CUT}", "t2.example.net"))
    text = render(f"terraform {provider}", *more)
    labels = re.findall(r'^resource "\S+" "([^"]*)"', text, re.MULTILINE)
    assert len(set(labels)) == len(more)
    assert all(re.fullmatch(r"[a-z_][a-z0-9_-]*", label) for label in labels)


def test_terraform_without_a_provider_names_them() -> None:
    with pytest.raises(Unwritable, match="route53, cloudflare, google, azure"):
        terraform(a_publication())
    assert "google_dns_record_set" in terraform(a_publication(host="google_cloud_dns"))


@pytest.mark.parametrize("key", [key for key in READERS if key != "json"])
def test_what_is_there_already_is_left_out(key: str) -> None:
    report = a_report(RECORDS[0], Status.FOUND, (RECORDS[0].value,))
    assert READERS[key][1](render(key, *RECORDS, report=report)) == facts(RECORDS[1:])


def test_the_json_has_every_record_since_a_check_compares_with_it() -> None:
    report = a_report(RECORDS[0], Status.FOUND, (RECORDS[0].value,))
    assert read_json(render("json", *RECORDS, report=report)) == facts(RECORDS)


@pytest.mark.parametrize("key", READERS)
def test_a_name_that_is_none_is_refused_wherever_it_would_be_read_as_something_else(
    key: str,
) -> None:
    evil = Record(Purpose.DKIM, "CNAME", 'a" "b\n$(reboot).example.com', "t.example.net")
    if key == "json":
        assert read_json(render(key, evil)) == facts([evil])
        return
    with pytest.raises(Unwritable):
        render(key, evil)


@pytest.mark.parametrize("key", READERS)
@pytest.mark.parametrize("value", ["10 a.example; reboot", "99999 a.example", "a.example", "10"])
def test_a_mail_server_that_is_none_is_refused(key: str, value: str) -> None:
    if key == "json":
        return
    with pytest.raises(Unwritable):
        render(key, Record(Purpose.MAIL_FROM_MX, "MX", f"a.{CUT}", value))


@pytest.mark.parametrize("key", ["azure", "terraform azure", "octodns"])
def test_formats_with_relative_names_refuse_what_is_outside_of_the_zone(key: str) -> None:
    with pytest.raises(Unwritable, match=r"not in the zone example\.com"):
        render(key, Record(Purpose.DKIM, "CNAME", "a.example.org", "t.example.net"))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", "|cmd", "\tx"])
def test_a_spreadsheet_gets_nothing_to_execute(text: str) -> None:
    with pytest.raises(Unwritable, match="a spreadsheet would execute"):
        render("csv", a_text_record(text))


def test_azure_stops_where_a_mail_server_is_there_already() -> None:
    [line] = [line for line in render("azure", *RECORDS).splitlines() if " mx " in line]
    assert line.endswith(" --if-none-match")


@pytest.mark.parametrize(
    ("key", "warning"),
    [
        ("terraform google", "takes over what exists at the same name and type"),
        ("octodns", "octoDNS would delete all other records"),
    ],
)
def test_a_tool_that_would_replace_is_warned_of_in_the_first_lines(key: str, warning: str) -> None:
    heading = [line for line in render(key, *RECORDS).splitlines() if line.startswith("#")]
    assert warning in " ".join(heading)


def test_a_mistake_at_the_name_itself_is_never_put_into_a_file() -> None:
    record = RECORDS[3]
    wrong = a_report(record, Status.WRONG, ("v=DMARC1; p=none",), ProblemCode.WRONG_VALUE)
    assert to_add(RECORDS, wrong) == RECORDS[:3]
    elsewhere = a_report(record, Status.WRONG, (), ProblemCode.DOUBLED_ZONE)
    assert to_add(RECORDS, elsewhere) == RECORDS
    assert DOMAIN in render("bind", *RECORDS)
