"""Services in the table: accepted once, listed while they are open; and what an account has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from onboarding.adapters.dynamodb import mapping
from onboarding.adapters.dynamodb.provisioned import (
    DynamoDbProvisioned,
    account_key,
    version_of,
)
from onboarding.adapters.dynamodb.service_mapping import (
    service_from_json,
    service_to_json,
)
from onboarding.adapters.dynamodb.table import (
    Item,
    body_of,
    item_key,
    number,
    shard,
    sortable,
    string,
)
from onboarding.domain.service import (
    AcceptedService,
    ServiceRequest,
    ServiceState,
    StoredService,
    service_key,
)
from onboarding.port_errors import ConcurrentChange

if TYPE_CHECKING:
    from onboarding.domain.delivery import Delivery
    from onboarding.domain.onboarding import Account
    from onboarding.domain.request import Ticket

_OPEN: Final = "SERVICE_OPEN"


class DynamoDbServices(DynamoDbProvisioned):
    """Implements ``ServiceStore``, and with it everything that ``DynamoDbStore`` does."""

    def accept_service(
        self, request: ServiceRequest, delivery: Delivery, request_id: str, at: datetime
    ) -> AcceptedService:
        # Read once: the write below is conditional on what this decision was made from.
        pointer = self._get(_ticket_key(request.ticket, request))
        known = self._delivered_service(delivery) or self._running_service(pointer, delivery, at)
        if known is not None:
            return known
        stored = StoredService(request_id, request, at, at, version=1)
        previous = "" if pointer is None else pointer["request_id"]["S"]
        named = {"request_id": {"S": request_id}}
        try:
            self._transact(
                self._put_delivery(delivery, request_id, at),
                self._put(
                    {**_ticket_key(request.ticket, request), **named},
                    "attribute_not_exists(pk) OR request_id = :previous",
                    {":previous": {"S": previous}},
                ),
                self._put(_service_item(stored), "attribute_not_exists(pk)"),
                self._put({**account_key(request.subject, f"SERVICE#{request_id}"), **named}),
            )
        except ConcurrentChange:
            # Somebody delivered the same between the read and the write: theirs is there now.
            pointer = self._get(_ticket_key(request.ticket, request))
            known = self._delivered_service(delivery)
            known = known or self._running_service(pointer, delivery, at)
            if known is None:
                raise
            return known
        return AcceptedService(stored, is_new=True)

    def _delivered_service(self, delivery: Delivery) -> AcceptedService | None:
        known = self.delivered(delivery)
        return None if known is None else AcceptedService(self._known_service(known), is_new=False)

    def _running_service(
        self, pointer: Item | None, delivery: Delivery, at: datetime
    ) -> AcceptedService | None:
        if pointer is None:
            return None
        stored = self._known_service(pointer["request_id"]["S"])
        if stored.state is ServiceState.REFUSED:
            return None
        self.note_delivery(delivery, stored.request_id, at)
        return AcceptedService(stored, is_new=False)

    def _known_service(self, request_id: str) -> StoredService:
        stored = self.service(request_id)
        if stored is None:
            raise LookupError(f"service {request_id} is referred to, but not in the table")
        return stored

    def service(self, request_id: str) -> StoredService | None:
        item = self._get(_service_item_key(request_id))
        return None if item is None else _to_service(item)

    def services_of(self, account_id: str) -> tuple[StoredService, ...]:
        pointers = self._query(f"ACCOUNT#{account_id}", "SERVICE#")
        found = [self._known_service(pointer["request_id"]["S"]) for pointer in pointers]
        return tuple(sorted(found, key=lambda s: (s.received_at, s.request_id)))

    def open_services(self) -> Iterator[StoredService]:
        for item in self._listed(_OPEN):
            yield _to_service(item)

    def save_service(self, changed: StoredService) -> StoredService:
        saved = replace(changed, version=changed.version + 1)
        self._replace(_service_item(saved), changed.version)
        return saved

    # Accounts

    def create_account(self, account: Account, origin: str) -> bool:
        item = {
            **account_key(account.account_id, "ACCOUNT"),
            "origin": {"S": origin},
            "body": {"S": mapping.dump(mapping.account_to_json(account))},
        }
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return self.account_origin(account.account_id) == origin
        return True

    def account_origin(self, account_id: str) -> str | None:
        item = self._get(account_key(account_id, "ACCOUNT"))
        return None if item is None else string(item, "origin")


def _ticket_key(ticket: Ticket, request: ServiceRequest) -> Item:
    return item_key(f"TICKET#{ticket}", f"SERVICE#{service_key(request)}")


def _service_item_key(request_id: str) -> Item:
    return item_key(f"REQUEST#{request_id}", "SERVICE")


def _service_item(stored: StoredService) -> Item:
    item = {
        **_service_item_key(stored.request_id),
        "version": number(stored.version),
        "state": {"S": stored.state.value},
        "body": {"S": mapping.dump(service_to_json(stored))},
    }
    if not stored.has_ended:
        # Leaves the listing with its end: what is listed has a workflow, or should have one.
        item["listing"] = {"S": f"{_OPEN}#{shard(stored.request_id):02}"}
        item["listed_at"] = {"S": sortable(stored.received_at)}
    return item


def _to_service(item: Item) -> StoredService:
    state = ServiceState(item["state"]["S"])
    return service_from_json(body_of(item), state, version_of(item))
