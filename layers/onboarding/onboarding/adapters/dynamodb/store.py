"""Requests, domains, addresses, mails and ticket comments, kept by conditional writes to one
table."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from onboarding.adapters.aws import error_code
from onboarding.adapters.dynamodb import mapping
from onboarding.domain.addresses import domain_of, is_address
from onboarding.domain.lifecycle import ENDS, State
from onboarding.domain.onboarding import Account, Entry, SendingDomain, StoredRequest
from onboarding.domain.ownership import Family
from onboarding.domain.request import OnboardingRequest, Ticket
from onboarding.domain.sender_address import SenderAddress
from onboarding.ports import (
    Accepted,
    Claim,
    ConcurrentChange,
    Delivery,
    DeliveryReused,
)

Item = dict[str, Any]

LISTING_INDEX: Final = "by_listing"
SHARDS: Final = 16
"""Partitions of each listing: a state that a million domains share would be one hot key."""

DELIVERY_RETENTION: Final = timedelta(days=30)
"""Longer than any ticket system goes on delivering the same event."""

_REPEATABLE_OUTCOMES: Final = tuple(sorted(ENDS))
"""After these ends the same ticket may ask again for the same domain."""


class DynamoDbStore:
    """Implements ``RequestStore``, ``DomainStore``, ``AddressStore``, ``MailLedger`` and
    ``Tickets``.

    Reads that a decision rests on are consistent; lists come from the index and may lag.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    # Requests

    def accept(
        self, request: OnboardingRequest, delivery: Delivery, request_id: str, at: datetime
    ) -> Accepted:
        known = self._known_delivery(delivery) or self._running(request, delivery, at)
        if known is not None:
            return known
        attempt = self._attempts(request) + 1
        stored = StoredRequest(request_id, request, at, attempt)
        try:
            self._transact(
                self._put(_delivery_item(delivery, request_id, at), "attribute_not_exists(pk)"),
                self._put(
                    _ticket_item(stored),
                    "attribute_not_exists(pk) OR attempt = :previous",
                    {":previous": _number(attempt - 1)},
                ),
                self._put(_request_item(stored), "attribute_not_exists(pk)"),
            )
        except ConcurrentChange:
            # Somebody delivered the same between the reads and the write: theirs is there now.
            return self._after_race(request, delivery, at)
        return Accepted(stored, is_new=True)

    def _after_race(self, request: OnboardingRequest, delivery: Delivery, at: datetime) -> Accepted:
        known = self._known_delivery(delivery) or self._running(request, delivery, at)
        if known is None:
            raise ConcurrentChange(f"{request.ticket}")
        return known

    def _known_delivery(self, delivery: Delivery) -> Accepted | None:
        item = self._get(_delivery_key(delivery))
        if item is None:
            return None
        if item["body_sha256"]["S"] != delivery.body_sha256:
            raise DeliveryReused(delivery.delivery_id)
        return Accepted(self._existing(item["request_id"]["S"]), is_new=False)

    def _running(
        self, request: OnboardingRequest, delivery: Delivery, at: datetime
    ) -> Accepted | None:
        item = self._get(_ticket_key(request.ticket, request.subject))
        if item is None or _string(item, "outcome") in _REPEATABLE_OUTCOMES:
            return None
        request_id = item["request_id"]["S"]
        self._client.put_item(TableName=self._table, Item=_delivery_item(delivery, request_id, at))
        return Accepted(self._existing(request_id), is_new=False)

    def _attempts(self, request: OnboardingRequest) -> int:
        item = self._get(_ticket_key(request.ticket, request.subject))
        return 0 if item is None else int(item["attempt"]["N"])

    def _existing(self, request_id: str) -> StoredRequest:
        stored = self.request(request_id)
        if stored is None:
            raise LookupError(f"request {request_id} is referred to, but not in the table")
        return stored

    def request(self, request_id: str) -> StoredRequest | None:
        item = self._get(_key(f"REQUEST#{request_id}", "REQUEST"))
        return None if item is None else _to_request(item)

    def mark_started(self, request_id: str) -> None:
        self._client.update_item(
            TableName=self._table,
            Key=_key(f"REQUEST#{request_id}", "REQUEST"),
            UpdateExpression="REMOVE listing, listed_at",
            ConditionExpression="attribute_exists(pk)",
        )

    def unstarted(self, before: datetime) -> Iterator[StoredRequest]:
        for item in self._listed("UNSTARTED", before):
            yield _to_request(item)

    def close_request(self, request_id: str, outcome: State, why: str, at: datetime) -> None:
        stored = self._existing(request_id)
        values = {":outcome": {"S": outcome.value}}
        ticket = _ticket_key(stored.request.ticket, stored.request.subject)
        try:
            self._transact(
                self._update(
                    _key(f"REQUEST#{request_id}", "REQUEST"),
                    "SET outcome = :outcome, why = :why, closed_at = :at",
                    "attribute_not_exists(outcome)",
                    {**values, ":why": {"S": why}, ":at": {"S": at.isoformat()}},
                ),
                self._update(
                    ticket,
                    "SET outcome = :outcome",
                    "request_id = :request",
                    {**values, ":request": {"S": request_id}},
                ),
            )
        except ConcurrentChange:
            if self._existing(request_id).outcome is None:
                raise

    # Domains

    def account(self, account_id: str) -> Account | None:
        item = self._get(_key(f"ACCOUNT#{account_id}", "ACCOUNT"))
        return None if item is None else mapping.account_from_json(_body(item))

    def put_account(self, account: Account) -> None:
        item = _key(f"ACCOUNT#{account.account_id}", "ACCOUNT")
        item["body"] = {"S": mapping.dump(mapping.account_to_json(account))}
        self._client.put_item(TableName=self._table, Item=item)

    def domain(self, domain: str) -> SendingDomain | None:
        item = self._get(_domain_key(domain))
        return None if item is None else _to_domain(item)

    def family(self, domain: str, ancestors: Sequence[str]) -> Family:
        # The counter is read first: a child that comes later raises it, and the claim fails.
        counter = self._get(_key(f"DOMAIN#{domain}", "FAMILY"))
        current = self.domain(domain)
        parents = [found for name in ancestors if (found := self.domain(name)) is not None]
        children = [found for name in self._children(domain) if (found := self.domain(name))]
        versions = {
            "counter": None if counter is None else counter["version"]["N"],
            **{parent.domain: parent.version for parent in parents},
        }
        return Family(current, (*parents, *children), versions)

    def claim(
        self, wanted: SendingDomain, family: Family, ancestors: Sequence[str], entry: Entry
    ) -> SendingDomain:
        assert isinstance(family.versions, dict)  # made by ``family`` above
        seen = None if family.current is None else family.current.version
        claimed = replace(wanted, version=(seen or 0) + 1)
        counter = family.versions["counter"]
        self._transact(
            self._put_domain(claimed, seen),
            self._put_entry(claimed, 0, entry),
            self._check(
                _key(f"DOMAIN#{wanted.domain}", "FAMILY"),
                *_unchanged(None if counter is None else int(counter)),
            ),
            *(self._check(_domain_key(a), *_unchanged(family.versions.get(a))) for a in ancestors),
            *(self._count_child(a) for a in ancestors),
            *(self._put(_child_item(a, wanted.domain)) for a in ancestors),
        )
        return claimed

    def save(self, changed: SendingDomain, *entries: Entry) -> SendingDomain:
        saved = replace(changed, version=changed.version + 1)
        self._transact(
            self._put_domain(saved, changed.version),
            *(self._put_entry(saved, i, entry) for i, entry in enumerate(entries)),
        )
        return saved

    def timeline(self, domain: str) -> tuple[Entry, ...]:
        items = self._query(_partition(domain), "ENTRY#")
        return tuple(mapping.entry_from_json(_body(item)) for item in items)

    def domains(self, states: Iterable[State] = tuple(State)) -> Iterator[SendingDomain]:
        for state in states:
            for item in self._listed(f"STATE#{state}"):
                yield _to_domain(item)

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
            self._put(_address_item(claimed), *_unchanged(seen)),
            self._put(_address_entry_item(claimed, 0, entry), "attribute_not_exists(pk)"),
            *(
                self._check(_domain_key(name), *_unchanged(None if d is None else d.version))
                for name, d in domains.items()
            ),
        )
        return claimed

    def save_address(self, changed: SenderAddress, *entries: Entry) -> SenderAddress:
        saved = replace(changed, version=changed.version + 1)
        items = (_address_entry_item(saved, i, entry) for i, entry in enumerate(entries))
        self._transact(
            self._put(_address_item(saved), *_unchanged(changed.version)),
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
        claimed = {**item, "status": {"S": "claimed"}, "claimed_at": {"S": at.isoformat()}}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=claimed,
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            found = self._get(item)
            sent = found is not None and found["status"]["S"] == "sent"
            return Claim.DONE if sent else Claim.UNRESOLVED
        return Claim.GRANTED

    def record_mail(self, domain: str, key: str, message_id: str, at: datetime) -> None:
        self._client.update_item(
            TableName=self._table,
            Key=_mail_key(domain, key),
            UpdateExpression="SET #status = :sent, message_id = :id, sent_at = :at",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":sent": {"S": "sent"},
                ":id": {"S": message_id},
                ":at": {"S": at.isoformat()},
            },
        )

    def release_mail(self, domain: str, key: str) -> None:
        self._client.delete_item(TableName=self._table, Key=_mail_key(domain, key))

    # Tickets

    def comment(
        self, ticket: Ticket, key: str, text: str, at: datetime, *, public: bool = False
    ) -> None:
        item = _key(f"TICKET#{ticket}", f"COMMENT#{key}")
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

    # The table

    def _get(self, key: Item) -> Item | None:
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item

    def _query(self, partition: str, prefix: str) -> Iterator[Item]:
        yield from self._pages(
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": {"S": partition}, ":prefix": {"S": prefix}},
        )

    def _listed(self, listing: str, before: datetime | None = None) -> Iterator[Item]:
        condition = "listing = :listing" + ("" if before is None else " AND listed_at < :before")
        for shard in range(SHARDS):
            values: Item = {":listing": {"S": f"{listing}#{shard:02}"}}
            if before is not None:
                values[":before"] = {"S": _sortable(before)}
            yield from self._pages(
                IndexName=LISTING_INDEX,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
            )

    def _pages(self, **query: Any) -> Iterator[Item]:
        while True:
            answer = self._client.query(TableName=self._table, **query)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _transact(self, *writes: Item) -> None:
        try:
            self._client.transact_write_items(TransactItems=list(writes))
        except self._client.exceptions.TransactionCanceledException as error:
            reasons = {reason["Code"] for reason in error.response["CancellationReasons"]}
            if reasons <= {"None", "ConditionalCheckFailed", "TransactionConflict"}:
                raise ConcurrentChange(", ".join(sorted(reasons))) from error
            raise
        except self._client.exceptions.ClientError as error:
            if error_code(error) == "TransactionConflictException":
                raise ConcurrentChange(str(error)) from error
            raise

    def _put(self, item: Item, condition: str = "", values: Item | None = None) -> Item:
        return {"Put": self._write({"Item": item}, condition, values)}

    def _update(self, key: Item, update: str, condition: str, values: Item) -> Item:
        return {"Update": self._write({"Key": key, "UpdateExpression": update}, condition, values)}

    def _check(self, key: Item, condition: str, values: Item | None) -> Item:
        return {"ConditionCheck": self._write({"Key": key}, condition, values)}

    def _write(self, what: Item, condition: str, values: Item | None) -> Item:
        write = {"TableName": self._table, **what}
        if condition:
            write["ConditionExpression"] = condition
        if values:
            write["ExpressionAttributeValues"] = values
        return write

    def _put_domain(self, domain: SendingDomain, seen: int | None) -> Item:
        return self._put(_domain_item(domain), *_unchanged(seen))

    def _put_entry(self, domain: SendingDomain, index: int, entry: Entry) -> Item:
        return self._put(_entry_item(domain, index, entry), "attribute_not_exists(pk)")

    def _count_child(self, parent: str) -> Item:
        key = _key(f"DOMAIN#{parent}", "FAMILY")
        return self._update(key, "ADD version :one", "", {":one": _number(1)})


def _unchanged(version: int | None) -> tuple[str, Item | None]:
    if version is None:
        return "attribute_not_exists(pk)", None
    return "version = :seen", {":seen": _number(version)}


def _key(partition: str, sort: str) -> Item:
    return {"pk": {"S": partition}, "sk": {"S": sort}}


def _delivery_key(delivery: Delivery) -> Item:
    return _key(f"DELIVERY#{delivery.source}#{delivery.delivery_id}", "DELIVERY")


def _partition(subject: str) -> str:
    """Of a domain or an address."""
    return f"{'ADDRESS' if is_address(subject) else 'DOMAIN'}#{subject}"


def _ticket_key(ticket: Ticket, subject: str) -> Item:
    return _key(f"TICKET#{ticket}", _partition(subject))


def _domain_key(domain: str) -> Item:
    return _key(f"DOMAIN#{domain}", "DOMAIN")


def _address_key(address: str) -> Item:
    return _key(f"ADDRESS#{address}", "ADDRESS")


def _mail_key(subject: str, key: str) -> Item:
    return _key(_partition(subject), f"MAIL#{key}")


def _delivery_item(delivery: Delivery, request_id: str, at: datetime) -> Item:
    return {
        **_delivery_key(delivery),
        "request_id": {"S": request_id},
        "body_sha256": {"S": delivery.body_sha256},
        "expires_at": _number(int((at + DELIVERY_RETENTION).timestamp())),
    }


def _ticket_item(stored: StoredRequest) -> Item:
    return {
        **_ticket_key(stored.request.ticket, stored.request.subject),
        "request_id": {"S": stored.request_id},
        "attempt": _number(stored.attempt),
    }


def _request_item(stored: StoredRequest) -> Item:
    return {
        **_key(f"REQUEST#{stored.request_id}", "REQUEST"),
        "body": {"S": mapping.dump(mapping.request_to_json(stored))},
        # Leaves the listing when its workflow has started.
        "listing": {"S": f"UNSTARTED#{_shard(stored.request_id):02}"},
        "listed_at": {"S": _sortable(stored.received_at)},
    }


def _domain_item(domain: SendingDomain) -> Item:
    return {
        **_domain_key(domain.domain),
        "version": _number(domain.version),
        "state": {"S": domain.state.value},
        "body": {"S": mapping.dump(mapping.domain_to_json(domain))},
        "listing": {"S": f"STATE#{domain.state}#{_shard(domain.domain):02}"},
        "listed_at": {"S": _sortable(domain.since)},
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
        **_key(f"DOMAIN#{domain.domain}", f"ENTRY#{domain.version:08}#{index:02}"),
        "body": {"S": mapping.dump(body)},
    }


def _address_item(address: SenderAddress) -> Item:
    return {
        **_address_key(address.address),
        "version": _number(address.version),
        "state": {"S": address.state.value},
        "body": {"S": mapping.dump(mapping.address_to_json(address))},
        # A listing of its own: whoever walks through the domains meets no address.
        "listing": {"S": f"ADDRESS#{address.state}#{_shard(address.address):02}"},
        "listed_at": {"S": _sortable(address.since)},
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
        **_key(f"ADDRESS#{address.address}", f"ENTRY#{address.version:08}#{index:02}"),
        "body": {"S": mapping.dump(body)},
    }


def _child_item(parent: str, child: str) -> Item:
    return _key(f"DOMAIN#{parent}", f"CHILD#{child}")


def _to_request(item: Item) -> StoredRequest:
    return mapping.request_from_json(_body(item), _string(item, "outcome"))


def _to_domain(item: Item) -> SendingDomain:
    since = item["listed_at"]["S"]
    return mapping.domain_from_json(
        _body(item), item["state"]["S"], since, int(item["version"]["N"])
    )


def _to_address(item: Item) -> SenderAddress:
    since = item["listed_at"]["S"]
    return mapping.address_from_json(
        _body(item), item["state"]["S"], since, int(item["version"]["N"])
    )


def _body(item: Item) -> mapping.Json:
    body: mapping.Json = json.loads(item["body"]["S"])
    return body


def _string(item: Item, name: str) -> str | None:
    value: str | None = item.get(name, {}).get("S")
    return value


def _number(value: int) -> Item:
    return {"N": str(value)}


def _sortable(at: datetime) -> str:
    """UTC with a fixed number of digits, so that the order of texts is the order of times."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _shard(name: str) -> int:
    return hashlib.sha256(name.encode()).digest()[0] % SHARDS
