"""The local SES, driven by real boto3 clients over HTTP; effects are judged from its journal.

Every call made through `World.client` is checked against botocore's service model as it happens.
"""

import base64
import email
import http.client
import json
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import policy
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from local.ses.dispatch import HANDLERS
from local.ses.records import ConfigurationSet, Tenant
from local.ses.store import Store
from tests.support.ses_server import World, stop, world
from tests.support.waiting import eventually
from tests.support.wire import violations

UNLIMITED = ("--requests-per-second", "0", "--send-rate", "0")
DAYS_A_SECOND = 150_000.0
"""A clock rate: 72 hours pass in 1.7 s, five days in 2.9 s."""


@pytest.fixture(scope="module")
def ses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("ses"), *UNLIMITED) as running:
        yield running


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("fast"), *UNLIMITED, rate=DAYS_A_SECOND) as running:
        yield running


def refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    """The error code and message of a call that must be refused."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def simple(subject: str = "Hello", **more: Any) -> dict[str, Any]:
    return {"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": "Hi"}}, **more}}


def dkim_status(client: Any, domain: str) -> str:
    status: str = client.get_email_identity(EmailIdentity=domain)["DkimAttributes"]["Status"]
    return status


def mail_from_status(client: Any, domain: str) -> str:
    found = client.get_email_identity(EmailIdentity=domain)["MailFromAttributes"]
    status: str = found["MailFromDomainStatus"]
    return status


def verified_domain(running: World, domain: str) -> None:
    client = running.client()
    dkim = client.create_email_identity(EmailIdentity=domain)["DkimAttributes"]
    running.publish_dkim(domain, dkim["Tokens"], dkim["SigningHostedZone"])
    eventually(lambda: dkim_status(client, domain) == "SUCCESS")


def moves(running: World, domain: str, which: str) -> list[tuple[str, str]]:
    return [
        (line["from"], line["to"])
        for line in running.journal("status.changed")
        if (line["identity"], line["which"]) == (domain, which)
    ]


# Identities


def test_a_new_domain_gets_three_tokens_and_the_zone_they_point_into(ses: World) -> None:
    answer = ses.client().create_email_identity(EmailIdentity="New.example.com")
    dkim = answer["DkimAttributes"]
    assert (answer["IdentityType"], answer["VerifiedForSendingStatus"]) == ("DOMAIN", False)
    assert (dkim["Status"], dkim["SigningHostedZone"]) == ("NOT_STARTED", "dkim.amazonses.com")
    assert len(set(dkim["Tokens"])) == 3
    assert all(re.fullmatch("[a-z0-9]{32}", token) for token in dkim["Tokens"])


def test_a_second_create_is_refused_with_already_exists(ses: World) -> None:
    client = ses.client()
    client.create_email_identity(EmailIdentity="twice.example.com")
    code, _ = refusal(client.create_email_identity, EmailIdentity="twice.example.com")
    assert code == "AlreadyExistsException"
    created = [line["identity"] for line in ses.journal("identity.created")]
    assert created.count("twice.example.com") == 1


def test_an_unseen_domain_is_pending_and_says_what_the_dns_answered(ses: World) -> None:
    client = ses.client()
    client.create_email_identity(EmailIdentity="unseen.example.com")
    eventually(lambda: dkim_status(client, "unseen.example.com") == "PENDING")
    found = client.get_email_identity(EmailIdentity="unseen.example.com")
    assert found["VerificationStatus"] == "PENDING"
    assert found["VerificationInfo"]["ErrorType"] == "HOST_NOT_FOUND"
    assert found["VerificationInfo"]["SOARecord"] == {
        "PrimaryNameServer": "ns1.example.com",
        "AdminEmail": "hostmaster.example.com",
        "SerialNumber": 7,
    }


def test_records_that_appear_are_seen_within_about_a_second(ses: World) -> None:
    client = ses.client()
    dkim = client.create_email_identity(EmailIdentity="seen.example.com")["DkimAttributes"]
    eventually(lambda: dkim_status(client, "seen.example.com") == "PENDING")
    ses.publish_dkim("seen.example.com", dkim["Tokens"], dkim["SigningHostedZone"])
    started = time.monotonic()
    eventually(lambda: dkim_status(client, "seen.example.com") == "SUCCESS")
    assert time.monotonic() - started < 1.5
    assert client.get_email_identity(EmailIdentity="seen.example.com")["VerifiedForSendingStatus"]
    assert moves(ses, "seen.example.com", "dkim")[-1] == ("PENDING", "SUCCESS")
    verified = [line["identity"] for line in ses.journal("identity.verified")]
    assert verified.count("seen.example.com") == 1


def test_two_of_three_cnames_do_not_verify_a_domain(ses: World) -> None:
    client = ses.client()
    dkim = client.create_email_identity(EmailIdentity="two.example.com")["DkimAttributes"]
    ses.publish_dkim("two.example.com", dkim["Tokens"], dkim["SigningHostedZone"])
    name = f"{dkim['Tokens'][2]}._domainkey.two.example.com"
    ses.dns.publish(name, "CNAME", "elsewhere.example.net.")

    def error() -> str | None:
        info = client.get_email_identity(EmailIdentity="two.example.com")
        found: str | None = info.get("VerificationInfo", {}).get("ErrorType")
        return found

    eventually(lambda: error() == "INVALID_VALUE")
    assert dkim_status(client, "two.example.com") == "PENDING"


def test_an_identity_that_was_deleted_is_gone_with_its_tags(ses: World) -> None:
    client = ses.client()
    client.create_email_identity(
        EmailIdentity="gone.example.com", Tags=[{"Key": "account", "Value": "acme"}]
    )
    found = client.get_email_identity(EmailIdentity="gone.example.com")
    assert found["Tags"] == [{"Key": "account", "Value": "acme"}]
    client.delete_email_identity(EmailIdentity="gone.example.com")
    for call in (client.get_email_identity, client.delete_email_identity):
        assert refusal(call, EmailIdentity="gone.example.com")[0] == "NotFoundException"
    client.create_email_identity(EmailIdentity="gone.example.com")
    assert client.get_email_identity(EmailIdentity="gone.example.com")["Tags"] == []


@pytest.mark.parametrize("name", ["nodots", "-a.example.com", "a..example.com", "bücher.example",
                                  "a b.example.com", "a@b", "x" * 64 + ".example.com"])  # fmt: skip
def test_a_name_that_is_neither_domain_nor_address_is_refused(ses: World, name: str) -> None:
    code, _ = refusal(ses.client().create_email_identity, EmailIdentity=name)
    assert code == "BadRequestException"


def test_identities_are_listed_in_pages(tmp_path: Path) -> None:
    with world(tmp_path, *UNLIMITED) as running:
        client = running.client()
        names = [f"{letter}.example.com" for letter in "abcde"]
        for name in names:
            client.create_email_identity(EmailIdentity=name)
        first = client.list_email_identities(PageSize=2)
        assert [item["IdentityName"] for item in first["EmailIdentities"]] == names[:2]
        second = client.list_email_identities(PageSize=2, NextToken=first["NextToken"])
        third = client.list_email_identities(PageSize=2, NextToken=second["NextToken"])
        rest = second["EmailIdentities"] + third["EmailIdentities"]
        assert [item["IdentityName"] for item in rest] == names[2:]
        assert "NextToken" not in third
        last = client.list_email_identities(PageSize=1000)
        assert len(last["EmailIdentities"]) == 5
        assert "NextToken" not in last
        found = client.list_email_identities(Filter={"IDENTITY_NAME_CONTAINS": "c."})
        assert [item["IdentityName"] for item in found["EmailIdentities"]] == ["c.example.com"]
        for wrong in ({"PageSize": 1001}, {"PageSize": 0}, {"NextToken": "%%"}):
            assert refusal(client.list_email_identities, **wrong)[0] == "BadRequestException"


def test_the_settings_of_an_identity_are_kept(ses: World) -> None:
    client = ses.client()
    name = "settings.example.com"
    client.create_configuration_set(ConfigurationSetName="settings")
    client.create_email_identity(EmailIdentity=name, ConfigurationSetName="settings")
    assert client.get_email_identity(EmailIdentity=name)["ConfigurationSetName"] == "settings"
    client.put_email_identity_dkim_attributes(EmailIdentity=name, SigningEnabled=False)
    client.put_email_identity_feedback_attributes(EmailIdentity=name, EmailForwardingEnabled=False)
    client.put_email_identity_configuration_set_attributes(EmailIdentity=name)
    found = client.get_email_identity(EmailIdentity=name)
    assert found["DkimAttributes"]["SigningEnabled"] is False
    assert found["FeedbackForwardingStatus"] is False
    assert "ConfigurationSetName" not in found
    code, _ = refusal(
        client.put_email_identity_configuration_set_attributes,
        EmailIdentity=name,
        ConfigurationSetName="none",
    )
    assert code == "NotFoundException"


def test_tags_are_added_replaced_and_removed(ses: World) -> None:
    client = ses.client()
    client.create_email_identity(EmailIdentity="tags.example.com")
    arn = "arn:aws:ses:eu-west-1:000000000000:identity/tags.example.com"
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}])
    client.tag_resource(
        ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}]
    )
    client.untag_resource(ResourceArn=arn, TagKeys=["b", "unknown"])
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "2"}]
    unknown = {"ResourceArn": arn + "x"}
    assert refusal(client.list_tags_for_resource, **unknown)[0] == "NotFoundException"
    foreign = {"ResourceArn": "arn:aws:s3:::bucket", "Tags": []}
    assert refusal(client.tag_resource, **foreign)[0] == "BadRequestException"


def test_own_dkim_is_verified_by_the_owners_key(ses: World) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    private = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    client = ses.client()
    attributes = {
        "DomainSigningSelector": "mine",
        "DomainSigningPrivateKey": base64.b64encode(private).decode(),
    }
    answer = client.create_email_identity(
        EmailIdentity="own.example.com", DkimSigningAttributes=attributes
    )
    assert answer["DkimAttributes"]["Tokens"] == ["mine"]
    assert answer["DkimAttributes"]["SigningAttributesOrigin"] == "EXTERNAL"
    record = f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"
    ses.dns.publish("mine._domainkey.own.example.com", "TXT", f'"{record[:200]}" "{record[200:]}"')
    eventually(lambda: dkim_status(client, "own.example.com") == "SUCCESS")


# Verification over time


def test_a_search_that_finds_nothing_fails_after_72_hours_and_stops(fast: World) -> None:
    client = fast.client()
    client.create_email_identity(EmailIdentity="late.example.com")
    eventually(lambda: dkim_status(client, "late.example.com") == "FAILED")
    assert moves(fast, "late.example.com", "dkim") == [
        ("NOT_STARTED", "PENDING"),
        ("PENDING", "FAILED"),
    ]
    found = client.get_email_identity(EmailIdentity="late.example.com")
    assert (found["VerificationStatus"], found["VerifiedForSendingStatus"]) == ("FAILED", False)
    asked = fast.dns.queries
    fast.publish_dkim("late.example.com", found["DkimAttributes"]["Tokens"], "dkim.amazonses.com")
    client.create_email_identity(EmailIdentity="marker.example.com")
    eventually(lambda: dkim_status(client, "marker.example.com") == "PENDING")
    assert dkim_status(client, "late.example.com") == "FAILED"
    assert asked < fast.dns.queries
    answer = client.put_email_identity_dkim_signing_attributes(
        EmailIdentity="late.example.com", SigningAttributesOrigin="AWS_SES"
    )
    assert answer["DkimStatus"] == "PENDING"
    assert answer["DkimTokens"] == found["DkimAttributes"]["Tokens"]
    eventually(lambda: dkim_status(client, "late.example.com") == "SUCCESS")
    restarted = [line["identity"] for line in fast.journal("dkim.restarted")]
    assert restarted == ["late.example.com"]


def test_mail_from_moves_by_itself_fails_and_can_be_put_again(fast: World) -> None:
    client = fast.client()
    client.create_email_identity(EmailIdentity="mf.example.com")
    put = {"EmailIdentity": "mf.example.com", "MailFromDomain": "bounce.mf.example.com"}
    client.put_email_identity_mail_from_attributes(**put)
    found = client.get_email_identity(EmailIdentity="mf.example.com")["MailFromAttributes"]
    assert found["BehaviorOnMxFailure"] == "USE_DEFAULT_VALUE"
    eventually(lambda: mail_from_status(client, "mf.example.com") == "FAILED")
    fast.publish_mail_from("bounce.mf.example.com")
    client.put_email_identity_mail_from_attributes(**put)
    eventually(lambda: mail_from_status(client, "mf.example.com") == "SUCCESS")
    assert moves(fast, "mf.example.com", "mail_from") == [
        ("PENDING", "FAILED"),
        ("PENDING", "SUCCESS"),
    ]
    assert dkim_status(client, "mf.example.com") != "SUCCESS"


def test_lost_records_pass_through_temporary_failure_and_then_fail(fast: World) -> None:
    client = fast.client()
    verified_domain(fast, "lost.example.com")
    fast.publish_mail_from("b.lost.example.com")
    client.put_email_identity_mail_from_attributes(
        EmailIdentity="lost.example.com", MailFromDomain="b.lost.example.com"
    )
    eventually(lambda: mail_from_status(client, "lost.example.com") == "SUCCESS")
    tokens = client.get_email_identity(EmailIdentity="lost.example.com")["DkimAttributes"]["Tokens"]
    fast.dns.publish(f"{tokens[0]}._domainkey.lost.example.com", "CNAME")
    fast.dns.publish("b.lost.example.com", "MX")
    eventually(lambda: dkim_status(client, "lost.example.com") == "TEMPORARY_FAILURE")
    found = client.get_email_identity(EmailIdentity="lost.example.com")
    assert found["VerifiedForSendingStatus"] is True
    eventually(lambda: dkim_status(client, "lost.example.com") == "FAILED")
    found = client.get_email_identity(EmailIdentity="lost.example.com")
    assert found["VerifiedForSendingStatus"] is False
    for which, days in (("dkim", 5), ("mail_from", 3)):
        assert moves(fast, "lost.example.com", which)[-2:] == [
            ("SUCCESS", "TEMPORARY_FAILURE"),
            ("TEMPORARY_FAILURE", "FAILED"),
        ]
        lines = [
            line
            for line in fast.journal("status.changed")
            if (line["identity"], line["which"]) == ("lost.example.com", which)
        ]
        first, second = (_days(line["at"]) for line in lines[-2:])
        assert days <= second - first < days + 3


def _days(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp() / 86400


def test_records_that_come_back_cure_a_temporary_failure(tmp_path: Path) -> None:
    with world(tmp_path, *UNLIMITED, rate=20_000.0) as running:
        client = running.client()
        verified_domain(running, "back.example.com")
        found = client.get_email_identity(EmailIdentity="back.example.com")
        token = found["DkimAttributes"]["Tokens"][1]
        name = f"{token}._domainkey.back.example.com"
        running.dns.publish(name, "CNAME")
        eventually(lambda: dkim_status(client, "back.example.com") == "TEMPORARY_FAILURE")
        running.dns.publish(name, "CNAME", f"{token}.dkim.amazonses.com.")
        eventually(lambda: dkim_status(client, "back.example.com") == "SUCCESS")
        assert len(running.journal("identity.verified")) == 1


def test_a_dns_outage_changes_no_status(tmp_path: Path) -> None:
    with world(tmp_path, *UNLIMITED, rate=DAYS_A_SECOND) as running:
        client = running.client()
        verified_domain(running, "outage.example.com")
        running.dns.broken = True

        def error() -> str | None:
            info = client.get_email_identity(EmailIdentity="outage.example.com")
            found: str | None = info["VerificationInfo"].get("ErrorType")
            return found

        eventually(lambda: error() == "DNS_SERVER_ERROR")
        asked = running.dns.queries
        eventually(lambda: running.dns.queries > asked + 6)
        assert dkim_status(client, "outage.example.com") == "SUCCESS"
        assert [line["to"] for line in running.journal("status.changed")][-1] == "SUCCESS"


def test_tokens_rotate_on_restart_where_the_server_was_told_so(tmp_path: Path) -> None:
    with world(tmp_path, *UNLIMITED, "--rotate-tokens-on-restart", "--region", "eu-south-1") as run:
        client = run.client()
        before = client.create_email_identity(EmailIdentity="r.example.com")["DkimAttributes"]
        assert before["SigningHostedZone"] == "dkim.eu-south-1.amazonses.com"
        after = client.put_email_identity_dkim_signing_attributes(
            EmailIdentity="r.example.com", SigningAttributesOrigin="AWS_SES"
        )
        assert not set(before["Tokens"]) & set(after["DkimTokens"])


@pytest.mark.parametrize("name", ["mail-from.example.com", "example.com", "b.example.org", "x"])
def test_a_mail_from_outside_the_identity_is_refused(ses: World, name: str) -> None:
    client = ses.client()
    if name == "mail-from.example.com":
        client.create_email_identity(EmailIdentity=name)
    code, _ = refusal(
        client.put_email_identity_mail_from_attributes,
        EmailIdentity="mail-from.example.com",
        MailFromDomain=name,
    )
    assert code == "BadRequestException"


def test_mail_from_is_taken_away_by_naming_none(ses: World) -> None:
    client = ses.client()
    name = "without.example.com"
    client.create_email_identity(EmailIdentity=name)
    client.put_email_identity_mail_from_attributes(EmailIdentity=name, MailFromDomain=f"b.{name}")
    client.put_email_identity_mail_from_attributes(EmailIdentity=name)
    assert "MailFromAttributes" not in client.get_email_identity(EmailIdentity=name)


def test_two_mx_records_keep_mail_from_pending(ses: World) -> None:
    client = ses.client()
    client.create_email_identity(EmailIdentity="mx.example.com")
    ses.publish_mail_from("b.mx.example.com")
    ses.dns.publish("b.mx.example.com", "MX", "10 feedback-smtp.eu-west-1.amazonses.com.",
                    "20 mx.example.net.")  # fmt: skip
    client.put_email_identity_mail_from_attributes(
        EmailIdentity="mx.example.com", MailFromDomain="b.mx.example.com"
    )
    asked = ses.dns.queries
    eventually(lambda: ses.dns.queries > asked + 20)
    assert mail_from_status(client, "mx.example.com") == "PENDING"
    ses.publish_mail_from("b.mx.example.com")
    eventually(lambda: mail_from_status(client, "mx.example.com") == "SUCCESS")


# Addresses


def verification_link(running: World, address: str) -> str:
    def link() -> str | None:
        for path in running.mails():
            message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
            found = re.search(r"http://\S+/verify\?token=\S+", message.get_content())
            if message["To"] == address and found:
                return found[0]
        return None

    found: str = eventually(link)
    return found


def test_an_address_is_verified_by_the_link_sent_to_it(ses: World) -> None:
    client = ses.client()
    answer = client.create_email_identity(EmailIdentity="ann@example.org")
    assert answer["IdentityType"] == "EMAIL_ADDRESS"
    assert client.get_email_identity(EmailIdentity="ann@example.org")["VerificationStatus"] == (
        "PENDING"
    )
    with urllib.request.urlopen(verification_link(ses, "ann@example.org")) as response:
        assert response.status == 200
    found = client.get_email_identity(EmailIdentity="ann@example.org")
    assert (found["VerificationStatus"], found["VerifiedForSendingStatus"]) == ("SUCCESS", True)
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://127.0.0.1:{ses.port}/verify?token=guessed")


def test_a_link_expires_after_a_day(fast: World) -> None:
    client = fast.client()
    client.create_email_identity(EmailIdentity="bob@example.org")
    link = verification_link(fast, "bob@example.org")

    def failed() -> bool:
        found = client.get_email_identity(EmailIdentity="bob@example.org")
        return bool(found["VerificationStatus"] == "FAILED")

    eventually(failed)
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(link)
    assert failed()


# Sending


@pytest.fixture(scope="module")
def sender(ses: World) -> str:
    verified_domain(ses, "send.example.com")
    return "Ännchen <news@sub.send.example.com>"


def send(running: World, **arguments: Any) -> str:
    defaults: dict[str, Any] = {
        "FromEmailAddress": "news@send.example.com",
        "Destination": {"ToAddresses": ["ann@example.net"]},
        "Content": simple(),
    }
    answer: str = running.client().send_email(**{**defaults, **arguments})["MessageId"]
    return answer


def mail_of(running: World, message_id: str) -> Any:
    path = next(path for path in running.mails() if message_id in path.name)
    return email.message_from_bytes(path.read_bytes(), policy=policy.default)


def test_a_simple_message_arrives_by_smtp_and_in_the_journal(ses: World, sender: str) -> None:
    headers = [
        {"Name": "List-Unsubscribe", "Value": f"<https://example.com/{'u' * 200}>"},
        {"Name": "X-XES-Kind", "Value": "records"},
    ]
    message_id = send(
        ses,
        FromEmailAddress=sender,
        Destination={"ToAddresses": ["Ann <ann@example.net>"], "BccAddresses": ["b@example.net"]},
        ReplyToAddresses=["help@example.com"],
        Content=simple(
            "Grüße",
            Headers=headers,
            Attachments=[{"RawContent": b"zone", "FileName": "zone.txt", "ContentType": "text/x"}],
        ),
    )
    message = mail_of(ses, message_id)
    assert message["Message-ID"] == f"<{message_id}@eu-west-1.amazonses.com>"
    assert message["X-Envelope-From"] == f"{message_id}@eu-west-1.amazonses.com"
    assert message["X-Envelope-To"] == "ann@example.net, b@example.net"
    assert (message["Subject"], message["Bcc"]) == ("Grüße", None)
    assert message["From"] == sender
    assert message["Reply-To"] == "help@example.com"
    assert message["List-Unsubscribe"] == f"<https://example.com/{'u' * 200}>"
    assert "DKIM-Signature" not in message
    attachment = next(message.iter_attachments())
    assert attachment.get_filename() == "zone.txt"
    assert attachment.get_payload(decode=True) == b"zone"
    line = next(one for one in ses.journal("mail.sent") if one["message_id"] == message_id)
    assert line["from"] == "news@sub.send.example.com"
    assert line["to"] == ["ann@example.net", "b@example.net"]
    assert (line["subject"], line["x_headers"]) == ("Grüße", {"X-XES-Kind": "records"})


def test_a_raw_message_keeps_its_body_and_loses_what_ses_replaces(ses: World, sender: str) -> None:
    data = (
        b"From: news@send.example.com\r\nTo: ann@example.net\r\nBcc: hidden@example.net\r\n"
        b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <mine@example.com>\r\n"
        b"X-XES-Request: 4711\r\nX-SES-CONFIGURATION-SET: raw\r\n\r\n.dot\r\nbody\r\n"
    )
    ses.client().create_configuration_set(ConfigurationSetName="raw")
    answer = ses.client().send_email(Content={"Raw": {"Data": data}})
    message = mail_of(ses, answer["MessageId"])
    assert message["Message-ID"] == f"<{answer['MessageId']}@eu-west-1.amazonses.com>"
    assert "Bcc" not in message
    assert "X-SES-CONFIGURATION-SET" not in message
    assert message.get_content().splitlines() == [".dot", "body"]
    line = ses.journal("mail.sent")[-1]
    assert line["to"] == ["ann@example.net", "hidden@example.net"]
    assert (line["configuration_set"], line["subject"]) == ("raw", "Grüße")
    assert line["x_headers"] == {"X-XES-Request": "4711"}


def test_mail_leaves_from_the_custom_mail_from_once_it_is_verified(ses: World) -> None:
    client = ses.client()
    verified_domain(ses, "custom.example.com")
    put = {"EmailIdentity": "custom.example.com", "MailFromDomain": "bounce.custom.example.com"}
    client.put_email_identity_mail_from_attributes(**put, BehaviorOnMxFailure="REJECT_MESSAGE")
    code, _ = refusal(
        client.send_email,
        FromEmailAddress="a@custom.example.com",
        Destination={"ToAddresses": ["b@example.net"]},
        Content=simple(),
    )
    assert code == "MailFromDomainNotVerifiedException"
    ses.publish_mail_from("bounce.custom.example.com")
    eventually(lambda: mail_from_status(client, "custom.example.com") == "SUCCESS")
    message_id = send(ses, FromEmailAddress="a@custom.example.com")
    assert mail_of(ses, message_id)["Return-Path"] == f"<{message_id}@bounce.custom.example.com>"


@pytest.mark.parametrize("address", ["x@unknown.example", "x@still-pending.example.com"])
def test_an_unverified_sender_is_rejected_in_the_words_of_ses(ses: World, address: str) -> None:
    client = ses.client()
    if address.endswith("example.com"):
        client.create_email_identity(EmailIdentity="still-pending.example.com")
    code, text = refusal(
        client.send_email,
        FromEmailAddress=address,
        Destination={"ToAddresses": ["b@example.net"]},
        Content=simple(),
    )
    assert code == "MessageRejected"
    assert text == (
        "Email address is not verified. The following identities failed the check in region "
        f"EU-WEST-1: {address}"
    )


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("BadRequestException", {"Content": simple("a\r\nBcc: evil@example.net")}),
    ("BadRequestException", {"Content": simple("a\x00b")}),
    ("BadRequestException", {"FromEmailAddress": "a@send.example.com\nBcc: e@example.net"}),
    ("BadRequestException", {"FromEmailAddress": "=?utf-8?q?a=0AX?= <a@send.example.com>"}),
    ("BadRequestException", {"Destination": {"ToAddresses": ["a@b.example, c@d.example"]}}),
    ("BadRequestException", {"Destination": {"ToAddresses": ["ann"]}}),
    ("BadRequestException", {"Destination": {}}),
    ("BadRequestException", {"Destination": {"ToAddresses": ["a@example.net"] * 51}}),
    ("BadRequestException", {"Content": simple(Headers=[{"Name": "X-A", "Value": "a\r\nb"}])}),
    ("BadRequestException", {"Content": simple(Headers=[{"Name": "From", "Value": "a"}])}),
    ("BadRequestException", {"Content": {"Template": {"TemplateName": "t"}}}),
    ("BadRequestException", {"Content": {}}),
    ("BadRequestException", {"Content": {"Raw": {"Data": b"To: a@example.net\r\n\r\nx"}}}),
    ("NotFoundException", {"ConfigurationSetName": "none"}),
    ("NotFoundException", {"TenantName": "none"}),
]


@pytest.mark.parametrize(("code", "arguments"), REFUSED)
def test_what_ses_refuses_is_refused_and_nothing_is_sent(
    ses: World, sender: str, code: str, arguments: dict[str, Any]
) -> None:
    before = len(ses.journal("mail.sent")), len(ses.mails())
    defaults: dict[str, Any] = {
        "FromEmailAddress": sender,
        "Destination": {"ToAddresses": ["ann@example.net"]},
        "Content": simple(),
    }
    assert refusal(ses.client().send_email, **{**defaults, **arguments})[0] == code
    assert (len(ses.journal("mail.sent")), len(ses.mails())) == before


def test_a_message_over_40_megabytes_is_refused(ses: World, sender: str) -> None:
    data = b"From: news@send.example.com\r\nTo: a@example.net\r\n\r\n" + b"x" * 42_000_000
    code, text = refusal(ses.client().send_email, Content={"Raw": {"Data": data}})
    assert code == "BadRequestException"
    assert text.startswith("Message length is more than 41943040 bytes long")


def test_paused_sending_refuses_and_resumes(ses: World, sender: str) -> None:
    client = ses.client()
    client.put_account_sending_attributes(SendingEnabled=False)
    assert client.get_account()["SendingEnabled"] is False
    arguments = {"FromEmailAddress": sender, "Content": simple(),
                 "Destination": {"ToAddresses": ["a@example.net"]}}  # fmt: skip
    assert refusal(client.send_email, **arguments)[0] == "SendingPausedException"
    client.put_account_sending_attributes(SendingEnabled=True)
    send(ses)
    client.create_configuration_set(
        ConfigurationSetName="paused", SendingOptions={"SendingEnabled": False}
    )
    code, _ = refusal(client.send_email, **arguments, ConfigurationSetName="paused")
    assert code == "SendingPausedException"


def test_a_tenant_sends_only_with_what_is_associated_with_it(ses: World, sender: str) -> None:
    client = ses.client()
    client.create_tenant(TenantName="sending")
    arguments = {"FromEmailAddress": sender, "Content": simple(), "TenantName": "sending",
                 "Destination": {"ToAddresses": ["a@example.net"]}}  # fmt: skip
    assert refusal(client.send_email, **arguments)[0] == "BadRequestException"
    arn = "arn:aws:ses:eu-west-1:000000000000:identity/send.example.com"
    client.create_tenant_resource_association(TenantName="sending", ResourceArn=arn)
    client.send_email(**arguments)
    assert ses.journal("mail.sent")[-1]["tenant"] == "sending"


def test_the_sandbox_sends_to_verified_recipients_once_a_second(tmp_path: Path) -> None:
    with world(tmp_path, "--requests-per-second", "0", "--sandbox") as running:
        client = running.client()
        verified_domain(running, "box.example.com")
        account = client.get_account()
        assert account["ProductionAccessEnabled"] is False
        assert account["SendQuota"]["Max24HourSend"] == 200
        assert account["SendQuota"]["MaxSendRate"] == 1
        details = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.com"}
        client.put_account_details(**details)
        assert refusal(client.put_account_details, **details)[0] == "ConflictException"
        assert client.get_account()["Details"]["ReviewDetails"]["Status"] == "PENDING"
        arguments = {"FromEmailAddress": "a@box.example.com", "Content": simple()}
        stranger = {"Destination": {"ToAddresses": ["b@example.net"]}}
        assert refusal(client.send_email, **arguments, **stranger) == (
            "MessageRejected",
            "Email address is not verified. The following identities failed the check in region "
            "EU-WEST-1: b@example.net",
        )
        allowed = {"Destination": {"ToAddresses": ["c@box.example.com"]}}
        client.send_email(**arguments, **allowed)
        assert refusal(client.send_email, **arguments, **allowed) == (
            "TooManyRequestsException",
            "Maximum sending rate exceeded.",
        )
        assert client.get_account()["SendQuota"]["SentLast24Hours"] == 1


def test_the_daily_quota_counts_recipients(tmp_path: Path) -> None:
    with world(tmp_path, *UNLIMITED, "--daily-quota", "3") as running:
        verified_domain(running, "quota.example.com")
        two = {"FromEmailAddress": "a@quota.example.com",
               "Destination": {"ToAddresses": ["b@example.net", "c@example.net"]}}  # fmt: skip
        send(running, **two)
        code, text = refusal(running.client().send_email, **two, Content=simple())
        assert (code, text) == ("TooManyRequestsException", "Daily message quota exceeded.")


def test_mail_that_the_smtp_server_does_not_take_is_not_sent(tmp_path: Path) -> None:
    with world(tmp_path, *UNLIMITED) as running:
        running.end()
        with socket.create_server(("127.0.0.1", 0)) as closed:
            running.smtp_port = closed.getsockname()[1]
        running.begin()
        verified_domain(running, "refused.example.com")
        code, _ = refusal(
            running.client().send_email,
            FromEmailAddress="a@refused.example.com",
            Destination={"ToAddresses": ["b@example.net"]},
            Content=simple(),
        )
        assert code == "InternalServiceErrorException"
        assert running.journal("mail.sent") == []
        code, _ = refusal(running.client().create_email_identity, EmailIdentity="a@example.net")
        assert code == "InternalServiceErrorException"
        code, _ = refusal(running.client().get_email_identity, EmailIdentity="a@example.net")
        assert code == "NotFoundException"


# Configuration sets and tenants


def test_configuration_sets_are_created_read_listed_and_deleted(ses: World) -> None:
    client = ses.client()
    client.create_configuration_set(
        ConfigurationSetName="acme",
        DeliveryOptions={"TlsPolicy": "REQUIRE"},
        Tags=[{"Key": "account", "Value": "acme"}],
    )
    again = {"ConfigurationSetName": "acme"}
    assert refusal(client.create_configuration_set, **again)[0] == "AlreadyExistsException"
    found = client.get_configuration_set(ConfigurationSetName="acme")
    assert found["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert found["SendingOptions"] == {"SendingEnabled": True}
    assert found["Tags"] == [{"Key": "account", "Value": "acme"}]
    assert "acme" in client.list_configuration_sets()["ConfigurationSets"]
    client.delete_configuration_set(ConfigurationSetName="acme")
    for call in (client.get_configuration_set, client.delete_configuration_set):
        assert refusal(call, ConfigurationSetName="acme")[0] == "NotFoundException"
    code, _ = refusal(client.create_configuration_set, ConfigurationSetName="a b")
    assert code == "BadRequestException"


def test_tenants_and_their_resources(ses: World) -> None:
    client = ses.client()
    made = client.create_tenant(TenantName="globex", Tags=[{"Key": "k", "Value": "v"}])
    assert refusal(client.create_tenant, TenantName="globex")[0] == "AlreadyExistsException"
    assert refusal(client.create_tenant, TenantName="a/b")[0] == "BadRequestException"
    found = client.get_tenant(TenantName="globex")["Tenant"]
    assert (found["TenantId"], found["Tags"]) == (made["TenantId"], [{"Key": "k", "Value": "v"}])
    assert "globex" in [tenant["TenantName"] for tenant in client.list_tenants()["Tenants"]]
    client.create_configuration_set(ConfigurationSetName="globex")
    resource = {
        "TenantName": "globex",
        "ResourceArn": "arn:aws:ses:eu-west-1:000000000000:configuration-set/globex",
    }
    client.create_tenant_resource_association(**resource)
    repeat = refusal(client.create_tenant_resource_association, **resource)
    assert repeat[0] == "AlreadyExistsException"
    unknown = {**resource, "ResourceArn": resource["ResourceArn"] + "x"}
    assert refusal(client.create_tenant_resource_association, **unknown)[0] == "NotFoundException"
    listed = client.list_tenant_resources(TenantName="globex")["TenantResources"]
    assert listed == [{"ResourceType": "CONFIGURATION_SET", "ResourceArn": resource["ResourceArn"]}]
    client.delete_tenant_resource_association(**resource)
    code, _ = refusal(client.delete_tenant_resource_association, **resource)
    assert code == "NotFoundException"
    client.delete_tenant(TenantName="globex")
    for call in (client.get_tenant, client.delete_tenant, client.list_tenant_resources):
        assert refusal(call, TenantName="globex")[0] == "NotFoundException"


TOPIC = "arn:aws:sns:eu-west-1:000000000000:feedback"
TO_TOPIC: dict[str, Any] = {
    "Enabled": True,
    "MatchingEventTypes": ["BOUNCE", "COMPLAINT"],
    "SnsDestination": {"TopicArn": TOPIC},
}


def test_event_destinations_are_created_read_and_changed(ses: World) -> None:
    client = ses.client()
    client.create_configuration_set(ConfigurationSetName="events")
    named = {"ConfigurationSetName": "events", "EventDestinationName": "feedback"}
    change = client.update_configuration_set_event_destination
    assert refusal(change, **named, EventDestination=TO_TOPIC)[0] == "NotFoundException"
    create = client.create_configuration_set_event_destination
    create(**named, EventDestination=TO_TOPIC)
    assert refusal(create, **named, EventDestination=TO_TOPIC)[0] == "AlreadyExistsException"
    change(**named, EventDestination={**TO_TOPIC, "MatchingEventTypes": ["BOUNCE"]})
    held = client.get_configuration_set_event_destinations(ConfigurationSetName="events")
    assert held["EventDestinations"] == [
        {"Name": "feedback", **TO_TOPIC, "MatchingEventTypes": ["BOUNCE"]}
    ]
    made = [line for line in ses.journal("event_destination.created") if line["name"] == "feedback"]
    assert [(line["configuration_set"], line["topic"]) for line in made] == [("events", TOPIC)]
    client.delete_configuration_set(ConfigurationSetName="events")
    client.create_configuration_set(ConfigurationSetName="events")
    fresh = client.get_configuration_set_event_destinations(ConfigurationSetName="events")
    assert fresh["EventDestinations"] == []


@pytest.mark.parametrize(
    "definition",
    [
        {**TO_TOPIC, "MatchingEventTypes": []},
        {"MatchingEventTypes": ["BOUNCE"]},
        {**TO_TOPIC, "SnsDestination": {"TopicArn": "feedback"}},
        {**TO_TOPIC, "EventBridgeDestination": {"EventBusArn": "arn:aws:events:x:1:event-bus/b"}},
    ],
)
def test_a_destination_without_exactly_one_target_and_a_type_is_refused(
    ses: World, definition: dict[str, Any]
) -> None:
    client = ses.client()
    name = "half-a-destination"
    if name not in client.list_configuration_sets(PageSize=1000)["ConfigurationSets"]:
        client.create_configuration_set(ConfigurationSetName=name)
    create = client.create_configuration_set_event_destination
    arguments = {"ConfigurationSetName": name, "EventDestinationName": "x"}
    code, _ = refusal(create, **arguments, EventDestination=definition)
    assert code == "BadRequestException"


def test_a_configuration_set_has_at_most_ten_destinations(ses: World) -> None:
    client = ses.client()
    client.create_configuration_set(ConfigurationSetName="crowded")
    create = client.create_configuration_set_event_destination
    arguments = {"ConfigurationSetName": "crowded", "EventDestination": TO_TOPIC}
    for number in range(10):
        create(**arguments, EventDestinationName=f"destination-{number}")
    code, _ = refusal(create, **arguments, EventDestinationName="one-more")
    assert code == "LimitExceededException"
    again = refusal(create, **arguments, EventDestinationName="destination-3")
    assert again[0] == "AlreadyExistsException"


def test_a_set_sends_through_a_pool_that_exists(ses: World) -> None:
    client = ses.client()
    client.create_configuration_set(
        ConfigurationSetName="pooled", DeliveryOptions={"TlsPolicy": "REQUIRE"}
    )
    put = client.put_configuration_set_delivery_options
    unknown = {"ConfigurationSetName": "pooled", "SendingPoolName": "dedicated"}
    assert refusal(put, **unknown)[0] == "NotFoundException"
    assert refusal(client.get_dedicated_ip_pool, PoolName="dedicated")[0] == "NotFoundException"
    client.create_dedicated_ip_pool(PoolName="dedicated", ScalingMode="STANDARD")
    again = refusal(client.create_dedicated_ip_pool, PoolName="dedicated")
    assert again[0] == "AlreadyExistsException"
    found = client.get_dedicated_ip_pool(PoolName="dedicated")["DedicatedIpPool"]
    assert found == {"PoolName": "dedicated", "ScalingMode": "STANDARD"}
    put(**unknown, TlsPolicy="REQUIRE")
    options = client.get_configuration_set(ConfigurationSetName="pooled")["DeliveryOptions"]
    assert options == {"TlsPolicy": "REQUIRE", "SendingPoolName": "dedicated"}
    assert ses.journal("configuration_set.delivery")[-1]["pool"] == "dedicated"


def test_suppression_is_scoped_to_a_tenant_and_to_its_set(ses: World) -> None:
    client = ses.client()
    scope = {"SuppressedReasons": ["BOUNCE", "COMPLAINT"], "SuppressionScope": "TENANT"}
    assert (
        refusal(client.put_tenant_suppression_attributes, TenantName="scoped", **scope)[0]
        == "NotFoundException"
    )
    client.create_tenant(TenantName="scoped")
    client.put_tenant_suppression_attributes(TenantName="scoped", **scope)
    assert client.get_tenant(TenantName="scoped")["Tenant"]["SuppressionAttributes"] == scope
    client.create_configuration_set(ConfigurationSetName="scoped")
    client.put_configuration_set_suppression_options(ConfigurationSetName="scoped", **scope)
    held = client.get_configuration_set(ConfigurationSetName="scoped")["SuppressionOptions"]
    assert held == scope


def test_a_region_has_at_most_fifty_pools(tmp_path: Path) -> None:
    with world(tmp_path, *UNLIMITED) as running:
        client = running.client()
        names = [f"pool-{number:02}" for number in range(50)]
        for name in names:
            client.create_dedicated_ip_pool(PoolName=name)
        code, _ = refusal(client.create_dedicated_ip_pool, PoolName="one-more")
        assert code == "LimitExceededException"
        first = client.list_dedicated_ip_pools(PageSize=30)
        rest = client.list_dedicated_ip_pools(PageSize=30, NextToken=first["NextToken"])
        assert first["DedicatedIpPools"] + rest["DedicatedIpPools"] == names


def test_a_region_has_at_most_ten_thousand_tenants_and_configuration_sets(tmp_path: Path) -> None:
    with world(tmp_path, *UNLIMITED) as running:
        running.end()
        store = Store(tmp_path / "ses.sqlite")
        now = datetime.now(UTC)
        with store._transaction():
            for number in range(10_000):
                store.add_tenant(Tenant(f"t-{number}", f"tn-{number}", now))
                store.add_configuration_set(ConfigurationSet(f"s-{number}"))
        store.close()
        running.begin()
        client = running.client()
        code, _ = refusal(client.create_tenant, TenantName="one-more")
        assert code == "LimitExceededException"
        code, _ = refusal(client.create_configuration_set, ConfigurationSetName="one-more")
        assert code == "LimitExceededException"
        assert refusal(client.create_tenant, TenantName="t-7")[0] == "AlreadyExistsException"


# The front door


def raw(running: World, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=5)
    connection.request(method, path, body, headers or {"Authorization": "AWS4-HMAC-SHA256 local"})
    response = connection.getresponse()
    payload = json.loads(response.read())
    connection.close()
    return response.status, response.getheader("x-amzn-errortype"), payload


def test_a_request_without_authorization_is_refused(ses: World) -> None:
    status, code, body = raw(ses, "GET", "/v2/email/account", Accept="*/*")
    assert (status, code) == (403, "MissingAuthenticationTokenException")
    assert body == {"message": "Missing Authentication Token"}


def test_an_unknown_path_answers_in_the_shape_of_an_error(ses: World) -> None:
    status, code, body = raw(ses, "GET", "/v2/email/nothing-like-it")
    assert (status, code, list(body)) == (404, "UnknownOperationException", ["message"])


def test_an_operation_that_is_not_covered_says_so(ses: World) -> None:
    code, text = refusal(ses.client().list_email_templates)
    assert code == "BadRequestException"
    assert text == "ListEmailTemplates is not supported by the local SES."


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[]", b'"x"', b"{}", b'{"EmailIdentity": 7}', b'{"EmailIdentity": ""}',
        b'{"EmailIdentity": "a.example", "Tags": {}}',
        b'{"EmailIdentity": "a.example", "Tags": [{"Key": "k"}]}',
        b'{"EmailIdentity": "a.example", "DkimSigningAttributes": {"NextSigningKeyLength": "X"}}',
        b'{"EmailIdentity": "a.example", "DkimSigningAttributes": {"DomainSigningSelector": "-"}}',
        b"\xff\xfe", b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_body_that_the_model_forbids_is_a_bad_request(ses: World, body: bytes) -> None:
    status, code, answer = raw(ses, "POST", "/v2/email/identities", body)
    assert (status, code, list(answer)) == (400, "BadRequestException", ["message"])


def test_the_control_plane_admits_one_request_a_second(tmp_path: Path) -> None:
    with world(tmp_path) as running:
        client = running.client()
        client.get_account()
        code, _ = refusal(client.get_account)
        assert code == "TooManyRequestsException"
        eventually(lambda: _admitted(client))
        # Sending is not counted: a rejection comes from the operation, never from the limit.
        for _ in range(3):
            code, _ = refusal(
                client.send_email,
                FromEmailAddress="a@b.example",
                Destination={"ToAddresses": ["c@d.example"]},
                Content=simple(),
            )
            assert code == "MessageRejected"


def _admitted(client: Any) -> bool:
    try:
        client.get_account()
    except client.exceptions.TooManyRequestsException as error:
        assert "retry-after" not in error.response["ResponseMetadata"]["HTTPHeaders"]
        return False
    return True


def test_state_outlives_kill(tmp_path: Path) -> None:
    with world(tmp_path, *UNLIMITED) as running:
        verified_domain(running, "kept.example.com")
        before = running.client().get_email_identity(EmailIdentity="kept.example.com")
        running.end(kill=True)
        running.begin()
        after = running.client().get_email_identity(EmailIdentity="kept.example.com")
        assert after["DkimAttributes"]["Tokens"] == before["DkimAttributes"]["Tokens"]
        assert after["VerifiedForSendingStatus"] is True
        assert len(running.journal("identity.verified")) == 1


# Faults


def test_faults_break_exactly_the_calls_they_name(ses: World, sender: str) -> None:
    client = ses.client()
    ses.faults(
        {"operation": "GetAccount", "fault": "throttle", "count": 2},
        {"operation": "GetAccount", "fault": "500"},
        {"operation": "SendEmail", "fault": "AccountSuspendedException",
         "match": {"Destination.ToAddresses": "suspended@"}},
    )  # fmt: skip
    codes = [refusal(client.get_account)[0] for _ in range(3)]
    assert codes == ["TooManyRequestsException"] * 2 + ["InternalServiceErrorException"]
    client.get_account()
    send(ses)
    arguments = {"FromEmailAddress": sender, "Content": simple(),
                 "Destination": {"ToAddresses": ["suspended@example.net"]}}  # fmt: skip
    assert refusal(client.send_email, **arguments)[0] == "AccountSuspendedException"


@pytest.mark.parametrize(("fault", "sent"), [("reset", 0), ("reset_after", 1), ("hang", 0)])
def test_a_connection_that_breaks_leaves_the_effect_or_not(
    ses: World, sender: str, fault: str, sent: int
) -> None:
    before = len(ses.journal("mail.sent"))
    ses.faults({"operation": "SendEmail", "fault": fault})
    with pytest.raises(
        (botocore.exceptions.ConnectionClosedError, botocore.exceptions.ReadTimeoutError,
         botocore.exceptions.EndpointConnectionError, botocore.exceptions.HTTPClientError)
    ):  # fmt: skip
        ses.client(read_timeout=0.5).send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": ["a@example.net"]},
            Content=simple(),
        )
    assert len(ses.journal("mail.sent")) == before + sent
    send(ses)


def test_a_paused_tenant_sends_nothing_until_it_may_again(ses: World, sender: str) -> None:
    client = ses.client()
    tenant = client.create_tenant(TenantName="pausing")["TenantArn"]
    switch = client.update_reputation_entity_customer_managed_status
    about = {"ReputationEntityType": "RESOURCE", "ReputationEntityReference": tenant}
    assert refusal(
        switch, **{**about, "ReputationEntityReference": f"{tenant}x"}, SendingStatus="DISABLED"
    )[0] == "NotFoundException"  # fmt: skip
    switch(**about, SendingStatus="DISABLED")
    assert client.get_tenant(TenantName="pausing")["Tenant"]["SendingStatus"] == "DISABLED"
    message = {"FromEmailAddress": sender, "Content": simple(), "TenantName": "pausing",
               "Destination": {"ToAddresses": ["a@example.net"]}}  # fmt: skip
    assert refusal(client.send_email, **message)[0] == "SendingPausedException"
    switch(**about, SendingStatus="ENABLED")
    code, _ = refusal(client.send_email, **message)
    assert code == "BadRequestException", "it sends, and lacks only the resource"


def test_the_metrics_count_e_mails_to_one_recipient_who_is_not_simulated(
    ses: World, sender: str
) -> None:
    client = ses.client()
    name = "send.example.com"
    now = datetime.now(UTC)
    query = {
        "Id": "q", "Namespace": "VDM", "Metric": "SEND", "Dimensions": {"EMAIL_IDENTITY": name},
        "StartDate": now - timedelta(days=400), "EndDate": now + timedelta(days=40_000),
    }  # fmt: skip

    def total() -> int:
        [result] = client.batch_get_metric_data(Queries=[query])["Results"]
        return int(sum(result["Values"]))

    before = total()
    for recipients in (
        ["a@example.net"], ["a@example.net", "b@example.net"], ["bounce@simulator.amazonses.com"],
        ["nobody@refused.example"],
    ):  # fmt: skip
        client.send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": recipients},
            Content=simple(),
        )
    assert total() == before + 2, "one that is refused went out too"
    other = {**query, "Metric": "OPEN"}
    assert refusal(client.batch_get_metric_data, Queries=[other])[0] == "BadRequestException"


# The model


def test_the_validator_itself_notices_each_kind_of_mistake(ses: World) -> None:
    model = ses.client().meta.service_model
    shape = model.operation_model("GetEmailIdentity").output_shape
    assert violations(shape, {"Nothing": 1}) == [".Nothing: unknown member"]
    assert violations(shape, {"IdentityType": "HOUSE"}) != []
    assert violations(shape, {"VerifiedForSendingStatus": 1}) != []
    assert violations(shape, {"MailFromAttributes": {}}) != []
    tags = model.operation_model("ListTagsForResource").output_shape
    assert violations(tags, {}) == [".Tags: required"]


def test_every_covered_operation_answered_in_the_shape_of_the_model(ses: World) -> None:
    """Runs last: the calls above, successes and errors alike, were each checked as they came."""
    seen_here = ses.wire.succeeded | {"PutAccountDetails", "ListEmailIdentities"}
    seen_here |= {"ListDedicatedIpPools"}
    seen_here |= {"PutEmailIdentityDkimSigningAttributes"}
    assert set(HANDLERS) - seen_here == set()
    client = ses.client()
    client.list_email_identities()
    client.list_dedicated_ip_pools()
    client.put_account_details(MailType="MARKETING", WebsiteURL="https://example.com")
    client.put_email_identity_dkim_signing_attributes(
        EmailIdentity="seen.example.com", SigningAttributesOrigin="AWS_SES"
    )
    assert set(HANDLERS) - ses.wire.succeeded == set()
    assert len({code for _, code in ses.wire.failed}) >= 8


def test_a_server_that_is_told_to_stop_ends_well(tmp_path: Path) -> None:
    with world(tmp_path, *UNLIMITED) as running:
        process = running.process
        assert process is not None
        stop(process)
        assert process.returncode == 0
        running.process = None
