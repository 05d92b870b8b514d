"""The smaller parts of the local SES: names, tokens, throttle, faults, pages, messages, model."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.ses import message
from local.ses.errors import SesError
from local.ses.faults import Faults
from local.ses.model import ServiceModel, parse
from local.ses.names import has_control, is_domain, parse_mailbox
from local.ses.paging import page
from local.ses.regions import mail_domain, signing_hosted_zone
from local.ses.throttle import TokenBucket
from local.ses.tokens import easy_dkim_tokens, public_key

MODEL = ServiceModel()

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@given(st.text(max_size=80))
def test_any_text_is_a_mailbox_without_control_characters_or_is_refused(text: str) -> None:
    try:
        mailbox = parse_mailbox(text)
    except SesError as error:
        assert error.code == "BadRequestException"
        return
    assert mailbox.address.isascii()
    assert not has_control(mailbox.display + mailbox.address)


def test_names_and_addresses_are_read_from_a_mailbox() -> None:
    mailbox = parse_mailbox('"Doe, \\"Ann\\"" <Ann.Doe@News.Example.com>')
    assert (mailbox.display, mailbox.address) == ('Doe, "Ann"', "Ann.Doe@news.example.com")
    assert parse_mailbox("=?utf-8?q?=C3=84nn?= <a@b.example>").display == "Änn"


def test_a_domain_has_two_labels_of_letters_digits_and_hyphens() -> None:
    assert is_domain("xn--bcher-kva.example")
    for name in ("example", "a_b.example", "-a.example", "a.example.", "a." * 130 + "example"):
        assert not is_domain(name)


def test_tokens_depend_on_seed_domain_and_generation_alone() -> None:
    first = easy_dkim_tokens("seed", "example.com", 0)
    assert first == easy_dkim_tokens("seed", "example.com", 0)
    others = [
        easy_dkim_tokens("other", "example.com", 0),
        easy_dkim_tokens("seed", "example.org", 0),
        easy_dkim_tokens("seed", "example.com", 1),
    ]
    assert len({token for tokens in [first, *others] for token in tokens}) == 12


@pytest.mark.parametrize("text", ["", "AAAA", "not base64", "é"])
def test_what_is_no_private_key_is_refused(text: str) -> None:
    with pytest.raises(SesError, match="BadRequestException"):
        public_key(text)


def test_host_names_follow_the_region() -> None:
    assert signing_hosted_zone("eu-west-1") == "dkim.amazonses.com"
    assert signing_hosted_zone("eu-south-1") == "dkim.eu-south-1.amazonses.com"
    assert mail_domain("us-east-1") == "email.amazonses.com"
    assert mail_domain("eu-west-1") == "eu-west-1.amazonses.com"


def test_a_bucket_admits_its_burst_and_then_its_rate() -> None:
    now = [0.0]
    bucket = TokenBucket(2.0, 1.0, lambda: now[0])
    assert [bucket.admit() for _ in range(3)] == [True, False, False]
    now[0] = 0.4
    assert not bucket.admit()
    now[0] = 0.5
    assert bucket.admit()
    now[0] = 99.0
    assert [bucket.admit() for _ in range(2)] == [True, False]
    assert all(TokenBucket(0.0).admit() for _ in range(100))


def test_a_fault_is_used_as_often_as_its_count_and_counted_afresh_in_a_new_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "faults.json"
    faults = Faults(path)
    assert faults.take("SendEmail", {}) is None
    rule = {"operation": "SendEmail", "fault": "500", "count": 2, "match": {"Content.A": "yes"}}
    path.write_text(json.dumps([rule]))
    fitting: dict[str, Any] = {"Content": {"A": "oh yes"}}
    assert faults.take("SendEmail", {"Content": {"A": "no"}}) is None
    assert faults.take("GetAccount", fitting) is None
    assert [faults.take("SendEmail", fitting) for _ in range(3)] == ["500", "500", None]
    os.utime(path, ns=(1, 1))
    assert faults.take("SendEmail", fitting) == "500"
    path.write_text("[{")
    assert faults.take("SendEmail", fitting) is None


@given(st.lists(st.text(max_size=5), unique=True, max_size=20), st.integers(1, 7))
def test_pages_together_are_the_list(names: list[str], size: int) -> None:
    names.sort()
    seen: list[str] = []
    arguments: dict[str, Any] = {"PageSize": size}
    while True:
        items, token = page(names, str, arguments, 100, 1000)
        seen += items
        if token is None:
            break
        arguments["NextToken"] = token
    assert seen == names


@given(st.sampled_from(["SendEmail", "CreateEmailIdentity", "ListEmailIdentities"]), ANYTHING)
def test_any_json_is_parsed_or_refused(operation: str, value: Any) -> None:
    paths = {
        "SendEmail": "/v2/email/outbound-emails",
        "CreateEmailIdentity": "/v2/email/identities",
        "ListEmailIdentities": "/v2/email/list-identities",
    }
    match = MODEL.match("POST", paths[operation])
    assert match is not None
    assert match.operation.name == operation
    members = match.operation.input_shape.members
    for body in (value, dict.fromkeys(members, value)):
        try:
            parse(match, "", json.dumps(body).encode())
        except SesError as error:
            assert error.code == "BadRequestException"


def test_labels_are_decoded_and_never_span_a_slash() -> None:
    match = MODEL.match("GET", "/v2/email/identities/ann%40example.com")
    assert match is not None
    assert (match.operation.name, match.labels) == (
        "GetEmailIdentity",
        {"EmailIdentity": "ann@example.com"},
    )
    assert MODEL.match("GET", "/v2/email/identities/a/b") is None
    assert MODEL.match("PATCH", "/v2/email/identities") is None


@given(st.binary(max_size=300))
def test_any_octets_are_a_raw_message_or_are_refused(data: bytes) -> None:
    for octets in (data, b"From: a@b.example\nTo: c@d.example\nSubject: " + data):
        try:
            draft = message.raw({"Content": {"Raw": {"Data": octets}}})
        except SesError as error:
            assert error.code == "BadRequestException"
            continue
        head = draft.content.partition(b"\n\n")[0].lower()
        assert not head.startswith((b"bcc:", b"message-id:"))


def test_folded_fields_that_are_replaced_go_as_a_whole() -> None:
    data = b"From: a@b.example\nBcc: c@d.example,\n e@f.example\nTo: g@h.example\n\nBcc: body\n"
    draft = message.raw({"Content": {"Raw": {"Data": data}}})
    assert draft.content == b"From: a@b.example\nTo: g@h.example\n\nBcc: body\n"
    addresses = [mailbox.address for mailbox in draft.recipients]
    assert addresses == ["g@h.example", "c@d.example", "e@f.example"]
