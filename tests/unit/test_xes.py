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
