"""The ports ``DocumentStore``, ``Files``, ``SigningLinks``: in memory, and on emulated AWS."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from onboarding.adapters.aws import SIGNED_V4
from onboarding.adapters.dynamodb.documents import DynamoDbDocuments
from onboarding.adapters.files import S3Files
from onboarding.adapters.links import ApiLinks
from onboarding.adapters.memory_documents import MemoryDocuments, MemoryFiles
from onboarding.domain.document import (
    DocumentState,
    How,
    IssuedDocument,
    Signer,
    StoredFile,
)
from onboarding.domain.tokens import token_hash
from onboarding.port_errors import ConcurrentChange
from tests.support.aws_doubles import create_table, emulated
from tests.support.documents import FACTS, a_document, a_signature
from tests.support.values import NOW

Documents = MemoryDocuments | DynamoDbDocuments
Files = MemoryFiles | S3Files
_names = (f"documents-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with emulated("dynamodb") as client:
        yield client


@pytest.fixture(params=["memory", "dynamodb"])
def documents(request: pytest.FixtureRequest) -> Documents:
    if request.param == "memory":
        return MemoryDocuments()
    client, table = request.getfixturevalue("dynamodb"), next(_names)
    create_table(client, table)
    return DynamoDbDocuments(client, table)


FULL = replace(
    a_document(),
    state=DocumentState.SIGNED,
    task_token="task",
    signature=a_signature(
        signer=Signer("Zoë 李", ""), how=How.AGENT, reference="DOC-9", by="bob", address=None
    ),
    file=StoredFile("news.example.com/x.pdf", "ab" * 32),
    reminded=frozenset({"day_3", "day_7"}),
    delivered=True,
)


@pytest.mark.parametrize("document", [a_document(), FULL, a_document().signed(a_signature())])
def test_an_issued_document_is_kept_word_for_word(
    documents: Documents, document: IssuedDocument
) -> None:
    assert documents.issue(document) == document
    assert documents.document("news.example.com", "req_1") == document


def test_a_document_that_was_never_issued_is_none(documents: Documents) -> None:
    assert documents.document("news.example.com", "req_1") is None
    assert documents.documents("news.example.com") == ()
    assert documents.document_of_link(token_hash("x")) is None


def test_a_request_has_one_document_and_the_first_one_stays(documents: Documents) -> None:
    first = documents.issue(a_document())
    assert documents.issue(a_document(text="another")) == first
    other = replace(a_document(), request_id="req_2", facts=replace(FACTS, reference="RD-2"))
    later = replace(other, facts=replace(other.facts, issued_at=NOW + timedelta(hours=1)))
    documents.issue(later)
    assert documents.documents("news.example.com") == (first, later)


def test_of_two_who_read_the_same_one_writes(documents: Documents) -> None:
    read = documents.issue(a_document())
    saved = documents.save_document(read.signed(a_signature()))
    assert saved.revision == 1
    with pytest.raises(ConcurrentChange):
        documents.save_document(replace(read, state=DocumentState.EXPIRED))
    assert documents.document("news.example.com", "req_1") == saved


def test_a_link_leads_to_its_document_as_it_is_now(documents: Documents) -> None:
    document = documents.issue(a_document())
    for token in ("one", "two"):
        documents.put_link(token_hash(token), document, NOW)
    saved = documents.save_document(document.signed(a_signature()))
    assert documents.document_of_link(token_hash("one")) == saved
    assert documents.document_of_link(token_hash("two")) == saved
    assert documents.document_of_link(token_hash("three")) is None


def test_what_something_is_left_to_do_for_is_listed(documents: Documents) -> None:
    document = documents.issue(a_document())
    assert list(documents.unsettled()) == [document]
    signed = documents.save_document(document.signed(a_signature()))
    assert list(documents.unsettled()) == [signed]
    file = StoredFile("key", "sha")
    settled = documents.save_document(replace(signed, delivered=True, file=file))
    assert list(documents.unsettled()) == []
    documents.save_document(replace(settled, delivered=False))
    assert len(list(documents.unsettled())) == 1


def test_a_token_stands_nowhere_in_the_table_and_its_hash_goes_by_itself(dynamodb: Any) -> None:
    table = next(_names)
    create_table(dynamodb, table)
    documents = DynamoDbDocuments(dynamodb, table)
    documents.put_link(token_hash("secret-token"), documents.issue(a_document()), NOW)
    items = dynamodb.scan(TableName=table)["Items"]
    assert "secret-token" not in repr(items)
    [link] = [item for item in items if item["sk"]["S"] == "LINK"]
    assert int(link["expires_at"]["N"]) == int((NOW + timedelta(days=45)).timestamp())


# ---------------------------------------------------------------- files


@pytest.fixture(params=["memory", "s3"])
def files(request: pytest.FixtureRequest) -> Iterator[Files]:
    if request.param == "memory":
        yield MemoryFiles()
        return
    with emulated("s3", SIGNED_V4) as client:
        where, bucket = {"LocationConstraint": "eu-west-1"}, next(_names)
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        yield S3Files(client, bucket)


def test_a_file_is_kept_and_one_that_was_never_kept_is_none(files: Files) -> None:
    files.put("news.example.com/a.pdf", b"%PDF-1")
    assert files.get("news.example.com/a.pdf") == b"%PDF-1"
    assert files.get("news.example.com/b.pdf") is None


def test_what_was_filed_is_never_written_over(files: Files) -> None:
    files.put("key", b"%PDF-first")
    files.put("key", b"%PDF-second")
    assert files.get("key") == b"%PDF-first"


def test_a_link_names_the_file_and_how_it_is_saved(files: Files) -> None:
    files.put("a/b.pdf", b"%PDF-1")
    link = urlsplit(files.link("a/b.pdf", "RD-1.pdf"))
    assert link.scheme == "https"
    assert link.path.endswith("/a/b.pdf")
    if isinstance(files, S3Files):
        query = parse_qs(link.query)
        assert query["X-Amz-Expires"] == ["60"]
        assert query["response-content-disposition"] == ['attachment; filename="RD-1.pdf"']
        assert query["response-content-type"] == ["application/pdf"]


def test_a_fault_of_the_storage_is_a_fault() -> None:
    with emulated("s3") as client:
        files = S3Files(client, "no-such-bucket")
        with pytest.raises(client.exceptions.ClientError):
            files.put("key", b"%PDF-1")


# ---------------------------------------------------------------- links


def test_the_address_of_the_page_is_made_with_the_apis_id_asked_for_once() -> None:
    with emulated("ssm") as client:
        client.put_parameter(Name="/stack/api-id", Value="abc123", Type="String")
        links = ApiLinks(client, "/stack/api-id", "https://{api_id}.example/{stage}/")
        assert links.url("t1") == "https://abc123.example/v1/sign/t1"
        client.delete_parameter(Name="/stack/api-id")
        assert links.url("t2") == "https://abc123.example/v1/sign/t2"


def test_an_api_whose_id_is_not_there_is_a_fault() -> None:
    with emulated("ssm") as client:
        links = ApiLinks(client, "/stack/api-id", "https://{api_id}.example/{stage}")
        with pytest.raises(client.exceptions.ParameterNotFound):
            links.url("t1")
