"""The command line where it needs neither AWS nor DNS: what it prints and how it ends."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from xes.__main__ import app

TOKENS = ["--tokens", "a1,b2,c3", "--dkim-zone", "dkim.eu-south-1.amazonses.com"]


def xes(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_records_as_json_are_what_check_expects() -> None:
    done = xes(
        "records", "News.Example.com", "--format", "json", *TOKENS, "--region", "eu-south-1",
        "--mail-from", "bounce", "--dmarc", "v=DMARC1; p=none", "--zone", "example.com",
    )  # fmt: skip
    assert done.exit_code == 0
    printed = json.loads(done.stdout)
    assert (printed["domain"], printed["zone"]) == ("news.example.com", "example.com")
    assert [(r["purpose"], r["type"], r["name"], r["value"]) for r in printed["records"][2:]] == [
        ("dkim", "CNAME", "c3._domainkey.news.example.com", "c3.dkim.eu-south-1.amazonses.com"),
        (
            "mail_from_mx", "MX", "bounce.news.example.com",
            "10 feedback-smtp.eu-south-1.amazonses.com",
        ),
        (
            "mail_from_spf", "TXT", "bounce.news.example.com",
            "v=spf1 include:amazonses.com ~all",
        ),
        ("dmarc", "TXT", "_dmarc.news.example.com", "v=DMARC1; p=none"),
    ]  # fmt: skip
    assert {record["ttl"] for record in printed["records"]} == {3600}


def test_records_as_a_zone_file_end_every_name_with_a_dot() -> None:
    done = xes("records", "news.example.com", "--format", "bind", *TOKENS)
    lines = [line for line in done.stdout.splitlines() if not line.startswith(";")]
    assert lines[0] == (
        "a1._domainkey.news.example.com. 3600 IN CNAME a1.dkim.eu-south-1.amazonses.com."
    )


MORE = ["--mail-from", "bounce", "--dmarc", "v=DMARC1; p=quarantine", "--zone", "example.com"]


def a_report(tmp_path: Path, *records: tuple[str, str, str, str, list[str]], host: str) -> Path:
    """What `xes check --json` prints: status, code, name, expected and found of TXT records."""
    seen = [
        {
            "purpose": "dmarc",
            "type": "TXT",
            "name": name,
            "expected": expected,
            "found": found,
            "status": status,
            "problems": [{"code": code, "found": "", "message": "", "fix": ""}] if code else [],
        }
        for status, code, name, expected, found in records
    ]
    report = {
        "domain": "news.example.com",
        "verdict": "wrong",
        "checked_at": "2026-11-23T10:00:00Z",
        "zone": {
            "cut": "example.com", "nameservers": [], "dns_host": host, "evidence": "",
            "problems": [],
        },
        "records": seen,
        "warnings": [],
    }  # fmt: skip
    file = tmp_path / "report.json"
    file.write_text(json.dumps(report))
    return file


def test_records_for_people_are_in_the_terms_of_their_dns_host() -> None:
    done = xes("records", "news.example.com", *TOKENS, *MORE, "--host", "cloudflare")
    assert done.exit_code == 0
    blocks = done.stdout.split("\n\n")
    assert blocks[0] == "In the zone example.com at Cloudflare, for news.example.com"
    assert blocks[1].splitlines()[1:] == [
        "  Type          CNAME",
        "  Name          a1._domainkey.news",
        "  Target        a1.dkim.eu-south-1.amazonses.com",
        "  Proxy status  DNS only",
        "  TTL           3600",
    ]
    assert (
        "  Mail server  feedback-smtp.us-east-1.amazonses.com\n  Priority     10\n" in done.stdout
    )
    assert blocks[-1] == "As a file: --format cloudflare or terraform\n"


def test_records_for_an_unknown_host_have_both_forms_of_the_name() -> None:
    done = xes("records", "news.example.com", *TOKENS)
    assert (
        "  Name   a1._domainkey.news   (or a1._domainkey.news.example.com, if the whole name is "
        "asked for)\n" in done.stdout
    )


def test_records_for_people_leave_what_is_there_and_show_old_against_new(tmp_path: Path) -> None:
    name, wanted = "_dmarc.news.example.com", "v=DMARC1; p=quarantine"
    old = "v=DMARC1; p=none; rua=mailto:own@example.com"
    report = a_report(tmp_path, ("wrong", "wrong_value", name, wanted, [old]), host="namecheap")
    arguments = ["records", "news.example.com", *TOKENS, "--dmarc", wanted, "--report", str(report)]
    done = xes(*arguments)
    assert done.exit_code == 0
    assert "at Namecheap" in done.stdout
    assert (
        "Change the TXT record that is there, add no second one  "
        f"(dmarc, in full {name})\n  it is now: {old}\n" in done.stdout
    )
    assert "  Value  v=DMARC1; p=quarantine; rua=mailto:own@example.com\n" in done.stdout
    assert "_dmarc" not in xes(*arguments, "--format", "csv").stdout
    found = a_report(tmp_path, ("found", "", name, wanted, [old]), host="namecheap")
    assert "_dmarc.news.example.com is there already. Leave it as it is." in xes(*arguments).stdout
    assert found == report


def test_a_record_of_another_type_has_to_go_first(tmp_path: Path) -> None:
    name, wanted = "_dmarc.news.example.com", "v=DMARC1; p=none"
    there = ["CNAME dmarc.example.net"]
    report = a_report(tmp_path, ("wrong", "conflicting_cname", name, wanted, there), host="")
    done = xes("records", "news.example.com", *TOKENS, "--dmarc", wanted, "--report", str(report))
    assert (
        f"\nDelete what is at this name, then add a TXT record  (dmarc, in full {name})\n"
        "  it is now: CNAME dmarc.example.net\n" in done.stdout
    )


@pytest.mark.parametrize(
    "form", ["bind", "csv", "json", "route53", "terraform", "cloudflare", "azure", "gcloud",
             "octodns"],
)  # fmt: skip
def test_every_format_is_printed_alone(form: str) -> None:
    done = xes(
        "records", "news.example.com", *TOKENS, *MORE, "--format", form, "--provider", "google"
    )
    assert (done.exit_code, done.stderr) == (0, "")
    assert "a1.dkim.eu-south-1.amazonses.com" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "resource"),
    [
        (["--host", "azure"], "azurerm_dns_cname_record"),
        (["--host", "azure", "--provider", "route53"], "aws_route53_record"),
        (["--provider", "cloudflare"], "cloudflare_dns_record"),
    ],
)
def test_terraform_is_for_the_provider_that_is_named_or_recognised(
    arguments: list[str], resource: str
) -> None:
    done = xes("records", "news.example.com", *TOKENS, "--format", "terraform", *arguments)
    assert done.stdout.count(f'resource "{resource}"') == 3


def test_no_zone_file_is_printed_for_a_host_whose_import_replaces_the_zone() -> None:
    done = xes("records", "news.example.com", *TOKENS, "--format", "bind", "--host", "ovh")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "an import there replaces what is in your zone" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--zone", "example.org"], "example.org is no zone that could hold news.example.com."),
        (["--host", "nobody"], "nobody is none of the DNS hosts that are known: cloudflare,"),
        (["--format", "terraform"], "Terraform needs the provider"),
        (["--dmarc", "v=DMARC1; “p”", "--format", "route53"], "cannot be written as route53"),
    ],
)
def test_records_that_cannot_be_written_say_why(arguments: list[str], reason: str) -> None:
    done = xes("records", "news.example.com", *TOKENS, *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert reason in done.stderr


def test_a_report_about_another_domain_is_refused(tmp_path: Path) -> None:
    report = a_report(tmp_path, host="ovh")
    done = xes("records", "example.net", *TOKENS, "--report", str(report))
    assert done.exit_code == 2
    assert "is about news.example.com, not about example.net." in done.stderr
    report.write_text("{}")
    done = xes("records", "example.net", *TOKENS, "--report", str(report))
    assert done.exit_code == 2
    assert "not what `xes check --json` prints" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["records", "co.uk", *TOKENS], "suffix that many owners share"),
        (["records", "example.com", "--tokens", "a,b,c"], "--tokens needs --dkim-zone"),
        (["records", "example.com", "--mail-from", "a.b", *TOKENS], "Give one name of letters"),
        (["check", "https://example.com"], "Give the bare domain"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_is_right(arguments: list[str], reason: str) -> None:
    done = xes(*arguments)
    assert done.exit_code == 2
    assert reason in done.stderr


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("not json", "not what `xes records --format json` prints"),
        ('{"records": [{"purpose": "dkim"}]}', "not what `xes records --format json` prints"),
        ('{"records": []}', "there are no records to look for"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "expect.json"
    file.write_text(text)
    done = xes("check", "example.com", "--expect", str(file))
    assert done.exit_code == 2
    assert reason in done.stderr
