"""The deployed system as a test sees it: a ticket system, a customer, an agent and a journal."""

import json
import os
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local.customer import links_to, presented, publish
from local.demo import read_mail
from local.dns import client as dns
from local.ticket import post_ticket
from local.world import CREDENTIALS, LocalWorld, World
from onboarding.adapters.clock import ScaledClock
from onboarding.adapters.dynamodb import DynamoDbStore
from onboarding.adapters.dynamodb.documents import DynamoDbDocuments
from onboarding.adapters.dynamodb.domain_watches import DynamoDbDomainWatches
from onboarding.adapters.dynamodb.feedback import DynamoDbFlags
from onboarding.adapters.dynamodb.pages import DynamoDbPages
from onboarding.domain.document import IssuedDocument
from onboarding.domain.onboarding import SendingDomain
from onboarding.domain.request import Ticket
from onboarding.domain.watch import Watch
from tests.support.values import RULES
from tests.support.waiting import eventually

SIGNED = {
    "reference": "DOC-1",
    "signed_by": "Ada Owner",
    "signed_at": "2026-11-01T09:00:00Z",
}


@dataclass
class System:
    """One running world."""

    local: LocalWorld
    world: World

    def client(self, service: str) -> Any:
        endpoint = (
            self.world.ses_endpoint_url if service == "sesv2" else self.world.aws_endpoint_url
        )
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=self.world.region,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            # The system takes all the requests that SES allows; whoever looks on has to wait.
            config=Config(retries={"mode": "standard", "total_max_attempts": 12}),
        )

    @cached_property
    def outputs(self) -> dict[str, str]:
        stack = self.client("cloudformation").describe_stacks(StackName=self.world.stack_name)
        return {o["OutputKey"]: o["OutputValue"] for o in stack["Stacks"][0]["Outputs"]}

    @cached_property
    def store(self) -> DynamoDbStore:
        return DynamoDbStore(self.client("dynamodb"), self.outputs["TableName"])

    @cached_property
    def documents(self) -> DynamoDbDocuments:
        return DynamoDbDocuments(self.client("dynamodb"), self.outputs["TableName"])

    @cached_property
    def pages(self) -> DynamoDbPages:
        return DynamoDbPages(self.client("dynamodb"), self.outputs["TableName"])

    def document(self, domain: str) -> IssuedDocument:
        found = self.documents.document(domain, self.domain(domain).request_id)
        assert found is not None, f"{domain} has no document"
        return found

    def signing_link(self, domain: str) -> str:
        """The link in the newest mail that has one."""
        return self._links(domain, "sign")[-1]

    def page_link(self, domain: str) -> str:
        """The customer's page, by the newest mail."""
        return self._links(domain, "d")[-1]

    def _links(self, domain: str, page: str) -> list[str]:
        texts = [mail.get_body(("plain",)) for mail in self.mails(domain)]
        links = [re.search(rf"http\S+/{page}/[0-9a-f]+", t.get_content()) for t in texts if t]
        return [link[0] for link in links if link]

    def invoke(self, function: str) -> dict[str, Any]:
        """The result of a function, by its name in the template."""
        where = {"StackName": self.world.stack_name, "LogicalResourceId": function}
        detail = self.client("cloudformation").describe_stack_resource(**where)
        name = detail["StackResourceDetail"]["PhysicalResourceId"]
        answer = self.client("lambda").invoke(FunctionName=name, Payload=b"{}")
        result = json.load(answer["Payload"])
        assert "FunctionError" not in answer, result
        return dict(result)

    @cached_property
    def flags(self) -> DynamoDbFlags:
        return DynamoDbFlags(
            self.client("dynamodb"), self.outputs["TableName"], timedelta(days=400)
        )

    @cached_property
    def clock(self) -> ScaledClock:
        """The one that the system reads."""
        return ScaledClock(**self.world.clock)

    def workers(self, function: str = "") -> Iterator[int]:
        """The processes that functions run in; only those of ``function``, by its name in the
        template, where it is named."""
        aws = self.local.processes.pid("aws")
        wanted = f"AWS_LAMBDA_FUNCTION_NAME={self.world.stack_name}-{function}"
        for process in Path("/proc").glob("[0-9]*"):
            try:
                parent = re.search(r"^PPid:\s+(\d+)", (process / "status").read_text(), re.M)
                environment = (process / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue  # ended in this moment
            if parent is not None and int(parent[1]) == aws and wanted in environment:
                yield int(process.name)

    def kill_workers(self, function: str) -> int:
        """Kill what runs a function, whatever it is doing; how many they were."""
        pids = list(self.workers(function))
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return len(pids)

    @cached_property
    def ses(self) -> Any:
        return self.client("sesv2")

    # The ticket system

    def ask(
        self, domain: str, *, delivery_id: str | None = None, bought: bool = True, **data: Any
    ) -> dict[str, Any]:
        """Post a ticket that must be accepted; its answer. The domain exists in the DNS, as that
        of a customer does, unless it was not `bought`."""
        if bought:
            self._buy(domain)
        status, answer = self.post(domain, delivery_id=delivery_id, **data)
        assert status in (200, 202), (status, answer)
        return answer

    def post(
        self, domain: str, *, delivery_id: str | None = None, **data: Any
    ) -> tuple[int, dict[str, Any]]:
        wish = {
            "ticket_id": f"T-{domain[:60]}",
            "account_id": "acme",
            "domain": domain,
            "methods": ["dkim", "dmarc"],
            "contact_email": "dns-admin@example.net",
            **data,
        }
        return post_ticket(self.world, wish, delivery_id=delivery_id)

    def comments(self, ticket_id: str) -> list[str]:
        """What the ticket was told, in any order."""
        partition = f"TICKET#{Ticket('standard', ticket_id)}"
        items = self.store._query(partition, "COMMENT#")
        return [json.loads(item["body"]["S"])["text"] for item in items]

    # The customer

    def _buy(self, domain: str) -> None:
        """Make the zone that the domain lies in, with nothing of ours in it."""
        name = RULES.to_ascii(domain)
        labels = RULES.public_suffix(name).count(".") + 2
        zone = ".".join(name.split(".")[-labels:])
        dns.publish(self.world.dns_address, zone, add=[(zone, 60, "TXT", '"bought"')])

    def domain(self, name: str) -> SendingDomain:
        found = self.store.domain(name)
        assert found is not None, f"{name} is not in the table"
        return found

    def state(self, name: str) -> str | None:
        found = self.store.domain(name)
        return None if found is None else found.state.value

    def until_state(self, name: str, state: str, timeout: float = 90.0) -> SendingDomain:
        eventually(lambda: self.state(name) == state, f"{name} becomes {state}", timeout)
        return self.domain(name)

    def publish(self, name: str, zone: str, mistake: str | None = None) -> None:
        publish(self.world, zone, self.domain(name).records, mistake)

    def publish_under_fault(self, name: str) -> None:
        """Publish without taking the faults of the zone away first."""
        dns.publish(
            self.world.dns_address,
            name,
            add=[(r.name, r.ttl, r.type, presented(r)) for r in self.domain(name).records],
        )

    def mails(self, domain: str) -> list[EmailMessage]:
        """The onboarding mails about ``domain``, in the order they arrived."""
        found = (read_mail(path) for path in sorted(Path(self.world.mail_dir).glob("*.eml")))
        return [mail for mail in found if mail["X-XES-Domain"] == domain]

    def mail_kinds(self, domain: str) -> list[str]:
        return [str(mail["X-XES-Mail"]) for mail in self.mails(domain)]

    # The reader of a mailbox

    def ask_address(self, address: str, **data: Any) -> dict[str, Any]:
        """Post a ticket that asks for an address and must be accepted; its answer."""
        wish = {"ticket_id": f"T-{address.partition('@')[0]}", "account_id": "acme"}
        status, answer = post_ticket(self.world, {**wish, "address": address, **data})
        assert status in (200, 202), (status, answer)
        return answer

    def address_state(self, address: str) -> str | None:
        found = self.store.address(address)
        return None if found is None else found.state.value

    def until_address(self, address: str, state: str, timeout: float = 90.0) -> None:
        reached = lambda: self.address_state(address) == state  # noqa: E731
        eventually(reached, f"the address becomes {state}", timeout)

    def links_to(self, address: str) -> list[str]:
        return links_to(self.world, address)

    # The watch

    def now(self) -> datetime:
        """By the world's clock."""
        return self.clock.now()

    @cached_property
    def watches(self) -> DynamoDbDomainWatches:
        return DynamoDbDomainWatches(self.client("dynamodb"), self.outputs["TableName"])

    def watch(self, domain: str) -> Watch:
        found = self.watches.watched([domain])[domain][1]
        assert found is not None, f"{domain} is not watched"
        return found

    def watch_while(self, condition: Callable[[], bool], what: str, timeout: float = 90.0) -> None:
        """Let the poller run, as its schedule would by the world's clock, until ``what``."""

        def polled() -> bool:
            self.invoke("PollDomainsFunction")
            return not condition()

        eventually(polled, what, timeout, pause=0.5)

    def watch_until(self, domain: str, state: str, timeout: float = 90.0) -> None:
        self.watch_while(lambda: self.state(domain) != state, f"{domain} is {state}", timeout)

    # What happened outside

    def journal(self, domain: str | None = None) -> list[dict[str, Any]]:
        lines = Path(self.world.journal).read_text().splitlines()
        effects = [json.loads(line) for line in lines]
        return [e for e in effects if domain is None or _is_about(e, domain)]

    def effects(self, domain: str) -> Counter[str]:
        return Counter(effect["effect"] for effect in self.journal(domain))

    def what_happened(self, domain: str) -> list[str]:
        return [entry.what for entry in self.store.timeline(domain)]

    def ses_faults(self, *rules: dict[str, Any]) -> None:
        (self.local.folder / "ses-faults.json").write_text(json.dumps(list(rules)))


def _is_about(effect: dict[str, Any], domain: str) -> bool:
    if effect.get("identity") == domain:
        return True
    return (effect.get("x_headers") or {}).get("X-XES-Domain") == domain
