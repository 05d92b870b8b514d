"""The local mail server, driven by a real SMTP client."""

import smtplib
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.support.ses_server import start, stop


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    process, chosen = start("local.mail", "--port", "0", "--dir", str(tmp_path / "mail"))
    yield chosen
    stop(process)


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "mail").iterdir())


def test_a_message_becomes_a_file_with_its_envelope_first(tmp_path: Path, port: int) -> None:
    data = b"From: a@example.com\r\nMessage-ID: <../1@example.com>\r\n\r\n.body\r\n"
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("bounce@example.com", ["b@example.com", "c@example.com"], data)
        client.sendmail("", ["b@example.com"], b"Subject: none\r\n\r\n")
    names = [path.name for path in files(tmp_path)]
    assert names == ["000001-.._1@example.com.eml", "000002-none.eml"]
    content = files(tmp_path)[0].read_bytes()
    assert content == (
        b"Return-Path: <bounce@example.com>\r\nX-Envelope-From: bounce@example.com\r\n"
        b"X-Envelope-To: b@example.com, c@example.com\r\n" + data
    )


def test_addresses_outside_ascii_are_taken(tmp_path: Path, port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        assert client.has_extn("smtputf8")
        client.sendmail("ä@example.com", ["b@example.com"], b"Subject: x\r\n\r\n", ["SMTPUTF8"])
    message = message_from_bytes(files(tmp_path)[0].read_bytes(), policy=policy.default)
    assert message["X-Envelope-From"] == "ä@example.com"


def test_a_message_over_40_megabytes_is_refused(tmp_path: Path, port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "41943040"
        with pytest.raises(smtplib.SMTPException):
            client.sendmail("a@example.com", ["b@example.com"], b"x\r\n" * 14_000_000)
    assert files(tmp_path) == []


def test_a_domain_refuses_by_the_name_of_the_mailbox_and_the_others_get_theirs(
    tmp_path: Path, port: int
) -> None:
    refusing = ["nobody@refused.example", "full@Refused.Example", "other@refused.example"]
    with smtplib.SMTP("127.0.0.1", port) as client:
        refused = client.sendmail("a@example.com", [*refusing, "b@example.com"], b"\r\n")
    assert {address: answer[0] for address, answer in refused.items()} == {
        "nobody@refused.example": 550,
        "full@Refused.Example": 452,
        "other@refused.example": 550,
    }
    [message] = files(tmp_path)
    assert b"X-Envelope-To: b@example.com\r\n" in message.read_bytes()


def test_numbers_go_on_after_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        process, port = start("local.mail", "--port", "0", "--dir", str(tmp_path / "mail"))
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail("a@example.com", ["b@example.com"], b"Subject: x\r\n\r\n")
        started = time.monotonic()
        stop(process)
        assert time.monotonic() - started < 5
    assert [path.name[:6] for path in files(tmp_path)] == ["000001", "000002"]
