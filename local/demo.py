"""The main job, shown: from a signed ticket to a verified domain, with a mistake on the way."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from local.customer import publish
from local.tickets import open_ticket, read_ticket
from local.world import World
from onboarding.adapters.clock import ScaledClock
from onboarding.adapters.dynamodb import DynamoDbStore
from onboarding.domain.lifecycle import ENDS, State
from onboarding.domain.onboarding import Entry, SendingDomain

SOURCE = "zendesk"
DOMAIN = "shop.example.com"
ZONE = "example.com"
POLL = 0.1

Say = Callable[[str], None]


class DemoFailed(Exception):
    """The domain was not verified; the text says why."""


@dataclass
class Demo:
    """One run. ``corrects``: whether the customer corrects the mistake; ``timeout``: real seconds
    until the run counts as failed."""

    world: World
    store: DynamoDbStore
    say: Say
    corrects: bool = True
    timeout: float = 120.0
    started: float = field(default_factory=time.monotonic)
    ticket_id: str = ""
    shown_entries: int = 0
    shown_comments: int = 0
    shown_mails: set[Path] = field(default_factory=set)

    def run(self) -> None:
        """Raises ``DemoFailed``."""
        if self._domain() is not None:
            raise DemoFailed(
                f"{DOMAIN} is known in the local world that runs. Make a new one: "
                "xes local down, then xes local demo."
            )
        self.shown_mails = set(self._mails())
        self._post()
        self._until("the records are mailed", lambda: self._mailed("records"))
        domain = self._domain()
        assert domain is not None  # a mail about it is out
        self._note("customer", f"publishes the records, one of them as name.{ZONE}.{ZONE}")
        publish(self.world, ZONE, domain.records, "doubled_zone")
        self._until("the mistake is mailed", lambda: self._mailed("correction"))
        if self.corrects:
            self._note("customer", "corrects the name")
            publish(self.world, ZONE, domain.records)
        self._until("the domain is verified", lambda: self._state() is State.VERIFIED)
        self._until("everybody is told", lambda: self._mailed("verified"))
        self._until("the ticket is told", lambda: self._told("is verified"))

    def _post(self) -> None:
        self.ticket_id = open_ticket(
            self.world,
            SOURCE,
            subject="Please set up e-mail authentication",
            text=f"We would like to send from {DOMAIN}.",
            account="acme",
            domain=DOMAIN,
            methods="dkim dmarc",
            dns_contact="dns-admin@example.com",
            dmarc_policy="quarantine",
            dmarc_percent="25",
        )
        page = f"{self.world.desk_url}/tickets/{SOURCE}/{self.ticket_id}"
        self._note("ticket", f"asks for {DOMAIN}: DKIM and DMARC, quarantine 25 %; {page}")

    def _until(self, what: str, condition: Callable[[], bool]) -> None:
        while not condition():
            self._show_news()
            if self._state() in ENDS:
                raise DemoFailed(f"The request ended as {self._state()} before {what}.")
            if time.monotonic() - self.started > self.timeout:
                raise DemoFailed(
                    f"Not reached within {self.timeout:.0f} s: {what}. {self._last_check()}"
                )
            time.sleep(POLL)
        self._show_news()

    def _last_check(self) -> str:
        domain = self._domain()
        if domain is None or domain.report is None:
            return "DNS was never checked."
        problems = [p["message"] for r in domain.report["records"] for p in r["problems"]]
        return f"{domain.summary} {' '.join(problems)}"

    def _domain(self) -> SendingDomain | None:
        return self.store.domain(DOMAIN)

    def _state(self) -> State | None:
        domain = self._domain()
        return None if domain is None else domain.state

    def _mails(self) -> list[Path]:
        return sorted(Path(self.world.mail_dir).glob("*.eml"))

    def _mailed(self, kind: str) -> bool:
        # A world that was running may have mailed others, before this run and meanwhile.
        mails = (read_mail(path) for path in self.shown_mails)
        return any((mail["X-XES-Domain"], mail["X-XES-Mail"]) == (DOMAIN, kind) for mail in mails)

    def _told(self, words: str) -> bool:
        comments = read_ticket(self.world, SOURCE, self.ticket_id)["comments"]
        return any(words in comment["body"] for comment in comments)

    def _show_news(self) -> None:
        entries = self.store.timeline(DOMAIN)
        for entry in entries[self.shown_entries :]:
            self._show_entry(entry)
        self.shown_entries = len(entries)
        comments = read_ticket(self.world, SOURCE, self.ticket_id)["comments"]
        for comment in comments[self.shown_comments :]:
            kind = "to the customer" if comment["public"] else "for the agent"
            self._note("ticket", f"is told, {kind}: {comment['body'].splitlines()[0]}")
        self.shown_comments = len(comments)
        for path in self._mails():
            if path not in self.shown_mails:
                self.shown_mails.add(path)
                message = read_mail(path)
                self._note("mail", f"to {message['To']}: {message['Subject']}")

    def _show_entry(self, entry: Entry) -> None:
        self._line(entry.at, entry.what, entry.why)

    def _note(self, who: str, what: str) -> None:
        clock = ScaledClock(self.world.clock["origin"], self.world.clock["rate"])
        self._line(clock.now(), who, what)

    def _line(self, at: datetime, what: str, why: str) -> None:
        real = time.monotonic() - self.started
        self.say(f"{real:6.1f} s   {at.astimezone(UTC):%d %b %H:%M}   {what:17} {why}")


def read_mail(path: Path) -> EmailMessage:
    message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    assert isinstance(message, EmailMessage)  # what ``policy.default`` makes
    return message
