"""Approvals in the table: opened once, decided once, listed while they are open.

``outcome`` is the status; ``listed_at`` is when the approval expires, so that what is due is a
range of the listing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from onboarding.adapters.dynamodb import mapping
from onboarding.adapters.dynamodb.table import (
    Item,
    Table,
    body_of,
    item_key,
    shard,
    sortable,
    string,
)
from onboarding.domain.approval import Approval, ApprovalStatus, Decided
from onboarding.port_errors import ConcurrentChange

if TYPE_CHECKING:
    from onboarding.domain.request import Ticket

_OPEN: Final = "APPROVAL_OPEN"
_UNDELIVERED: Final = "APPROVAL_UNDELIVERED"
"""Decided, and whoever waits for it does not know yet."""

_DECIDED: Final = "SET outcome = :outcome, listing = :listing, decided_at = :at"


class DynamoDbApprovals(Table):
    """Implements ``Approvals``."""

    def open_approval(self, approval: Approval) -> Approval:
        pointer = {"approval_id": {"S": approval.approval_id}}
        ticket = item_key(f"TICKET#{approval.ticket}", f"APPROVAL#{approval.approval_id}")
        subject = item_key(f"SUBJECT#{approval.subject}", f"APPROVAL#{approval.approval_id}")
        try:
            self._transact(
                self._put(_approval_item(approval), "attribute_not_exists(pk)"),
                self._put({**ticket, **pointer}),
                self._put({**subject, **pointer}),
            )
        except ConcurrentChange:
            found = self.approval(approval.approval_id)
            if found is None:
                raise  # another transaction was under way: ask again
            return found
        return approval

    def approval(self, approval_id: str) -> Approval | None:
        item = self._get(approval_key(approval_id))
        return None if item is None else _to_approval(item)

    def approvals_of_ticket(self, ticket: Ticket) -> tuple[Approval, ...]:
        return self._pointed_at(f"TICKET#{ticket}")

    def approvals_about(self, subject: str) -> tuple[Approval, ...]:
        return self._pointed_at(f"SUBJECT#{subject}")

    def _pointed_at(self, partition: str) -> tuple[Approval, ...]:
        pointers = self._query(partition, "APPROVAL#")
        found = (self.approval(pointer["approval_id"]["S"]) for pointer in pointers)
        return tuple(sorted((a for a in found if a), key=lambda a: (a.requested_at, a.approval_id)))

    def pending_approvals(self, due_before: datetime | None = None) -> Iterator[Approval]:
        for item in self._listed(_OPEN, due_before):
            yield _to_approval(item)

    def undelivered_approvals(self) -> Iterator[Approval]:
        for item in self._listed(_UNDELIVERED):
            yield _to_approval(item)

    def decide_approval(
        self,
        approval_id: str,
        status: ApprovalStatus,
        by: str,
        at: datetime,
        note: str | None = None,
    ) -> Decided:
        noted = ", decision_note = :note" if note else ""
        return self._settle(
            approval_id,
            status,
            f"{_DECIDED}, decided_by = :by{noted}",
            "listed_at > :now",
            {
                ":at": {"S": at.isoformat()},
                ":by": {"S": by},
                ":now": {"S": sortable(at)},
                **({":note": {"S": note}} if note else {}),
            },
        )

    def expire_approval(self, approval_id: str, at: datetime) -> Decided:
        return self._settle(
            approval_id,
            ApprovalStatus.EXPIRED,
            _DECIDED,
            "listed_at <= :now",
            {":at": {"S": at.isoformat()}, ":now": {"S": sortable(at)}},
        )

    def _settle(
        self, approval_id: str, status: ApprovalStatus, update: str, condition: str, values: Item
    ) -> Decided:
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=approval_key(approval_id),
                UpdateExpression=update,
                ConditionExpression=f"outcome = :pending AND {condition}",
                ExpressionAttributeValues={
                    ":pending": {"S": ApprovalStatus.PENDING.value},
                    ":outcome": {"S": status.value},
                    ":listing": {"S": _listing(_UNDELIVERED, approval_id)},
                    **values,
                },
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return Decided(self._existing_approval(approval_id), counted=False)
        return Decided(_to_approval(answer["Attributes"]), counted=True)

    def note_task_token(self, approval_id: str, token: str) -> Approval:
        self._update_approval(approval_id, "SET task_token = :token", {":token": {"S": token}})
        return self._existing_approval(approval_id)

    def mark_delivered(self, approval_id: str) -> None:
        """Only what is decided leaves its listing here: a pending one stays to be decided."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=approval_key(approval_id),
                UpdateExpression="REMOVE listing",
                ConditionExpression="outcome <> :pending AND attribute_exists(pk)",
                ExpressionAttributeValues={":pending": {"S": ApprovalStatus.PENDING.value}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            self._existing_approval(approval_id)

    def _update_approval(self, approval_id: str, update: str, values: Item) -> None:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=approval_key(approval_id),
                UpdateExpression=update,
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues=values,
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise LookupError(f"no approval {approval_id}") from error

    def _existing_approval(self, approval_id: str) -> Approval:
        found = self.approval(approval_id)
        if found is None:
            raise LookupError(f"no approval {approval_id}")
        return found

    def _apply(self, approval: Approval, at: datetime) -> Item:
        """The write that lets an approval be applied once, for a transaction."""
        return self._update(
            approval_key(approval.approval_id),
            "SET applied_at = :applied",
            "outcome = :given AND attribute_not_exists(applied_at)",
            {
                ":applied": {"S": at.isoformat()},
                ":given": {"S": ApprovalStatus.GIVEN.value},
            },
        )


def approval_key(approval_id: str) -> Item:
    return item_key(f"APPROVAL#{approval_id}", "APPROVAL")


def _listing(name: str, approval_id: str) -> str:
    return f"{name}#{shard(approval_id):02}"


def _approval_item(approval: Approval) -> Item:
    return {
        **approval_key(approval.approval_id),
        "outcome": {"S": approval.status.value},
        "body": {"S": mapping.dump(mapping.approval_to_json(approval))},
        "listing": {"S": _listing(_OPEN, approval.approval_id)},
        "listed_at": {"S": sortable(approval.expires_at)},
    }


def _to_approval(item: Item) -> Approval:
    return replace(
        mapping.approval_from_json(body_of(item)),
        status=ApprovalStatus(item["outcome"]["S"]),
        decided_by=string(item, "decided_by"),
        decided_at=_time(item, "decided_at"),
        note=string(item, "decision_note"),
        task_token=string(item, "task_token"),
        applied_at=_time(item, "applied_at"),
    )


def _time(item: dict[str, Any], name: str) -> datetime | None:
    text = string(item, name)
    return None if text is None else datetime.fromisoformat(text)
