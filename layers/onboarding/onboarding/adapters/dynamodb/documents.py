"""Issued documents and their signing links, in the same table as everything else.

| pk | sk | what |
|---|---|---|
| ``DOMAIN#domain`` | ``DOCUMENT#request`` | the document, its signature; ``version`` counts |
| ``LINK#sha256 of a token`` | ``LINK`` | which document is signed by it; gone by TTL |

While something is left to do for it a document is on the listing ``UNSETTLED``.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from onboarding.adapters.dynamodb import documents_mapping as mapping
from onboarding.adapters.dynamodb.table import (
    Item,
    Table,
    body_of,
    integer,
    item_key,
    number,
    shard,
    sortable,
    unchanged,
)
from onboarding.domain.document import PATIENCE, RECEIPT_PERIOD, IssuedDocument
from onboarding.port_errors import ConcurrentChange

LINK_RETENTION: Final = PATIENCE + RECEIPT_PERIOD + timedelta(days=1)
"""Longer than any link shows anything."""


class DynamoDbDocuments(Table):
    """Implements ``DocumentStore``."""

    def issue(self, document: IssuedDocument) -> IssuedDocument:
        try:
            self._client.put_item(
                TableName=self._table,
                Item=_document_item(document),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            found = self.document(document.domain, document.request_id)
            if found is None:
                raise ConcurrentChange(document.reference) from None
            return found
        return document

    def document(self, domain: str, request_id: str) -> IssuedDocument | None:
        item = self._get(_document_key(domain, request_id))
        return None if item is None else _to_document(item)

    def documents(self, domain: str) -> tuple[IssuedDocument, ...]:
        items = self._query(f"DOMAIN#{domain}", "DOCUMENT#")
        return tuple(sorted(map(_to_document, items), key=lambda d: d.facts.issued_at))

    def save_document(self, changed: IssuedDocument) -> IssuedDocument:
        saved = replace(changed, revision=changed.revision + 1)
        condition, values = unchanged(changed.revision)
        try:
            self._client.put_item(
                TableName=self._table,
                Item=_document_item(saved),
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise ConcurrentChange(changed.reference) from error
        return saved

    def put_link(self, token_sha256: str, document: IssuedDocument, at: datetime) -> None:
        item = {
            **_link_key(token_sha256),
            "domain": {"S": document.domain},
            "request_id": {"S": document.request_id},
            "expires_at": number(int((at + LINK_RETENTION).timestamp())),
        }
        self._client.put_item(TableName=self._table, Item=item)

    def document_of_link(self, token_sha256: str) -> IssuedDocument | None:
        link = self._get(_link_key(token_sha256))
        if link is None:
            return None
        return self.document(link["domain"]["S"], link["request_id"]["S"])

    def unsettled(self) -> Iterator[IssuedDocument]:
        for item in self._listed("UNSETTLED"):
            yield _to_document(item)


def _document_key(domain: str, request_id: str) -> Item:
    return item_key(f"DOMAIN#{domain}", f"DOCUMENT#{request_id}")


def _link_key(token_sha256: str) -> Item:
    return item_key(f"LINK#{token_sha256}", "LINK")


def _document_item(document: IssuedDocument) -> Item:
    item = {
        **_document_key(document.domain, document.request_id),
        "version": number(document.revision),
        "body": {"S": mapping.dump(document)},
    }
    if not document.is_settled():
        item["listing"] = {"S": f"UNSETTLED#{shard(document.request_id):02}"}
        item["listed_at"] = {"S": sortable(document.facts.issued_at)}
    return item


def _to_document(item: Item) -> IssuedDocument:
    return mapping.load(body_of(item), integer(item, "version"))
