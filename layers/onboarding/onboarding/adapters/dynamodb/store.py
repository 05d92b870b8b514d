"""Requests, domains, addresses, mails and ticket comments, kept by conditional writes to one
table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from onboarding.adapters.dynamodb import mapping
from onboarding.adapters.dynamodb.quotas import DynamoDbQuotas
from onboarding.adapters.dynamodb.stops import DynamoDbStops
from onboarding.adapters.dynamodb.table import (
    Item,
    body_of,
    integer,
    item_key,
    number,
    partition_of,
    shard,
    sortable,
    string,
    unchanged,
)
from onboarding.adapters.dynamodb.watch_items import watch_item
from onboarding.domain.addresses import domain_of
from onboarding.domain.delivery import Accepted, Delivery
from onboarding.domain.lifecycle import ENDS, ESTABLISHED, State, may_be_closed
from onboarding.domain.mail_claim import Claim, StaleClaim
from onboarding.domain.onboarding import Account, Entry, SendingDomain, StoredRequest
from onboarding.domain.ownership import Family
from onboarding.domain.watch import Watch
from onboarding.port_errors import ConcurrentChange, DeliveryReused

if TYPE_CHECKING:
    from onboarding.domain.quota import Taking
    from onboarding.domain.request import OnboardingRequest, Ticket
    from onboarding.domain.sender_address import SenderAddress

DELIVERY_RETENTION: Final = timedelta(days=30)
"""Longer than any ticket system goes on delivering the same event."""

_REPEATABLE_OUTCOMES: Final = tuple(sorted(ENDS))
"""After these ends the same ticket may ask again for the same domain."""


_SUCCESS_BEFORE: Final = {State.OFFBOARDED: {":verified": {"S": State.VERIFIED.value}}}
"""The one end that may follow an outcome; see ``domain.lifecycle.may_be_closed``."""


def _may_be_closed(outcome: State) -> str:
    also = " OR outcome = :verified" if outcome in _SUCCESS_BEFORE else ""
    return f"attribute_not_exists(outcome){also}"


_BECAME: Final = {"sent": Claim.DONE, "withheld": Claim.WITHHELD}


class DynamoDbStore(DynamoDbQuotas, DynamoDbStops):
    """Implements ``RequestStore``, ``DomainStore``, ``AddressStore``, ``MailLedger`` and
    ``Tickets``, and by what it inherits ``Approvals`` and ``Quotas``."""

    # Requests

    def accept(
        self, request: OnboardingRequest, delivery: Delivery, request_id: str, at: datetime
    ) -> Accepted:
        # Read once: a request that comes between two reads would else be taken for an ended one.
        current = self._get(_ticket_key(request.ticket, request.subject))
        known = self._known_delivery(delivery) or self._running(current, delivery, at)
        if known is not None:
            return known
        attempt = 1 + (0 if current is None else int(current["attempt"]["N"]))
        stored = StoredRequest(request_id, request, at, attempt)
        try:
            self._transact(
                self._put_delivery(delivery, request_id, at),
                self._put(
                    _ticket_item(stored),
                    "attribute_not_exists(pk) OR attempt = :previous",
                    {":previous": number(attempt - 1)},
                ),
                self._put(_request_item(stored), "attribute_not_exists(pk)"),
            )
        except ConcurrentChange:
            # Somebody delivered the same between the reads and the write: theirs is there now.
            return self._after_race(request, delivery, at)
        return Accepted(stored, is_new=True)

    def _after_race(self, request: OnboardingRequest, delivery: Delivery, at: datetime) -> Accepted:
        current = self._get(_ticket_key(request.ticket, request.subject))
        known = self._known_delivery(delivery) or self._running(current, delivery, at)
        if known is None:
            raise ConcurrentChange(f"{request.ticket}")
        return known

    def _known_delivery(self, delivery: Delivery) -> Accepted | None:
        request_id = self.delivered(delivery)
        return None if request_id is None else Accepted(self._existing(request_id), is_new=False)

    def delivered(self, delivery: Delivery) -> str | None:
        item = self._get(_delivery_key(delivery))
        if item is None:
            return None
        if item["body_sha256"]["S"] != delivery.body_sha256:
            raise DeliveryReused(delivery.delivery_id)
        return string(item, "request_id")

    def note_delivery(self, delivery: Delivery, brought: str, at: datetime) -> None:
        self._client.put_item(TableName=self._table, Item=_delivery_item(delivery, brought, at))

    def _put_delivery(self, delivery: Delivery, brought: str, at: datetime) -> Item:
        """The write that lets a delivery bring something once, for a transaction."""
        return self._put(_delivery_item(delivery, brought, at), "attribute_not_exists(pk)")

    def _running(self, item: Item | None, delivery: Delivery, at: datetime) -> Accepted | None:
        if item is None or string(item, "outcome") in _REPEATABLE_OUTCOMES:
            return None
        request_id = item["request_id"]["S"]
        self.note_delivery(delivery, request_id, at)
        return Accepted(self._existing(request_id), is_new=False)

    def _existing(self, request_id: str) -> StoredRequest:
        stored = self.request(request_id)
        if stored is None:
            raise LookupError(f"request {request_id} is referred to, but not in the table")
        return stored

    def request(self, request_id: str) -> StoredRequest | None:
        item = self._get(_request_key(request_id))
        return None if item is None else _to_request(item)

    def mark_started(self, request_id: str) -> None:
        self._list_request(request_id, "listing = :listing", {})

    def unstarted(self, before: datetime) -> Iterator[StoredRequest]:
        for item in self._listed("UNSTARTED", before):
            yield _to_request(item)

    def open_requests(self, due_before: datetime) -> Iterator[StoredRequest]:
        for item in self._listed("OPEN", due_before):
            yield _to_request(item)

    def look_again(self, request_id: str, at: datetime) -> None:
        values = {":at": {"S": sortable(at)}}
        self._list_request(request_id, "listing = :listing, listed_at = :at", values)

    def _list_request(self, request_id: str, listed: str, values: Item) -> None:
        """Put it on the list of open requests, which one that is settled has left for good."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_request_key(request_id),
                UpdateExpression=f"SET {listed}",
                ConditionExpression="attribute_exists(listing)",
                ExpressionAttributeValues={":listing": _listing("OPEN", request_id), **values},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            self._existing(request_id)

    def restart(self, stored: StoredRequest, at: datetime) -> StoredRequest | None:
        seen = "restarts = :seen" if stored.restarts else "attribute_not_exists(restarts)"
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_request_key(stored.request_id),
                UpdateExpression="SET restarts = :next, listing = :listing, listed_at = :at",
                ConditionExpression=f"attribute_exists(listing) AND {seen}",
                ExpressionAttributeValues={
                    ":next": number(stored.restarts + 1),
                    ":listing": _listing("UNSTARTED", stored.request_id),
                    ":at": {"S": sortable(at)},
                    **({":seen": number(stored.restarts)} if stored.restarts else {}),
                },
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return _to_request(answer["Attributes"])

    def close_request(self, request_id: str, outcome: State, why: str, at: datetime) -> None:
        stored = self._existing(request_id)
        values = {":outcome": {"S": outcome.value}}
        ticket = _ticket_key(stored.request.ticket, stored.request.subject)
        try:
            self._transact(
                self._update(
                    _request_key(request_id),
                    "SET outcome = :outcome, why = :why, closed_at = :at",
                    _may_be_closed(outcome),
                    {
                        **values,
                        ":why": {"S": why},
                        ":at": {"S": at.isoformat()},
                        **_SUCCESS_BEFORE.get(outcome, {}),
                    },
                ),
                self._update(
                    ticket,
                    "SET outcome = :outcome",
                    "request_id = :request",
                    {**values, ":request": {"S": request_id}},
                ),
            )
        except ConcurrentChange:
            if may_be_closed(self._existing(request_id).outcome, outcome):
                raise

    def settle_request(self, request_id: str) -> None:
        self._client.update_item(
            TableName=self._table,
            Key=_request_key(request_id),
            UpdateExpression="REMOVE listing, listed_at",
            ConditionExpression="attribute_exists(outcome)",
        )

    # Domains

    def account(self, account_id: str) -> Account | None:
        item = self._get(item_key(f"ACCOUNT#{account_id}", "ACCOUNT"))
        return None if item is None else mapping.account_from_json(body_of(item))

    def put_account(self, account: Account) -> None:
        item = item_key(f"ACCOUNT#{account.account_id}", "ACCOUNT")
        item["body"] = {"S": mapping.dump(mapping.account_to_json(account))}
        self._client.put_item(TableName=self._table, Item=item)

    def domain(self, domain: str) -> SendingDomain | None:
        item = self._get(_domain_key(domain))
        return None if item is None else to_domain(item)

    def family(self, domain: str, ancestors: Sequence[str]) -> Family:
        # The counter is read first: a child that comes later raises it, and the claim fails.
        counter = self._get(item_key(f"DOMAIN#{domain}", "FAMILY"))
        current = self.domain(domain)
        parents = [found for name in ancestors if (found := self.domain(name)) is not None]
        children = [found for name in self._children(domain) if (found := self.domain(name))]
        versions = {
            "counter": None if counter is None else counter["version"]["N"],
            **{parent.domain: parent.version for parent in parents},
        }
        return Family(current, (*parents, *children), versions)

    def claim(
        self,
        wanted: SendingDomain,
        family: Family,
        ancestors: Sequence[str],
        *entries: Entry,
        taking: Taking | None = None,
        ended: Entry | None = None,
    ) -> SendingDomain:
        assert isinstance(family.versions, dict)  # made by ``family`` above
        current = family.current
        seen = None if current is None else current.version
        claimed = replace(wanted, version=(seen or 0) + 1)
        counter = family.versions["counter"]
        self._transact(
            self._put_domain(claimed, seen),
            *self._put_ended(current, claimed, ended),
            *(self._put_entry(claimed, i, entry) for i, entry in enumerate(entries, 1)),
            *self._slot_writes(current, claimed, taking, _when(claimed, entries)),
            self._check(
                item_key(f"DOMAIN#{wanted.domain}", "FAMILY"),
                *unchanged(None if counter is None else int(counter)),
            ),
            *(self._check(_domain_key(a), *unchanged(family.versions.get(a))) for a in ancestors),
            *(self._count_child(a) for a in ancestors),
            *(self._put(_child_item(a, wanted.domain)) for a in ancestors),
        )
        return claimed

    def save(
        self, changed: SendingDomain, *entries: Entry, taking: Taking | None = None
    ) -> SendingDomain:
        saved = replace(changed, version=changed.version + 1)
        stored = self._as_stored(changed)
        self._transact(
            self._put_domain(saved, changed.version),
            *(self._put_entry(saved, i, entry) for i, entry in enumerate(entries)),
            *self._slot_writes(stored, saved, taking, _when(saved, entries)),
            *self._begin_watch(stored, saved),
        )
        return saved

    def _begin_watch(self, stored: SendingDomain, saved: SendingDomain) -> Iterator[Item]:
        """With the write that makes it verified, so that no use case can forget it."""
        if saved.state in ESTABLISHED and stored.state not in ESTABLISHED:
            yield self._put(watch_item(Watch(saved.domain, saved.since)))

    def _as_stored(self, changed: SendingDomain) -> SendingDomain:
        """What ``changed`` is about to replace: whose slot it takes now is known from this alone,
        so that no caller can forget to give one back."""
        stored = self.domain(changed.domain)
        if stored is None or stored.version != changed.version:
            raise ConcurrentChange(changed.domain)
        return stored

    def timeline(self, domain: str) -> tuple[Entry, ...]:
        items = self._query(partition_of(domain), "ENTRY#")
        return tuple(mapping.entry_from_json(body_of(item)) for item in items)

    def domains(self, states: Iterable[State] = tuple(State)) -> Iterator[SendingDomain]:
        for state in states:
            for item in self._listed(f"STATE#{state}"):
                yield to_domain(item)

    def longest_in(self, state: State, limit: int) -> tuple[SendingDomain, ...]:
        first = (to_domain(item) for item in self._first_listed(f"STATE#{state}", limit))
        return tuple(sorted(first, key=lambda d: (d.since, d.domain))[:limit])

    def domains_of_ticket(self, ticket: Ticket) -> tuple[SendingDomain, ...]:
        current = list(self._query(f"TICKET#{ticket}", "DOMAIN#"))
        found = [(i, self.domain(i["sk"]["S"].removeprefix("DOMAIN#"))) for i in current]
        return tuple(d for i, d in found if d and d.request_id == string(i, "request_id"))

    def _children(self, domain: str) -> Iterator[str]:
        for item in self._query(f"DOMAIN#{domain}", "CHILD#"):
            yield item["sk"]["S"].removeprefix("CHILD#")

    # Addresses

    def address(self, address: str) -> SenderAddress | None:
        item = self._get(_address_key(address))
        return None if item is None else _to_address(item)

    def claim_address(
        self,
        wanted: SenderAddress,
        current: SenderAddress | None,
        domains: Mapping[str, SendingDomain | None],
        entry: Entry,
    ) -> SenderAddress:
        seen = None if current is None else current.version
        claimed = replace(wanted, version=(seen or 0) + 1)
        self._transact(
            self._put(_address_item(claimed), *unchanged(seen)),
            self._put(_address_entry_item(claimed, 0, entry), "attribute_not_exists(pk)"),
            *(
                self._check(_domain_key(name), *unchanged(None if d is None else d.version))
                for name, d in domains.items()
            ),
        )
        return claimed

    def save_address(self, changed: SenderAddress, *entries: Entry) -> SenderAddress:
        saved = replace(changed, version=changed.version + 1)
        items = (_address_entry_item(saved, i, entry) for i, entry in enumerate(entries))
        self._transact(
            self._put(_address_item(saved), *unchanged(changed.version)),
            *(self._put(item, "attribute_not_exists(pk)") for item in items),
        )
        return saved

    def addresses(self, states: Iterable[State] = tuple(State)) -> Iterator[SenderAddress]:
        for state in states:
            for item in self._listed(f"ADDRESS#{state}"):
                yield _to_address(item)

    # Mails

    def claim_mail(self, domain: str, key: str, at: datetime) -> Claim:
        item = _mail_key(domain, key)
        claimed = {
            **item,
            "status": {"S": "claimed"},
            "claimed_at": {"S": at.isoformat()},
            # Leaves the listing with its result.
            "listing": _listing("CLAIMED", domain),
            "listed_at": {"S": sortable(at)},
        }
        try:
            self._client.put_item(
                TableName=self._table,
                Item=claimed,
                ConditionExpression="attribute_not_exists(pk) OR #status = :withheld",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":withheld": {"S": "withheld"}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self._became_of(item)
        return Claim.GRANTED

    def mails_stopped(self, domain: str, recipient: str) -> bool:
        return self.stop_of(domain, recipient) is not None

    def withhold_mail(self, domain: str, key: str, at: datetime) -> Claim:
        item = _mail_key(domain, key)
        withheld = {**item, "status": {"S": "withheld"}, "withheld_at": {"S": at.isoformat()}}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=withheld,
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self._became_of(item)
        return Claim.GRANTED

    def _became_of(self, key: Item) -> Claim:
        found = self._get(key)
        return Claim.UNRESOLVED if found is None else _became(found)

    def record_mail(self, domain: str, key: str, message_id: str, at: datetime) -> None:
        self._client.update_item(
            TableName=self._table,
            Key=_mail_key(domain, key),
            UpdateExpression="SET #status = :sent, message_id = :id, sent_at = :at "
            "REMOVE listing, listed_at",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":sent": {"S": "sent"},
                ":id": {"S": message_id},
                ":at": {"S": at.isoformat()},
            },
        )

    def release_mail(self, domain: str, key: str) -> None:
        self._client.delete_item(TableName=self._table, Key=_mail_key(domain, key))

    def stale_claims(self, before: datetime) -> Iterator[StaleClaim]:
        for item in self._listed("CLAIMED", before):
            subject = item["pk"]["S"].partition("#")[2]
            at = datetime.fromisoformat(item["claimed_at"]["S"])
            yield StaleClaim(subject, item["sk"]["S"].removeprefix("MAIL#"), at)

    def mark_reported(self, claim: StaleClaim) -> None:
        self._client.update_item(
            TableName=self._table,
            Key=_mail_key(claim.subject, claim.key),
            UpdateExpression="REMOVE listing, listed_at",
        )

    def mails_of(self, domain: str) -> dict[str, Claim]:
        return {
            item["sk"]["S"].removeprefix("MAIL#"): _became(item)
            for item in self._query(partition_of(domain), "MAIL#")
        }

    # Tickets

    def comment(
        self, ticket: Ticket, key: str, text: str, at: datetime, *, public: bool = False
    ) -> None:
        item = item_key(f"TICKET#{ticket}", f"COMMENT#{key}")
        body = {
            "ticket": {"source": ticket.source, "ticket_id": ticket.ticket_id},
            "text": text,
            "public": public,
            "at": at.isoformat(),
        }
        item["body"] = {"S": mapping.dump(body)}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return  # said already

    # Writes

    def _put_domain(self, domain: SendingDomain, seen: int | None) -> Item:
        return self._put(domain_item(domain), *unchanged(seen))

    def _put_ended(
        self, held: SendingDomain | None, claimed: SendingDomain, ended: Entry | None
    ) -> Iterator[Item]:
        """The line that says that whoever held the domain does not any more, with their ids."""
        if held is not None and ended is not None:
            lost = replace(held.become(State.OFFBOARDED, ended.at), version=claimed.version)
            yield self._put_entry(lost, 0, ended)

    def _put_entry(self, domain: SendingDomain, index: int, entry: Entry) -> Item:
        return self._put(_entry_item(domain, index, entry), "attribute_not_exists(pk)")

    def _count_child(self, parent: str) -> Item:
        key = item_key(f"DOMAIN#{parent}", "FAMILY")
        return self._update(key, "ADD version :one", "", {":one": number(1)})


def _when(domain: SendingDomain, entries: Sequence[Entry]) -> datetime:
    return entries[0].at if entries else domain.since


def _listing(name: str, of: str) -> Item:
    return {"S": f"{name}#{shard(of):02}"}


def _request_key(request_id: str) -> Item:
    return item_key(f"REQUEST#{request_id}", "REQUEST")


def _delivery_key(delivery: Delivery) -> Item:
    return item_key(f"DELIVERY#{delivery.source}#{delivery.delivery_id}", "DELIVERY")


def _ticket_key(ticket: Ticket, subject: str) -> Item:
    return item_key(f"TICKET#{ticket}", partition_of(subject))


def _domain_key(domain: str) -> Item:
    return item_key(f"DOMAIN#{domain}", "DOMAIN")


def _address_key(address: str) -> Item:
    return item_key(f"ADDRESS#{address}", "ADDRESS")


def _mail_key(subject: str, key: str) -> Item:
    return item_key(partition_of(subject), f"MAIL#{key}")


def _became(mail: Item) -> Claim:
    return _BECAME.get(mail["status"]["S"], Claim.UNRESOLVED)


def _delivery_item(delivery: Delivery, request_id: str, at: datetime) -> Item:
    return {
        **_delivery_key(delivery),
        "request_id": {"S": request_id},
        "body_sha256": {"S": delivery.body_sha256},
        "expires_at": number(int((at + DELIVERY_RETENTION).timestamp())),
    }


def _ticket_item(stored: StoredRequest) -> Item:
    return {
        **_ticket_key(stored.request.ticket, stored.request.subject),
        "request_id": {"S": stored.request_id},
        "attempt": number(stored.attempt),
    }


def _request_item(stored: StoredRequest) -> Item:
    return {
        **_request_key(stored.request_id),
        "body": {"S": mapping.dump(mapping.request_to_json(stored))},
        # Goes to the listing of open requests when its workflow has started, until it is closed.
        "listing": _listing("UNSTARTED", stored.request_id),
        "listed_at": {"S": sortable(stored.received_at)},
    }


def domain_item(domain: SendingDomain) -> Item:
    return {
        **_domain_key(domain.domain),
        "version": number(domain.version),
        "state": {"S": domain.state.value},
        "body": {"S": mapping.dump(mapping.domain_to_json(domain))},
        "listing": {"S": f"STATE#{domain.state}#{shard(domain.domain):02}"},
        "listed_at": {"S": sortable(domain.since)},
    }


def _entry_item(domain: SendingDomain, index: int, entry: Entry) -> Item:
    # By version rather than by time: versions are in order even where clocks are not.
    body = {
        **mapping.entry_to_json(entry),
        "domain": domain.domain,
        "state": domain.state.value,
        "account_id": domain.account_id,
        "organisation_id": domain.organisation_id,
        "request_id": domain.request_id,
    }
    return {
        **item_key(f"DOMAIN#{domain.domain}", f"ENTRY#{domain.version:08}#{index:02}"),
        "body": {"S": mapping.dump(body)},
    }


def _address_item(address: SenderAddress) -> Item:
    return {
        **_address_key(address.address),
        "version": number(address.version),
        "state": {"S": address.state.value},
        "body": {"S": mapping.dump(mapping.address_to_json(address))},
        # A listing of its own: whoever walks through the domains meets no address.
        "listing": {"S": f"ADDRESS#{address.state}#{shard(address.address):02}"},
        "listed_at": {"S": sortable(address.since)},
    }


def _address_entry_item(address: SenderAddress, index: int, entry: Entry) -> Item:
    body = {
        **mapping.entry_to_json(entry),
        "address": address.address,
        "domain": domain_of(address.address),
        "state": address.state.value,
        "account_id": address.account_id,
        "organisation_id": address.organisation_id,
        "request_id": address.request_id,
    }
    return {
        **item_key(f"ADDRESS#{address.address}", f"ENTRY#{address.version:08}#{index:02}"),
        "body": {"S": mapping.dump(body)},
    }


def _child_item(parent: str, child: str) -> Item:
    return item_key(f"DOMAIN#{parent}", f"CHILD#{child}")


def _to_request(item: Item) -> StoredRequest:
    outcome, restarts = string(item, "outcome"), integer(item, "restarts")
    return mapping.request_from_json(body_of(item), outcome, restarts, string(item, "why") or "")


def to_domain(item: Item) -> SendingDomain:
    since = item["listed_at"]["S"]
    return mapping.domain_from_json(
        body_of(item), item["state"]["S"], since, int(item["version"]["N"])
    )


def _to_address(item: Item) -> SenderAddress:
    since = item["listed_at"]["S"]
    return mapping.address_from_json(
        body_of(item), item["state"]["S"], since, int(item["version"]["N"])
    )
