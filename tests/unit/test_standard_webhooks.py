"""The signature of the source ``standard``, held against the published reference library."""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from onboarding.adapters.tickets.standard import (
    MAX_SIGNATURES,
    StandardWebhooks,
    key,
    sign,
    verify,
)
from onboarding.port_errors import NotAuthentic

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the specification's own example
OTHER = f"whsec_{base64.b64encode(b'another secret of 32 octets .....').decode()}"
NOW = 1_795_514_400
BODY = b'{"type":"domain.onboarding.requested"}'

secrets = st.binary(min_size=24, max_size=64).map(lambda k: f"whsec_{base64.b64encode(k).decode()}")
ids = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=60)


def signed(
    body: bytes = BODY, secret: str = SECRET, at: int = NOW, delivery_id: str = "msg_1"
) -> dict[str, str]:
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(at),
        "webhook-signature": sign(secret, delivery_id, at, body),
    }


def refused(headers: Mapping[str, str], body: bytes = BODY, now: float = NOW) -> str:
    with pytest.raises(NotAuthentic) as reason:
        verify(headers, body, [SECRET], now)
    return str(reason.value)


def test_a_signed_call_gives_its_delivery_id() -> None:
    assert verify(signed(), BODY, [SECRET], NOW) == "msg_1"


def test_the_signature_is_the_one_of_the_published_scheme() -> None:
    payload = b'{"test": 2432232314}'
    delivery_id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert (
        sign(SECRET, delivery_id, 1614265330, payload)
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


@given(secrets, ids, st.text(max_size=200))
def test_what_we_sign_is_what_the_reference_signs(secret: str, delivery_id: str, text: str) -> None:
    try:
        body = text.encode()
    except UnicodeEncodeError:
        return
    reference = standardwebhooks.Webhook(secret)
    at = datetime.fromtimestamp(NOW, UTC)
    assert sign(secret, delivery_id, NOW, body) == reference.sign(delivery_id, at, text)


@given(secrets, ids, st.dictionaries(st.text(max_size=5), st.integers()))
def test_what_we_sign_the_reference_verifies(
    secret: str, delivery_id: str, data: dict[str, int]
) -> None:
    at, body = int(time.time()), json.dumps(data).encode()
    headers = signed(body, secret, at, delivery_id)
    assert standardwebhooks.Webhook(secret).verify(body, headers) == data


@given(secrets, ids, st.text(max_size=100))
def test_what_the_reference_signs_we_verify(secret: str, delivery_id: str, text: str) -> None:
    try:
        body = text.encode()
    except UnicodeEncodeError:
        return
    signature = standardwebhooks.Webhook(secret).sign(
        delivery_id, datetime.fromtimestamp(NOW, UTC), text
    )
    headers = {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(NOW),
        "webhook-signature": signature,
    }
    assert verify(headers, body, [secret], NOW) == delivery_id


@pytest.mark.parametrize("off", [-300, -299, 0, 299.9, 300])
def test_a_call_within_five_minutes_is_taken(off: float) -> None:
    assert verify(signed(), BODY, [SECRET], NOW + off) == "msg_1"


@pytest.mark.parametrize("off", [-301, 301, 86_400])
def test_a_stale_or_a_future_call_is_refused(off: int) -> None:
    assert refused(signed(), now=NOW + off) == "the timestamp is outside the tolerance"


def test_a_signature_of_another_secret_or_body_or_id_is_refused() -> None:
    assert refused(signed(secret=OTHER)) == "no signature matches"
    assert refused(signed(), body=BODY + b" ") == "no signature matches"
    assert refused({**signed(), "webhook-id": "msg_2"}) == "no signature matches"
    assert refused({**signed(), "webhook-timestamp": str(NOW + 1)}) == "no signature matches"


@given(st.data(), st.binary(min_size=1, max_size=80))
def test_any_altered_byte_of_the_body_is_refused(data: st.DataObject, body: bytes) -> None:
    place = data.draw(st.integers(0, len(body) - 1))
    flip = data.draw(st.integers(1, 255))
    altered = bytes([*body[:place], body[place] ^ flip, *body[place + 1 :]])
    assert refused(signed(body), body=altered) == "no signature matches"


@given(st.integers(0, 31), st.integers(1, 255))
def test_any_altered_byte_of_the_signature_is_refused(place: int, flip: int) -> None:
    octets = bytearray(base64.b64decode(signed()["webhook-signature"].removeprefix("v1,")))
    octets[place] ^= flip
    forged = f"v1,{base64.b64encode(bytes(octets)).decode()}"
    assert refused({**signed(), "webhook-signature": forged}) == "no signature matches"


@given(st.integers(0, 31))
def test_a_part_of_a_signature_is_refused(length: int) -> None:
    octets = base64.b64decode(signed()["webhook-signature"].removeprefix("v1,"))[:length]
    forged = f"v1,{base64.b64encode(octets).decode()}"
    assert refused({**signed(), "webhook-signature": forged}) == "no signature matches"


def test_while_secrets_rotate_either_of_two_is_taken() -> None:
    for secret in (SECRET, OTHER):
        assert verify(signed(secret=secret), BODY, [OTHER, SECRET], NOW) == "msg_1"


def test_one_good_signature_among_others_is_enough() -> None:
    good = signed()["webhook-signature"]
    for header in (f"v1,AAAA {good}", f"{good} v1a,AAAA", f"v1a,%% v1,!! nonsense {good}"):
        assert verify({**signed(), "webhook-signature": header}, BODY, [SECRET], NOW) == "msg_1"


def test_a_signature_of_another_version_does_not_count() -> None:
    octets = signed()["webhook-signature"].removeprefix("v1,")
    for version in ("v1a", "v2", "V1", ""):
        assert refused({**signed(), "webhook-signature": f"{version},{octets}"})


def test_a_signature_behind_too_many_others_is_not_looked_at() -> None:
    good = signed()["webhook-signature"]
    last = " ".join(["v1,AAAA"] * (MAX_SIGNATURES - 1) + [good])
    assert verify({**signed(), "webhook-signature": last}, BODY, [SECRET], NOW) == "msg_1"
    assert refused({**signed(), "webhook-signature": f"v1,AAAA {last}"})


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", [None, "", " ", "v1", "v1,", "\x00", "é", "-1", "1e9", "١"])
def test_a_missing_or_malformed_header_is_refused(header: str, value: str | None) -> None:
    headers = {name: text for name, text in signed().items() if name != header}
    assert refused(headers if value is None else {**headers, header: value})


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "webhook-id": st.text(max_size=250),
            "webhook-timestamp": st.text(max_size=20) | st.just(str(NOW)),
            "webhook-signature": st.text(max_size=200),
        },
    ),
    st.binary(max_size=50),
)
def test_arbitrary_headers_are_refused_and_never_a_crash(
    headers: dict[str, str], body: bytes
) -> None:
    assert refused(headers, body=body)


def test_without_a_secret_nothing_is_authentic() -> None:
    with pytest.raises(NotAuthentic):
        verify(signed(), BODY, [], NOW)


@pytest.mark.parametrize("secret", ["", "whsec_"])
def test_an_empty_secret_is_a_fault_and_verifies_nothing(secret: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        key(secret)
    with pytest.raises(ValueError, match="empty"):
        verify(signed(), BODY, [secret], NOW)


@dataclass
class RotatingSecrets:
    """The cache still holds ``old``; asked past it, ``new`` comes first."""

    old: tuple[str, ...] = (SECRET,)
    new: tuple[str, ...] = (OTHER, SECRET)
    asked: list[tuple[str, bool]] = field(default_factory=list)

    def secrets(self, source: str, *, fresh: bool = False) -> tuple[str, ...]:
        self.asked.append((source, fresh))
        return self.new if fresh else self.old


def test_a_call_signed_with_a_brand_new_secret_is_taken() -> None:
    rotating = RotatingSecrets()
    source = StandardWebhooks(rotating, real_time=lambda: float(NOW))
    assert source.authenticate(signed(secret=OTHER), BODY) == "msg_1"
    assert rotating.asked == [("standard", False), ("standard", True)]


def test_a_call_signed_with_a_known_secret_asks_for_no_fresh_ones() -> None:
    rotating = RotatingSecrets()
    source = StandardWebhooks(rotating, real_time=lambda: float(NOW))
    assert source.authenticate(signed(), BODY) == "msg_1"
    assert rotating.asked == [("standard", False)]


def test_a_forged_call_is_refused_after_both_looks() -> None:
    source = StandardWebhooks(RotatingSecrets(), real_time=lambda: float(NOW))
    forged = signed(secret=f"whsec_{base64.b64encode(b'guessed').decode()}")
    with pytest.raises(NotAuthentic):
        source.authenticate(forged, BODY)
