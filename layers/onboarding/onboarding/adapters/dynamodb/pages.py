"""The links of pages, the looks that were asked for, and the mails as sent, in the same table.

| pk | sk | what |
|---|---|---|
| ``PAGE#sha256 of a token`` | ``PAGE`` | what its holder may open; gone by TTL |
| ``STOP#sha256 of a token`` | ``STOP`` | which mails its holder may stop; gone by TTL |
| ``REVOKED#family`` | ``REVOKED`` | until when its links are revoked; gone by TTL |
| ``DOMAIN#domain`` | ``LOOK`` | when a look was last asked for |
| ``DOMAIN#domain`` | ``LETTER#request#occasion`` | a mail as sent, compressed; gone by TTL |
"""

import zlib
from datetime import datetime, timedelta
from typing import Any, Final

from onboarding.adapters.dynamodb import mapping
from onboarding.adapters.dynamodb.table import (
    Item,
    Table,
    body_of,
    item_key,
    number,
    sortable,
    string,
)
from onboarding.domain.kept_letter import KeptLetter
from onboarding.domain.page_links import LONGEST_PERIOD, PageLink
from onboarding.domain.request import Ticket
from onboarding.domain.stopping import STOP_PERIOD, StopLink

LETTER_RETENTION: Final = timedelta(days=180)
"""As long as a customer's link: whoever asks about a mail does so while its page opens."""

MAX_LETTER_OCTETS: Final = 350 * 1024
"""Compressed. An item of the table has at most 400 KiB."""


class DynamoDbPages(Table):
    """Implements ``PageLinks``, ``StopLinks``, ``Looks`` and ``KeptLetters``."""

    def put_page_link(self, token_sha256: str, link: PageLink) -> None:
        item = {
            **_link_key(token_sha256),
            "body": {"S": mapping.dump(_link_to_json(link))},
            "expires_at": _after(link.expires_at),
        }
        self._client.put_item(TableName=self._table, Item=item)

    def page_link(self, token_sha256: str) -> PageLink | None:
        item = self._get(_link_key(token_sha256))
        return None if item is None else _link_from_json(body_of(item))

    def put_stop_link(self, token_sha256: str, link: StopLink) -> None:
        item = {
            **_stop_key(token_sha256),
            "body": {"S": mapping.dump(_stop_to_json(link))},
            "expires_at": _after(link.expires_at),
        }
        self._client.put_item(TableName=self._table, Item=item)

    def stop_link(self, token_sha256: str) -> StopLink | None:
        item = self._get(_stop_key(token_sha256))
        return None if item is None else _stop_from_json(body_of(item))

    def revoke_page_links(self, family: str, at: datetime) -> None:
        item = {
            **_revoked_key(family),
            "revoked_at": {"S": sortable(at)},
            "expires_at": _after(at + max(LONGEST_PERIOD, STOP_PERIOD)),
        }
        self._client.put_item(TableName=self._table, Item=item)

    def page_links_revoked_at(self, family: str) -> datetime | None:
        item = self._get(_revoked_key(family))
        at = None if item is None else string(item, "revoked_at")
        return None if at is None else datetime.fromisoformat(at)

    def claim_look(self, domain: str, at: datetime, interval: timedelta) -> bool:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=item_key(f"DOMAIN#{domain}", "LOOK"),
                UpdateExpression="SET looked_at = :now",
                ConditionExpression="attribute_not_exists(looked_at) OR looked_at <= :before",
                ExpressionAttributeValues={
                    ":now": {"S": sortable(at)},
                    ":before": {"S": sortable(at - interval)},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def keep_letter(self, letter: KeptLetter) -> None:
        message = zlib.compress(letter.message)
        item = {
            **item_key(f"DOMAIN#{letter.domain}", f"LETTER#{letter.key}"),
            "kind": {"S": letter.kind},
            "kept_at": {"S": sortable(letter.at)},
            "message": {"B": message if len(message) <= MAX_LETTER_OCTETS else zlib.compress(b"")},
            "expires_at": _after(letter.at + LETTER_RETENTION),
        }
        self._client.put_item(TableName=self._table, Item=item)

    def kept_letters(self, domain: str) -> tuple[KeptLetter, ...]:
        found = [_to_letter(domain, i) for i in self._query(f"DOMAIN#{domain}", "LETTER#")]
        return tuple(sorted(found, key=lambda letter: (letter.at, letter.key)))


def _link_key(token_sha256: str) -> Item:
    return item_key(f"PAGE#{token_sha256}", "PAGE")


def _stop_key(token_sha256: str) -> Item:
    return item_key(f"STOP#{token_sha256}", "STOP")


def _revoked_key(family: str) -> Item:
    return item_key(f"REVOKED#{family}", "REVOKED")


def _after(at: datetime) -> Item:
    return number(int(at.timestamp()) + 1)


def _link_to_json(link: PageLink) -> dict[str, Any]:
    return {
        "issued_at": link.issued_at.isoformat(),
        "expires_at": link.expires_at.isoformat(),
        "domain": link.domain,
        "request_id": link.request_id,
        "organisation_id": link.organisation_id,
        "agent": link.agent,
        "by": link.by,
    }


def _link_from_json(body: dict[str, Any]) -> PageLink:
    return PageLink(
        issued_at=datetime.fromisoformat(body["issued_at"]),
        expires_at=datetime.fromisoformat(body["expires_at"]),
        domain=body["domain"],
        request_id=body["request_id"],
        organisation_id=body["organisation_id"],
        agent=body["agent"],
        by=body["by"],
    )


def _stop_to_json(link: StopLink) -> dict[str, Any]:
    return {
        "subject": link.subject,
        "recipient": link.recipient,
        "shown": link.shown,
        "mail": link.mail,
        "request_id": link.request_id,
        "ticket": {"source": link.ticket.source, "ticket_id": link.ticket.ticket_id},
        "issued_at": link.issued_at.isoformat(),
        "expires_at": link.expires_at.isoformat(),
    }


def _stop_from_json(body: dict[str, Any]) -> StopLink:
    return StopLink(
        **{
            **body,
            "ticket": Ticket(**body["ticket"]),
            "issued_at": datetime.fromisoformat(body["issued_at"]),
            "expires_at": datetime.fromisoformat(body["expires_at"]),
        }
    )


def _to_letter(domain: str, item: Item) -> KeptLetter:
    return KeptLetter(
        domain=domain,
        key=item["sk"]["S"].removeprefix("LETTER#"),
        kind=item["kind"]["S"],
        at=datetime.fromisoformat(item["kept_at"]["S"]),
        message=zlib.decompress(item["message"]["B"]),
    )
