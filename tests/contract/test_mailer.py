"""The port ``Mailer``: in memory, and by the local SES and a real SMTP server."""

import itertools
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

import pytest
from sample_letters import samples

from onboarding.adapters.mail import SesMailer
from onboarding.adapters.mail.review import Envelope, review_message
from onboarding.adapters.memory import MemoryMailer
from onboarding.domain.letters import Letter, LetterKind
from onboarding.domain.reply_to import ReplyToInvalid
from onboarding.domain.request import Ticket
from onboarding.domain.sender_rules import Result, Verdict
from onboarding.port_errors import MailRefused
from onboarding.ports import Mailer
from tests.support.local_ses import SENDER, LocalSes
from tests.support.messages import IP, dns, signed, zone
from tests.support.values import RECORDS, RULES
from tests.support.waiting import eventually

SAMPLES = samples()
_numbers = itertools.count()


@dataclass
class Subject:
    """The port, who has got how many mails, and how to let the next one be refused."""

    mailer: Mailer
    arrived: Callable[[str], int]
    refusing: Callable[[], AbstractContextManager[None]]


def _in_memory() -> Subject:
    mailer = MemoryMailer()

    @contextmanager
    def refusing() -> Any:
        mailer.failures = [MailRefused("slow down")]
        yield

    def arrived(recipient: str) -> int:
        return len([letter for letter in mailer.sent if letter.recipient == recipient])

    return Subject(mailer, arrived, refusing)


def _on_ses(server: LocalSes) -> Subject:
    return Subject(
        SesMailer(server.client(), SENDER),
        lambda recipient: len(server.mails_to(recipient)),
        lambda: server.failing("SendEmail", "throttle"),
    )


@pytest.fixture(params=["memory", "ses"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "memory":
        return _in_memory()
    return _on_ses(request.getfixturevalue("local_ses"))


@pytest.fixture
def letter() -> Letter:
    return Letter(
        kind=LetterKind.RECORDS,
        key="records",
        recipient=f"dns{next(_numbers)}@example.com",
        domain="news.example.com",
        ticket=Ticket("standard", "4711"),
        request_id="req_1",
        records=RECORDS,
    )


def test_each_mail_has_a_message_id_of_its_own(subject: Subject, letter: Letter) -> None:
    ids = {subject.mailer.send(letter) for _ in range(2)}
    assert len(ids) == 2
    assert all(ids)
    eventually(lambda: subject.arrived(letter.recipient) == 2)


def test_a_refused_mail_did_not_go_out_and_may_be_sent_again(
    subject: Subject, letter: Letter
) -> None:
    with subject.refusing():
        with pytest.raises(MailRefused):
            subject.mailer.send(letter)
        subject.mailer.send(letter)
    eventually(lambda: subject.arrived(letter.recipient) == 1)


# What only SES has


@pytest.mark.parametrize("kind", list(LetterKind))
def test_a_mail_arrives_as_it_was_composed(
    local_ses: LocalSes, letter: Letter, kind: LetterKind
) -> None:
    SesMailer(local_ses.client(), SENDER).send(replace(letter, kind=kind))
    eventually(lambda: len(local_ses.mails_to(letter.recipient)) == 1)
    [message] = local_ses.mails_to(letter.recipient)
    assert str(message["To"]) == letter.recipient
    assert message["From"].addresses[0].addr_spec == SENDER
    assert message["X-XES-Mail"] == kind.value
    assert message["X-XES-Request"] == "req_1"
    assert {part.get_content_type() for part in message.walk()} >= {"text/plain", "text/html"}
    plain = message.get_body(("plain",))
    assert plain is not None
    assert "news.example.com" in plain.get_content()


def test_the_records_arrive_word_for_word(local_ses: LocalSes, letter: Letter) -> None:
    SesMailer(local_ses.client(), SENDER).send(letter)
    eventually(lambda: len(local_ses.mails_to(letter.recipient)) == 1)
    [message] = local_ses.mails_to(letter.recipient)
    plain = message.get_body(("plain",))
    assert plain is not None
    for record in RECORDS:
        assert record.value.removeprefix("10 ") in plain.get_content()


def test_a_sender_that_is_not_verified_is_refused(local_ses: LocalSes, letter: Letter) -> None:
    with pytest.raises(MailRefused) as refused:
        SesMailer(local_ses.client(), "nobody@unverified.example").send(letter)
    assert local_ses.mails_to(letter.recipient) == []
    logged = "".join(traceback.format_exception(refused.value))
    assert "SendEmail: MessageRejected" in logged
    assert "nobody@" not in logged.replace('"nobody@unverified.example").send', "")


def test_a_configuration_set_that_is_not_there_is_refused(
    local_ses: LocalSes, letter: Letter
) -> None:
    with pytest.raises(MailRefused):
        SesMailer(local_ses.client(), SENDER, "no-such-set").send(letter)
    assert local_ses.mails_to(letter.recipient) == []


@pytest.mark.parametrize("fault", ["throttle", "AccountSuspendedException", "MessageRejected"])
def test_what_ses_refuses_did_not_go_out(local_ses: LocalSes, letter: Letter, fault: str) -> None:
    with local_ses.failing("SendEmail", fault), pytest.raises(MailRefused):
        SesMailer(local_ses.client(), SENDER).send(letter)
    assert local_ses.mails_to(letter.recipient) == []


def test_an_ses_that_nobody_reaches_sent_nothing(local_ses: LocalSes, letter: Letter) -> None:
    unreachable = LocalSes(local_ses.folder, port=1)
    with pytest.raises(MailRefused):
        SesMailer(unreachable.client(), SENDER).send(letter)


@pytest.mark.parametrize(("fault", "arrived"), [("reset_after", 1), ("reset", 0), ("500", 0)])
def test_after_a_cut_connection_or_a_fault_of_ses_it_is_open_whether_the_mail_is_out(
    local_ses: LocalSes, letter: Letter, fault: str, arrived: int
) -> None:
    # The sender cannot tell the three apart, so none of them may read as refused.
    with local_ses.failing("SendEmail", fault), pytest.raises(Exception) as raised:  # noqa: PT011
        SesMailer(local_ses.client(), SENDER).send(letter)
    assert not isinstance(raised.value, MailRefused | AssertionError)
    eventually(lambda: len(local_ses.mails_to(letter.recipient)) == arrived)


REPLIES = "standard=support+{ticket_id}@xes.example"
SES_HOST = SENDER.partition("@")[2]


@pytest.mark.parametrize("name", list(SAMPLES))
def test_every_letter_is_fit_for_gmail_yahoo_and_microsoft_as_it_arrives(
    local_ses: LocalSes, name: str
) -> None:
    recipient = f"fit{next(_numbers)}@example.com"
    letter = replace(SAMPLES[name], recipient=recipient)
    SesMailer(local_ses.client(), SENDER, reply_to=REPLIES).send(letter)
    eventually(lambda: len(local_ses.octets_to(recipient)) == 1)
    [arrived] = local_ses.octets_to(recipient)
    # The local SES signs nothing; the real one signs for the sender's domain by Easy DKIM.
    review = review_message(
        signed(arrived, SES_HOST),
        rules=RULES,
        now=datetime.now(UTC),
        lookup=dns(*zone(SES_HOST)),
        envelope=Envelope(f"0102@bounce.{SES_HOST}", ip_address(IP)),
    )
    assert [found.message for found in review.findings if found.result is Result.FAIL] == []
    assert review.verdict is Verdict.FIT


def test_ses_gives_each_its_message_id_and_leaves_the_thread_and_the_replies(
    local_ses: LocalSes, letter: Letter
) -> None:
    mailer = SesMailer(local_ses.client(), SENDER, reply_to=REPLIES)
    ids = [mailer.send(replace(letter, kind=k)) for k in (LetterKind.RECORDS, LetterKind.VERIFIED)]
    eventually(lambda: len(local_ses.mails_to(letter.recipient)) == 2)
    first, second = local_ses.mails_to(letter.recipient)
    assert first["Message-ID"] != second["Message-ID"]
    assert all(i in str(m["Message-ID"]) for i, m in zip(ids, (first, second), strict=True))
    assert first["References"] == second["References"] == first["In-Reply-To"]
    assert str(first["Reply-To"]) == "support+4711@xes.example"


def test_an_address_for_replies_that_is_none_is_seen_at_the_start(local_ses: LocalSes) -> None:
    with pytest.raises(ReplyToInvalid):
        SesMailer(local_ses.client(), SENDER, reply_to="support")
